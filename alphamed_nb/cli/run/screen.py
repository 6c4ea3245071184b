"""What a run prints while it goes: one line for each record, rounds, and what went wrong."""

from __future__ import annotations

import time
from typing import TextIO

from ..terminal import Nodes, Style, clock, level_word, safe_lines

__all__ = ["Screen"]

_RULE = 100
"""Width of the line that separates rounds, characters."""


class Screen:
    """Prints to one stream."""

    def __init__(self, stream: TextIO, style: Style, nodes: Nodes) -> None:
        self.stream = stream
        self.style = style
        self.nodes = nodes
        self._width = 10

    def write(self, text: str = "") -> None:
        # At once: what was printed here must be there if this process is killed.
        print(text, file=self.stream, flush=True)

    def title(self, word: str, text: str) -> None:
        self.write(self.style.role("secondary", f"{word:<8}  {text}"))

    def mark(self, node: str) -> str:
        return self.style.node(self.nodes.number(node), self.nodes.mark(node))

    def record(self, at: float, node: str, file: str, level: int, text: str) -> None:
        """`time node level text`; further lines of the text stand below the first."""
        style = self.style
        mark = self.nodes.mark(node) if node else file
        self._width = max(self._width, len(mark))
        padded = f"{mark:<{self._width}}"
        name = style.node(self.nodes.number(node) if node else None, padded)
        word = f"{level_word(level):<5}"
        role = "error" if level >= 40 else "warning" if level >= 30 else "secondary"
        word = style.role(role, word, bold=level >= 30)
        first, *others = [
            style.role(role, style.text(line)) if level >= 30 else style.text(line) for line in safe_lines(text)
        ]
        head = f"{style.role('secondary', clock(at))}  {name}  {word} "
        indent = " " * (12 + 2 + self._width + 2 + 6)
        self.write("\n".join([head + first, *(indent + line for line in others)]))

    def round(self, number: int, of: int, task: str = "") -> None:
        words = f"── round {number}" + (f" of {of}" if of else "") + (f" of task {task}" if task else "") + " "
        self.write(self.style.role("link", words + "─" * max(4, _RULE - len(words))))

    def notice(self, text: str, role: str = "warning") -> None:
        """A line of `run` itself."""
        self.write(self.style.role(role, f"{clock(time.time())}  {text}"))
