"""The hub is killed in the middle of a storm of messages and started again, 20 times over (real processes)."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from tests.helpers.servers import Hub, ServerPlace, start_standalone

KILLS = 20
SENDERS = ["sender-1", "sender-2"]
RECEIVERS = ["receiver-1", "receiver-2"]
NODES = SENDERS + RECEIVERS


def _start(hub: Hub, role: str, task: str, node: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.storm", role, task, node, ",".join(NODES), str(count)],
        env=hub.environment, cwd=hub.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


class _Lines:
    """Reads a process's lines on a thread; somebody may wait for the n-th."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.lines.append(line.strip())
                self._more.notify_all()

    def wait_for(self, count: int) -> None:
        with self._more:
            if not self._more.wait_for(lambda: len(self.lines) >= count, timeout=120):
                raise AssertionError(f"{self.process.args}: stands at {len(self.lines)} of {count} lines")

    def end(self) -> list[str]:
        assert self.process.wait(120) == 0
        self._thread.join(10)
        return self.lines


def _storm(hub: Hub, restart: Callable[[Hub], Hub], kills: int, count: int) -> tuple[list[list[str]], list[list[str]]]:
    """Kill the hub whenever a receiver has got a random number more; returns what receivers and senders said."""
    chance = random.Random(4)
    task = uuid.uuid4().hex
    receivers = [_Lines(_start(hub, "receive", task, node, len(SENDERS) * count)) for node in RECEIVERS]
    senders = [_Lines(_start(hub, "send", task, node, count)) for node in SENDERS]
    step = len(SENDERS) * count // (kills + 1)
    try:
        # A process that finds no hub when it starts would start one of its own.
        for each in senders + receivers:
            each.wait_for(1)
        for kill in range(kills):
            chance.choice(receivers).wait_for(kill * step + chance.randrange(step // 2, step))
            hub.kill()
            hub = restart(hub)
        return [each.end() for each in receivers], [each.end() for each in senders]
    finally:
        for each in receivers + senders:
            each.process.kill()
            each.process.wait()
        hub.process.terminate()
        hub.process.wait(30)


def _assert_all_once_in_order(received: list[list[str]], sent: list[list[str]], count: int) -> None:
    for lines in sent:
        assert lines == [f"sent {value}" for value in range(count)]
    for lines in received:
        for sender in SENDERS:
            got = [int(line.split()[2]) for line in lines if line.split()[1] == sender]
            assert got == list(range(count))
    assert received[0] == received[1], "the hub's order of acceptance is the task's order"


def test_a_killed_standalone_hub_loses_doubles_and_reorders_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="alphamed-nb-") as name:
        folder = Path(name)
        count = 50 * (KILLS + 1)
        received, sent = _storm(start_standalone(folder), lambda _: start_standalone(folder), KILLS, count)
    _assert_all_once_in_order(received, sent, count)


def test_a_killed_jupyter_server_that_comes_back_on_another_port_loses_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="alphamed-nb-", ignore_cleanup_errors=True) as name:
        place = ServerPlace(Path(name))
        received, sent = _storm(place.start(), lambda _: place.start(), 3, 200)
    _assert_all_once_in_order(received, sent, 200)
