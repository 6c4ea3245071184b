"""The logs file, with a writer of their own, so that a flood of prints delays no message."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...protocol.journal import Row
from .database import Readers
from .dropping import highest_seq
from .error_times import ErrorTimes, times_in
from .lines import LineQuery, Lines, read_lines
from .log_rules import SCHEMA, Adopt, Append, DropContext, DropLogs, LogRules, LogWork
from .query import Page, RowQuery
from .reader import SEARCH_SECONDS, PageReader
from .tallies import KEPT_ERRORS, RunTally, errors_after, errors_of, score_of, tallies
from .writer import Writer

__all__ = ["LogFigures", "LogStore"]

_MOST_ROWS = 10_000
"""Rows in one transaction, about."""


@dataclass(frozen=True, kw_only=True)
class LogFigures:
    """What one run, or one context that never claimed a task, has in the logs file."""

    task: str
    """Empty for a context without a task."""
    run: int
    context: str
    """Only for one without a task."""
    node: str
    """Likewise."""
    rows: int
    bytes: int
    first: float
    """When the hub accepted the first row, seconds since the epoch."""
    last: float


class LogStore:
    """One SQLite file, one thread that writes it, any number of readers."""

    def __init__(
        self,
        path: Path,
        *,
        full_sync: bool = False,
        on_committed: Callable[[int], None],
        on_refused: Callable[[LogWork], None],
        on_failed: Callable[[BaseException], None],
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        """As :class:`~.messages.MessageStore`, for the other file."""
        self._on_committed = on_committed
        self._rules = LogRules()
        self._touched: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._writer: Writer[LogWork] = Writer(
            path,
            SCHEMA,
            self._rules,
            full_sync=full_sync,
            most=_MOST_ROWS,
            on_committed=self._committed,
            on_refused=on_refused,
            on_failed=on_failed,
        )
        self._readers = Readers(path)
        self._pages = PageReader(self._readers, logs=True, seconds=search_seconds)

    def append(self, rows: list[tuple[Row, str]], counter: tuple[str, int] | None = None) -> int:
        """Queue rows, each with the id of its context, and the retry counter (incarnation, counter) they came with.

        A row without a task goes to the run that its context was adopted by, if it was. Returns a ticket.

        Raises:
            StorageFailed: as all that is queued here, when a commit failed before or the file is closed.
        """
        return self._writer.submit([Append(rows, counter)], len(rows))

    def adopt(self, context: str, task: str, run: int) -> int:
        """Rows of this context that name no task, now and later, belong to this run. Returns a ticket."""
        return self._writer.submit([Adopt(context, task, run)], 1)

    def drop_run(self, task: str, run: int) -> int:
        """Remove the rows of a run. Returns a ticket: once it is committed no reader sees them."""
        return self._writer.submit([DropLogs(task, run)], 1)

    def drop_context(self, context: str) -> int:
        """Remove the rows of a context that claimed no task. Returns a ticket, as :meth:`drop_run`."""
        return self._writer.submit([DropContext(context)], 1)

    def reopen(self) -> None:
        """As :meth:`MessageStore.reopen`."""
        self._writer.reopen()

    @property
    def works(self) -> bool:
        """Whether it takes what is to be stored."""
        return self._writer.works

    def close(self) -> None:
        """Store what is queued and close the file."""
        self._readers.close()
        self._writer.close()  # the last one to close a file moves its write-ahead log into it

    def page(self, query: RowQuery) -> Page:
        """Rows of the journal that are in this file."""
        return self._pages.page(query)

    def count(self, query: RowQuery) -> int:
        """How many rows match, but for their text. Raises `StorageFailed`."""
        return self._pages.count(query)

    def rows(self, query: RowQuery) -> list[Row]:
        """Only the rows of :meth:`page`."""
        return self.page(query).rows

    def counter(self, incarnation: str) -> int:
        """The highest retry counter stored of this process; 0 for none."""
        with self._readers.reading() as connection:
            found = connection.execute("SELECT counter FROM counters WHERE incarnation = ?", (incarnation,)).fetchone()
        return int(found[0]) if found else 0

    def highest_seq(self) -> int:
        """The highest journal number ever stored in this file."""
        with self._readers.reading() as connection:
            return highest_seq(connection)

    def figures(self) -> list[LogFigures]:
        """Rows and bytes of each run, and of each context that never claimed a task."""
        with self._readers.reading() as connection:
            found = connection.execute(
                "SELECT task, run, context, node, rows, bytes, first, last FROM sizes"
            ).fetchall()
        return [
            LogFigures(task=task, run=run, context=context, node=node, rows=rows, bytes=size, first=first, last=last)
            for task, run, context, node, rows, size, first, last in found
        ]

    def loose_contexts(self) -> dict[str, str]:
        """The contexts whose rows belong to no run, with the node that wrote them."""
        with self._readers.reading() as connection:
            return dict(connection.execute("SELECT context, node FROM sizes WHERE task = '' AND run = 0").fetchall())

    # -- what is counted of log records ----------------------------------------------------------------------------

    def take_touched(self) -> set[tuple[str, int]]:
        """(task, run) of what has got rows, or lost them, in commits since the last call."""
        with self._lock:
            touched, self._touched = self._touched, set()
        return touched

    def tallies(self, upto: int, task: str | None = None, run: int | None = None) -> dict[tuple[str, int], RunTally]:
        """By task and run: counts of the log records up to a number."""
        with self._readers.reading() as connection:
            return tallies(connection, upto, task, run)

    def errors(self, task: str, run: int, node: str | None, upto: int, most: int = KEPT_ERRORS) -> list[int]:
        """Numbers of the latest records of level ERROR and above up to a number: of one node, or of all."""
        with self._readers.reading() as connection:
            return errors_of(connection, task, run, node, upto, most)

    def add_error_times(self, times: ErrorTimes, task: str, run: int, node: str, upto: int) -> None:
        """Bring the times of a node's errors up to date with a number."""
        with self._readers.reading() as connection:
            times.add(errors_after(connection, task, run, node, times.last, upto), times_in(connection))

    def score(self, task: str, run: int) -> tuple[str, float] | None:
        """The last value of the run's metric whose name holds `accuracy`, with its name."""
        with self._readers.reading() as connection:
            return score_of(connection, task, run)

    def lines(self, query: LineQuery, upto: int) -> Lines:
        """Log records of a run by their place in it."""
        with self._readers.reading() as connection:
            return read_lines(connection, query, upto)

    def _committed(self, ticket: int) -> None:
        """On the writer's thread, after the commit: who reads now finds what is touched."""
        with self._lock:
            self._touched |= self._rules.touched
        self._rules.touched.clear()
        self._on_committed(ticket)
