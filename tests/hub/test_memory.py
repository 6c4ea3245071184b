"""What the hub keeps does not grow with the runs that it has seen. Counted in objects, not in bytes."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from pathlib import Path
from types import ModuleType

import pytest
from raw_link import RawLink
from running_hub import RunningHub, with_hub
from viewer import Viewer

from alphamed_nb.hub.server.link import LinkConnection
from alphamed_nb.hub.server.node_socket import NodeSocket
from alphamed_nb.protocol.journal import LogBody, StateBody
from alphamed_nb.protocol.messages import (
    Offer,
    OfferItem,
    OfferTarget,
    OfferWish,
    Receive,
    Record,
    Records,
    RecordsStored,
    Release,
    Report,
    Settle,
)

CONTAINERS = (dict, list, tuple, set, frozenset, deque)
FEW, MORE = 4, 12


def kept(root: object) -> list[object]:
    """The containers and the hub's own objects that hang on this one."""
    found: dict[int, object] = {}
    waiting = [root]
    while waiting:
        it = waiting.pop()
        if id(it) in found or isinstance(it, (type, ModuleType)):
            continue
        if isinstance(it, CONTAINERS) or type(it).__module__.startswith("alphamed_nb.hub"):
            found[id(it)] = it
            waiting.extend(gc.get_referents(it))
    return list(found.values())


async def federation(hub: RunningHub, number: int) -> None:
    """Two processes, one of which ends without a word: a message that is read and one that is not, a stream, lines."""
    task, nodes = f"task {number}", ["a", "b"]
    a, b = await hub.link(), await hub.link()
    context = f"context of {task}"
    held_a, held_b = [await link.claim(task, node, nodes, context=context) for link, node in ((a, "a"), (b, "b"))]
    for link, held, node in ((a, held_a, "a"), (b, held_b, "b")):
        link.counter += 1
        await link.ask(
            Report(
                id=next(link.ids), counter=link.counter, task=task, node=node, epoch=held.epoch,
                state=StateBody(time=1.0, activity="training", round=1),
            )
        )  # fmt: skip
        link.log_counter += 1
        contexts = (context, f"one of {node} that claimed nothing, {number}")
        records = [
            Record(node=node, context=name, kind="log", body=LogBody(time=1.0, level=40, text="line"))
            for name in contexts
        ]
        await link.say(Records(counter=link.log_counter, records=records))
        await link.expect(RecordsStored, counter=link.log_counter)
    await a.send(held_a, task, "a", ["b"], 1)
    await b.receive(held_b, task, "b")
    await a.send(held_a, task, "a", ["b", "nobody"], 2)
    await stream(a, b, task, held_a.epoch, held_b.epoch, f"{number:032x}")
    await a.ask(Release(id=next(a.ids), task=task, node="a", epoch=held_a.epoch))
    for link in (a, b):
        link.cut()
        hub.links.remove(link)


async def stream(a: RawLink, b: RawLink, task: str, epoch_a: int, epoch_b: int, name: str) -> None:
    a.counter += 1
    await a.ask(
        Offer(
            id=next(a.ids), counter=a.counter, task=task, node="a", epoch=epoch_a, stream=name, size=1,
            offers=[OfferTarget(name, "b")],
        )
    )  # fmt: skip
    wish = OfferWish(sources=["a"])
    receive = Receive(
        id=next(b.ids), task=task, node="b", epoch=epoch_b, position=b.position, events=False, offers=wish
    )
    item = await b.ask(receive)
    assert isinstance(item, OfferItem)
    b.counter += 1
    settle = Settle(
        id=next(b.ids), counter=b.counter, task=task, node="b", epoch=epoch_b, offer=item.offer, outcome="taken"
    )
    await b.ask(settle)


async def rest(hub: RunningHub, federations: int) -> None:
    """Until only the process with a link is known, and the hub has tidied up; that takes more than ten seconds."""
    service = hub.service
    while len(service.links.processes._descriptors) + len(service.links.processes._looked_at) > 1:
        await asyncio.sleep(0.02)
    # One of the task, and one for the loose lines of each of its two nodes.
    while sum(run.ended > 0 for run in service.journal.messages.runs()) < 3 * federations:
        await asyncio.sleep(0.02)
    ahead = service.journal.clock() - time.time() + 60.0
    service.journal.clock = lambda: time.time() + ahead
    await service.pipeline.tidy()


def test_a_link_that_is_closed_waits_for_no_garbage_collection(tmp_path: Path) -> None:
    def count() -> int:
        return sum(isinstance(it, (NodeSocket, LinkConnection)) for it in gc.get_objects())

    async def scenario(hub: RunningHub) -> None:
        gc.collect()
        before = count()
        gc.disable()
        try:
            link = await hub.link()
            await link.claim("task", "a", ["a"])
            assert count() == before + 2
            link.cut()
            while hub.service.links:
                await asyncio.sleep(0.01)
            await hub.service.pipeline.settle()
            await asyncio.sleep(0)
            assert count() == before
        finally:
            gc.enable()

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("viewed", [False, True])
def test_many_runs_leave_no_more_in_memory_than_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, viewed: bool
) -> None:
    monkeypatch.setattr("alphamed_nb.hub.watermark.KEPT_MARKS", 1)

    async def scenario(hub: RunningHub) -> None:
        watcher = await hub.link()
        viewer = await Viewer.open(hub, watcher) if viewed else None
        counted: list[list[object]] = []
        for numbers in (range(FEW), range(FEW, FEW + MORE)):
            for number in numbers:
                await federation(hub, number)
                if viewer is not None:
                    await viewer.watch(task=f"task {number}")
            await rest(hub, numbers.stop)
            if viewer is not None:
                await viewer.watch()  # nothing in full any more
                while hub.service.snapshots._fold.open:
                    await hub.service.snapshots.read(lambda *_: None)
            counted.append(kept(hub.service))
        few, more = counted
        # A viewer knows each run in short: some objects of the hub's, and some of what it was told.
        assert len(more) - len(few) <= 10 + (0 if viewer is None else 12 * MORE)

    with_hub(tmp_path, scenario, resume_seconds=0.0)
