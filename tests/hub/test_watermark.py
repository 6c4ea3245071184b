"""Outputs wait for their commits, and readers for both files."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from alphamed_nb.hub.core.effects import RemoveStream
from alphamed_nb.hub.watermark import KEPT_MARKS, CommitQueue, LogMarks, Watermark
from alphamed_nb.protocol.errors import StorageFailed


def out(name: str) -> list[Any]:
    return [RemoveStream(name)]


def names(queue: CommitQueue) -> list[str]:
    found = []
    while (outputs := queue.take()) is not None:
        found.extend(output.stream for output in outputs if isinstance(output, RemoveStream))
    return found


def test_outputs_wait_for_their_commit_and_keep_their_order() -> None:
    queue = CommitQueue()
    queue.add(1, out("a"))
    queue.add(2, out("b"))
    queue.add(2, out("without changes"))
    queue.add(3, out("c"))
    assert names(queue) == []
    queue.commit(2)
    assert names(queue) == ["a", "b", "without changes"] and not queue.settled
    queue.commit(3)
    assert names(queue) == ["c"] and queue.settled


def test_settle_waits_for_what_was_submitted_before() -> None:
    async def scenario() -> None:
        queue = CommitQueue()
        await queue.settle()
        queue.add(1, [])
        waiting = asyncio.ensure_future(queue.settle())
        await asyncio.sleep(0)
        queue.add(2, [])
        assert not waiting.done()
        queue.commit(1)
        await waiting
        assert not queue.settled

    asyncio.run(scenario())


def test_a_failure_drops_outputs_and_is_told_to_who_waits() -> None:
    async def scenario() -> None:
        queue = CommitQueue()
        queue.add(1, out("lost"))
        waiting = asyncio.ensure_future(queue.settle())
        await asyncio.sleep(0)
        queue.fail(StorageFailed("full"))
        with pytest.raises(StorageFailed):
            await waiting
        assert names(queue) == []
        queue.add(2, out("later"))
        queue.commit(2)
        assert names(queue) == ["later"]

    asyncio.run(scenario())


def test_the_watermark_stops_below_what_is_under_way() -> None:
    mark = Watermark(10)
    assert mark.number == 10
    mark.submitted("messages", 1, 11, 12)
    mark.submitted("logs", 1, 13, 20)
    mark.submitted("messages", 2, 21, 21)
    assert mark.number == 10
    mark.committed("logs", 1)
    assert mark.number == 10
    mark.committed("messages", 1)
    assert mark.number == 20
    mark.committed("messages", 2)
    assert mark.number == 21


def test_the_slower_file_counts() -> None:
    mark = Watermark(0)
    mark.submitted("logs", 1, 1, 5)
    mark.submitted("messages", 1, 6, 6)
    mark.committed("messages", 1)
    assert mark.number == 0
    mark.committed("logs", 7)
    assert mark.number == 6


def test_a_log_mark_changes_with_every_commit_of_its_run_and_as_readers_come_to_see_it() -> None:
    marks = LogMarks()
    assert marks.key("t", 1, 5) == marks.key("t", 1, 9)
    marks.committed({("t", 1)}, 20)
    keys = [marks.key("t", 1, number) for number in (9, 15, 20, 30)]
    assert len(set(keys)) == 3 and keys[2] == keys[3]
    marks.committed({("t", 2)}, 40)
    assert marks.key("t", 1, 50) == keys[3]
    marks.committed({("t", 1)}, 20)
    assert marks.key("t", 1, 50) != keys[3]


def test_log_marks_of_many_runs_are_given_up_and_no_change_is_missed() -> None:
    marks = LogMarks()
    untouched = marks.key("untouched", 1, 10**6)
    touched = [marks.key(f"t{number}", 1, 10**6) for number in range(KEPT_MARKS + 1)]
    for number in range(KEPT_MARKS + 1):
        marks.committed({(f"t{number}", 1)}, number)
    assert not marks._marks
    assert all(marks.key(f"t{number}", 1, 10**6) != key for number, key in enumerate(touched))
    assert marks.key("untouched", 1, 10**6) != untouched, "it cannot be told from the others"
    settled = marks.key("t1", 1, 10**6)
    marks.committed({("t2", 1)}, 5000)
    assert marks.key("t1", 1, 10**6) == settled
    assert marks.key("t2", 1, 10**6) != settled
