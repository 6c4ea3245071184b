"""Where a node keeps the files of a task: `{NODE_ID}/{TASK_ID}/...`, relative to the working directory."""

from __future__ import annotations

import os

__all__ = ["RESULT", "place_in_results", "task_folder"]

RESULT = "result"


def task_folder(node: str, task: str) -> str:
    return os.path.join(node, task)


def place_in_results(node: str, path: str) -> tuple[str, str] | None:
    """The task in whose result directory of this node a folder lies, and where in there (`.`: it is that directory).

    None if it lies somewhere else.
    """
    try:
        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(node)).split(os.sep)
    except ValueError:  # on another drive
        return None
    if len(inside) < 2 or inside[0] == os.pardir or inside[1] != RESULT:
        return None
    return inside[0], "/".join(inside[2:]) or "."
