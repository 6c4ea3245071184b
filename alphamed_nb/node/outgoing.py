"""The offers a session has made, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol.messages import OfferState, OfferStates

__all__ = ["OutgoingOffer", "OutgoingOffers"]


class OutgoingOffer:
    """One offer and what became of it so far."""

    __slots__ = ("cause", "offer", "state", "target")

    def __init__(self, offer: str, target: str) -> None:
        self.offer = offer
        self.target = target
        self.state: OfferState = "offered"
        self.cause = ""

    @property
    def settled(self) -> bool:
        return self.state in ("taken", "denied", "withdrawn")


class OutgoingOffers:
    """Those that somebody waits for. Filled by senders, changed on the link's thread."""

    def __init__(self) -> None:
        self._offers: dict[str, OutgoingOffer] = {}

    def add(self, offers: Sequence[OutgoingOffer]) -> None:
        self._offers.update((offer.offer, offer) for offer in offers)

    def forget(self, offers: Sequence[OutgoingOffer]) -> None:
        for offer in offers:
            self._offers.pop(offer.offer, None)

    def open(self) -> list[str]:
        """Ids of those not settled."""
        return [offer.offer for offer in list(self._offers.values()) if not offer.settled]

    def note(self, offer: str, state: OfferState, cause: str) -> None:
        """What the hub says of one; a settled one does not change any more."""
        known = self._offers.get(offer)
        if known is not None and not known.settled:
            known.state, known.cause = state, cause

    def note_all(self, answer: OfferStates) -> None:
        for offer, state in answer.states.items():
            self.note(offer, state, answer.causes.get(offer, ""))
