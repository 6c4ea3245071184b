"""Whatever comes in at the node door: the hub goes on, each link gets an answer or an end, and nobody else notices.

`ALPHAMED_NB_FUZZ_FRAMES` says how many frames (20,000), `ALPHAMED_NB_FUZZ_SEED` which ones. What fails names its seed,
its conversation and its last frames; `ALPHAMED_NB_FUZZ_ONLY` is the number of the one conversation to have.
"""

from __future__ import annotations

import asyncio
import os
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import psutil
from fuzz_door import Fuzzer
from hub_process import HubProcess
from raw_link import RawLink, read_hub

from alphamed_nb.protocol.hub_file import HubFile
from alphamed_nb.protocol.messages import Claimed, Offer, OfferTarget, Stored
from alphamed_nb.protocol.rest import HubStatus, RowPage
from alphamed_nb.protocol.snapshot import NodeView, Snapshot

FRAMES = int(os.environ.get("ALPHAMED_NB_FUZZ_FRAMES", "20000"))
SEED = int(os.environ.get("ALPHAMED_NB_FUZZ_SEED", "13"))
ONLY = os.environ.get("ALPHAMED_NB_FUZZ_ONLY", "")
GROWTH = 150 * 1024 * 1024
"""Bytes of memory: what a hub needs more than at its start, however many frames it has seen."""


class Idle:
    """Two nodes that do nothing, with messages and a stream that wait for one of them. Nobody may change them."""

    def __init__(self, link: RawLink, viewer: Viewer, sessions: dict[str, Claimed]) -> None:
        self.link = link
        self.sessions = sessions
        self._viewer = viewer

    @classmethod
    async def begin(cls, hub: HubFile, viewer: Viewer) -> Idle:
        link = await RawLink.open(hub)
        sessions = {node: await link.claim("idle", node, ["reader", "writer"]) for node in ("reader", "writer")}
        for value in range(3):
            await link.send(sessions["writer"], "idle", "writer", ["reader"], value)
        link.position = sessions["reader"].position
        await link.receive(sessions["reader"], "idle", "reader")
        link.counter += 1
        offer = Offer(
            id=next(link.ids), counter=link.counter, task="idle", node="writer", epoch=sessions["writer"].epoch,
            offers=[OfferTarget(offer="ab", target="reader")],
        )  # fmt: skip
        assert isinstance(await link.ask(offer), Stored)
        return cls(link, viewer, sessions)

    async def state(self) -> tuple[list[NodeView], list[Any]]:
        snapshot = await self._viewer.read("snapshot?task=idle", Snapshot)
        # But for their lines: whoever has a link may log as a node.
        nodes = [
            msgspec.structs.replace(member, levels={}, errors=[], error_times=[])
            for member in snapshot.tasks[0].runs[0].members
            if member.index >= 0
        ]
        kinds = "&".join(f"kind={kind}" for kind in ("session", "state", "task", "event", "offer"))
        page = await self._viewer.read(f"records?task=idle&{kinds}", RowPage)
        return nodes, page.rows

    async def reads_on(self) -> None:
        """What waited is there, in its order; nothing else was said to them."""
        assert not self.link.got
        for value in (1, 2):
            item = await self.link.receive(self.sessions["reader"], "idle", "reader")
            assert msgspec.json.decode(item.contract) == {"value": value}
        assert not self.link.got


class Viewer:
    """Reads what the hub says of itself."""

    def __init__(self, hub: HubFile, link: RawLink) -> None:
        assert link.welcome is not None
        self._url = f"http://{hub.address}/api/"
        self._headers = {"Authorization": f"Bearer {link.welcome.ticket}"}

    async def read(self, path: str, answer: Any) -> Any:
        request = urllib.request.Request(self._url + path, headers=self._headers)
        content = await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=60).read())
        return msgspec.json.decode(content, type=answer)


class Neighbours:
    """An honest pair of nodes: each question gets its answer, in order."""

    def __init__(self, a: RawLink, b: RawLink, sessions: dict[str, Claimed]) -> None:
        self._a, self._b = a, b
        self.sessions = sessions
        self.rounds = 0
        self.stopped = False

    @classmethod
    async def begin(cls, hub: HubFile) -> Neighbours:
        a, b = await RawLink.open(hub), await RawLink.open(hub)
        asks = await a.claim("neighbours", "a", ["a", "b"])
        return cls(a, b, {"a": asks, "b": await b.claim("neighbours", "b", ["a", "b"])})

    async def talk(self) -> None:
        """Until told to stop."""
        a, b = self._a, self._b
        while not self.stopped:
            await a.send(self.sessions["a"], "neighbours", "a", ["b"], self.rounds)
            question = await b.receive(self.sessions["b"], "neighbours", "b")
            await b.send(self.sessions["b"], "neighbours", "b", ["a"], msgspec.json.decode(question.contract))
            answer = await a.receive(self.sessions["a"], "neighbours", "a")
            assert msgspec.json.decode(answer.contract) == {"value": {"value": self.rounds}}
            assert not a.got and not b.got
            self.rounds += 1


def test_whatever_comes_in_at_the_node_door(tmp_path: Path) -> None:
    process = HubProcess(tmp_path, "--resume-seconds", "1").start(tmp_path / "log")
    try:
        asyncio.run(fuzz(process))
    finally:
        process.stop()
        log = (tmp_path / "log").read_text()
        print(log[-2000:])
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:5000]


async def fuzz(process: HubProcess) -> None:
    hub = read_hub(process.file)
    memory = psutil.Process(process.pid)
    watching = await RawLink.open(hub)
    viewer = Viewer(hub, watching)
    idle = await Idle.begin(hub, viewer)
    neighbours = await Neighbours.begin(hub)
    talking = asyncio.create_task(neighbours.talk())
    before, size, files = await idle.state(), memory.memory_info().rss, memory.num_fds()
    foreign = [
        (task, node, session.epoch)
        for task, sessions in (("idle", idle.sessions), ("neighbours", neighbours.sessions))
        for node, session in sessions.items()
    ]
    fuzzer = Fuzzer(hub, foreign, SEED)
    try:
        if ONLY:
            await fuzzer.converse(int(ONLY))
        else:
            await fuzzer.run(FRAMES)
            assert fuzzer.sent >= FRAMES and fuzzer.answered > FRAMES // 4 and fuzzer.ended > FRAMES // 100
    finally:
        neighbours.stopped = True
    await talking
    assert neighbours.rounds
    assert await idle.state() == before
    await idle.reads_on()
    async with asyncio.timeout(30):
        while (status := await viewer.read("hub", HubStatus)).links > 4:
            await asyncio.sleep(0.05)
    grown = memory.memory_info().rss - size
    print(
        f"{fuzzer.sent:,} frames, {fuzzer.answered:,} answers, {fuzzer.ended:,} links ended by the hub, "
        f"{neighbours.rounds:,} rounds of the neighbours, {grown / 1e6:.0f} MB more memory, "
        f"{memory.num_fds() - files:+} files"
    )
    assert status.viewers == 0 and memory.num_fds() <= files + 20
    assert grown < GROWTH
