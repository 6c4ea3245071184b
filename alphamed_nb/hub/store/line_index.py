"""The index of log records in the logs file: how many of which node and level a run has, and where each stands.

It is kept in the transaction that stores the rows:

* `counts`: records of each node and level;
* `blocks`: likewise for each block of 8,192 journal numbers, with the numbers themselves (two bytes each, in no order);
* `missing`: records that never reached the hub, by the row that says so;
* `scores`: the last value of a metric whose name holds `accuracy`.

In `counts` and `blocks` there is a line for each node, and one for all nodes together, named :data:`ALL_NODES`. So the
n-th record of a run, of some nodes, of some levels, is found by adding up a few hundred numbers, wherever it stands.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable

import msgspec

__all__ = [
    "ALL_NODES",
    "BLOCK_BITS",
    "INDEXERS",
    "SCRIPT",
    "Indexed",
    "adopt",
    "drop_context",
    "drop_run",
    "fill",
    "numbers_of",
]

ALL_NODES = "/"
"""No node id has a slash."""
BLOCK_BITS = 13

SCRIPT = """
CREATE TABLE counts(
    task TEXT NOT NULL, run INTEGER NOT NULL, context TEXT NOT NULL, node TEXT NOT NULL, level INTEGER NOT NULL,
    rows INTEGER NOT NULL, PRIMARY KEY(task, run, context, node, level)
) WITHOUT ROWID;
CREATE TABLE blocks(
    task TEXT NOT NULL, run INTEGER NOT NULL, context TEXT NOT NULL, node TEXT NOT NULL, level INTEGER NOT NULL,
    block INTEGER NOT NULL, rows INTEGER NOT NULL, seqs BLOB NOT NULL,
    PRIMARY KEY(task, run, context, node, level, block)
) WITHOUT ROWID;
CREATE TABLE missing(
    task TEXT NOT NULL, run INTEGER NOT NULL, context TEXT NOT NULL, seq INTEGER NOT NULL, node TEXT NOT NULL,
    records INTEGER NOT NULL, PRIMARY KEY(task, run, context, seq)
) WITHOUT ROWID;
CREATE TABLE scores(
    task TEXT NOT NULL, run INTEGER NOT NULL, context TEXT NOT NULL, seq INTEGER NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL, PRIMARY KEY(task, run, context)
) WITHOUT ROWID;
"""
"""A line without a task is of its context; one with a task has an empty context."""

_TABLES = ("counts", "blocks", "missing", "scores")
_MASK = (1 << BLOCK_BITS) - 1
_COUNTED = "ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
# SQLite joins bytes as it joins text, byte for byte, and calls the result text.
_BLOCKED = f"{_COUNTED}, seqs = CAST(seqs || excluded.seqs AS BLOB)"
_SCORED = (
    "ON CONFLICT DO UPDATE SET seq = excluded.seq, name = excluded.name, value = excluded.value "
    "WHERE excluded.seq > seq"
)
_FILLED_AT_ONCE = 20_000

Place = tuple[str, int, str]
"""Task, run, and, without a task, context."""


class _Log(msgspec.Struct):
    level: int = 0
    dropped: int = 0
    """How many records it says are missing."""


class _Metric(msgspec.Struct):
    name: str = ""
    value: float | None = None
    """None for what is not a number."""


_log = msgspec.json.Decoder(_Log).decode
_metric = msgspec.json.Decoder(_Metric).decode


class Indexed:
    """What some rows add to the index."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[Place, str, int, int], list[int]] = {}
        self._missing: list[tuple[object, ...]] = []
        self._scores: dict[Place, tuple[int, str, float]] = {}

    def add_log(self, place: Place, node: str, seq: int, body: bytes) -> int:
        log = _log(body)
        key = (place, node, log.level, seq >> BLOCK_BITS)
        found = self._blocks.get(key)
        if found is None:
            self._blocks[key] = [seq & _MASK]
        else:
            found.append(seq & _MASK)
        if log.dropped:
            self._missing.append((*place, seq, node, log.dropped))
        return log.level

    def add_metric(self, place: Place, node: str, seq: int, body: bytes) -> int:
        if b"accuracy" in body.lower():
            metric = _metric(body)
            if "accuracy" in metric.name.lower() and metric.value is not None:
                self._scores[place] = (seq, metric.name, metric.value)
        return 0

    def write(self, connection: sqlite3.Connection) -> None:
        if self._blocks:
            self._write_blocks(connection)
        if self._missing:
            connection.executemany("INSERT INTO missing VALUES(?,?,?,?,?,?)", self._missing)
        if self._scores:
            scores = [(*place, *score) for place, score in self._scores.items()]
            connection.executemany(f"INSERT INTO scores VALUES(?,?,?,?,?,?) {_SCORED}", scores)

    def _write_blocks(self, connection: sqlite3.Connection) -> None:
        blocks = dict(self._blocks)
        for (place, _, level, block), seqs in self._blocks.items():
            together = (place, ALL_NODES, level, block)
            blocks[together] = blocks[together] + seqs if together in blocks else seqs
        counts: dict[tuple[Place, str, int], int] = {}
        for (place, node, level, _), seqs in blocks.items():
            key = (place, node, level)
            counts[key] = counts.get(key, 0) + len(seqs)
        connection.executemany(
            f"INSERT INTO counts VALUES(?,?,?,?,?,?) {_COUNTED}",
            [(*place, node, level, rows) for (place, node, level), rows in counts.items()],
        )
        connection.executemany(
            f"INSERT INTO blocks VALUES(?,?,?,?,?,?,?,?) {_BLOCKED}",
            [
                (*place, node, level, block, len(seqs), struct.pack(f"<{len(seqs)}H", *seqs))
                for (place, node, level, block), seqs in blocks.items()
            ],
        )


