"""``alphamed-nb``: dispatch to the commands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .._version import __version__
from . import clean, data, doctor, hub, logs, nodes, run

__all__ = ["main"]

_COMMANDS = (run, logs, nodes, doctor, hub, clean, data)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit code."""
    from ..reading.encoding import lose_nothing

    for stream in (sys.stdout, sys.stderr):
        lose_nothing(stream)
    parser = argparse.ArgumentParser(
        prog="alphamed-nb", description="Run and watch federated learning tasks on one machine."
    )
    parser.add_argument("--version", action="version", version=f"alphamed_nb {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.command(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does; nothing more can be written.
        sys.stderr.close()
        return 141
    return code
