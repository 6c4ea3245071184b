"""What of a text reaches a terminal or a cell: it can neither steer the terminal nor look like another text."""

from __future__ import annotations

import re

__all__ = ["safe_lines", "safe_name"]

# Characters that steer (C0 but tab, DEL, C1, line and paragraph separators), turn the reading direction, or take no
# room: Unicode's categories Cc, Cf, Zl and Zp, and what it calls default ignorable.
_HIDDEN = (
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SYMBOL = "[\xa9\xae\u2194-\u21aa\u231a-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001fbff]"
_LETTER = "[\u0620-\u06d3\u0900-\u0dff]"
# Where writing needs them they are seen: emoji made of several, and joiners in Arabic and Indic scripts.
_IN_PLACE = (
    f"{_SYMBOL}[\ufe0e\ufe0f]?(?:\u200d{_SYMBOL}[\ufe0e\ufe0f]?)*|[#*0-9]\ufe0f\u20e3"
    f"|{_LETTER}[\u200c\u200d](?={_LETTER})"
)

_hidden = re.compile(_HIDDEN)
_in_place_or_hidden = re.compile(f"{_IN_PLACE}|({_HIDDEN})")
_sgr = re.compile(r"\x1b\[[0-9;:]*m")


def safe_name(name: str) -> str:
    """An id on one line: whatever is not seen, or not where it stands, is shown escaped, a tab too. So two ids never
    look the same for what they hide."""
    return _hidden.sub(_escaped, name).replace("\t", "\\t")


def safe_lines(text: str) -> list[str]:
    """The lines of a text: SGR colour sequences pass, and so do joiners where writing needs them; other characters that
    steer or are not seen are shown escaped, so that a node's output can neither move the cursor, nor retitle the
    window, nor turn the order in which it is read."""
    return [_safe_line(line) for line in text.replace("\r\n", "\n").split("\n")]


def _safe_line(line: str) -> str:
    if _hidden.search(line) is None:
        return line
    return "".join(
        piece if position % 2 else _in_place_or_hidden.sub(_escaped_unless_in_place, piece)
        for position, piece in enumerate(_pieces(line))
    )


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _escaped_unless_in_place(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else _escaped(found)


def _pieces(line: str) -> list[str]:
    """Text and SGR sequences in turn, text first."""
    pieces: list[str] = []
    end = 0
    for found in _sgr.finditer(line):
        pieces += [line[end : found.start()], found[0]]
        end = found.end()
    return [*pieces, line[end:]]
