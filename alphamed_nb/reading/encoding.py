"""Terminals whose encoding lacks characters: what is shown in their place."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

__all__ = ["lose_nothing"]

_HANDLER = "alphamed_nb.reading"
_ALIKE = {"─": "-", "▸": ">", "·": "-", "…": "..."}
"""What we print ourselves to please the eye. Of all else the code is shown."""


def lose_nothing(stream: TextIO) -> None:
    """Have the stream show what its encoding lacks as ASCII, `\\u5931` for instance, instead of raising an error."""
    if isinstance(stream, io.TextIOWrapper):
        codecs.register_error(_HANDLER, _in_ascii)
        stream.reconfigure(errors=_HANDLER)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    shown = (_ALIKE.get(each) or each.encode("ascii", "backslashreplace").decode() for each in lacking)
    return "".join(shown), error.end
