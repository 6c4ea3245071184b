"""The one timer for the core's next time-out, which every request may move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..core.router import Core
from ..journal import Journal
from ..loop.background import Background

__all__ = ["CoreTimer"]


class CoreTimer:
    """Calls `on_due` when the core has something to do by itself. It is set again by :meth:`arm` alone."""

    def __init__(self, core: Core, journal: Journal, background: Background, on_due: Callable[[], None]) -> None:
        self._core = core
        self._background = background
        self._journal = journal
        self._on_due = on_due
        self._set: tuple[float, asyncio.TimerHandle] | None = None

    def arm(self) -> None:
        """The core may have another next time-out now."""
        due = self._core.next_due()
        if self._set is not None:
            if due == self._set[0]:
                return
            self.disarm()
        if due is not None:
            self._set = (due, self._background.call_later(max(0.0, due - self._journal.clock()), self._is_due))

    def disarm(self) -> None:
        """Forget the core's next time-out."""
        if self._set is not None:
            self._set[1].cancel()
            self._set = None

    def _is_due(self) -> None:
        self._set = None
        self._on_due()
