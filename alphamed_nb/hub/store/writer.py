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
from .database import Schema, empty_log, open_database, transaction

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
    work: object


class Writer(Generic[T]):
    """Group commit on a thread of its own.

    A failed commit stops it: `on_failed` is called once, whatever was queued is forgotten, and :meth:`submit` refuses
    until :meth:`reopen`.
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
        on_failed: Callable[[BaseException], None],
    ) -> None:
        """Opens the file and starts the thread.

        Args:
            most: the weight of submissions at which a transaction takes no more.
            on_committed: told the last ticket of each commit, on the writer's thread.
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
        self._on_failed = on_failed
        self._lock = threading.Lock()
        self._ticket = 0
        self._refusal: str | None = None
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

    def submit(self, work: T, weight: int) -> int:
        """Queue `work` and return its ticket; tickets grow by one.

        Raises:
            StorageFailed: a commit failed, or the file is closed.
        """
        with self._lock:
            if self._refusal is not None:
                raise StorageFailed(self._refusal)
            self._ticket += 1
            self._queue.put(_Entry(self._ticket, weight, work))
            return self._ticket

    def reopen(self) -> None:
        """Go on after a failed commit. Tickets from before it that were not committed never will be.

        Raises:
            StorageFailed: the file still cannot be opened, or was closed.
        """
        with self._lock:
            failed = self._thread if self._refusal is not None else None
        if failed is not None and failed is not threading.current_thread():
            failed.join()  # it is on its way out: it closes its connection and tells why
        with self._lock:
            if self._refusal is None:
                return
            if self._refusal == self._closed_text:
                raise StorageFailed(self._refusal)
            self._start(open_database(self._path, self._schema, full_sync=self._full_sync))
            self._refusal = None

    def close(self) -> None:
        """Commit what is queued, then close the file. Harmless when closed."""
        with self._lock:
            if self._refusal is None:
                self._queue.put(_Entry(0, 0, None))
            self._refusal = self._closed_text
        self._thread.join()

    @property
    def _closed_text(self) -> str:
        return f"The hub's {self._schema.name} file is closed."

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
            if batch:
                with transaction(connection):
                    untidy = self._rules.apply(connection, batch) or untidy
                self._tell(self._on_committed, ticket)
            if closing:
                return
            if untidy:
                untidy = self._rules.tidy(connection)
                if not untidy:
                    empty_log(connection)

    def _take(self, entries: queue.SimpleQueue[_Entry], *, wait: bool) -> tuple[list[T], int, bool]:
        """Everything queued up to the limit, its last ticket, and whether the end was asked for."""
        batch: list[T] = []
        weight = ticket = 0
        while weight < self._most:
            try:
                entry = entries.get() if wait and not batch else entries.get_nowait()
            except queue.Empty:
                break
            if entry.ticket == 0:
                return batch, ticket, True
            batch.append(entry.work)  # type: ignore[arg-type]
            ticket = entry.ticket
            weight += entry.weight
        return batch, ticket, False

    def _close_connection(self, connection: sqlite3.Connection) -> None:
        try:
            connection.close()
        except sqlite3.Error:
            _log.exception("Closing %s failed.", self._path)

    def _tell(self, callback: Callable[[Any], None], value: int | BaseException) -> None:
        try:
            callback(value)
        except Exception:  # noqa: BLE001  the file is as it should be: a listener at fault must not stop it
            _log.exception("A callback of the hub's %s store failed.", self._schema.name)
