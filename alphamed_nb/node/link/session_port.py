"""What the link needs of the sessions that it carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ...protocol import messages as wire
from ...protocol.errors import HubError

__all__ = ["SessionPort", "Sessions"]


class SessionPort(Protocol):
    """A session, as the link's thread calls it."""

    epoch: int
    position: int

    @property
    def held(self) -> bool: ...
    def claim_again(self) -> wire.Claim: ...
    def claimed_again(self, claimed: wire.Claimed | None, error: HubError | None) -> None: ...
    def ask_again(self) -> list[tuple[Any, Callable[[Any], None]]]: ...
    def forget_position(self) -> None: ...
    def fence(self, error: HubError) -> None: ...
    def presence_changed(self, states: Sequence[wire.NodeState]) -> None: ...
    def offer_changed(self, change: wire.OfferChanged) -> None: ...


Sessions = dict[tuple[str, str], SessionPort]
"""By task and node."""
