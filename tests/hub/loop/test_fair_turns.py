"""A bounded amount of work per turn of the loop, and every queue its share."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from alphamed_nb.hub.loop.fair_turns import FairQueue, Turn

LONG = 60.0
"""Seconds of a turn that does not end by itself, however busy the machine is."""


class Ticking:
    """The running loop's time, moved on by each piece of work."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_work_stops_when_the_turn_is_over_and_goes_on_in_the_next() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        clock = Ticking()
        loop.time = clock  # type: ignore[method-assign]
        done: list[str] = []
        left = 10

        def work() -> bool:
            nonlocal left
            if not left:
                return False
            left -= 1
            clock.now += 0.001
            done.append("work")
            return True

        turn = Turn(work, lambda: done.append("after"), seconds=0.003)
        turn.run()
        assert done == ["work"] * 3 + ["after"]
        turn.run()  # nothing is left of this turn
        assert len(done) == 4
        loop.call_soon(done.append, "somebody else")
        while left:
            await asyncio.sleep(0)
        assert done.index("somebody else") < 10
        assert done.count("work") == 10

    asyncio.run(scenario())


def test_work_that_asks_for_more_work_does_not_nest() -> None:
    async def scenario() -> None:
        depth: list[int] = []
        left = 3

        def work() -> bool:
            nonlocal left
            depth.append(len(depth))
            turn.run()
            left -= 1
            return left > 0

        turn = Turn(work, lambda: None, LONG)
        turn.run()
        assert depth == [0, 1, 2]

    asyncio.run(scenario())


def test_work_that_comes_after_the_last_piece_of_a_turn_is_done_in_the_next() -> None:
    async def scenario() -> None:
        pieces, done = ["first"], []

        def after() -> None:
            if not done[1:]:
                pieces.append("second")
                turn.run()

        turn = Turn(lambda: bool(pieces) and not done.append(pieces.pop()), after, LONG)
        turn.run()
        assert done == ["first"]
        await asyncio.sleep(0)
        assert done == ["first", "second"]

    asyncio.run(scenario())


def test_work_that_fails_keeps_nothing_waiting(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        pieces = ["good", "bad", "last"]
        done: list[str] = []

        def work() -> bool:
            if not pieces:
                return False
            piece = pieces.pop(0)
            if piece == "bad":
                raise RuntimeError("this piece is bad")
            done.append(piece)
            return True

        def after() -> None:
            done.append("after")
            raise RuntimeError("and so is this")

        turn = Turn(work, after, LONG)
        turn.run()
        assert done == ["good", "last", "after"]
        pieces.append("another")
        turn.run()
        assert done[3:] == ["another", "after"]

    asyncio.run(scenario())
    assert "this piece is bad" in caplog.text and "and so is this" in caplog.text


def taken(queue: FairQueue[int]) -> list[tuple[object, int]]:
    return list(iter(queue.take, None))  # type: ignore[arg-type]


def test_queues_are_served_in_turn_and_each_in_order() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.add("a", [1, 2, 3])
    queue.add("b", [4])
    queue.add("c", [5, 6])
    assert taken(queue) == [("a", 1), ("b", 4), ("c", 5), ("a", 2), ("c", 6), ("a", 3)]


def test_a_held_queue_waits_and_keeps_its_order() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.add("a", [1, 2])
    first = queue.take()
    assert first is not None
    queue.put_back("a", 1)
    queue.hold("a")
    queue.add("a", [3])
    queue.add("b", [9])
    assert taken(queue) == [("b", 9)] and queue.length("a") == 3
    queue.release("a")
    assert taken(queue) == [("a", 1), ("a", 2), ("a", 3)]


def test_a_queue_that_is_emptied_while_held_comes_back() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.add("a", [1])
    queue.take()
    queue.hold("a")
    queue.add("a", [2])
    assert taken(queue) == []
    queue.release("a")
    assert taken(queue) == [("a", 2)]


def test_nothing_added_is_no_queue() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.add("a", [])
    assert taken(queue) == []
    queue.add("a", [1])
    assert taken(queue) == [("a", 1)]


def test_a_dropped_queue_is_gone() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.add("a", [1])
    queue.add("b", [2])
    queue.drop("a")
    queue.drop("never there")
    assert taken(queue) == [("b", 2)]


def test_no_item_is_lost_or_doubled_whatever_is_held() -> None:
    queue: FairQueue[int] = FairQueue()
    found: list[tuple[object, int]] = []
    for step, keys in enumerate(itertools.product("abc", repeat=4)):
        for key in keys:
            queue.add(key, [step])
        queue.hold(keys[0])
        found.extend(filter(None, [queue.take(), queue.take()]))
        queue.release(keys[0])
    found.extend(taken(queue))
    assert len(found) == 3**4 * 4
    for key in "abc":
        mine = [item for at, item in found if at == key]
        assert mine == sorted(mine)
