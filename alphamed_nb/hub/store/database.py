"""Opening a SQLite file of the hub's: private, WAL, with a known schema."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...protocol.errors import StorageFailed
from .files import check_private_file

__all__ = [
    "Readers",
    "Schema",
    "empty_log",
    "insert",
    "is_unusable",
    "open_database",
    "prove_writable",
    "run_script",
    "transaction",
]

_BUSY_SECONDS = 10.0
"""How long a connection waits for a lock of another one; only opening and closing ever meet one."""
_CHECKPOINT_PAGES = 2000
"""Pages of 4 kB in the write-ahead log before they are moved into the file."""
_LOG_BYTES = 64 * 1024 * 1024
"""What a write-ahead log that grew larger is cut back to."""
_ROWS_AT_ONCE = 50
"""Rows of one INSERT. Each statement gives up the interpreter's lock and takes it again."""


_UNUSABLE = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}  # fmt: skip


def is_unusable(error: BaseException) -> bool:
    """Whether the disk or the file is at fault, whatever was to be done: the same may work another time."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, OSError | MemoryError) or (code is not None and code & 0xFF in _UNUSABLE)


@dataclass(frozen=True)
class Schema:
    """What a file holds. `version` goes up with every change of `script` and is kept in the file.

    A file of an older version is brought up step by step: `upgrades` has, by the version that a file has, what makes it
    one of the next version, in one transaction. A file for which there is no way up is refused.
    """

    name: str
    application_id: int
    """Tells the hub's files from other SQLite files, and one kind from the other."""
    version: int
    script: str
    upgrades: Mapping[int, Callable[[sqlite3.Connection], None]] = field(default_factory=dict)


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit: transactions begin and end where we say so. Connections are handed from thread to thread (a reader
    # goes back to the pool, close() comes from the owner), never used by two at a time.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_SECONDS,
    )


def open_database(path: Path, schema: Schema, *, full_sync: bool = False) -> sqlite3.Connection:
    """The writing connection of the file at `path`, which is created when missing.

    Args:
        full_sync: every commit also survives a power cut (`synchronous=FULL`), not only the death of the process.

    Raises:
        StorageFailed: it cannot be opened, is something else, or has a schema this release does not know.
    """
    check_private_file(path)
    connection = None
    try:
        connection = _connect(path)
        _check_schema(connection, path, schema)
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise StorageFailed(f"{path} cannot use a write-ahead log: its file system lacks what SQLite needs for it.")
        connection.execute(f"PRAGMA synchronous={'FULL' if full_sync else 'NORMAL'}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
        connection.execute("PRAGMA secure_delete=FAST")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise StorageFailed(f"{path} cannot be opened as the hub's {schema.name} file: {error}.") from error
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def _check_schema(connection: sqlite3.Connection, path: Path, schema: Schema) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables == 0 and version == 0:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # only takes effect before the first table
        with transaction(connection):
            run_script(connection, schema.script)
            connection.execute(f"PRAGMA application_id={schema.application_id}")
            connection.execute(f"PRAGMA user_version={schema.version}")
        return
    if application != schema.application_id:
        raise StorageFailed(
            f"{path} is not the hub's {schema.name} file. Move it away, or choose another data directory."
        )
    while version in schema.upgrades:
        with transaction(connection):
            schema.upgrades[version](connection)
            version += 1
            connection.execute(f"PRAGMA user_version={version}")
    if version != schema.version:
        by = "a newer" if version > schema.version else "an older"
        raise StorageFailed(
            f"{path} was written by {by} release of alphamed_nb (schema {version}, this one knows {schema.version}). "
            "Use that release, or choose another data directory.",
            found=version,
            known=schema.version,
        )


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Its statements, inside the transaction that is open: `executescript` would commit it."""
    for statement in script.split(";"):
        if statement.strip():
            connection.execute(statement)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All of what is done inside, or nothing of it."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A failed COMMIT may have rolled back by itself; on a full disk SQLite does.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def prove_writable(connection: sqlite3.Connection) -> None:
    """Commit something that changes nothing. Raises `sqlite3.Error` when that does not work."""
    with transaction(connection):
        connection.execute("UPDATE highest SET seq = seq")


def insert(connection: sqlite3.Connection, table: str, columns: int, values: list[object]) -> None:
    """Insert rows of so many columns, whose values stand one after the other in `values`."""
    size = columns * _ROWS_AT_ONCE
    whole = len(values) // size * size
    for begin in range(0, whole, size):
        connection.execute(_insertion(table, columns, _ROWS_AT_ONCE), values[begin : begin + size])
    rest = [values[begin : begin + columns] for begin in range(whole, len(values), columns)]
    connection.executemany(_insertion(table, columns, 1), rest)


@functools.cache
def _insertion(table: str, columns: int, rows: int) -> str:
    row = f"({','.join('?' * columns)})"
    return f"INSERT INTO {table} VALUES {','.join([row] * rows)}"


def empty_log(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the file and cut it to nothing, unless somebody reads just now.

    What was removed from the file is otherwise still found in the log until it is written over.
    """
    connection.execute("PRAGMA busy_timeout=0")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000:.0f}")


class Readers:
    """Connections for reading, one for each thread that reads at the moment. They never block the writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the file as it is now, unchanged until the block is left.

        Raises:
            StorageFailed: the file is closed, or reading failed.
        """
        with self._lock:
            if self._closed:
                raise StorageFailed(f"{self._path} is closed.")
            connection = self._idle.pop() if self._idle else None
        try:
            if connection is None:
                connection = _connect(self._path)
                connection.execute("PRAGMA query_only=ON")
            with transaction(connection, "DEFERRED"):
                yield connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise StorageFailed(f"{self._path} cannot be read: {error}.") from error
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
