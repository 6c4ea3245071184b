"""Which journal rows a reader asks for, and the page it gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import re2

from ...protocol.errors import InvalidRequest
from ...protocol.journal import KINDS, Kind, Row

__all__ = ["MAX_PATTERN_BYTES", "MAX_ROWS", "Page", "RowQuery", "merge"]

MAX_PATTERN_BYTES = 1024
MAX_ROWS = 5000


def _compile(pattern: str, what: str, *, literal: bool) -> Any:
    if len(pattern.encode("utf-8", "surrogatepass")) > MAX_PATTERN_BYTES:
        raise InvalidRequest(f"The {what} is longer than {MAX_PATTERN_BYTES} bytes.")
    options = re2.Options()
    options.literal = literal
    options.case_sensitive = not literal
    options.never_capture = True
    options.log_errors = False
    try:
        return re2.compile(pattern.encode(), options)
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"The {what} holds a lone surrogate, which no text does.") from error
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise InvalidRequest(f"The {what} is not a valid RE2 pattern: {reason}.") from error


@dataclass(frozen=True, kw_only=True)
class RowQuery:
    """All conditions must hold. Rows come in the order of their numbers.

    Raises:
        InvalidRequest: a value makes no sense; the message says which and why.
    """

    task: str | None = None
    run: int | None = None
    node: str | tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    """None of these nodes."""
    context: str | None = None
    """Only rows of the logs file have one: the id of the `mock_context` they were written in."""
    kinds: tuple[Kind, ...] = ()
    """Empty: all."""
    level: int = 0
    """At least this level. Only `log` rows have one: with a level, rows of other kinds do not match."""
    text: str = ""
    """Found as it stands, whatever its case: in the text of `log` rows, in the JSON of the body of others."""
    regex: str = ""
    """An RE2 pattern, found in the same."""
    after: int = 0
    """Only numbers above this one."""
    before: int | None = None
    """Only numbers below this one."""
    limit: int = 500
    newest_first: bool = False
    patterns: tuple[Any, ...] = field(init=False, repr=False, compare=False)
    """Compiled; all must be found."""

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise InvalidRequest(f"There is no kind {kind[:40]!r}; there are {', '.join(KINDS)}.")
        if not 1 <= self.limit <= MAX_ROWS:
            raise InvalidRequest(f"A limit must be from 1 to {MAX_ROWS}, got {self.limit}.")
        for name in ("run", "level", "after", "before"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < 2**63:
                raise InvalidRequest(f"{name!r} must be a number from 0 to 2**63 - 1, got {value}.")
        patterns = []
        if self.text:
            patterns.append(_compile(self.text, "text", literal=True))
        if self.regex:
            patterns.append(_compile(self.regex, "pattern", literal=False))
        object.__setattr__(self, "patterns", tuple(patterns))

    def range_conditions(self) -> tuple[list[str], list[object]]:
        """SQL conditions, to be joined by AND, and their values: the ones that an index answers, numbers included."""
        where, values = self._indexed()
        where.append("seq > ?")
        values.append(self.after)
        if self.before is not None:
            where.append("seq < ?")
            values.append(self.before)
        return where, values

    def conditions(self) -> tuple[list[str], list[object]]:
        """Likewise: all that SQL can check, without the numbers."""
        where, values = self._indexed()
        nodes = (self.node,) if isinstance(self.node, str) else self.node
        for test, several in (("node IN", nodes), ("node NOT IN", self.without), ("kind IN", self.kinds)):
            if several:
                # JSON, since a statement has a limited number of values.
                where.append(f"{test} (SELECT value FROM json_each(?))")
                values.append(msgspec.json.encode(several).decode())
        if self.level:
            if self.level >= 30:
                where.append("level >= 30")  # word for word the condition of the index of warnings and errors
            where.append("level >= ?")
            values.append(self.level)
        return where, values

    @property
    def in_order_of_numbers(self) -> bool:
        """Read the rows as they lie. An index of runs holds the rows of several runs in another order than that of
        their numbers, so each page would begin by sorting all of them."""
        return self.run is None and self.context is None and self.level < 30

    def _indexed(self) -> tuple[list[str], list[object]]:
        where: list[str] = []
        values: list[object] = []
        for column in ("task", "run", "context"):
            value = getattr(self, column)
            if column == "task" and value == "":
                where.append("task = ''")  # word for word the condition of the index of loose rows
            elif value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        return where, values


@dataclass
class Page:
    rows: list[Row]
    complete: bool
    """There is nothing more in the range."""
    next: int
    """Otherwise go on with `after=next`, or `before=next` when the newest come first."""


def merge(query: RowQuery, pages: list[Page]) -> Page:
    """One page out of those that the files gave for one query: in order, at most `limit` rows, none skipped."""
    ends = [page.next for page in pages if not page.complete]
    rows = [row for page in pages for row in page.rows]
    if query.newest_first:
        end = max(ends, default=0)
        rows = sorted((row for row in rows if row.seq >= end), key=lambda row: -row.seq)
    else:
        end = min(ends, default=2**63)
        rows = sorted((row for row in rows if row.seq <= end), key=lambda row: row.seq)
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        return Page(rows, False, rows[-1].seq)
    if ends:
        return Page(rows, False, end)
    return Page(rows, True, rows[-1].seq if rows else 0)
