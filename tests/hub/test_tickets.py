"""What is said waits for its commit, in order."""

from __future__ import annotations

import asyncio

import pytest

from alphamed_nb.hub.tickets import Due, Tickets
from alphamed_nb.protocol.errors import StorageFailed


def test_what_is_due_waits_for_its_commit_and_keeps_its_order() -> None:
    tickets = Tickets()
    due: Due[str] = Due(tickets)
    tickets.submitted = 1
    due.add("a")
    tickets.submitted = 2
    due.add("b")
    due.add("without changes")
    tickets.submitted = 3
    due.add("c")
    assert (due.take(), due.take_all()) == (None, [])
    tickets.commit(2)
    assert due.take() == "a"
    assert due.take_all() == ["b", "without changes"] and not tickets.settled
    tickets.commit(3)
    assert due.take_all() == ["c"] and tickets.settled


def test_settle_waits_for_what_was_submitted_before() -> None:
    async def scenario() -> None:
        tickets = Tickets()
        await tickets.settle()
        tickets.submitted = 1
        waiting = asyncio.ensure_future(tickets.settle())
        await asyncio.sleep(0)
        tickets.submitted = 2
        assert not waiting.done()
        tickets.commit(1)
        await waiting
        assert not tickets.settled

    asyncio.run(scenario())


def test_a_failure_drops_what_waits_and_is_told_to_who_waits() -> None:
    async def scenario() -> None:
        tickets = Tickets()
        due: Due[str] = Due(tickets)
        tickets.submitted = 1
        due.add("lost")
        waiting = asyncio.ensure_future(tickets.settle())
        await asyncio.sleep(0)
        tickets.fail(StorageFailed("full"))
        with pytest.raises(StorageFailed):
            await waiting
        assert due.take_all() == []
        tickets.submitted = 2
        due.add("later")
        tickets.commit(1)
        assert due.take() is None, "told late, of before the failure"
        tickets.commit(2)
        assert due.take_all() == ["later"]

    asyncio.run(scenario())
