"""The merged log of a task, every node in one order: what was written, and what comes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import msgspec

from ..protocol.errors import HubError, HubUnreachable
from ..protocol.journal import LogBody, Row, SessionBody
from ..protocol.live import Follow, Following, FollowRefused, Rows
from ..protocol.rest import RowPage, TaskEntry
from .hub import HubReader
from .lines import Lines

__all__ = ["LogQuery", "NoSuchRun", "not_recorded", "show_log"]

_PAGE = 2000

_decode_log = msgspec.json.Decoder(LogBody).decode
_decode_session = msgspec.json.Decoder(SessionBody).decode


class NoSuchRun(LookupError):
    """The hub keeps no run that was asked for; its message says so."""


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """Which lines are shown."""

    task: str | None = None
    """None: of the task whose run began last; while following, of every task."""
    run: int | None = None
    """None: the latest; while following, later ones too."""
    nodes: tuple[str, ...] = ()
    """Empty: all."""
    level: int = 0
    """From this level on."""
    text: str = ""
    """Only lines that contain it, whatever the case."""

    def matches(self, log: LogBody) -> bool:
        """Whether it is of the level and has the text that is asked for."""
        if log.level < self.level:
            return False
        whole = log.text if log.traceback is None else f"{log.text}\n{log.traceback.text}"
        return self.text.casefold() in whole.casefold()


def not_recorded() -> AbstractContextManager[None]:
    """What this thread prints inside is no node's output, even where the thread is a node."""
    from ..node.output.records import unrecorded

    return unrecorded()


def show_log(
    reader: HubReader, lines: Lines, query: LogQuery, *, tail: int | None = None, follow: bool = False
) -> None:
    """Print the log of one run, and with `follow` go on as lines come, until interrupted.

    Args:
        tail: only the last so many records of those that are there; None: all.

    Raises:
        NoSuchRun: there is none, and with `follow` none can come.
        HubError: the hub refuses, or cannot be reached.
    """
    runs = [run for task in reader.ask("tasks", list[TaskEntry]) for run in task.runs]
    runs = [run for run in runs if query.task in (None, run.task) and query.run in (None, run.run)]
    after = 0
    if runs:
        chosen = max(runs, key=lambda run: run.started)
        lines.nodes.learn(chosen.nodes)
        where = {"task": chosen.task, "run": chosen.run, "node": query.nodes, "kind": "log"}
        where |= {"level": query.level or None, "text": query.text}
        after = _show_all(reader, lines, where) if tail is None else _show_last(reader, lines, where, tail)
    elif query.run is not None or not follow:
        number = "" if query.run is None else f" {query.run}"
        raise NoSuchRun(f"There is no run{number}" + (f" of task {query.task}" if query.task else "") + " in this hub.")
    if follow:
        _follow(reader, lines, query, after)


def _show_all(reader: HubReader, lines: Lines, where: dict[str, Any]) -> int:
    after = 0
    while True:
        page = reader.ask("records", RowPage, **where, after=after, limit=_PAGE)
        _print(lines, page.rows)
        if page.complete:
            return page.number
        after = page.next


def _show_last(reader: HubReader, lines: Lines, where: dict[str, Any], count: int) -> int:
    rows: list[Row] = []
    number = before = None
    while True:
        # One more than is shown tells whether there are more.
        limit = min(_PAGE, count + 1 - len(rows))
        page = reader.ask("records", RowPage, **where, before=before, order="newest", limit=limit)
        rows += page.rows
        number = page.number if number is None else number
        if page.complete or len(rows) > count:
            break
        before = page.next
    if len(rows) > count:
        lines.write(lines.style.role("secondary", "Earlier lines are left out."))
    _print(lines, rows[:count][::-1])
    return number


def _follow(reader: HubReader, lines: Lines, query: LogQuery, after: int | None) -> None:
    hub = ""
    while True:
        wanted = Follow(
            after=after, task=query.task, run=query.run, nodes=list(query.nodes), kinds=["log", "session"]
        )  # fmt: skip
        try:
            for message in reader.messages(wanted):
                if isinstance(message, FollowRefused):
                    raise HubError(message.message)
                if isinstance(message, Following):
                    other, hub = hub not in ("", message.hub), message.hub
                    if other:
                        after = None  # numbers of another hub mean nothing here
                        break
                elif isinstance(message, Rows):
                    _show_new(lines, query, message)
                    after = message.upto
            else:
                raise HubUnreachable("The connection has ended.")
        except HubUnreachable:
            lines.write(lines.style.role("warning", "The hub is away; this goes on when it is back."))
            reader.reconnect()


def _show_new(lines: Lines, query: LogQuery, message: Rows) -> None:
    if message.skipped:
        text = f"{message.skipped} lines were skipped here: they came too fast to show."
        lines.write(lines.style.role("warning", text))
    for row in message.rows:
        if row.kind == "session":
            lines.nodes.learn(_decode_session(row.body).nodes)
    _print(lines, (row for row in message.rows if row.kind == "log" and query.matches(_decode_log(row.body))))


def _print(lines: Lines, rows: Iterable[Row]) -> None:
    """In one piece: a cell gets each piece as a message of its own."""
    shown = []
    for row in rows:
        log = _decode_log(row.body)
        text = log.traceback.text if log.traceback is not None else log.text
        shown.append(lines.of_record(log.time, row.node, "", log.level, text.rstrip("\n")))
    if shown:
        lines.write("\n".join(shown))
