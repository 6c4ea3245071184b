"""The fold of the journal, as of now or as of any number.

It is brought up to date when somebody asks, from the files, in a thread: a hub that nobody looks at folds nothing, and
what is folded is on the disk.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from ..protocol.journal import BODIES, Kind, Row
from ..protocol.snapshot import Snapshot
from .core.folds import Fold
from .store.query import RowQuery

if TYPE_CHECKING:
    from .service import HubService

__all__ = ["Snapshots"]

_PAGE_ROWS = 1000
"""Small, so that the loop is not kept waiting while a thread folds a page."""
_KINDS: tuple[Kind, ...] = tuple(kind for kind in BODIES if kind not in ("metric", "hub"))  # type: ignore[misc]
"""What a fold looks at."""


class Snapshots:
    def __init__(self, service: HubService) -> None:
        self._service = service
        self._fold = Fold()
        self._upto = 0
        """Everything up to this number is folded."""
        self._dropped: set[tuple[str, int]] = set()
        self._lock = asyncio.Lock()

    def drop_run(self, task: str, run: int) -> None:
        """A run was removed from the journal. Its number is never given again."""
        self._dropped.add((task, run))

    async def now(self, task: str | None = None) -> Snapshot:
        """As of the highest number that readers may see; of all tasks, or of one."""
        async with self._lock:
            upto = self._service.watermark()
            await self._catch_up(self._fold, self._upto, upto, None)
            self._upto = max(upto, self._upto)
            return _named(await self._service.in_thread(self._fold.snapshot, task), self._upto)

    async def as_of(self, number: int, task: str | None = None) -> Snapshot:
        """As it was when `number` was the highest one; runs that were removed since are not in it."""
        number = min(number, self._service.watermark())
        fold = Fold()
        await self._catch_up(fold, 0, number, task)
        return _named(await self._service.in_thread(fold.snapshot, task), number)

    async def _catch_up(self, fold: Fold, after: int, upto: int, task: str | None) -> None:
        while after < upto:
            query = RowQuery(task=task, kinds=_KINDS, after=after, before=upto + 1, limit=_PAGE_ROWS)
            page = await self._service.page(query)
            await self._service.in_thread(_apply, fold, page.rows)
            after = upto if page.complete else page.next
        # After the pages: one of them may have been read before its run was removed.
        for dropped in self._dropped:
            fold.drop_run(*dropped)


def _apply(fold: Fold, rows: list[Row]) -> None:
    for row in rows:
        fold.apply(row)


def _named(snapshot: Snapshot, number: int) -> Snapshot:
    """Rows go on after this number: the last row of the snapshot may have a smaller one."""
    return msgspec.structs.replace(snapshot, number=number)
