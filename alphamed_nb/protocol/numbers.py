"""Which whole numbers a message may hold. They are looked at where a frame is decoded, which costs next to nothing."""

from __future__ import annotations

from typing import Annotated

import msgspec

__all__ = ["MAX_NUMBER", "Count", "Level", "Number", "ProcessId"]

MAX_NUMBER = 2**53
"""Larger ones are neither exact in JavaScript nor safe in a database column."""

Number = Annotated[int, msgspec.Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]
Level = Annotated[int, msgspec.Meta(ge=0, le=1000)]
"""Of a log record."""
ProcessId = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
"""An operating system asked for a larger one does not answer that there is none: the question itself fails."""
