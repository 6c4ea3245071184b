"""``alphamed-nb run``: notebooks and scripts side by side, one merged log, one summary.

=================  =============================================================
:mod:`.runner`     starts everything, decides when it is over
:mod:`.programs`   a notebook in its kernel, a script in its process
:mod:`.child`      what runs inside those; :mod:`.teardown` ends them quickly
:mod:`.sink`       the pipe over which their lines come; :mod:`.sockets` says where a kernel's sockets may lie
:mod:`.hub`        the hub that is used, and the link to it
:mod:`.view`       what the hub says about the nodes
:mod:`.screen`     what is printed meanwhile
:mod:`.summary`    what is printed at the end, with :mod:`.tracebacks`
=================  =============================================================
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

__all__ = ["add_parser"]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run notebooks and scripts at the same time, with one log",
        description="Run each notebook in a kernel and each script in a process of its own, all at the same time, each "
        "in its own folder, and print one merged log. The exit code is 0 if all ended well, 1 if a node failed, 2 for "
        "wrong usage, 130 after Ctrl-C.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a notebook (.ipynb) or a script (.py)")
    parser.add_argument(
        "--hub", metavar="FILE", help="the hub to use, by its hub file (default: the one that is found, else its own)"
    )
    parser.add_argument("--save", metavar="DIR", type=Path, help="keep the executed notebooks in this folder")
    parser.add_argument(
        "--traceback",
        choices=("short", "full"),
        default="short",
        help="show the frames of your own code, or all of them (default: %(default)s)",
    )
    parser.add_argument(
        "--color",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="colours (default: if the output is a terminal)",
    )
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    import asyncio

    from ...protocol.errors import HubError
    from .runner import Run

    try:
        return asyncio.run(Run(options, sys.stdout).main())
    except (HubError, ValueError) as error:
        print(f"alphamed-nb run: {error}", file=sys.stderr)
        return 2
