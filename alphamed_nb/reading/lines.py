"""One record, one line: `time node level text`."""

from __future__ import annotations

from typing import TextIO

from .escaped import safe_lines
from .terminal import Nodes, Style, clock, level_word

__all__ = ["Lines"]


class Lines:
    """Prints records to one stream."""

    def __init__(self, stream: TextIO, style: Style, nodes: Nodes) -> None:
        self.stream = stream
        self.style = style
        self.nodes = nodes
        self._width = 10

    def write(self, text: str = "") -> None:
        """Print lines; what they say in part by names and errors of nodes is made safe here, too."""
        # At once: what was printed here must be there if this process is killed.
        print("\n".join(safe_lines(text)), file=self.stream, flush=True)

    def mark(self, node: str) -> str:
        return self.style.node(self.nodes.number(node), self.nodes.mark(node))

    def record(self, at: float, node: str, file: str, level: int, text: str) -> None:
        """Print a record. Further lines of the text stand below the first."""
        self.write(self.of_record(at, node, file, level, text))

    def of_record(self, at: float, node: str, file: str, level: int, text: str) -> str:
        """What is printed for a record, without the last end of line."""
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
        return "\n".join([head + first, *(indent + line for line in others)])
