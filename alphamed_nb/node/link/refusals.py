"""What the hub closes the link over: found out, given up and shown. Runs on the link's thread only."""

from __future__ import annotations

import logging

from ...protocol.errors import HubError, HubUnreachable, StorageFailed, Unauthorized
from .resumption import Resumption

__all__ = ["Refusals"]

logger = logging.getLogger("alphamed_nb")

_NOBODYS_FAULT = (StorageFailed, Unauthorized, HubUnreachable)
"""Why the hub may close a link, whatever was sent."""


class Refusals:
    """Those of one link."""

    def __init__(self) -> None:
        self.error: HubError | None = None
        """Why the hub refuses the whole link, and closes it."""
        self.one_by_one = False
        """It did so over something that was under way: the next connection finds out what it was."""
        self._said = ""

    def connection_lost(self, resumption: Resumption, *, held: bool) -> None:
        """What the hub closed the link over is not sent again; its caller gets the error, and one line shows it.

        Args:
            held: the connection had lasted: the same refusal is news again.
        """
        error, self.error = self.error, None
        if error is not None:
            guilty = not isinstance(error, _NOBODYS_FAULT)
            if guilty and resumption.suspect is not None:
                if given_up := resumption.give_up(error):
                    logger.warning("The hub closed the link over %s, which is not sent again: %s", given_up, error)
            else:
                self.one_by_one = guilty
                if str(error) != self._said:
                    self._said = str(error)
                    logger.warning("The hub closed the link: %s", error)
        if held:
            self._said = ""
