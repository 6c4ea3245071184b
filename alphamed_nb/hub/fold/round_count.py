"""What a round moved, and of whom."""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol.journal import OfferBody
from ...protocol.snapshot import RoundView

__all__ = ["RoundCount"]


class RoundCount:
    """Keeps the numbers of one round up to date."""

    __slots__ = ("_partners", "_round", "_updaters")

    def __init__(self, item: RoundView) -> None:
        self._round = item
        self._partners: set[str] = set()
        """Nodes other than the leader that take part, or were to."""
        self._updaters: set[str] = set()

    def add_stream(self, leader: str, body: OfferBody) -> None:
        """A stream was taken."""
        counted = self._round
        counted.streams += 1
        counted.bytes += body.size
        if body.source == body.target:
            return
        if body.target == leader:
            self._updaters.add(body.source)
            counted.updates = len(self._updaters)
            self._add_partners((body.source,))
        elif body.source == leader:
            self._add_partners((body.target,))

    def add_left_out(self, nodes: Iterable[str]) -> None:
        self._add_partners(nodes)

    def _add_partners(self, nodes: Iterable[str]) -> None:
        self._partners.update(nodes)
        self._round.expected = len(self._partners)
