"""[hub_memory], [hub_memory_viewed]: what a hub that has seen 1,000 short federations takes in memory, beside what it
took after 200. One with nobody looking, one with a viewer that watches each of them. Each is a task of its own, of
three processes: messages, streams, log lines, reports. The hub is measured when it has come to rest, and has tidied up.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from alphamed_nb.protocol.hub_file import HubFile
from alphamed_nb.protocol.journal import LogBody, StateBody, TaskBody
from alphamed_nb.protocol.messages import (
    Claimed,
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
from tests.helpers.raw_link import RawLink, process_info, read_hub
from tests.helpers.servers import standalone_hub

from .report import Figure, ratio_figure

FEW = 200
MANY = 1000
ROUNDS = 3
LINES = 20
"""Log lines of each node in each round."""
STREAM_BYTES = 100_000
REST_SECONDS = 75.0
"""The hub tidies up once a minute."""
AGGREGATOR, *HOLDERS = NODES = ("aggregator", "holder 1", "holder 2")


def measure(names: Sequence[str]) -> Iterator[Figure]:
    for name in names:
        yield ratio_figure(name, [asyncio.run(_after_many_and_few(viewed=name == "hub_memory_viewed"))], "MB")


async def _after_many_and_few(*, viewed: bool) -> tuple[float, float]:
    taken = []
    with standalone_hub("--idle", "0") as hub:
        file = read_hub(hub.environment["ALPHAMED_NB_HUB_FILE"])
        viewer = await _Viewer.open(file) if viewed else None
        for number in range(1, MANY + 1):
            await _federation(file, viewer)
            if number in (FEW, MANY):
                await asyncio.sleep(REST_SECONDS)
                taken.append(psutil.Process(file.pid).memory_info().rss / 1e6)
        if viewer is not None:
            viewer.close()
    few, many = taken
    return many, few


class _Viewer:
    """Watches how all tasks stand, and the one that it is told of in full, as the panel does."""

    def __init__(self, link: RawLink, connection: WebSocketClientConnection) -> None:
        self._link = link
        self._connection = connection
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, hub: HubFile) -> _Viewer:
        link = await RawLink.open(hub)
        assert link.welcome is not None
        request = HTTPRequest(f"ws://{hub.address}/live", headers={"Authorization": f"Bearer {link.welcome.ticket}"})
        return cls(link, await websocket_connect(request, max_message_size=64 * 1024 * 1024))

    async def watch(self, task: str) -> None:
        await self._connection.write_message(msgspec.json.encode({"op": "watch", "task": task}))

    def close(self) -> None:
        self._reading.cancel()
        self._connection.close()
        self._link.close()

    async def _read(self) -> None:
        while await self._connection.read_message() is not None:
            pass


class _Node:
    """One session on a link of its own."""

    def __init__(self, link: RawLink, task: str, name: str, held: Claimed, context: str) -> None:
        self.link = link
        self.name = name
        self._session: dict[str, Any] = {"task": task, "node": name, "epoch": held.epoch}
        self._held = held
        self._context = context

    @classmethod
    async def begin(cls, hub: HubFile, task: str, name: str) -> _Node:
        link = await RawLink.open(hub, process_info(notebook=f"{name}.ipynb"))
        context = uuid.uuid4().hex
        return cls(link, task, name, await link.claim(task, name, list(NODES), context=context), context)

    def _request(self) -> dict[str, Any]:
        return {"id": next(self.link.ids), **self._session}

    def _durable(self) -> dict[str, Any]:
        self.link.counter += 1
        return {"counter": self.link.counter, **self._request()}

    async def state(self, activity: Any, round_: int) -> None:
        body = StateBody(time=time.time(), activity=activity, round=round_, role="data holder")
        await self.link.ask(Report(**self._durable(), state=body))

    async def record(self, **fields: Any) -> None:
        body = TaskBody(time=time.time(), role="aggregator", leads=True, **fields)
        await self.link.ask(Report(**self._durable(), record=body))

    async def tell(self, *targets: str) -> None:
        await self.link.send(self._held, self._session["task"], self.name, list(targets), "x" * 500)

    async def hear(self) -> None:
        await self.link.receive(self._held, self._session["task"], self.name)

    async def upload(self, target: str) -> None:
        """Offer a stream."""
        assert self.link.welcome is not None
        stream = uuid.uuid4().hex
        headers = {"Authorization": f"Bearer {self.link.welcome.ticket}"}
        url = f"http://{self.link.connection.request.headers['Host']}/streams/{stream}"
        await AsyncHTTPClient().fetch(url, method="PUT", body=bytes(STREAM_BYTES), headers=headers)
        offers = [OfferTarget(uuid.uuid4().hex, target)]
        await self.link.ask(Offer(**self._durable(), offers=offers, stream=stream, size=STREAM_BYTES))

    async def take(self, source: str) -> None:
        wish = OfferWish(sources=[source])
        receive = Receive(**self._request(), position=self.link.position, events=False, offers=wish)
        item = await self.link.ask(receive)
        assert isinstance(item, OfferItem), item
        await self.link.ask(Settle(**self._durable(), offer=item.offer, outcome="taken"))

    async def log(self, round_: int) -> None:
        self.link.log_counter += 1
        records = [
            Record(node=self.name, context=self._context, kind="log",
                   body=LogBody(time=time.time(), level=20 + 20 * (line == 0),
                   text=f"line {line}: loss 0.1234", round=round_), task=self._session["task"])
            for line in range(LINES)
        ]  # fmt: skip
        await self.link.say(Records(counter=self.link.log_counter, records=records))
        await self.link.expect(RecordsStored, counter=self.link.log_counter)

    async def end(self) -> None:
        await self.link.ask(Release(**self._request()))
        self.link.close()


async def _federation(hub: HubFile, viewer: _Viewer | None) -> None:
    task = uuid.uuid4().hex
    nodes = [await _Node.begin(hub, task, name) for name in NODES]
    aggregator, *holders = nodes
    if viewer is not None:
        await viewer.watch(task)
    await aggregator.record(change="started", scheduler="Short", max_rounds=ROUNDS, attempt=task)
    for number in range(1, ROUNDS + 1):
        await aggregator.record(change="round", round=number, attempt=task)
        await aggregator.tell(*HOLDERS)
        for holder in holders:
            await holder.hear()
            await holder.state("training", number)
            await holder.log(number)
            await holder.tell(AGGREGATOR)
            await holder.upload(AGGREGATOR)
            await holder.state("waiting", number)
            await aggregator.hear()
            await aggregator.take(holder.name)
        await aggregator.log(number)
    await aggregator.record(change="ended", result="finished", attempt=task)
    for node in nodes:
        await node.end()
