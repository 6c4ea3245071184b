"""What a node waits for, in words."""

from __future__ import annotations

from ..protocol.journal import Wait
from ..protocol.snapshot import WaitView

__all__ = ["awaited_words"]


def awaited_words(wait: Wait | WaitView, task: str) -> str:
    """`checkin`, `update of round 3`, `any message of task T`."""
    if wait.kind == "any":
        return f"any message of task {task}"
    return f"{wait.name} of round {wait.round}" if wait.round else wait.name
