"""Reading pages of journal rows out of one file, with search in their text."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ...protocol.journal import KINDS, Row
from .database import Readers
from .dropping import NOT_DROPPED
from .query import Page, RowQuery

__all__ = ["SEARCH_SECONDS", "PageReader", "is_json"]

SEARCH_SECONDS = 2.0
"""How long one page is searched for."""
_PAGE_BYTES = 4 * 1024 * 1024
"""Bodies in one page; a page with more ends early."""
_ROWS_A_LOOK = 50
"""Rows read between two looks at the clock."""
_NUMBERS_A_STEP = 50_000
"""Numbers that one statement goes over: rows that it passes by itself cannot be stopped at."""
_HIGHEST = 2**63 - 1
# From run to run, and to both ends of each: some steps in the index, instead of a walk over all of the task.
_RANGE_OF_TASK = """
WITH RECURSIVE runs(run) AS (
    SELECT min(run) FROM rows WHERE task = ?1
    UNION ALL
    SELECT (SELECT min(rows.run) FROM rows WHERE task = ?1 AND rows.run > runs.run) FROM runs WHERE runs.run IS NOT NULL
)
SELECT
    min((SELECT min(seq) FROM rows WHERE task = ?1 AND rows.run = runs.run AND seq > ?2 AND seq < ?3)),
    max((SELECT max(seq) FROM rows WHERE task = ?1 AND rows.run = runs.run AND seq > ?2 AND seq < ?3))
FROM runs
"""


class _TracebackText(msgspec.Struct):
    text: str = ""


class _LogText(msgspec.Struct):
    text: str = ""
    traceback: _TracebackText | None = None


_log_text = msgspec.json.Decoder(_LogText)
_skim = msgspec.json.Decoder(msgspec.Raw).decode


def is_json(body: bytes) -> bool:
    """False for a damaged row: put into an answer, it would make all of that unreadable."""
    try:
        _skim(body)
    except (msgspec.MsgspecError, TypeError):
        return False
    return True


class PageReader:
    """Reads the pages of one file."""

    def __init__(
        self,
        readers: Readers,
        *,
        logs: bool,
        seconds: float = SEARCH_SECONDS,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """
        Args:
            logs: the file's rows have a level and a context; in another file none matches a query for one.
            seconds: a page ends after so much time, with what was found until then.
            clock: seconds from any origin.
        """
        self._readers = readers
        self._logs = logs
        self._seconds = seconds
        self._clock = clock

    def page(self, query: RowQuery) -> Page:
        """The page that `query` asks for.

        Raises:
            StorageFailed: the file cannot be read.
        """
        if not self._may_match(query):
            return Page([], True, 0)
        sql, values = _statement(query)
        rows: list[Row] = []
        size = count = seen = 0
        end = self._clock() + self._seconds
        with self._readers.reading() as connection:
            for first, last in self._steps(connection, query):
                for seq, at, kind, node, task, run, body in connection.execute(sql, [*values, first, last]):
                    count += 1
                    late = count % _ROWS_A_LOOK == 0 and self._clock() > end
                    if late or len(rows) == query.limit or size > _PAGE_BYTES:
                        return Page(rows, False, seen)
                    seen = seq
                    if not is_json(body) or (query.patterns and not _found(query.patterns, kind, body)):
                        continue
                    size += len(body)
                    rows.append(Row(seq=seq, at=at, kind=kind, node=node, task=task, run=run, body=msgspec.Raw(body)))
                seen = first if query.newest_first else last
                if self._clock() > end:
                    return Page(rows, False, seen)
        return Page(rows, True, seen)

    def count(self, query: RowQuery) -> int:
        """How many rows match, but for their text. Raises `StorageFailed`."""
        where, values = query.conditions()
        where.append("seq BETWEEN ? AND ?")
        values += [query.after + 1, _HIGHEST if query.before is None else query.before - 1]
        with self._readers.reading() as connection:
            sql = f"SELECT count(*) FROM rows WHERE {' AND '.join(where)} AND {NOT_DROPPED}"
            found: int = connection.execute(sql, values).fetchone()[0]
        return found

    def _may_match(self, query: RowQuery) -> bool:
        """False: no row of this file is of a kind that is asked for, so none needs to be looked at."""
        if not self._logs and (query.level or query.context is not None):
            return False
        return not query.kinds or any((KINDS[kind].file == "logs") is self._logs for kind in query.kinds)

    def _steps(self, connection: sqlite3.Connection, query: RowQuery) -> Iterator[tuple[int, int]]:
        """The ranges of numbers, both ends included, that together hold all that can match."""
        if query.task is not None and query.run is None and query.context is None:
            values: list[object] = [query.task, query.after, _HIGHEST if query.before is None else query.before]
            first, last = connection.execute(_RANGE_OF_TASK, values).fetchone()
        else:
            where, values = query.range_conditions()
            first, last = (
                connection.execute(f"SELECT {end}(seq) FROM rows WHERE {' AND '.join(where)}", values).fetchone()[0]
                for end in ("min", "max")
            )
        if first is None:
            return
        starts = range(first, last + 1, _NUMBERS_A_STEP)
        for start in reversed(starts) if query.newest_first else starts:
            yield start, min(start + _NUMBERS_A_STEP - 1, last)


def _statement(query: RowQuery) -> tuple[str, list[object]]:
    """SQL for the rows that match, but for their text; its values lack the first and the last number to look at."""
    where, values = query.conditions()
    where += ["seq BETWEEN ? AND ?", NOT_DROPPED]
    sql = (
        "SELECT seq, at, kind, node, task, run, body FROM rows "
        f"{'NOT INDEXED' if query.in_order_of_numbers else ''} WHERE {' AND '.join(where)} "
        f"ORDER BY seq {'DESC' if query.newest_first else 'ASC'}"
    )
    return sql, values


def _found(patterns: tuple[Any, ...], kind: str, body: bytes) -> bool:
    text = body if kind != "log" else _text_of(body)
    return all(pattern.search(text) for pattern in patterns)


def _text_of(body: bytes) -> bytes:
    """What is searched of a log row, as UTF-8."""
    try:
        found = _log_text.decode(body)
    except msgspec.MsgspecError:
        return body  # damaged
    return (found.text if found.traceback is None else f"{found.text}\n{found.traceback.text}").encode()
