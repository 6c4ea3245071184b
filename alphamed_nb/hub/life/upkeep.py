"""What the hub does by itself from time to time: retention, leftover files, tasks that nobody uses."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...protocol.errors import HubError, NotFound, RunIsLive
from ..routing.pipeline import Pipeline
from ..settings import HubSettings
from ..store.retention import DAY, RunFigures, figures, runs_to_drop
from .heap import give_back

__all__ = ["Upkeep"]

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 600.0
_MINUTE = 60.0
_TIDY_SECONDS = 10.0
_LEFTOVER_SECONDS = 3600.0
"""A stream that waits for nobody is removed when its last change is longer ago; until then its offer may come."""


class Upkeep:
    """Args:
    touch: called each minute: somebody may use the hub without a word.
    """

    def __init__(self, pipeline: Pipeline, settings: HubSettings, touch: Callable[[], None]) -> None:
        self._pipeline = pipeline
        self._journal = pipeline.journal
        self._background = pipeline.background
        self._settings = settings
        self._touch = touch
        self._freed = False
        """Something left memory that was not given back to the operating system."""

    def start(self) -> None:
        self._run()
        self._every_minute()
        self._tidy_later()

    def _tidy_later(self) -> None:
        self._background.call_later(_TIDY_SECONDS, self._tidy)

    def _tidy(self) -> None:
        self._tidy_later()
        if not self._journal.failed:
            self._background.spawn(self._tidy_memory())

    async def _tidy_memory(self) -> None:
        try:
            self._freed = await self._pipeline.tidy() or self._freed
        except HubError as error:
            logger.warning("The hub could not tidy up its memory: %s", error)

    def _run(self) -> None:
        self._background.call_later(_EVERY_SECONDS, self._run)
        self._background.spawn(self._look_after())

    def _every_minute(self) -> None:
        self._background.call_later(_MINUTE, self._every_minute)
        if self._freed:
            self._freed = False
            self._background.spawn(self._journal.threads.for_viewer(give_back))
        self._touch()

    async def _look_after(self) -> None:
        try:
            await self.remove_leftovers()
            await self.retain()
        except HubError as error:
            logger.warning("The hub could not tidy up: %s", error)

    async def remove_leftovers(self) -> None:
        """Streams that nobody can ask for any more, and files of `upload_file` whose time is over."""
        journal = self._journal
        now = journal.clock()
        await self._pipeline.settle()
        in_thread = journal.threads.for_node
        keep = await in_thread(journal.messages.live_streams)
        await in_thread(lambda: journal.spool.sweep(keep, older_than=now - _LEFTOVER_SECONDS))
        await in_thread(lambda: journal.files.sweep(set(), older_than=now - self._settings.file_seconds))

    async def retain(self) -> list[RunFigures]:
        """Drop runs that are too old, or too much; returns them. Each is told in the journal."""
        journal, settings = self._journal, self._settings
        now = journal.clock()
        runs = await journal.threads.for_node(journal.messages.runs)
        logs = await journal.threads.for_node(journal.logs.figures)
        dropped = []
        for run in runs_to_drop(
            figures(runs, logs, now=now),
            now=now,
            max_age=settings.retention_days * DAY if settings.retention_days else float("inf"),
            max_bytes=settings.retention_bytes or 2**63,
        ):
            if await self._drop(run, now):
                dropped.append(run)
        return dropped

    async def _drop(self, run: RunFigures, now: float) -> bool:
        if not run.task:
            self._journal.logs.drop_context(run.context)
            return True
        why = f"it ended {(now - run.last) / DAY:.1f} days ago, and the hub keeps {run.bytes:,} bytes less without it"
        try:
            await self._pipeline.drop_run(run.task, run.run, why)
        except RunIsLive:
            return False
        except NotFound:
            # Only the logs file knows it: the hub was killed between dropping it here and there.
            self._journal.logs.drop_run(run.task, run.run)
        return True
