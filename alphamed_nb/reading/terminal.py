"""How nodes and their lines look in a terminal or a cell: marks and colours."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from typing import TextIO

from .escaped import safe_name

__all__ = ["Nodes", "Style", "clock", "level_word", "wants_color"]

# The palettes of the panel: mark colours by the node's number, for dark and for light backgrounds. Between the two, of
# the same contrast (over 4.2) to white and to JupyterLab's black: for a cell, whose theme its kernel does not know.
_DARK = "9eb9ff e5cd72 59d6c9 cb93ce ddf58f ed839e baf4f9 eeac93 7bf2c1 cecfff a994fd b1bc48".split()
_LIGHT = "3a47cb 905e00 037877 8651a1 58734a 741941 04475d 593802 2c6145 554284 480f9b 645000".split()
_BETWEEN = "5c6edd 9d6f11 0f8583 9863ad 657f50 ba5777 3f8090 9d6d44 3f8563 7b6fab 8462d8 82791c".split()
_ROLES_DARK = {"secondary": "b5b5b5", "link": "8ab4f8", "error": "ff8a80", "warning": "ffc266", "success": "7ed29b"}
_ROLES_LIGHT = {"secondary": "616161", "link": "0b57d0", "error": "b3261e", "warning": "8a4b00", "success": "1b6e3c"}
_ROLES_BETWEEN = {
    "secondary": "787878", "link": "3375dd", "error": "cf4a41", "warning": "a8691a", "success": "338753",
}  # fmt: skip

_SGR = re.compile(r"\x1b\[[0-9;:]*m")
_NAMED = 8
"""Of more nodes in one sentence the rest are counted."""
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


def wants_color(stream: TextIO, color: bool | None) -> bool:
    """Whether to colour: as asked for, else if it is a terminal that can and `NO_COLOR` does not forbid it."""
    if color is not None:
        return color
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Style:
    """Turns words and node numbers into SGR sequences, or leaves text alone when colours are off.

    Args:
        color: whether there are colours.
        cell: they are for a cell of a notebook, not for a terminal.
    """

    def __init__(self, color: bool, cell: bool = False) -> None:
        self.color = color
        # rxvt, Konsole and others say "foreground;background" by ANSI number; 7 and 15 are the light ones.
        light = os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
        self._marks, self._roles = (_LIGHT, _ROLES_LIGHT) if light else (_DARK, _ROLES_DARK)
        self._exact = os.environ.get("COLORTERM", "") in ("truecolor", "24bit")
        if cell:  # what the variables say is about the terminal that the server was started in
            self._marks, self._roles, self._exact = _BETWEEN, _ROLES_BETWEEN, True

    def role(self, role: str, text: str, bold: bool = False) -> str:
        """Text in the colour of `secondary`, `link`, `error`, `warning` or `success`."""
        return self._colored(self._roles[role], text, bold)

    def node(self, number: int | None, text: str) -> str:
        if number is None:
            return self.role("secondary", text)
        return self._colored(self._marks[number % len(self._marks)], text)

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.color and text else text

    def text(self, text: str) -> str:
        """User text that has passed :func:`.escaped.safe_lines`: its own colours stay, and end with it, or go."""
        if not self.color:
            return _SGR.sub("", text)
        return f"{text}\x1b[0m" if "\x1b[" in text else text

    def _colored(self, rgb: str, text: str, bold: bool = False) -> str:
        if not self.color or not text:
            return text
        red, green, blue = (int(rgb[start : start + 2], 16) for start in (0, 2, 4))
        code = f"38;2;{red};{green};{blue}" if self._exact else f"38;5;{_nearest(red, green, blue)}"
        return f"\x1b[{'1;' if bold else ''}{code}m{text}\x1b[0m"


def _nearest(red: int, green: int, blue: int) -> int:
    """The nearest of the 6 x 6 x 6 colours that most terminals have."""
    steps = (0, 95, 135, 175, 215, 255)

    def index(value: int) -> int:
        return min(range(6), key=lambda step: abs(steps[step] - value))

    return 16 + 36 * index(red) + 6 * index(green) + index(blue)


def clock(seconds: float) -> str:
    """`10:24:03.118`, local time."""
    milliseconds = int(seconds * 1000) % 1000
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{milliseconds:03}"


def level_word(level: int) -> str:
    if level >= 50:
        return "CRITICAL"
    if level >= 40:
        return "ERROR"
    if level >= 30:
        return "WARN"
    return "INFO" if level >= 20 else "DEBUG"


class Nodes:
    """The nodes seen so far: number (place in `nodes`) and short name of each."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._short: dict[str, str] = {}

    def learn(self, nodes: Iterable[str]) -> None:
        """The list of a task: a node's number is its place there. The first list with a node counts."""
        for number, node in enumerate(nodes):
            self._numbers.setdefault(node, number)
            self.short(node)

    def number(self, node: str) -> int | None:
        return self._numbers.get(node)

    def short(self, node: str) -> str:
        """First 8 of a UUID, other ids whole up to 14 characters; longer where two would be the same."""
        if node not in self._short:
            length = 8 if _UUID.fullmatch(node) else 14
            alike = [node, *(other for other in self._short if _shortened(other, length) == _shortened(node, length))]
            while len({_shortened(each, length) for each in alike}) < len(alike):
                length += 4
            self._short.update((each, _shortened(each, length)) for each in alike)
        return self._short[node]

    def mark(self, node: str) -> str:
        """`1 663ad4b0`: the number, where it is known, and the short name."""
        number = self.number(node)
        return self.short(node) if number is None else f"{number} {self.short(node)}"

    def marks(self, nodes: Sequence[str]) -> str:
        """`1 663ad4b0 and 2 0fc1a571`; of many the first ones."""
        marks = [self.mark(node) for node in nodes[:_NAMED]]
        if len(nodes) > _NAMED:
            marks.append(f"{len(nodes) - _NAMED} more")
        return " and ".join([", ".join(marks[:-1]), marks[-1]] if len(marks) > 1 else marks)


def _shortened(node: str, length: int) -> str:
    node = safe_name(node)
    if _UUID.fullmatch(node):
        return node[: length if length <= 8 or length >= len(node) else length + 1]
    if len(node) <= max(length, 14):
        return node
    left = (max(length, 14) - 1) // 2
    return f"{node[:left]}…{node[-(max(length, 14) - 1 - left) :]}"
