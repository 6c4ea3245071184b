"""``alphamed-nb clean``: remove what the mock environment has stored."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..reading.hub import HubReader

__all__ = ["add_parser", "data_directories"]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "clean",
        help="remove stored runs",
        description="Remove every run that has ended from the hub that is used now: messages, logs, data streams. A "
        "run that is going on stays. With --all, also every data directory of this user that no hub uses.",
    )
    parser.add_argument("--all", action="store_true", help="erase everything, in every data directory")
    parser.add_argument("--hub", metavar="URL", help="a Jupyter server's address or a hub file")
    parser.set_defaults(command=_run)


def data_directories() -> list[Path]:
    """The data directories of this user's hubs, in use or not."""
    from jupyter_core.paths import jupyter_data_dir

    base = Path(jupyter_data_dir()) / "alphamed_nb"
    return sorted(path for path in base.iterdir() if path.is_dir()) if base.is_dir() else []


def _run(options: argparse.Namespace) -> int:
    from ..protocol.errors import HubError, HubUnreachable
    from ..reading.hub import connect

    try:
        _clean_hub(connect(options.hub))
    except HubUnreachable as error:
        if options.hub or not options.all:
            print(f"alphamed-nb clean: {error}", file=sys.stderr)
            return 1
    except HubError as error:
        print(f"alphamed-nb clean: {error}", file=sys.stderr)
        return 1
    return _erase_directories() if options.all else 0


def _clean_hub(reader: HubReader) -> None:
    """Remove the ended runs, through the nodes that were in them: the node door lets nobody delete a run by name."""
    from ..protocol.messages import Clean
    from ..protocol.rest import TaskEntry
    from ..reading.escaped import safe_name

    tasks = reader.ask("tasks", list[TaskEntry])
    members = {node for task in tasks for run in task.runs if not run.live for node in run.members}
    removed = sum(reader.link.request(Clean(id=0, node=node)).runs for node in sorted(members))
    live = [f"{safe_name(task.task)} (run {run.run})" for task in tasks for run in task.runs if run.live]
    print(f"{removed} run{'' if removed == 1 else 's'} removed from {reader.link.place.how}.")
    if live:
        print(f"Going on, and kept: {', '.join(live)}.")


def _erase_directories() -> int:
    from ..hub.store.data_directory import erase
    from ..protocol.errors import StorageFailed

    code = 0
    for path in data_directories():
        try:
            holder = erase(path)
        except StorageFailed as error:
            print(f"alphamed-nb clean: {error}", file=sys.stderr)
            code = 1
            continue
        if holder:
            print(f"{path} is in use by {holder}: its ended runs are removed when it is cleaned; stop that hub to "
                  "erase the folder.")  # fmt: skip
            code = 1
            continue
        print(f"{path} erased.")
    return code
