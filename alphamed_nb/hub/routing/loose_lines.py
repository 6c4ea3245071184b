"""Lines of processes that are gone and never claimed a task: they would be in no run, and no view would show them."""

from __future__ import annotations

from ...protocol.errors import Damaged
from ...protocol.messages import ProcessInfo
from .pipeline import Pipeline
from .task_loader import TaskLoader

__all__ = ["LooseLines"]


class LooseLines:
    def __init__(self, pipeline: Pipeline, loader: TaskLoader) -> None:
        self._pipeline = pipeline
        self._loader = loader
        self._writers: dict[str, tuple[ProcessInfo, set[str]]] = {}
        """By incarnation: the process, and its contexts that wrote lines before they claimed a task."""

    def wrote(self, process: ProcessInfo, context: str) -> None:
        """A line came from a context that has claimed nothing so far."""
        self._writers.setdefault(process.incarnation, (process, set()))[1].add(context)

    def process_gone(self, incarnation: str) -> None:
        """It is dead, or has been away too long. What it wrote goes to runs named after its nodes."""
        writer = self._writers.pop(incarnation, None)
        if writer is not None:
            self._pipeline.background.spawn(self._keep(*writer))

    async def _keep(self, process: ProcessInfo, contexts: set[str]) -> None:
        pipeline, journal = self._pipeline, self._pipeline.journal
        await journal.log_tickets.settle()
        loose = await journal.threads.for_node(journal.logs.loose_contexts)
        for context in sorted(contexts & loose.keys()):
            try:
                await self._loader.load(loose[context])
            except Damaged:
                continue  # the log has it; its lines are in no run, as before
            if journal.failed:
                return
            pipeline.apply(pipeline.core.keep_lines(process, loose[context], context, journal.clock()))
            pipeline.submit()
