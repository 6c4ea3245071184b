"""The messages file, which must lose nothing: events, offers, sessions, positions, runs, retry counters, their rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ...protocol.errors import Damaged, StorageFailed
from ...protocol.journal import Row
from ..core.effects import Change, LoadMail
from ..core.mailboxes import Event
from ..core.stored_task import StoredTask
from .changes import SCHEMA, MessageRules
from .database import Readers, is_unusable
from .dropping import highest_seq
from .query import Page, RowQuery
from .reader import SEARCH_SECONDS, PageReader
from .stored_task import read_image, read_mail
from .writer import Writer

__all__ = ["MessageStore", "RunInfo"]

_MOST_CHANGES = 5000
"""Changes in one transaction, about."""

_names = msgspec.json.Decoder(list[str])


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """One run of a task, as the messages file knows it."""

    task: str
    run: int
    nodes: list[str]
    """The task's list of nodes in this run."""
    members: list[str]
    """Who held a session in it."""
    started: float
    """Seconds since the epoch."""
    ended: float
    """0: it is going on."""
    rows: int
    events: int
    bytes: int
    """What its rows take in this file, about."""


class MessageStore:
    """One SQLite file, one thread that writes it, any number of readers.

    What a ticket of :meth:`submit` stands for is one transaction with others queued at the time, never split; only an
    outcome that the file cannot take is left out.
    """

    def __init__(
        self,
        path: Path,
        *,
        full_sync: bool = False,
        on_committed: Callable[[int], None],
        on_refused: Callable[[list[Change]], None],
        on_failed: Callable[[BaseException], None],
        search_seconds: float = SEARCH_SECONDS,
    ) -> None:
        """Opens the file, or creates it.

        Args:
            full_sync: what is committed also survives a power cut, at the price of a disk flush for each commit.
            on_committed: called on the store's thread: everything up to this ticket is stored.
            on_refused: called on the store's thread: these changes of one outcome could not be stored. It comes before
                `on_committed` for their ticket.
            on_failed: called on the store's thread, once: a commit failed; nothing is taken until :meth:`reopen`.
            search_seconds: how long one page may be searched for.

        Raises:
            StorageFailed: the file cannot be opened, or another release wrote it.
        """
        self._writer: Writer[list[Change]] = Writer(
            path,
            SCHEMA,
            MessageRules(),
            full_sync=full_sync,
            most=_MOST_CHANGES,
            on_committed=on_committed,
            on_refused=on_refused,
            on_failed=on_failed,
        )
        self._readers = Readers(path)
        self._pages = PageReader(self._readers, logs=False, seconds=search_seconds)

    def submit(self, *outcomes: list[Change]) -> int:
        """Queue the changes of some outcomes, each in a list of its own. Returns a ticket; tickets grow.

        Raises:
            StorageFailed: a commit failed before, or the file is closed.
        """
        return self._writer.submit(outcomes, sum(map(len, outcomes)))

    def reopen(self) -> None:
        """Begin anew, from what is in the file. Tickets that are not committed by then never will be.

        Raises:
            StorageFailed: it does not work.
        """
        self._writer.reopen()

    @property
    def works(self) -> bool:
        """Whether it takes what is to be stored."""
        return self._writer.works

    def close(self) -> None:
        """Store what is queued and close the file."""
        self._readers.close()
        self._writer.close()  # the last one to close a file moves its write-ahead log into it

    # -- what the core takes up ------------------------------------------------------------------------------------

    def load_task(self, task: str) -> StoredTask:
        """What is known of the task. Call it only when no change of this task is on its way.

        Raises:
            Damaged: what is there makes no sense.
            StorageFailed: as all reads, when the file is closed or cannot be read.
        """
        with self._reading_of(task) as connection:
            return read_image(connection, task)

    def held_sessions(self, task: str) -> list[tuple[str, int, int]]:
        """(node, epoch, run) of the task's sessions that have not ended."""
        with self._readers.reading() as connection:
            return connection.execute(
                "SELECT node, epoch, run FROM sessions WHERE task = ? AND ended = 0 ORDER BY epoch", (task,)
            ).fetchall()

    def mail(self, load: LoadMail) -> list[Event]:
        """The events that it names, as far as they are there and fit.

        Raises:
            Damaged: what is there makes no sense.
            StorageFailed: as all reads.
        """
        with self._reading_of(load.task) as connection:
            return read_mail(connection, load.task, load.node, load.numbers, load.most_bytes)

    @contextmanager
    def _reading_of(self, task: str) -> Iterator[sqlite3.Connection]:
        """As :meth:`Readers.reading`; what is found of the task and makes no sense is `Damaged`."""
        try:
            with self._readers.reading() as connection:
                yield connection
        except StorageFailed as error:
            if error.__cause__ is None or is_unusable(error.__cause__):
                raise
            raise Damaged.task(task, error.__cause__) from error
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            raise Damaged.task(task, error) from error

    def held_tasks(self) -> list[str]:
        """Tasks with a session that has not ended."""
        with self._readers.reading() as connection:
            return [task for (task,) in connection.execute("SELECT DISTINCT task FROM sessions WHERE ended = 0")]

    def counter(self, incarnation: str) -> int:
        """The highest retry counter stored of this process; 0 for none."""
        with self._readers.reading() as connection:
            found = connection.execute("SELECT counter FROM counters WHERE incarnation = ?", (incarnation,)).fetchone()
        return int(found[0]) if found else 0

    def highest_seq(self) -> int:
        """The highest journal number ever stored in this file."""
        with self._readers.reading() as connection:
            return highest_seq(connection)

    def live_streams(self) -> set[str]:
        """Streams that somebody may still read."""
        with self._readers.reading() as connection:
            found = connection.execute(
                "SELECT stream FROM offers WHERE stream != '' AND state IN ('offered', 'reading')"
            )
            return {stream for (stream,) in found}

    # -- what readers ask for --------------------------------------------------------------------------------------

    def page(self, query: RowQuery) -> Page:
        """Rows of the journal that are in this file."""
        return self._pages.page(query)

    def rows(self, query: RowQuery) -> list[Row]:
        """Only the rows of :meth:`page`."""
        return self.page(query).rows

    def runs(self, task: str | None = None) -> list[RunInfo]:
        """The runs of one task, or all, in the order of their starts."""
        where, values = ("WHERE task = ?", (task,)) if task is not None else ("", ())
        with self._readers.reading() as connection:
            members: dict[tuple[str, int], list[str]] = {}
            for of, run, node in connection.execute(f"SELECT task, run, node FROM members {where}", values):
                members.setdefault((of, run), []).append(node)
            found = connection.execute(
                "SELECT task, run, nodes, started, ended, rows, events, bytes FROM runs "
                f"{where} ORDER BY started, task, run",
                values,
            )
            return [
                RunInfo(
                    task=of,
                    run=run,
                    nodes=_names.decode(nodes),
                    members=members.get((of, run), []),
                    started=started,
                    ended=ended,
                    rows=rows,
                    events=events,
                    bytes=size,
                )
                for of, run, nodes, started, ended, rows, events, size in found
            ]

    def ended_runs_of(self, node: str) -> list[tuple[str, int]]:
        """(task, run) of every run that has ended and in which this node held a session."""
        with self._readers.reading() as connection:
            return connection.execute(
                "SELECT task, run FROM members JOIN runs USING(task, run) WHERE node = ? AND ended > 0 "
                "ORDER BY task, run",
                (node,),
            ).fetchall()
