"""What can go wrong in a task in rounds, whatever its algorithm."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CheckinRefused", "LeaderFailed", "RoundOver", "RoundsError"]


class RoundsError(RuntimeError):
    """A task in rounds cannot go on."""

    because_of: Sequence[str] = ()
    """The nodes without which it cannot, where it is for want of nodes."""


class LeaderFailed(RoundsError):  # noqa: N818
    """The leader that this node follows has failed."""


class CheckinRefused(RoundsError):  # noqa: N818
    """The leader does not let this node take part; the message says why."""


class RoundOver(Exception):  # noqa: N818  no error: what is being done for this round is not wanted any more
    """The round this node works for is over. `with round:` takes care of it."""
