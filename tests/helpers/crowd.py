"""A thousand nodes of one task, as a hub sees them: each holds a session and reports, all through one link.

They run in a thread with a loop of its own, beside a test that waits for a browser.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from tornado.httpclient import AsyncHTTPClient

from alphamed_nb.protocol.journal import Failure, LogBody, MetricBody, StateBody, TaskBody
from alphamed_nb.protocol.messages import (
    Claim,
    Claimed,
    EventItem,
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
    Send,
    Settle,
)
from tests.helpers.raw_link import RawLink, read_hub

__all__ = ["Crowd", "crowd"]

_Result = TypeVar("_Result")
_AT_ONCE = 100
"""So many requests are on their way at a time."""
_RECORDS_A_FRAME = 500
_SECONDS = 120


class Crowd:
    """`nodes[0]` is the aggregator of the task, the others are its data holders."""

    def __init__(self, hub_file: Path, task: str, count: int) -> None:
        self.task = task
        self.nodes = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"node {place}")) for place in range(count)]
        self.attempt = secrets.token_hex(8)
        self._file = read_hub(hub_file)
        self._held: dict[str, Claimed] = {}
        self._positions: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._link = self._do(RawLink.open(self._file))

    @property
    def aggregator(self) -> str:
        return self.nodes[0]

    @property
    def holders(self) -> list[str]:
        return self.nodes[1:]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._link.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- what nodes do -------------------------------------------------------------------------------------------------

    def claim(self) -> None:
        """All come up."""
        answers = self._ask(
            [
                Claim(id=self._id(), task=self.task, node=node, nodes=self.nodes, context=self._context(node))
                for node in self.nodes
            ]
        )
        for node, answer in zip(self.nodes, answers, strict=True):
            assert isinstance(answer, Claimed), answer
            self._held[node] = answer
            self._positions[node] = answer.position

    def say(self, nodes: Sequence[str], **state: Any) -> None:
        """They report a state."""
        role = dict.fromkeys(nodes, "data holder") | {self.aggregator: "aggregator"}
        self._report(
            [
                (node, {"state": StateBody(time=time.time(), role=role[node], attempt=self.attempt, **state)})  # type: ignore[arg-type]
                for node in nodes
            ]
        )

    def tell(self, nodes: Sequence[str], **task: Any) -> None:
        """They report of the task: how it starts, its rounds, its end."""
        roles: dict[str, dict[str, Any]] = {node: {"role": "data holder"} for node in nodes}
        roles[self.aggregator] = {"role": "aggregator", "leads": True}
        self._report(
            [
                (node, {"record": TaskBody(time=time.time(), attempt=self.attempt, **roles[node], **task)})
                for node in nodes
            ]
        )

    def fail(self, nodes: Sequence[str], failure: Failure, **state: Any) -> None:
        """They end with an error."""
        self.say(nodes, activity="failed", failure=failure, **state)
        self._ask(
            [
                Release(id=self._id(), task=self.task, node=node, epoch=self._held[node].epoch, state="failed")
                for node in nodes
            ]
        )

    def log(self, lines: Sequence[tuple[str, LogBody | MetricBody]]) -> None:
        """Log records and metrics of nodes, in this order."""
        records = [
            Record(
                node=node, context=self._context(node), kind="log" if isinstance(body, LogBody) else "metric", body=body
            )
            for node, body in lines
        ]
        self._do(self._log(records))

    def send(self, nodes: Sequence[str], targets: list[str], kind: str) -> None:
        """Each sends a contract message to these."""
        self._ask(
            [
                Send(
                    id=self._id(), counter=self._counter(), task=self.task, node=node, epoch=self._held[node].epoch,
                    message=secrets.token_hex(8), targets=targets, type=kind,
                    contract=msgspec.Raw(b'{"round": 1}'), sent=time.time(),
                )
                for node in nodes
            ]
        )  # fmt: skip

    def read(self, nodes: Sequence[str]) -> None:
        """Each takes the next contract message that waits for it."""
        answers = self._ask([self._receive(node) for node in nodes])
        for node, answer in zip(nodes, answers, strict=True):
            assert isinstance(answer, EventItem), answer
            self._positions[node] = answer.seq

    def offer(self, node: str, targets: Sequence[str], size: int, name: str, round: int) -> list[str]:
        """Offer a data stream; returns the offers."""
        stream = secrets.token_hex(16)
        self._do(self._put(stream, bytes(size)))
        offers = [OfferTarget(offer=secrets.token_hex(16), target=target) for target in targets]
        self._ask(
            [
                Offer(
                    id=self._id(), counter=self._counter(), task=self.task, node=node, epoch=self._held[node].epoch,
                    offers=offers, stream=stream, size=size, name=name, round=round,
                )
            ]
        )  # fmt: skip
        return [offer.offer for offer in offers]

    def take(self, targets: Sequence[str], source: str) -> None:
        """Each takes the data stream that this node offers it."""
        answers = self._ask([self._receive(node, events=False, offers=OfferWish(sources=[source])) for node in targets])
        settles = []
        for node, answer in zip(targets, answers, strict=True):
            assert isinstance(answer, OfferItem), answer
            settles.append(
                Settle(
                    id=self._id(), counter=self._counter(), task=self.task, node=node, epoch=self._held[node].epoch,
                    offer=answer.offer, outcome="taken",
                )
            )  # fmt: skip
        self._ask(settles)

    # -- through the link ----------------------------------------------------------------------------------------------

    def _do(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    def _ask(self, messages: Sequence[Any]) -> list[Any]:
        return self._do(self._ask_some(messages))

    async def _ask_some(self, messages: Sequence[Any]) -> list[Any]:
        answers = []
        for at in range(0, len(messages), _AT_ONCE):
            some = messages[at : at + _AT_ONCE]
            for message in some:
                await self._link.say(message)
            answers += [await self._link.answer(message.id) for message in some]
            self._link.got.clear()
        return answers

    async def _log(self, records: Sequence[Record]) -> None:
        for at in range(0, len(records), _RECORDS_A_FRAME):
            self._link.log_counter += 1
            some = list(records[at : at + _RECORDS_A_FRAME])
            await self._link.say(Records(counter=self._link.log_counter, records=some))
        while True:
            stored = await self._link.expect(RecordsStored)
            if stored.counter == self._link.log_counter:
                return

    async def _put(self, stream: str, data: bytes) -> None:
        assert self._link.welcome is not None
        answer = await AsyncHTTPClient().fetch(
            f"http://{self._file.address}/streams/{stream}",
            method="PUT",
            headers={"Authorization": f"Bearer {self._link.welcome.ticket}"},
            body=data,
        )
        assert answer.code == 201

    def _report(self, reports: Sequence[tuple[str, dict[str, Any]]]) -> None:
        self._ask(
            [
                Report(
                    id=self._id(), counter=self._counter(), task=self.task, node=node, epoch=self._held[node].epoch,
                    **fields,
                )
                for node, fields in reports
            ]
        )  # fmt: skip

    def _receive(self, node: str, **more: Any) -> Receive:
        return Receive(
            id=self._id(),
            task=self.task,
            node=node,
            epoch=self._held[node].epoch,
            position=self._positions[node],
            **more,
        )

    def _id(self) -> int:
        return next(self._link.ids)

    def _counter(self) -> int:
        self._link.counter += 1
        return self._link.counter

    def _context(self, node: str) -> str:
        return f"context of {node} in {self.task}"


@contextmanager
def crowd(hub_file: Path, task: str, count: int = 1000) -> Iterator[Crowd]:
    """So many nodes of a task; they are gone at the end."""
    found = Crowd(hub_file, task, count)
    try:
        yield found
    finally:
        found.close()
