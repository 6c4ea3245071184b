"""``alphamed-nb logs``: what nodes logged and printed, from the hub, in one order."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..protocol.journal import Row
    from .reading import HubReader
    from .terminal import Nodes, Style

__all__ = ["add_parser"]

_PAGE = 2000
_LEVELS = ("debug", "info", "warning", "error", "critical")


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "logs",
        help="show what nodes logged and printed",
        description="Show the log of a task's latest run, every node in one order, from the hub.",
    )
    parser.add_argument("--follow", "-f", action="store_true", help="go on as new lines come")
    parser.add_argument("--task", metavar="T", help="this task (default: the one whose run began last)")
    parser.add_argument("--run", metavar="N", type=int, help="this run of the task (default: the latest)")
    parser.add_argument("--node", metavar="ID", action="append", default=[], help="only this node; may be repeated")
    parser.add_argument("--level", choices=_LEVELS, default="debug", help="from this level on (default: %(default)s)")
    parser.add_argument("--hub", metavar="URL", help="a Jupyter server's address or a hub file")
    parser.add_argument("--color", action=argparse.BooleanOptionalAction, default=None)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from ..protocol.errors import HubError
    from .reading import connect
    from .terminal import Style, wants_color

    try:
        return _show(options, connect(options.hub), Style(wants_color(sys.stdout, options.color)))
    except HubError as error:
        print(f"alphamed-nb logs: {error}", file=sys.stderr)
        return 1


def _show(options: argparse.Namespace, reader: HubReader, style: Style) -> int:
    from ..protocol.rest import RowPage, TaskEntry
    from .terminal import Nodes

    tasks = reader.ask("tasks", list[TaskEntry])
    runs = [run for task in tasks for run in task.runs if options.task in (None, task.task)]
    runs = [run for run in runs if options.run in (None, run.run)]
    if not runs and not (options.follow and options.run is None):
        wanted = "" if options.task is None else f" of task {options.task}"
        print(f"There is no run{wanted} in this hub.", file=sys.stderr)
        return 1
    nodes = Nodes()
    place: dict[str, Any] = {"task": options.task}
    if runs:
        chosen = max(runs, key=lambda run: run.started)
        nodes.learn(chosen.nodes)
        place = {"task": chosen.task, "run": chosen.run}
    level = getattr(logging, options.level.upper())
    after = 0
    while runs:
        page = reader.ask(
            "records",
            RowPage,
            **place,
            node=options.node,
            kind="log",
            level=level if level > logging.DEBUG else None,
            after=after,
            limit=_PAGE,
        )
        for row in page.rows:
            _print(row, nodes, style)
        after = page.next if not page.complete else page.number
        if page.complete:
            break
    if options.follow:
        import asyncio
        import signal

        # A viewer has nothing to undo; an exception could come up inside a callback that swallows it.
        signal.signal(signal.SIGINT, _end_at_once)
        asyncio.run(_follow(options, reader, nodes, style, after, level))
    return 0


def _end_at_once(number: int, frame: object) -> None:
    os._exit(130)


async def _follow(
    options: argparse.Namespace, reader: HubReader, nodes: Nodes, style: Style, after: int, level: int
) -> None:
    """Print rows as they come: of the task that was asked for, else of every task."""
    import msgspec

    from ..protocol.errors import HubError
    from ..protocol.journal import SessionBody
    from ..protocol.live import Follow, FollowRefused, Rows

    follow = Follow(
        after=after or None, task=options.task, run=options.run, nodes=options.node, kinds=["log", "session"]
    )
    async for message in reader.follow(follow):
        if isinstance(message, FollowRefused):
            raise HubError(message.message)
        if not isinstance(message, Rows):
            continue
        if message.skipped:
            print(style.role("warning", f"{message.skipped} lines were skipped here: they came too fast to show."))
        for row in message.rows:
            if row.kind == "session":
                nodes.learn(msgspec.json.decode(row.body, type=SessionBody).nodes)
            else:
                _print(row, nodes, style, level)


def _print(row: Row, nodes: Nodes, style: Style, level: int = 0) -> None:
    import msgspec

    from ..protocol.journal import LogBody
    from .run.screen import Screen

    log = msgspec.json.decode(row.body, type=LogBody)
    if log.level >= level:
        text = log.traceback.text if log.traceback is not None else log.text
        Screen(sys.stdout, style, nodes).record(log.time, row.node, "", log.level, text.rstrip("\n"))
