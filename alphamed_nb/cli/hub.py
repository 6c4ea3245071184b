"""``alphamed-nb hub``: the hub without a Jupyter server, in the foreground."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add_parser"]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "hub",
        help="run a hub without a Jupyter server",
        description="Run the user's standalone hub until Ctrl-C. One line of JSON says where its hub file is once "
        "nodes can come in; if such a hub runs already, the line is about that one and the command ends.",
    )
    parser.add_argument("--data-dir", metavar="DIR", help="the data directory (default: the user's own)")
    parser.add_argument(
        "--hub-file", metavar="FILE", help="where to write the hub file (default: in the data directory)"
    )
    parser.add_argument(
        "--idle",
        metavar="SECONDS",
        type=float,
        default=0,
        help="leave when nobody has been connected for so long; 0: never (default: %(default)g)",
    )
    parser.add_argument(
        "--settings", action="store_true", help="print every setting of a configuration file, with its help, and end"
    )
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from ..hub.standalone import main

    if options.settings:
        return main(["--help-all"])
    arguments = ["--idle", str(options.idle)]
    if options.data_dir is not None:
        arguments += ["--data-dir", options.data_dir]
    if options.hub_file is not None:
        arguments += ["--hub-file", options.hub_file]
    return main(arguments)
