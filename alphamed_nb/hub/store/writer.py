"""The one thread that writes a file: it takes everything queued, and commits it as one transaction."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ...protocol.errors import StorageFailed
from .database import Schema, empty_log, is_unusable, open_database, prove_writable, transaction

__all__ = ["FileRules", "Writer"]

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_log = logging.getLogger(__name__)


class FileRules(Protocol[T_contra]):
    """What a file does with the work that is queued for it. Runs on the writer's thread."""

    def apply(self, connection: sqlite3.Connection, batch: Sequence[T_contra]) -> bool:
        """Do the batch, inside a transaction. True: :meth:`tidy` has something to do now."""

    def tidy(self, connection: sqlite3.Connection) -> bool:
        """One short step (milliseconds) of removing what was dropped, a transaction of its own. True: there is more."""


class _Entry(NamedTuple):
    """Something queued; a ticket of 0 asks the thread to end."""

    ticket: int
    weight: int
    works: Sequence[object]


class Writer(Generic[T]):
    """Group commit on a thread of its own.

    A piece of work that the file cannot take is refused alone: `on_refused` is called, and everything else is stored.
    When the file itself fails (a full disk, for instance) it stops: `on_failed` is called once, whatever was queued is
    forgotten, and :meth:`submit` refuses until :meth:`reopen`.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema,
        rules: FileRules[T],
        *,
        full_sync: bool,
        most: int,
        on_committed: Callable[[int], None],
        on_refused: Callable[[T], None],
        on_failed: Callable[[BaseException], None],
    ) -> None:
        """Opens the file and starts the thread.

        Args:
            most: the weight of submissions at which a transaction takes no more.
            on_committed: told the last ticket of each commit, on the writer's thread.
            on_refused: told what could not be stored, before `on_committed` for its ticket, on the writer's thread.
            on_failed: told why a commit failed, on the writer's thread.

        Raises:
            StorageFailed: the file cannot be opened.
        """
        self._path = path
        self._schema = schema
        self._rules = rules
        self._full_sync = full_sync
        self._most = most
        self._on_committed = on_committed
        self._on_refused = on_refused
        self._on_failed = on_failed
        self._lock = threading.Lock()
        self._ticket = 0
        self._refusal: str | None = None
        self._closed = False
        self._start(open_database(path, schema, full_sync=full_sync))

    def _start(self, connection: sqlite3.Connection) -> None:
        self._queue: queue.SimpleQueue[_Entry] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._work,
            args=(connection, self._queue),
            name=f"alphamed_nb {self._schema.name} store",
            daemon=True,
        )
        self._thread.start()

    def submit(self, works: Sequence[T], weight: int) -> int:
        """Queue pieces of work, to be stored in one transaction, and return their ticket; tickets grow by one.

        Raises:
            StorageFailed: a commit failed, or the file is closed.
        """
        with self._lock:
            if self._refusal is not None:
                raise StorageFailed(self._refusal)
            self._ticket += 1
            self._queue.put(_Entry(self._ticket, weight, works))
            return self._ticket

    def reopen(self) -> None:
        """Begin anew, from what is in the file. Tickets from before that are not committed now never will be.

        Raises:
            StorageFailed: the file cannot be opened, cannot be written to, or was closed.
        """
        self._end("is opened again")
        with self._lock:
            if self._closed:
                raise StorageFailed(f"The hub's {self._schema.name} file is closed.")
            connection = open_database(self._path, self._schema, full_sync=self._full_sync)
            try:
                prove_writable(connection)
            except (sqlite3.Error, OSError) as error:
                connection.close()
                raise StorageFailed(f"The hub could not store in {self._path}: {error}.") from error
            self._start(connection)
            self._refusal = None

    def close(self) -> None:
        """Commit what is queued, then close the file. Harmless when closed."""
        with self._lock:
            self._closed = True
        self._end("is closed")

    @property
    def works(self) -> bool:
        """Whether it takes work."""
        return self._refusal is None

    def _end(self, why: str) -> None:
        """Let the thread commit what is queued, and end, if it has not."""
        with self._lock:
            if self._refusal is None:
                self._queue.put(_Entry(0, 0, ()))
            if self._refusal is None or self._closed:
                self._refusal = f"The hub's {self._schema.name} file {why}."
        self._thread.join()  # it closes its connection

    # -- on the thread ---------------------------------------------------------------------------------------------

    def _work(self, connection: sqlite3.Connection, entries: queue.SimpleQueue[_Entry]) -> None:
        try:
            self._commit_all(connection, entries)
        except BaseException as error:  # noqa: BLE001  the owner is told, whatever it is: a lost write is never silent
            with self._lock:
                if self._refusal is None:
                    self._refusal = f"The hub could not store in {self._path}: {error}."
            self._close_connection(connection)
            self._tell(self._on_failed, error)
        else:
            self._close_connection(connection)

    def _commit_all(self, connection: sqlite3.Connection, entries: queue.SimpleQueue[_Entry]) -> None:
        untidy = True  # a hub that was killed may have left something
        while True:
            batch, ticket, closing = self._take(entries, wait=not untidy)
            if ticket:
                untidy = self._commit(connection, batch) or untidy
                self._tell(self._on_committed, ticket)
            if closing:
                return
            if untidy:
                untidy = self._tidy(connection)
                if not untidy:
                    empty_log(connection)

    def _commit(self, connection: sqlite3.Connection, batch: list[T]) -> bool:
        """Store the batch; what cannot be stored is refused. True: there is something to tidy."""
        try:
            with transaction(connection):
                return self._rules.apply(connection, batch)
        except Exception as error:
            if _is_of_the_file(error):
                raise
            _log.warning("The hub's %s file refused something (%s); it is looked for.", self._schema.name, error)
        refused: list[T] = []
        untidy = False
        with transaction(connection):
            for work in batch:
                connection.execute("SAVEPOINT work")
                try:
                    untidy = self._rules.apply(connection, [work]) or untidy
                except Exception as error:
                    if _is_of_the_file(error):
                        raise
                    connection.execute("ROLLBACK TO work")
                    _log.exception("The hub's %s file cannot take something; the rest is stored.", self._schema.name)
                    refused.append(work)
                connection.execute("RELEASE work")
        for work in refused:
            self._tell(self._on_refused, work)
        return untidy

    def _tidy(self, connection: sqlite3.Connection) -> bool:
        """One step of removing what was dropped. True: there is more."""
        try:
            return self._rules.tidy(connection)
        except Exception as error:
            if _is_of_the_file(error):
                raise
            _log.exception("What was dropped of the hub's %s file could not be removed from it.", self._schema.name)
            return False

    def _take(self, entries: queue.SimpleQueue[_Entry], *, wait: bool) -> tuple[list[T], int, bool]:
        """Everything queued up to the limit, its last ticket, and whether the end was asked for."""
        batch: list[T] = []
        weight = ticket = 0
        while weight < self._most:
            try:
                entry = entries.get() if wait and not ticket else entries.get_nowait()
            except queue.Empty:
                break
            if entry.ticket == 0:
                return batch, ticket, True
            batch.extend(entry.works)  # type: ignore[arg-type]
            ticket = entry.ticket
            weight += entry.weight
        return batch, ticket, False

    def _close_connection(self, connection: sqlite3.Connection) -> None:
        try:
            connection.close()
        except sqlite3.Error:
            _log.exception("Closing %s failed.", self._path)

    def _tell(self, callback: Callable[[Any], None], value: Any) -> None:
        try:
            callback(value)
        except Exception:  # noqa: BLE001  the file is as it should be: a listener at fault must not stop it
            _log.exception("A callback of the hub's %s store failed.", self._schema.name)


def _is_of_the_file(error: Exception) -> bool:
    """Whatever else was to be stored would fail too: no room, no access, a file that is damaged."""
    return is_unusable(error) or type(error) is sqlite3.DatabaseError
