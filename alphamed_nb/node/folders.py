"""Where a node keeps the files of a task: `{NODE_ID}/{TASK_ID}/...`.

Relative to the working directory for the user's code; what a scheduler keeps itself, in the folder in which the context
was entered, since user code may change or remove the working directory meanwhile.
"""

from __future__ import annotations

import os

__all__ = ["RESULT", "place_in_results", "task_folder", "working_folder"]

RESULT = "result"


def working_folder() -> str:
    """The working directory; empty if it has been removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def task_folder(node: str, task: str) -> str:
    return os.path.join(node, task)


def place_in_results(node: str, path: str, entered: str) -> tuple[str, str] | None:
    """The task in whose result directory of this node a folder lies, and where in there (`.`: it is that directory).

    None if it lies somewhere else.

    Args:
        node: the node id.
        path: the folder.
        entered: the folder in which the node's context was entered.
    """
    here = working_folder()
    real = os.path.realpath(os.path.join(here, path))
    for start in dict.fromkeys((entered, here)):
        try:
            inside = os.path.relpath(real, os.path.realpath(os.path.join(start, node))).split(os.sep) if start else []
        except ValueError:  # on another drive
            continue
        if len(inside) >= 2 and inside[0] != os.pardir and inside[1] == RESULT:
            return inside[0], "/".join(inside[2:]) or "."
    return None
