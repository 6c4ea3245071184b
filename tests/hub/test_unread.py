"""Unread messages through a whole hub: those that find no room in memory are read from its file in their turn."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from pathlib import Path

import pytest
from raw_link import RawLink
from running_hub import RunningHub, with_hub

from alphamed_nb.hub.routing import pipeline
from alphamed_nb.protocol.messages import Claimed, Receive, Refused, Release

COUNT = 300
TEXT = "x" * 2000


async def read(link: RawLink, held: Claimed, node: str, count: int) -> list[int]:
    items = [await link.receive(held, "task", node) for _ in range(count)]
    assert all(len(item.contract) > len(TEXT) for item in items)
    return [json.loads(bytes(item.contract))["value"][0] for item in items]


def test_more_than_memory_takes_comes_in_order_also_from_the_next_hub(tmp_path: Path) -> None:
    async def send(hub: RunningHub) -> None:
        a = await hub.link()
        held = await a.claim("task", "a", ["a", "b", "c"])
        sends = [a.send_of(held, "task", "a", ["b", "c"], [number, TEXT]) for number in range(COUNT)]
        await a.say(*sends)
        await a.answer(sends[-1].id)
        room = hub.service.core._hub.room
        assert room.used <= room.most == 50_000
        b = await hub.link()
        claimed = await b.claim("task", "b", ["a", "b", "c"])
        assert await read(b, claimed, "b", COUNT // 2) == list(range(COUNT // 2))
        await b.ask(Release(id=10_000, task="task", node="b", epoch=claimed.epoch, position=b.position))

    async def receive(hub: RunningHub) -> None:
        b, c = await hub.link(), await hub.link()
        claimed_b, claimed_c = await b.claim("task", "b"), await c.claim("task", "c")
        from_b, from_c = await asyncio.gather(
            read(b, claimed_b, "b", COUNT - COUNT // 2), read(c, claimed_c, "c", COUNT)
        )
        assert (from_b, from_c) == (list(range(COUNT // 2, COUNT)), list(range(COUNT)))

    with_hub(tmp_path, send, unread_bytes=50_000)
    with_hub(tmp_path, receive, unread_bytes=50_000)


def test_no_content_is_read_when_a_hub_starts_or_a_task_is_claimed(tmp_path: Path) -> None:
    async def send(hub: RunningHub) -> None:
        a = await hub.link()
        held = await a.claim("task", "a", ["a", "b"])
        for number in range(5):
            await a.send(held, "task", "a", ["a", "b"], [number, TEXT])

    async def claim(hub: RunningHub) -> None:
        assert hub.service.core._hub.room.used == 0
        b = await hub.link()
        held = await b.claim("task", "b", ["a", "b"])
        assert hub.service.core._hub.room.used == 0
        assert hub.service.core._hub.tasks["task"].members["b"].mailbox.unread == 5
        assert await read(b, held, "b", 5) == list(range(5))

    with_hub(tmp_path, send)
    with_hub(tmp_path, claim)


def test_a_message_that_is_damaged_in_the_file_is_an_error_of_the_receive(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held, claimed = await a.claim("task", "a", ["a", "b"]), await b.claim("task", "b", ["a", "b"])
        damaged = await a.send(held, "task", "a", ["b"], [0, TEXT])
        with sqlite3.connect(hub.service.directory.messages) as connection:
            connection.execute("UPDATE rows SET body = ? WHERE seq = ?", (b"{", damaged.seq))
        answer = await b.ask(Receive(id=10_000, task="task", node="b", epoch=claimed.epoch, position=0))
        assert isinstance(answer, Refused)
        assert "'task'" in answer.error.message and "damaged" in answer.error.message
        await a.send(held, "task", "a", ["a"], [1, TEXT])
        assert await read(a, held, "a", 1) == [1]

    with_hub(tmp_path, scenario, unread_bytes=0)


def test_no_more_is_taken_in_than_the_disk_takes_by_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few messages, but long ones: while the file takes none, only some are read from their link."""
    monkeypatch.setattr(pipeline, "_ROW_BYTES", 100)

    async def scenario(hub: RunningHub) -> None:
        a = await hub.link()
        held = await a.claim("task", "a", ["a"])
        rules = hub.service.journal.messages._writer._rules
        written, apply = threading.Event(), rules.apply
        monkeypatch.setattr(rules, "apply", lambda connection, batch: written.wait(50) and apply(connection, batch))
        sends = [a.send_of(held, "task", "a", ["a"], "x" * 20_000) for _ in range(300)]
        saying = [asyncio.ensure_future(a.say(send)) for send in sends]
        try:
            while not hub.service.intake._unread:
                await asyncio.sleep(0)
            assert hub.service.core.counter_of(a.process.incarnation) < 150
        finally:
            written.set()
        await asyncio.gather(*saying)
        assert all([(await a.answer(send.id)).seq for send in sends])

    with_hub(tmp_path, scenario)
