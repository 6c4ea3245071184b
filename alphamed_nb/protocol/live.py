"""What the live feed (`live`, a websocket) says: one question, then rows as they come.

The viewer sends one :class:`Follow` (a new one replaces it); the hub answers :class:`Following` and then sends
:class:`Rows` at most ten times a second. Each frame is one object, whose ``op`` says which.
"""

from __future__ import annotations

from typing import Union

import msgspec

from .journal import Kind, Row

__all__ = ["Follow", "FollowRefused", "Following", "LiveMessage", "Rows"]


class _Message(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="op"):
    pass


class Follow(_Message, tag="follow"):
    after: int | None = None
    """Rows with a larger number; None: those that come from now on."""
    task: str | None = None
    run: int | None = None
    nodes: list[str] = []
    """Empty: all."""
    kinds: list[Kind] = []
    """Empty: all."""
    level: int = 0
    """Log rows below this level are left out."""
    text: str = ""
    """Log rows must contain it, whatever the case."""


class Following(_Message, tag="following"):
    hub: str
    """The hub id: numbers of another hub mean nothing here."""
    number: int
    """The highest number that readers may see now; a snapshot as of it can be continued with the rows after it."""


class Rows(_Message, tag="rows"):
    rows: list[Row]
    upto: int
    """All that matches up to this number has been sent, or skipped."""
    skipped: int = 0
    """So many rows before these were left out, since the viewer was too slow: they can be read with `api/records`."""


class FollowRefused(_Message, tag="refused"):
    code: str
    message: str


LiveMessage = Union[Following, Rows, FollowRefused]