INDEXERS: dict[str, Callable[[Indexed, Place, str, int, bytes], int]] = {
    "log": Indexed.add_log,
    "metric": Indexed.add_metric,
}
"""Of the kinds that are indexed. They return the level of a log record, 0 for others."""


def numbers_of(block: int, seqs: bytes) -> list[int]:
    """The journal numbers of a line of `blocks`, in their order."""
    first = block << BLOCK_BITS
    return [first + seq for seq in sorted(struct.unpack(f"<{len(seqs) // 2}H", seqs))]


def adopt(connection: sqlite3.Connection, context: str, task: str, run: int) -> None:
    """What is known of a context without a task goes to the run that adopted it."""
    for table, columns, conflict in (
        ("counts", "node, level, rows", _COUNTED),
        ("blocks", "node, level, block, rows, seqs", _BLOCKED),
        ("missing", "seq, node, records", ""),
        ("scores", "seq, name, value", _SCORED),
    ):
        connection.execute(
            f"INSERT INTO {table} SELECT ?, ?, '', {columns} FROM {table} "
            f"WHERE task = '' AND run = 0 AND context = ? {conflict}",
            (task, run, context),
        )
    drop_context(connection, context)


def drop_run(connection: sqlite3.Connection, task: str, run: int) -> None:
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE task = ? AND run = ?", (task, run))


def drop_context(connection: sqlite3.Connection, context: str) -> None:
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table} WHERE task = '' AND run = 0 AND context = ?", (context,))


def fill(connection: sqlite3.Connection, condition: str) -> None:
    """Index the rows that are there and meet an SQL condition."""
    rows = connection.execute(f"SELECT seq, kind, node, task, run, context, body FROM rows WHERE {condition}")
    while some := rows.fetchmany(_FILLED_AT_ONCE):
        indexed = Indexed()
        for seq, kind, node, task, run, context, body in some:
            if indexer := INDEXERS.get(kind):
                indexer(indexed, (task, run, "") if task else ("", 0, context), node, seq, body)
        indexed.write(connection)
