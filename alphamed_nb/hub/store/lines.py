"""Log records of a run by their place in it, found through the index."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import islice

import msgspec

from ...protocol.errors import InvalidRequest
from ...protocol.journal import LogBody, Row
from .line_index import ALL_NODES, BLOCK_BITS, numbers_of
from .reader import is_json
from .tallies import LEVELS, levels_of

__all__ = ["MAX_LINES", "LineQuery", "Lines", "read_lines"]

MAX_LINES = 1000
_PAGE_BYTES = 4 * 1024 * 1024
_ASKED_AT_ONCE = 500
_DAMAGED = msgspec.json.encode(LogBody(time=0.0, level=30, text="(This record is damaged.)"))
"""Stands for a record that cannot be read, so that each other one keeps its place."""


@dataclass(frozen=True, kw_only=True)
class LineQuery:
    """Log records of one run, in the order of their numbers.

    Raises:
        InvalidRequest: a value makes no sense; the message says which and why.
    """

    task: str
    run: int
    nodes: tuple[str, ...] = ()
    """Empty: all."""
    without: tuple[str, ...] = ()
    """None of these nodes."""
    levels: tuple[str, ...] = ()
    """Names of :data:`LEVELS`; empty: all."""
    offset: int = 0
    """The place of the first one, from 0."""
    around: int | None = None
    """Instead: the first record with at least this number is in the middle."""
    limit: int = 200

    def __post_init__(self) -> None:
        for name in self.levels:
            if name not in LEVELS:
                raise InvalidRequest(f"There is no level {name[:40]!r}; there are {', '.join(LEVELS)}.")
        if not 1 <= self.limit <= MAX_LINES:
            raise InvalidRequest(f"A limit must be from 1 to {MAX_LINES}, got {self.limit}.")


@dataclass(frozen=True)
class Lines:
    rows: list[Row]
    offset: int
    total: int


def read_lines(connection: sqlite3.Connection, query: LineQuery, upto: int) -> Lines:
    """What `query` asks for, of the rows up to a number. Fewer rows than there are, where they are very long."""
    matching = _Matching(connection, query, upto)
    offset = query.offset
    if query.around is not None:
        offset = max(0, matching.before(query.around) - query.limit // 2)
    return Lines(_rows(connection, matching.numbers(offset, query.limit)), offset, matching.total)


class _Matching:
    """The records of some nodes and levels of a run up to a number."""

    def __init__(self, connection: sqlite3.Connection, query: LineQuery, upto: int) -> None:
        self._connection = connection
        self._upto = upto
        nodes, self._is_rest = _fewest(connection, query)
        counted = (ALL_NODES,) if self._is_rest else nodes
        levels = levels_of(connection, query.task, query.run, counted, query.levels)
        # JSON, since a statement has a limited number of values.
        self._where = (
            "task = ? AND run = ? AND context = '' AND node IN (SELECT value FROM json_each(?)) "
            "AND level IN (SELECT value FROM json_each(?))"
        )
        if self._is_rest:
            nodes = (ALL_NODES, *nodes)
        self._values: list[object] = [query.task, query.run, _json(nodes), _json(list(levels))]
        last = upto >> BLOCK_BITS
        rows = "sum(rows)" if not self._is_rest else f"sum(CASE node WHEN '{ALL_NODES}' THEN rows ELSE -rows END)"
        self._blocks: list[tuple[int, int]] = connection.execute(
            f"SELECT block, {rows} FROM blocks WHERE {self._where} AND block <= ? GROUP BY block ORDER BY block",
            [*self._values, last],
        ).fetchall()
        if self._blocks and self._blocks[-1][0] == last:
            self._blocks[-1] = (last, len(self._in_blocks(last, last)))
        self.total = sum(rows for _, rows in self._blocks)

    def before(self, number: int) -> int:
        """How many have a smaller number."""
        block = number >> BLOCK_BITS
        count = sum(rows for each, rows in self._blocks if each < block)
        return count + sum(seq < number for seq in self._in_blocks(block, block))

    def numbers(self, offset: int, limit: int) -> list[int]:
        """Journal numbers of those from the place `offset` on."""
        first = last = None
        skipped = count = 0
        for block, rows in self._blocks:
            if first is None and skipped + rows <= offset:
                skipped += rows
                continue
            first = block if first is None else first
            last = block
            count += rows
            if skipped + count >= offset + limit:
                break
        if first is None or last is None:
            return []
        start = offset - skipped
        return self._in_blocks(first, last)[start : start + limit]

    def _in_blocks(self, first: int, last: int) -> list[int]:
        """The numbers in these blocks, in order."""
        found: list[int] = []
        left_out: set[int] = set()
        for node, block, seqs in self._connection.execute(
            f"SELECT node, block, seqs FROM blocks WHERE {self._where} AND block BETWEEN ? AND ?",
            [*self._values, first, last],
        ):
            if self._is_rest and node != ALL_NODES:
                left_out.update(numbers_of(block, seqs))
            else:
                found.extend(numbers_of(block, seqs))
        return sorted(seq for seq in found if seq <= self._upto and seq not in left_out)


def _fewest(connection: sqlite3.Connection, query: LineQuery) -> tuple[tuple[str, ...], bool]:
    """The nodes that are asked for; or, if True, those that are not, where these are fewer: the index has a line for
    all nodes together, so what is read of it is never more than that of half of the nodes."""
    if not query.nodes and not query.without:
        return (), True
    known = {
        node
        for (node,) in connection.execute(
            "SELECT DISTINCT node FROM counts WHERE task = ? AND run = ? AND context = '' AND node != ?",
            (query.task, query.run, ALL_NODES),
        )
    }
    asked = (known.intersection(query.nodes) if query.nodes else known).difference(query.without)
    others = known - asked
    return (tuple(others), True) if len(others) < len(asked) else (tuple(asked), False)


def _rows(connection: sqlite3.Connection, numbers: list[int]) -> list[Row]:
    rows: list[Row] = []
    size = 0
    wanted = iter(numbers)
    while some := list(islice(wanted, _ASKED_AT_ONCE)):
        for seq, at, node, task, run, body in connection.execute(
            "SELECT seq, at, node, task, run, body FROM rows "
            "WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (_json(some),),
        ):
            if not is_json(body):
                body = _DAMAGED
            size += len(body)
            if rows and size > _PAGE_BYTES:
                return rows
            rows.append(Row(seq=seq, at=at, kind="log", node=node, task=task, run=run, body=msgspec.Raw(body)))
    return rows


def _json(values: object) -> str:
    return msgspec.json.encode(values).decode()
