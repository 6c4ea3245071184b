"""Where a node keeps the files of a task: below the folder that :mod:`alphamed_nb.node.folders` names.

What lies there belongs to the user and is never removed.
"""

from __future__ import annotations

import os

from ..node.folders import RESULT, task_folder
from ..protocol.names import check_name
from .mock import entered_folder, mock_node_id

__all__ = [
    "get_dataset_dir",
    "get_model_dir",
    "get_result_dir",
    "get_root_dir",
    "get_runtime_dir",
    "get_share_dir",
]


def get_root_dir(task_id: str) -> str:
    """Raises `NotInMockMode` outside a `mock_context`, `InvalidName` for what cannot be a folder name."""
    return task_folder(check_name(mock_node_id()), check_name(task_id, "task id"))


def own_dir(path: str) -> str:
    """One of these directories for what a scheduler keeps itself: where the context was entered, and so in one place
    whatever the working directory is by now."""
    return os.path.join(entered_folder(), path)


def get_runtime_dir(task_id: str) -> str:
    return os.path.join(get_root_dir(task_id), "runtime")


def get_share_dir(task_id: str) -> str:
    return os.path.join(get_root_dir(task_id), "share")


def get_result_dir(task_id: str) -> str:
    """The result directory; it exists afterwards."""
    path = os.path.join(get_root_dir(task_id), RESULT)
    os.makedirs(path, exist_ok=True)
    return path


def get_model_dir(task_id: str) -> str:
    return os.path.join(get_root_dir(task_id), "model")


def get_dataset_dir(task_id: str) -> str:
    return os.path.join(get_root_dir(task_id), "dataset")
