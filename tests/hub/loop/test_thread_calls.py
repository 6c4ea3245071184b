"""Calls from other threads are made on the loop, in order; one that fails keeps none of the others back."""

from __future__ import annotations

import asyncio
import threading

from alphamed_nb.hub.loop.thread_calls import ThreadCalls


def test_calls_of_a_thread_are_made_on_the_loop_in_order() -> None:
    async def main() -> tuple[list[int], set[int]]:
        calls = ThreadCalls(asyncio.get_running_loop())
        made: list[int] = []
        threads: set[int] = set()
        last = asyncio.Event()

        def call(number: int) -> None:
            threads.add(threading.get_ident())
            made.append(number)
            if number == 999:
                last.set()

        def ask() -> None:
            for number in range(1000):
                calls.call(call, number)

        worker = threading.Thread(target=ask)
        worker.start()
        async with asyncio.timeout(60):
            await last.wait()
        worker.join()
        calls.close()
        return made, threads

    made, threads = asyncio.run(main())
    assert made == list(range(1000))
    assert threads == {threading.get_ident()}


def test_one_that_fails_is_reported_and_the_next_is_made() -> None:
    async def main() -> tuple[list[str], list[object]]:
        loop = asyncio.get_running_loop()
        reported: list[object] = []
        loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
        calls = ThreadCalls(loop)
        made: list[str] = []
        done = asyncio.Event()

        def fail(text: str) -> None:
            raise ValueError(text)

        calls.call(fail, "at fault")
        calls.call(made.append, "next")
        calls.call(lambda _: done.set(), None)
        async with asyncio.timeout(60):
            await done.wait()
        calls.close()
        return made, reported

    made, reported = asyncio.run(main())
    assert made == ["next"]
    assert [str(error) for error in reported] == ["at fault"]


def test_closing_makes_what_was_asked_for_and_nothing_after() -> None:
    async def main() -> list[str]:
        calls = ThreadCalls(asyncio.get_running_loop())
        made: list[str] = []
        calls.call(made.append, "before")
        calls.close()
        at_close = list(made)
        calls.call(made.append, "after")
        for _ in range(3):
            await asyncio.sleep(0)
        return [*at_close, "|", *made]

    assert asyncio.run(main()) == ["before", "|", "before"]
