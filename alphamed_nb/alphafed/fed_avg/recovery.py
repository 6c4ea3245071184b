"""What an interrupted aggregator needs to go on: the last round that was finished, and its parameters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .state_dicts import load_state_dict_file, portable_copy

__all__ = ["Progress", "ProgressFile"]


@dataclass
class Progress:
    round: int
    """The last round that was closed."""
    finished: bool
    """What `is_task_finished` said after it."""
    state_dict: dict[str, Any]


class ProgressFile:
    """The file in the runtime directory. Written in one step, so that a kill leaves the old or the new one."""

    def __init__(self, runtime_dir: str) -> None:
        self._path = Path(runtime_dir) / "fed_avg_progress.pt"

    def save(self, round: int, finished: bool, state_dict: Mapping[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        torch.save({"round": round, "finished": finished, "state_dict": portable_copy(state_dict)}, new)
        os.replace(new, self._path)

    def load(self) -> Progress | None:
        """None if there is none."""
        try:
            with open(self._path, "rb") as file:
                return Progress(**load_state_dict_file(file))
        except FileNotFoundError:
            return None

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)
