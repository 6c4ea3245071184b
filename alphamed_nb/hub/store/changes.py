"""The messages file: its tables, and how the core's changes go into them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from ..core.effects import (
    Abandon,
    AddMail,
    Change,
    DropRun,
    PutCounter,
    PutOffer,
    PutSession,
    PutTask,
    SetPosition,
    StoreRow,
)
from . import dropping, old_rows
from .database import Schema, insert

__all__ = ["SCHEMA", "MessageRules", "mailed_nodes"]

SCHEMA = Schema(
    name="messages",
    application_id=0x616D6E31,
    version=2,
    script=f"""
CREATE TABLE rows(
    seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, node TEXT NOT NULL, task TEXT NOT NULL,
    run INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX rows_of_run ON rows(task, run, seq);
CREATE TABLE mail(
    task TEXT NOT NULL, node TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(task, node, seq)
) WITHOUT ROWID;
CREATE TABLE positions(
    task TEXT NOT NULL, node TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY(task, node)
) WITHOUT ROWID;
CREATE TABLE offers(
    offer TEXT PRIMARY KEY, seq INTEGER NOT NULL, task TEXT NOT NULL, run INTEGER NOT NULL, source TEXT NOT NULL,
    source_epoch INTEGER NOT NULL, target TEXT NOT NULL, stream TEXT NOT NULL, size INTEGER NOT NULL,
    label TEXT NOT NULL, state TEXT NOT NULL, reader_epoch INTEGER NOT NULL, cause TEXT NOT NULL,
    round INTEGER NOT NULL DEFAULT 0, name TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX offers_of_run ON offers(task, run, seq);
CREATE INDEX offers_open ON offers(task, seq) WHERE state IN ('offered', 'reading');
CREATE TABLE sessions(
    task TEXT NOT NULL, node TEXT NOT NULL, epoch INTEGER NOT NULL, run INTEGER NOT NULL, began INTEGER NOT NULL,
    ended INTEGER NOT NULL, state TEXT NOT NULL, nodes TEXT NOT NULL, process TEXT NOT NULL, round INTEGER NOT NULL,
    error TEXT NOT NULL, cause TEXT NOT NULL, since REAL NOT NULL, PRIMARY KEY(task, node)
) WITHOUT ROWID;
CREATE INDEX sessions_held ON sessions(task) WHERE ended = 0;
CREATE TABLE tasks(
    task TEXT PRIMARY KEY, run INTEGER NOT NULL, nodes TEXT NOT NULL, started REAL NOT NULL, ended REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE runs(
    task TEXT NOT NULL, run INTEGER NOT NULL, nodes TEXT NOT NULL DEFAULT '[]', started REAL NOT NULL DEFAULT 0,
    ended REAL NOT NULL DEFAULT 0, rows INTEGER NOT NULL DEFAULT 0, events INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(task, run)
) WITHOUT ROWID;
CREATE TABLE members(
    task TEXT NOT NULL, run INTEGER NOT NULL, node TEXT NOT NULL, PRIMARY KEY(task, run, node)
) WITHOUT ROWID;
CREATE INDEX members_by_node ON members(node);
CREATE TABLE counters(incarnation TEXT PRIMARY KEY, counter INTEGER NOT NULL) WITHOUT ROWID;
{dropping.SCRIPT}
""",
    upgrades={1: old_rows.state_facts},
)

_ROW_COLUMNS = 7
_MAIL_COLUMNS = 3
_ROW_BYTES = 100
"""What a row takes beside its body and names, for the figures that retention works with."""


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


class MessageRules:
    """Applies the changes of the messages file."""

    def apply(self, connection: sqlite3.Connection, batch: Sequence[Sequence[Change]]) -> bool:
        dropped = False
        tables = _Tables()
        for changes in batch:
            for change in changes:
                if isinstance(change, DropRun | Abandon):
                    tables.write(connection)  # the run's own changes come first
                    tables = _Tables()
                    if isinstance(change, DropRun):
                        _drop(connection, change)
                        dropped = True
                    else:
                        _abandon(connection, change)
                else:
                    tables.add(change)
        tables.write(connection)
        return dropped

    def tidy(self, connection: sqlite3.Connection) -> bool:
        return dropping.remove_some(connection, _remove_mail)


class _Tables:
    """Changes sorted by table. Of what is replaced, only the last state is written."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        """The values of all rows, one after the other."""
        self.mail: list[object] = []
        """Likewise."""
        self.positions: dict[tuple[str, str], int] = {}
        self.offers: dict[str, PutOffer] = {}
        self.sessions: dict[tuple[str, str], PutSession] = {}
        self.members: set[tuple[str, int, str]] = set()
        self.tasks: dict[str, PutTask] = {}
        self.runs: dict[tuple[str, int], PutTask] = {}
        self.sizes: dict[tuple[str, int], list[int]] = {}
        self.counters: dict[str, int] = {}

    def add(self, change: Change) -> None:
        kind = type(change)
        if kind is StoreRow:
            row = change.row  # type: ignore[union-attr]
            body = bytes(row.body)
            self.rows.extend((row.seq, row.at, row.kind, row.node, row.task, row.run, body))
            size = self.sizes.setdefault((row.task, row.run), [0, 0, 0])
            size[0] += 1
            size[1] += row.kind == "event"
            size[2] += len(body) + len(row.node) + 2 * len(row.task) + _ROW_BYTES
        elif isinstance(change, AddMail):
            for target in change.targets:
                self.mail.extend((change.task, target, change.seq))
        elif isinstance(change, SetPosition):
            self.positions[change.task, change.node] = change.position
        elif isinstance(change, PutOffer):
            self.offers[change.offer] = change
        elif isinstance(change, PutSession):
            self.sessions[change.task, change.node] = change
            self.members.add((change.task, change.run, change.node))
        elif isinstance(change, PutTask):
            self.tasks[change.task] = change
            self.runs[change.task, change.run] = change
        elif isinstance(change, PutCounter):
            self.counters[change.incarnation] = max(change.counter, self.counters.get(change.incarnation, 0))
        else:
            raise TypeError(f"The store knows no change {kind.__name__}.")

    def write(self, connection: sqlite3.Connection) -> None:
        def many(sql: str, values: Iterable[Sequence[object]]) -> None:
            connection.executemany(sql, values)

        insert(connection, "rows", _ROW_COLUMNS, self.rows)
        insert(connection, "mail", _MAIL_COLUMNS, self.mail)
        if self.positions:
            many("INSERT OR REPLACE INTO positions VALUES(?,?,?)", ((*key, at) for key, at in self.positions.items()))
        if self.offers:
            many(
                "INSERT OR REPLACE INTO offers VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", map(_offer, self.offers.values())
            )
        if self.sessions:
            many(
                "INSERT OR REPLACE INTO sessions VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
                map(_session, self.sessions.values()),
            )
            many("INSERT OR IGNORE INTO members VALUES(?,?,?)", self.members)
        if self.tasks:
            many("INSERT OR REPLACE INTO tasks VALUES(?,?,?,?,?)", map(_task, self.tasks.values()))
            many(
                "INSERT INTO runs(task, run, nodes, started, ended) VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                "nodes = excluded.nodes, started = excluded.started, ended = excluded.ended",
                map(_task, self.runs.values()),
            )
        self._write_sizes(connection)
        if self.counters:
            many(
                "INSERT INTO counters VALUES(?,?) ON CONFLICT DO UPDATE SET counter = max(counter, excluded.counter)",
                self.counters.items(),
            )

    def _write_sizes(self, connection: sqlite3.Connection) -> None:
        # The hub's own rows belong to no task, so to no run.
        sizes = [(*key, *size) for key, size in self.sizes.items() if key[0]]
        if sizes:
            connection.executemany(
                "INSERT INTO runs(task, run, rows, events, bytes) VALUES(?,?,?,?,?) ON CONFLICT DO UPDATE SET "
                "rows = rows + excluded.rows, events = events + excluded.events, bytes = bytes + excluded.bytes",
                sizes,
            )


def _offer(it: PutOffer) -> tuple[object, ...]:
    return (
        it.offer, it.seq, it.task, it.run, it.source, it.source_epoch, it.target, it.stream, it.size, it.label,
        it.state, it.reader_epoch, it.cause, it.round, it.name,
    )  # fmt: skip


def _session(it: PutSession) -> tuple[object, ...]:
    return (
        it.task, it.node, it.epoch, it.run, it.began, it.ended, it.state, _json(it.nodes), _json(it.process), it.round,
        it.error, it.cause, it.since,
    )  # fmt: skip


def _task(it: PutTask) -> tuple[object, ...]:
    return (it.task, it.run, _json(it.nodes), it.started, it.ended)


def _drop(connection: sqlite3.Connection, change: DropRun) -> None:
    key = (change.task, change.run)
    dropping.mark_dropped(connection, *key)
    for table in ("offers", "sessions", "members", "runs"):
        connection.execute(f"DELETE FROM {table} WHERE task = ? AND run = ?", key)
    # The task stays; a damaged list of nodes goes with the run that it was of.
    connection.execute("UPDATE tasks SET nodes = '[]' WHERE task = ? AND run = ? AND NOT json_valid(nodes)", key)


def _abandon(connection: sqlite3.Connection, change: Abandon) -> None:
    connection.execute(
        "UPDATE sessions SET ended = ?, state = 'gone' WHERE task = ? AND ended = 0", (change.seq, change.task)
    )
    for table in ("tasks", "runs"):
        connection.execute(f"UPDATE {table} SET ended = ? WHERE task = ? AND ended = 0", (change.at, change.task))


def mailed_nodes(connection: sqlite3.Connection, task: str) -> list[str]:
    """Every node of the task that ever got an event; one look into the index for each."""
    nodes: list[str] = []
    at = ""
    while True:
        found = connection.execute("SELECT min(node) FROM mail WHERE task = ? AND node > ?", (task, at)).fetchone()[0]
        if found is None:
            return nodes
        nodes.append(found)
        at = found


def _remove_mail(connection: sqlite3.Connection, task: str, run: int, first: int, last: int) -> None:
    # Node by node: only so the table finds a range of numbers without a look at all of the task's mail.
    connection.executemany(
        "DELETE FROM mail WHERE task = ? AND node = ? AND seq BETWEEN ? AND ? "
        "AND (SELECT run FROM rows WHERE rows.seq = mail.seq) = ?",
        [(task, node, first, last, run) for node in mailed_nodes(connection, task)],
    )
