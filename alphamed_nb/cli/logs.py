"""``alphamed-nb logs``: what nodes logged and printed, from the hub, in one order."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import Any

__all__ = ["add_parser"]

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
    parser.add_argument("--text", metavar="TEXT", default="", help="only lines that contain this, whatever the case")
    parser.add_argument("--tail", metavar="N", type=_count, help="only the last so many (default: all)")
    parser.add_argument("--hub", metavar="URL", help="a Jupyter server's address or a hub file")
    parser.add_argument("--color", action=argparse.BooleanOptionalAction, default=None)
    parser.set_defaults(command=_run)


def _count(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a number, got {word!r}")
    return int(word)


def _run(options: argparse.Namespace) -> int:
    from ..protocol.errors import HubError
    from ..reading.hub import connect
    from ..reading.lines import Lines
    from ..reading.log import LogQuery, NoSuchRun, show_log
    from ..reading.terminal import Nodes, Style, wants_color

    level = getattr(logging, options.level.upper())
    query = LogQuery(
        task=options.task,
        run=options.run,
        nodes=tuple(options.node),
        level=level if level > logging.DEBUG else 0,
        text=options.text,
    )
    lines = Lines(sys.stdout, Style(wants_color(sys.stdout, options.color)), Nodes())
    try:
        show_log(connect(options.hub), lines, query, tail=options.tail, follow=options.follow)
    except NoSuchRun as error:
        print(error, file=sys.stderr)
        return 1
    except HubError as error:
        print(f"alphamed-nb logs: {error}", file=sys.stderr)
        return 1
    return 0
