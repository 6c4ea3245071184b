"""The standalone hub as a process: elected, killed, restarted, leaving by itself."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from raw_link import RawLink, process_info, read_hub

from alphamed_nb.hub import extension, standalone
from alphamed_nb.hub.server.jupyter_door import Door
from alphamed_nb.protocol.messages import EventItem, Send, Stored


class Hubs:
    """Starts standalone hubs on one data directory, and leaves none behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "alphamed_nb.hub.standalone",
            "--data-dir",
            str(self.folder / "data"),
            *options,
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.started.append(process)
        return process

    def ready(self, *options: str) -> tuple[subprocess.Popen[str], Path]:
        process = self.start(*options)
        return process, Path(said(process)["ready"])


def said(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    line: dict[str, str] = json.loads(process.stdout.readline())
    return line


def test_a_hub_that_fails_to_start_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it fails at: who started it waits for one line."""

    async def fail(*_: object) -> int:
        raise RuntimeError("a fault")

    monkeypatch.setattr(standalone, "serve", fail)
    with pytest.raises(RuntimeError):
        standalone.StandaloneHub().start()
    assert "a fault" in json.loads(capsys.readouterr().out)["error"]


def test_a_server_whose_hub_fails_to_start_goes_on_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("a fault")

    server = extension.AlphaMedNb()
    server.door = Door()
    server.hub = SimpleNamespace(start=fail, hub_file="nowhere")  # type: ignore[assignment]
    asyncio.run(server._start_jupyter_server_extension(SimpleNamespace(connection_url="")))
    assert server.hub is None and "a fault" in server.door.failure


@pytest.fixture
def hubs(tmp_path: Path) -> Iterator[Hubs]:
    hubs = Hubs(tmp_path)
    yield hubs
    for process in hubs.started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_it_says_where_it_is_and_leaves_cleanly(hubs: Hubs) -> None:
    process, path = hubs.ready()
    assert read_hub(path).pid == process.pid
    assert os.getsid(process.pid) == process.pid  # an interrupt at our terminal does not reach it
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert not path.exists()


def test_what_somebody_put_in_the_place_of_its_files_is_not_touched(hubs: Hubs, tmp_path: Path) -> None:
    """Its folder may be one that others can write."""
    (tmp_path / "precious").write_text("p")
    for target in ("precious", "not there yet"):
        (tmp_path / "data.start").symlink_to(tmp_path / target)
        process = hubs.start()
        assert "symbolic link" in said(process)["error"] and process.wait(20) == 1
        (tmp_path / "data.start").unlink()
    assert (tmp_path / "precious").read_text() == "p" and not (tmp_path / "not there yet").exists()


def test_of_many_started_at_once_one_stays(hubs: Hubs) -> None:
    processes = [hubs.start() for _ in range(4)]
    paths = {said(process)["ready"] for process in processes}
    assert len(paths) == 1
    pid = read_hub(paths.pop()).pid
    for process in processes:
        if process.pid != pid:
            assert process.wait(20) == 0
    assert [process.pid for process in processes if process.poll() is None] == [pid]
    assert not (hubs.folder / "data-2").exists()


def test_a_stale_file_of_a_killed_hub_is_replaced(hubs: Hubs) -> None:
    first, path = hubs.ready()
    before = read_hub(path)
    first.kill()
    first.wait()
    second, again = hubs.ready()
    after = read_hub(again)
    assert (again, after.hub, after.pid) == (path, before.hub, second.pid)
    assert after.credential != before.credential


def test_it_leaves_when_idle_and_not_before(hubs: Hubs) -> None:
    process, path = hubs.ready("--idle", "0.5")

    async def use() -> None:
        link = await RawLink.open(read_hub(path))
        await asyncio.sleep(1.5)  # longer than it stays without anybody
        assert process.poll() is None
        link.close()
        await link.wait_closed()

    asyncio.run(use())
    assert process.wait(20) == 0
    assert not path.exists()


def test_a_directory_that_cannot_be_used_is_said(hubs: Hubs) -> None:
    (hubs.folder / "data").write_text("a file is in the way")
    process = hubs.start()
    assert "data" in said(process)["error"]
    assert process.wait(20) == 1


@pytest.mark.parametrize("seed", range(4))
def test_killed_in_a_storm_nothing_acknowledged_is_lost_or_doubled(hubs: Hubs, seed: int) -> None:
    """Kill it at a random moment, restart it, resend as the protocol says: each message arrives once, in order."""
    generator = random.Random(seed)
    count, kills = 3000, 3
    sender, receiver = process_info(), process_info()

    async def scenario() -> None:
        process, path = hubs.ready()
        acknowledged: set[int] = set()
        got: list[int] = []
        sends: list[Send] = []
        epochs = {"s": 0, "r": 0}
        position = 0

        async def storm(link: RawLink) -> None:
            held = await link.claim("task", "s", ["s", "r"], epoch=epochs["s"])
            epochs["s"] = held.epoch
            if not sends:
                sends.extend(link.send_of(held, "task", "s", ["r"], n) for n in range(count))
            waiting = [send for send in sends if send.counter not in acknowledged]
            for at in range(0, len(waiting), 50):
                await link.say(*waiting[at : at + 50])
                for send in waiting[at : at + 50]:
                    answer = await link.answer(send.id)
                    assert isinstance(answer, Stored), answer
                    acknowledged.add(send.counter)

        async def collect(link: RawLink) -> None:
            nonlocal position
            held = await link.claim("task", "r", ["s", "r"], epoch=epochs["r"])
            epochs["r"] = held.epoch
            while len(got) < count:
                link.position = position
                item: EventItem = await link.receive(held, "task", "r")
                position = item.seq
                got.append(json.loads(bytes(item.contract))["value"])

        for life in range(kills + 1):
            hub = read_hub(path)
            links = [await RawLink.open(hub, sender), await RawLink.open(hub, receiver)]
            work = asyncio.gather(storm(links[0]), collect(links[1]))
            if life < kills:
                goal = (life + 1) * count // (kills + 1) + generator.randrange(-200, 200)
                while len(got) < goal:
                    await asyncio.sleep(0.001)
                process.kill()
                process.wait()
                with pytest.raises(ConnectionError):
                    await closing(work)
                process, path = hubs.ready()
            else:
                await asyncio.wait_for(work, 60)
            for link in links:
                link.close()
        assert got == list(range(count))

    asyncio.run(scenario())


async def closing(work: Any) -> None:
    from tornado.websocket import WebSocketClosedError

    try:
        await asyncio.wait_for(work, 20)
    except WebSocketClosedError as error:
        raise ConnectionError from error
