"""What a run prints while it goes: one line for each record, rounds, and what went wrong."""

from __future__ import annotations

import time

from ...reading.lines import Lines
from ...reading.terminal import clock

__all__ = ["Screen"]

_RULE = 100
"""Width of the line that separates rounds, characters."""


class Screen(Lines):
    """Prints to one stream."""

    def title(self, word: str, text: str) -> None:
        self.write(self.style.role("secondary", f"{word:<8}  {text}"))

    def round(self, number: int, of: int, task: str = "") -> None:
        words = f"── round {number}" + (f" of {of}" if of else "") + (f" of task {task}" if task else "") + " "
        self.write(self.style.role("link", words + "─" * max(4, _RULE - len(words))))

    def notice(self, text: str, role: str = "warning") -> None:
        """A line of `run` itself."""
        self.write(self.style.role(role, f"{clock(time.time())}  {text}"))
