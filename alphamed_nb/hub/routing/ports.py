"""What the hub needs of an open link."""

from __future__ import annotations

from typing import Any, Protocol

from ...protocol.messages import ProcessInfo

__all__ = ["LinkPort"]


class LinkPort(Protocol):
    """:mod:`..server.link` provides it."""

    @property
    def id(self) -> str: ...
    @property
    def process(self) -> ProcessInfo: ...
    def send(self, message: Any) -> None: ...
    def flush(self) -> None: ...
    def refuse(self, error: Exception) -> None: ...
    def replaced(self) -> None: ...
