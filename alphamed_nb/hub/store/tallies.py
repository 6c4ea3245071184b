"""What the index of log records counts: records of each node and level, errors, what is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .dropping import NOT_DROPPED
from .line_index import ALL_NODES, BLOCK_BITS, numbers_of

__all__ = [
    "ERROR",
    "KEPT_ERRORS",
    "LEVELS",
    "RunTally",
    "errors_after",
    "errors_of",
    "levels_of",
    "score_of",
    "tallies",
]

ERROR = 40
KEPT_ERRORS = 1000
"""So many numbers of a node's latest errors are told."""
LEVELS: dict[str, tuple[int, int]] = {
    "debug": (-(2**63), 20),
    "info": (20, 30),
    "warning": (30, ERROR),
    "error": (ERROR, 2**63),
}
"""The levels of each name: from the first number to the one before the second."""


@dataclass
class RunTally:
    """What the logs file counts of one run."""

    levels: dict[str, dict[int, int]] = field(default_factory=dict)
    """Node -> level -> log records."""
    missing: int = 0
    """Records that never reached the hub, as far as it was told."""

    @property
    def rows(self) -> int:
        return sum(sum(levels.values()) for levels in self.levels.values())

    def errors(self, node: str) -> int:
        """How many of its records are of level ERROR and above."""
        return sum(rows for level, rows in self.levels.get(node, {}).items() if level >= ERROR)

    def add(self, node: str, level: int, rows: int) -> None:
        levels = self.levels.setdefault(node, {})
        levels[level] = levels.get(level, 0) + rows
        if not levels[level]:
            del levels[level]
            if not levels:
                del self.levels[node]


def tallies(
    connection: sqlite3.Connection, upto: int, task: str | None = None, run: int | None = None
) -> dict[tuple[str, int], RunTally]:
    """By task and run: of all that have log records up to a number, of one task's, or of one run."""
    where = "task != ''"
    values: list[object] = []
    for column, value in (("task", task), ("run", run)):
        if value is not None:
            where += f" AND {column} = ?"
            values.append(value)
    found: dict[tuple[str, int], RunTally] = {}
    latest = connection.execute("SELECT max(seq) FROM rows").fetchone()[0] or 0
    counted = (
        _counted_down(connection, where, values, upto)
        if (latest >> BLOCK_BITS) - (upto >> BLOCK_BITS) <= 1
        else _counted_up(connection, where, values, upto)
    )
    for of, number, node, level, rows in counted:
        found.setdefault((of, number), RunTally()).add(node, level, rows)
    for of, number, records in connection.execute(
        f"SELECT task, run, sum(records) FROM missing WHERE {where} AND seq <= ? GROUP BY task, run", [*values, upto]
    ):
        found.setdefault((of, number), RunTally()).missing = records
    return found


def _counted_down(
    connection: sqlite3.Connection, where: str, values: list[object], upto: int
) -> Iterator[tuple[str, int, str, int, int]]:
    """All of them, less the few that came after."""
    yield from connection.execute(
        f"SELECT task, run, node, level, rows FROM counts WHERE {where} AND context = '' AND node != ?",
        [*values, ALL_NODES],
    )
    yield from connection.execute(
        f"SELECT task, run, node, level, -count(*) FROM rows NOT INDEXED WHERE seq > ? AND {where} AND kind = 'log' "
        f"AND {NOT_DROPPED} GROUP BY task, run, node, level",
        [upto, *values],
    )


def _counted_up(
    connection: sqlite3.Connection, where: str, values: list[object], upto: int
) -> Iterator[tuple[str, int, str, int, int]]:
    """Whole blocks, and what is before the number in the last one."""
    last = upto >> BLOCK_BITS
    yield from connection.execute(
        f"SELECT task, run, node, level, sum(rows) FROM blocks WHERE {where} AND context = '' AND node != ? "
        "AND block < ? GROUP BY task, run, node, level",
        [*values, ALL_NODES, last],
    )
    for task, run, node, level, seqs in connection.execute(
        f"SELECT task, run, node, level, seqs FROM blocks WHERE {where} AND context = '' AND node != ? AND block = ?",
        [*values, ALL_NODES, last],
    ):
        yield task, run, node, level, sum(seq <= upto for seq in numbers_of(last, seqs))


def errors_of(connection: sqlite3.Connection, task: str, run: int, node: str | None, upto: int, most: int) -> list[int]:
    """Numbers of the latest records of level ERROR and above, the oldest first: of a node, or of all."""
    name = ALL_NODES if node is None else node
    found: list[int] = []
    for level in levels_of(connection, task, run, (name,), ("error",)):
        of_level: list[int] = []
        for block, seqs in connection.execute(
            "SELECT block, seqs FROM blocks WHERE task = ? AND run = ? AND context = '' AND node = ? AND level = ? "
            "AND block <= ? ORDER BY block DESC",
            (task, run, name, level, upto >> BLOCK_BITS),
        ):
            of_level.extend(seq for seq in reversed(numbers_of(block, seqs)) if seq <= upto)
            if len(of_level) >= most:
                break
        found.extend(of_level)
    return sorted(found)[-most:]


def errors_after(connection: sqlite3.Connection, task: str, run: int, node: str, after: int, upto: int) -> list[int]:
    """Numbers of a node's records of level ERROR and above, after one number and up to another, in their order."""
    levels = levels_of(connection, task, run, (node,), ("error",))
    found: list[int] = []
    for level in levels:
        for block, seqs in connection.execute(
            "SELECT block, seqs FROM blocks WHERE task = ? AND run = ? AND context = '' AND node = ? AND level = ? "
            "AND block BETWEEN ? AND ?",
            (task, run, node, level, after >> BLOCK_BITS, upto >> BLOCK_BITS),
        ):
            found.extend(seq for seq in numbers_of(block, seqs) if after < seq <= upto)
    return sorted(found)


def score_of(connection: sqlite3.Connection, task: str, run: int) -> tuple[str, float] | None:
    """The last value of the run's metric whose name holds `accuracy`, with its name."""
    found: tuple[str, float] | None = connection.execute(
        "SELECT name, value FROM scores WHERE task = ? AND run = ? AND context = ''", (task, run)
    ).fetchone()
    return found


def levels_of(
    connection: sqlite3.Connection, task: str, run: int, nodes: Iterable[str], names: Iterable[str]
) -> dict[int, int]:
    """The levels with those names (none: all) that records of these nodes have, with how many have it."""
    ranges = [LEVELS[name] for name in names]
    levels: dict[int, int] = {}
    for node in nodes:
        for level, rows in connection.execute(
            "SELECT level, rows FROM counts WHERE task = ? AND run = ? AND context = '' AND node = ?", (task, run, node)
        ):
            if not ranges or any(first <= level < end for first, end in ranges):
                levels[level] = levels.get(level, 0) + rows
    return levels
