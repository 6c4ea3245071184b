"""What is said of an exception to whom it concerns."""

from __future__ import annotations

import logging

from ..protocol.errors import HubError

__all__ = ["to_be_told"]

logger = logging.getLogger(__name__)


def to_be_told(error: Exception, what: str) -> HubError:
    """The error to answer with: a refusal as it is; of a fault of ours only that there was one, and the log has it all.

    Args:
        what: what the hub was doing, for instance ``"a Claim"``.
    """
    if isinstance(error, HubError):
        return error
    logger.error("The hub failed at %s.", what, exc_info=error)
    return HubError(f"The hub failed at {what}; its log has the traceback.")
