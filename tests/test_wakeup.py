"""Waking a loop: nothing that was rung is missed, from whatever thread, and nothing happens after the end."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections import deque
from contextlib import suppress

import pytest

from alphamed_nb._wakeup import Wakeup

RINGS = 20_000


@pytest.fixture(params=["eventfd", "none"], autouse=True)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has an eventfd, and one that does not."""
    if request.param == "none":
        monkeypatch.delattr(os, "eventfd", raising=False)
    elif not hasattr(os, "eventfd"):
        pytest.skip("this system has no eventfd")


def test_the_callback_runs_on_the_loop_and_sees_all_that_was_queued_before_a_ring() -> None:
    queued: deque[int] = deque()
    seen: list[int] = []
    threads: set[int] = set()
    count, senders = RINGS // 4, 4

    async def main() -> None:
        all_seen = asyncio.Event()

        def take() -> None:
            threads.add(threading.get_ident())
            while queued:
                seen.append(queued.popleft())
            if len(seen) == count * senders:
                all_seen.set()

        wakeup = Wakeup(asyncio.get_running_loop(), take)

        def send(first: int) -> None:
            for number in range(first, first + count):
                queued.append(number)
                wakeup.ring()

        workers = [threading.Thread(target=send, args=(sender * count,)) for sender in range(senders)]
        for worker in workers:
            worker.start()
        async with asyncio.timeout(60):
            await all_seen.wait()
        for worker in workers:
            worker.join()
        wakeup.close()

    asyncio.run(main())
    assert sorted(seen) == list(range(count * senders))
    for sender in range(senders):
        own = [number for number in seen if number // count == sender]
        assert own == sorted(own)
    assert threads == {threading.get_ident()}


def test_each_of_many_rings_that_wait_for_the_last_one_wakes() -> None:
    """The loop sleeps before each: one that is missed would stand still for ever."""

    async def main() -> int:
        woken = asyncio.Event()
        wakeup = Wakeup(asyncio.get_running_loop(), woken.set)
        go_on = threading.Semaphore(0)

        def ring() -> None:
            for _ in range(RINGS):
                go_on.acquire(timeout=60)
                wakeup.ring()

        worker = threading.Thread(target=ring)
        worker.start()
        heard = 0
        async with asyncio.timeout(120):
            for _ in range(RINGS):
                go_on.release()
                await woken.wait()
                woken.clear()
                heard += 1
        worker.join()
        wakeup.close()
        return heard

    assert asyncio.run(main()) == RINGS


def test_a_ring_while_the_callback_runs_calls_it_again() -> None:
    async def main() -> int:
        calls = 0
        again = asyncio.Event()

        def take() -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                ringer = threading.Thread(target=wakeup.ring)
                ringer.start()
                ringer.join()
            else:
                again.set()

        wakeup = Wakeup(asyncio.get_running_loop(), take)
        wakeup.ring()
        async with asyncio.timeout(20):
            await again.wait()
        wakeup.close()
        return calls

    assert asyncio.run(main()) == 2


def test_a_callback_that_fails_is_reported_and_called_again() -> None:
    async def main() -> tuple[int, list[object]]:
        loop = asyncio.get_running_loop()
        reported: list[object] = []
        loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
        calls = 0
        twice = asyncio.Event()

        def fail() -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                raise ValueError("at first")
            twice.set()

        wakeup = Wakeup(loop, fail)
        async with asyncio.timeout(60):
            while not twice.is_set():
                wakeup.ring()
                await asyncio.sleep(0)
        wakeup.close()
        return calls, reported

    calls, reported = asyncio.run(main())
    assert calls == 2
    assert [str(error) for error in reported] == ["at first"]


def test_a_ring_after_the_end_does_nothing() -> None:
    calls: list[None] = []

    async def main() -> Wakeup:
        wakeup = Wakeup(asyncio.get_running_loop(), lambda: calls.append(None))
        wakeup.close()
        return wakeup

    wakeup = asyncio.run(main())
    wakeup.ring()
    assert calls == []


def eventfds() -> list[str]:
    found = []
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the one of the listing itself
            if "eventfd" in os.readlink(f"/proc/self/fd/{number}"):
                found.append(number)
    return found


@pytest.mark.parametrize("system", ["eventfd"], indirect=True)
def test_its_file_is_closed_once_nobody_has_it() -> None:
    gc.collect()
    before = eventfds()
    loop = asyncio.new_event_loop()
    wakeup = Wakeup(loop, lambda: None)
    wakeup.close()
    loop.close()
    assert len(eventfds()) == len(before) + 1
    del wakeup, loop
    gc.collect()
    assert eventfds() == before
