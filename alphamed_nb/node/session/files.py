"""Files that a node uploads for others to fetch."""

from __future__ import annotations

import os
import urllib.parse
from typing import TYPE_CHECKING, Any

import msgspec

from ..link.http import hub_fetch
from ..plain import as_text

if TYPE_CHECKING:
    from .session import Session

__all__ = ["upload_file"]


def upload_file(session: Session, name: str, data: bytes) -> str:
    """Store `data` with the hub; returns a URL from which a plain GET fetches it, for one hour.

    Raises:
        HubError: too large, or the hub could not store it.
    """
    session.check()
    # A name that is no UTF-8 is written with backslashes, which no hub takes in a name.
    plain = as_text(os.path.basename(name), "upload_name").replace("\\", "_")
    query = urllib.parse.urlencode({"name": plain or "file"})
    answer = hub_fetch(session.link, "PUT", f"files/{os.urandom(16).hex()}?{query}", data)
    said: dict[str, Any] = msgspec.json.decode(answer)
    return str(said["url"])
