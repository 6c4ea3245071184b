"""Has the core know tasks that it does not have in memory."""

from __future__ import annotations

import asyncio

from ...protocol.errors import Damaged
from ..core.effects import Outcome
from ..core.router import Core
from .pipeline import Pipeline

__all__ = ["TaskLoader"]


class TaskLoader:
    def __init__(self, pipeline: Pipeline) -> None:
        self._core = pipeline.core
        self._journal = pipeline.journal
        self._background = pipeline.background
        self._loading: dict[str, asyncio.Task[None]] = {}

    async def load(self, task: str) -> None:
        """Have the core know a task. It is unloaded only while nothing of it is on its way to the disk.

        Raises:
            Damaged: what the store has of it makes no sense.
            StorageFailed: the store cannot be read.
        """
        if self._core.knows(task):
            return
        loading = self._loading.get(task)
        if loading is None:
            loading = self._loading[task] = self._background.spawn(self._load(task))
            loading.add_done_callback(lambda _: self._loading.pop(task, None))
        await asyncio.shield(loading)

    async def _load(self, task: str) -> None:
        core, life = self._core, self._core.life
        try:
            stored = await self._journal.threads.for_node(self._journal.messages.load_task, task)
            if life is core.life and not core.knows(task):
                core.load(stored, task)
        except Damaged as error:
            self._journal.tell_damaged(task, error)
            raise

    def load_held(self, fresh: Core) -> list[Outcome]:
        """Have a new core know the tasks with held sessions. Returns what to do with those that are damaged. Blocks.

        Raises:
            StorageFailed: the messages file cannot be read.
        """
        messages = self._journal.messages
        outcomes = []
        for task in messages.held_tasks():
            try:
                fresh.load(messages.load_task(task), task)
            except Damaged as error:
                self._journal.tell_damaged(task, error)
                outcomes.append(fresh.abandon(task, messages.held_sessions(task), self._journal.clock()))
        return outcomes
