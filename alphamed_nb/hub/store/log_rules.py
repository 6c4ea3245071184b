"""The logs file: its tables, and how rows go into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from ...protocol.journal import Row
from . import dropping, line_index
from .database import Schema, insert, run_script

__all__ = ["SCHEMA", "Adopt", "Append", "DropContext", "DropLogs", "LogRules", "LogWork"]


def _index_lines(connection: sqlite3.Connection) -> None:
    run_script(connection, line_index.SCRIPT)
    line_index.fill(connection, dropping.NOT_DROPPED)


SCHEMA = Schema(
    name="logs",
    application_id=0x616D6E32,
    version=2,
    script=f"""
CREATE TABLE rows(
    seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, node TEXT NOT NULL, task TEXT NOT NULL,
    run INTEGER NOT NULL, body BLOB NOT NULL, level INTEGER NOT NULL, context TEXT NOT NULL
);
CREATE INDEX rows_of_run ON rows(task, run, seq);
CREATE INDEX rows_loose ON rows(context, seq) WHERE task = '';
CREATE INDEX rows_warnings ON rows(task, run, seq) WHERE level >= 30;
CREATE TABLE sizes(
    task TEXT NOT NULL, run INTEGER NOT NULL, context TEXT NOT NULL, node TEXT NOT NULL, rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL, PRIMARY KEY(task, run, context)
) WITHOUT ROWID;
CREATE TABLE contexts(context TEXT PRIMARY KEY, task TEXT NOT NULL, run INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX contexts_of_run ON contexts(task, run);
CREATE TABLE counters(incarnation TEXT PRIMARY KEY, counter INTEGER NOT NULL) WITHOUT ROWID;
{dropping.SCRIPT}
{line_index.SCRIPT}
""",
    upgrades={1: _index_lines},
)

_COLUMNS = 9
"""Of the table `rows`."""
_ROW_BYTES = 100
"""What a row takes beside its body and names, for the figures that retention works with."""


@dataclass(slots=True)
class Append:
    rows: list[tuple[Row, str]]
    """Each with the id of its context."""
    counter: tuple[str, int] | None


@dataclass(slots=True)
class Adopt:
    context: str
    task: str
    run: int


@dataclass(slots=True)
class DropLogs:
    task: str
    run: int


@dataclass(slots=True)
class DropContext:
    context: str


LogWork = Append | Adopt | DropLogs | DropContext


class LogRules:
    """Applies what is queued for the logs file."""

    def __init__(self) -> None:
        self.touched: set[tuple[str, int]] = set()
        """(task, run) of what has got rows, or lost them, since somebody emptied it."""

    def apply(self, connection: sqlite3.Connection, batch: Sequence[LogWork]) -> bool:
        dropped = False
        touched = self.touched
        appended = _Appended(touched)
        for work in batch:
            if isinstance(work, Append):
                appended.add(work)
                continue
            appended.write(connection)  # everything in the order of its coming
            appended = _Appended(touched)
            if isinstance(work, Adopt):
                _adopt(connection, work.context, work.task, work.run)
                touched.add((work.task, work.run))
                continue
            dropped = True
            if isinstance(work, DropLogs):
                touched.add((work.task, work.run))
                _drop_run(connection, work.task, work.run)
            else:
                _drop_context(connection, work.context)
        appended.write(connection)
        return dropped

    def tidy(self, connection: sqlite3.Connection) -> bool:
        return dropping.remove_some(connection)


class _Appended:
    """Rows on their way into the file, with what they add to the sizes and to the index.

    Args:
        touched: gets (task, run) of the rows.
    """

    def __init__(self, touched: set[tuple[str, int]]) -> None:
        self.touched = touched
        self.index = line_index.Indexed()
        self.values: list[object] = []
        """Those of all rows, one after the other: tuples would have to be looked through by the garbage collector."""
        self.sizes: dict[tuple[str, int, str], list[object]] = {}
        self.counters: dict[str, int] = {}

    def add(self, work: Append) -> None:
        sizes, index, values = self.sizes, self.index, self.values
        for row, context in work.rows:
            body = bytes(row.body)
            task, at = row.task, row.at
            key = (task, row.run, "") if task else ("", 0, context)
            indexer = line_index.INDEXERS.get(row.kind)
            level = indexer(index, key, row.node, row.seq, body) if indexer is not None else 0
            values.extend((row.seq, at, row.kind, row.node, task, key[1], body, level, context))
            size = sizes.get(key)
            if size is None:
                size = sizes[key] = ["" if task else row.node, 0, 0, at, at]
            size[1] += 1  # type: ignore[operator]
            size[2] += len(body) + len(row.node) + 2 * len(task) + len(context) + _ROW_BYTES  # type: ignore[operator]
            size[4] = at
        if work.counter is not None:
            incarnation, counter = work.counter
            self.counters[incarnation] = max(counter, self.counters.get(incarnation, 0))

    def write(self, connection: sqlite3.Connection) -> None:
        if self.values:
            insert(connection, "rows", _COLUMNS, self.values)
            _add_sizes(connection, [(*key, *size) for key, size in self.sizes.items()])
            self.index.write(connection)
            self.touched.update((task, run) for task, run, _ in self.sizes if task)
        if self.counters:
            connection.executemany(
                "INSERT INTO counters VALUES(?,?) ON CONFLICT DO UPDATE SET counter = max(counter, excluded.counter)",
                list(self.counters.items()),
            )
        for context in [context for task, _, context in self.sizes if not task]:
            # Lines that were still on their way when their context claimed a task.
            adopted_by = _gather(connection, context)
            if adopted_by is not None:
                self.touched.add(adopted_by)


def _add_sizes(connection: sqlite3.Connection, sizes: list[tuple[object, ...]]) -> None:
    connection.executemany(
        "INSERT INTO sizes VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows, "
        "bytes = bytes + excluded.bytes, first = min(first, excluded.first), last = max(last, excluded.last)",
        sizes,
    )


def _adopt(connection: sqlite3.Connection, context: str, task: str, run: int) -> None:
    # The first task that a context claims has its loose rows, also those that come later.
    connection.execute("INSERT OR IGNORE INTO contexts VALUES(?,?,?)", (context, task, run))
    _gather(connection, context)


def _gather(connection: sqlite3.Connection, context: str) -> tuple[str, int] | None:
    """Give the loose rows of a context to the run that adopted it, if one did, and return that."""
    found: tuple[str, int] | None
    found = connection.execute("SELECT task, run FROM contexts WHERE context = ?", (context,)).fetchone()
    if found is None:
        return None
    loose = connection.execute(
        "SELECT rows, bytes, first, last FROM sizes WHERE task = '' AND run = 0 AND context = ?", (context,)
    ).fetchall()
    if loose:
        connection.execute("UPDATE rows SET task = ?, run = ? WHERE context = ? AND task = ''", (*found, context))
        connection.execute("DELETE FROM sizes WHERE task = '' AND run = 0 AND context = ?", (context,))
        _add_sizes(connection, [(*found, "", "", *loose[0])])
        line_index.adopt(connection, context, *found)
    return found


def _drop_run(connection: sqlite3.Connection, task: str, run: int) -> None:
    dropping.mark_dropped(connection, task, run)
    line_index.drop_run(connection, task, run)
    connection.execute("DELETE FROM sizes WHERE task = ? AND run = ?", (task, run))
    connection.execute("DELETE FROM contexts WHERE task = ? AND run = ?", (task, run))


def _drop_context(connection: sqlite3.Connection, context: str) -> None:
    # Its rows become those of a run that no task can have: no task id has a "/".
    name = f"/{context}"
    connection.execute("UPDATE rows SET task = ?, run = ? WHERE context = ? AND task = ''", (name, 0, context))
    line_index.drop_context(connection, context)
    connection.execute("DELETE FROM sizes WHERE task = '' AND run = 0 AND context = ?", (context,))
    dropping.mark_dropped(connection, name, 0)
