"""The end of a run before its time: at Ctrl-C, or when all that is left waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ...protocol.messages import Stuck
from ...reading.terminal import Nodes
from .hub import RunHub
from .programs import Program
from .screen import Screen
from .view import View
from .waits import wait_words

__all__ = ["Ending"]

_GRACE_SECONDS = 5.0
"""Between an interrupt and a kill."""


class Ending:
    """Ends processes of a run, and says why."""

    def __init__(self, programs: Sequence[Program], hub: RunHub, view: View, screen: Screen, nodes: Nodes) -> None:
        self._programs = programs
        self._hub = hub
        self._view = view
        self._screen = screen
        self._nodes = nodes
        self._interrupts = 0
        self._told: dict[str, Stuck] = {}
        self._ending: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def interrupted(self) -> bool:
        """The user ended it."""
        return self._interrupts > 0

    @property
    def stuck(self) -> bool:
        """It was ended because nothing could go on."""
        return self._ending is not None

    def failed(self) -> list[Program]:
        """Those that have ended by a failure of their own."""
        return [program for program in self._programs if not program.alive and program.failed and not program.stopped]

    async def finish(self) -> None:
        """All processes have ended."""
        if self._ending is not None:
            await self._ending
        for timer in self._timers:
            timer.cancel()

    # -- stuck ---------------------------------------------------------------------------------------------------------

    def ask_stuck(self) -> None:
        """What was told may have passed: hear again which tasks are stuck now."""
        self._told.clear()
        self._hub.ask_stuck()

    def take_stuck(self, stuck: Stuck) -> None:
        """End everything if each process that is alive waits for ever, and one has failed."""
        self._told[stuck.task] = stuck
        alive, failed = self._alive(), self.failed()
        waiting = {(each.task, node) for each in self._told.values() for node in each.nodes}
        if not alive or not failed or self.interrupted or self.stuck:
            return
        for program in alive:
            held = [view for view in self._view.of(program.contexts) if not view.ended]
            if not held or not all((view.task, view.node) in waiting for view in held):
                return
        self._ending = asyncio.ensure_future(self._end_stuck(failed, alive))

    async def _end_stuck(self, failed: list[Program], alive: list[Program]) -> None:
        """Say who waited for whom, and end them."""
        views = [view for program in alive for view in self._view.of(program.contexts) if not view.ended]
        words = [await wait_words(view, self._hub.reader, self._nodes) for view in views]
        names = ", ".join(program.label for program in failed)
        self._screen.notice(f"Stuck: {names} has failed, and every node that is left waits without limit.", "error")
        for view, waited in zip(views, words, strict=True):
            self._screen.notice(f"  {self._nodes.mark(view.node)} waited for {waited}", "error")
        self._end(alive)

    # -- Ctrl-C --------------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """End all; the second time at once."""
        self._interrupts += 1
        alive = self._alive()
        if self._interrupts == 1:
            count = f"{len(alive)} process{'es' if len(alive) != 1 else ''}"
            self._screen.notice(f"Ctrl-C: ending {count} (again: at once)")
            self._end(alive)
        else:
            _each(alive, Program.kill)

    def _alive(self) -> list[Program]:
        return [program for program in self._programs if program.alive]

    def _end(self, programs: list[Program]) -> None:
        _each(programs, Program.interrupt)
        self._timers.append(asyncio.get_running_loop().call_later(_GRACE_SECONDS, _each, programs, Program.kill))


def _each(programs: list[Program], do: Callable[[Program], None]) -> None:
    for program in programs:
        do(program)
