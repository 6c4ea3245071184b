"""The offers of data streams that a session has made, and those that were handed out to it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...protocol import messages as wire
from ..plain import as_text

if TYPE_CHECKING:
    from ..link.request import Request
    from .seat import Seat

__all__ = ["Offers", "OutgoingOffer"]

logger = logging.getLogger("alphafed")
"""Where a user's own transfers speak."""


class OutgoingOffer:
    """One offer and what became of it so far."""

    __slots__ = ("announced", "ask_later", "cause", "changed", "offer", "state", "target", "timed")

    def __init__(
        self, offer: str, target: str, changed: deque[OutgoingOffer] | None = None, *, timed: bool = False
    ) -> None:
        self.offer = offer
        self.target = target
        self.announced = False
        """The hub has said that it knows it."""
        self.ask_later = False
        """The link broke before that: what became of it since is asked for once it is announced."""
        self.state: wire.OfferState = "offered"
        self.cause = ""
        self.changed = changed
        """Where it is put when its state changes, for its maker to take from there."""
        self.timed = timed
        """Its maker wants to know when somebody begins to read it, too."""

    @property
    def settled(self) -> bool:
        return self.state in ("taken", "denied", "withdrawn")


class Offers:
    """Those of one session. Filled by user threads, changed on the link's thread."""

    def __init__(self, seat: Seat) -> None:
        self.holding: dict[str, str] = {}
        """Offers handed out to the session and not settled yet, with their sources."""
        self._seat = seat
        self._made: dict[str, OutgoingOffer] = {}
        """Those whose maker waits for what becomes of them."""

    # -- made by this session ------------------------------------------------------------------------------------------

    def post(
        self, offers: Sequence[OutgoingOffer], *, stream: str = "", size: int = 0, label: str = "", round: int = 0,
        name: str = "",
    ) -> Request:  # fmt: skip
        """Announce a stream to these targets. What becomes of it is then seen in the `OutgoingOffer` objects."""
        seat = self._seat
        seat.check()
        self._made.update((offer.offer, offer) for offer in offers)

        def answered(request: Request) -> None:
            if request.error is None:
                self._announced(offers)

        targets = [wire.OfferTarget(offer.offer, offer.target) for offer in offers]
        message = wire.Offer(
            id=0, counter=0, task=seat.task, node=seat.node, epoch=seat.epoch, offers=targets, stream=stream, size=size,
            label=label, round=round, name=name,
        )  # fmt: skip
        return seat.link.post(message, answered)

    def make_empty(self, offers: Sequence[tuple[str, str]]) -> None:
        """Offers (offer id, target) without bytes, as user code makes them with `apply_sending_data`."""
        targets = self._seat.as_targets([target for _, target in offers], "target")
        made = [OutgoingOffer(offer, target) for (offer, _), target in zip(offers, targets, strict=True)]
        self.post(made).result()
        self.forget(made)

    def post_withdraw(self, offers: Sequence[OutgoingOffer]) -> Request:
        seat, ids = self._seat, [offer.offer for offer in offers]
        message = wire.Withdraw(id=0, counter=0, task=seat.task, node=seat.node, epoch=seat.epoch, offers=ids)
        return seat.link.post(message)

    def forget(self, offers: Sequence[OutgoingOffer]) -> None:
        """Nobody waits for these any more."""
        for offer in offers:
            self._made.pop(offer.offer, None)

    def open(self) -> list[str]:
        """Ids of those made here and not settled."""
        return [offer.offer for offer in list(self._made.values()) if not offer.settled]

    # -- handed out to this session ------------------------------------------------------------------------------------

    def post_settle(self, offer: str, outcome: wire.OfferOutcome, cause: str = "") -> Request:
        self._seat.check()
        return self._post_settle(offer, outcome, cause)

    def settle(self, offer: str, outcome: wire.OfferOutcome, cause: str = "") -> wire.OfferState:
        """Say what became of an offer; returns its state then (a withdrawal may have won)."""
        offer, cause = as_text(offer, "session_id"), as_text(cause, "cause")
        states: dict[str, wire.OfferState] = self.post_settle(offer, outcome, cause).result().states
        return states[offer]

    def give_back(self, offer: str) -> None:
        """An offer that was handed out but not used is offered again."""
        if self._seat.unusable or self._seat.link.closed:
            self.holding.pop(offer, None)
        else:
            self._post_settle(offer, "returned", "")

    def _post_settle(self, offer: str, outcome: wire.OfferOutcome, cause: str) -> Request:
        self.holding.pop(offer, None)
        seat = self._seat
        message = wire.Settle(
            id=0, counter=0, task=seat.task, node=seat.node, epoch=seat.epoch, offer=offer, outcome=outcome, cause=cause
        )  # fmt: skip
        return seat.link.post(message)

    # -- called on the link's thread -----------------------------------------------------------------------------------

    def changed(self, change: wire.OfferChanged) -> None:
        """The hub says what became of an offer from this node, or to it."""
        if not change.for_target:
            if self._note(change.offer, change.state, change.cause):
                self._seat.wake()
        elif change.state == "denied":
            # The hub denied it for a receive of this session.
            logger.warning("Node %s refused data of node %s: %s.", self._seat.node, change.node, change.cause)

    def to_ask(self) -> list[str]:
        """After a resume: those to ask for now. A hub that does not know an offer yet would call it withdrawn."""
        offers = [offer for offer in list(self._made.values()) if not offer.settled]
        for offer in offers:
            offer.ask_later = not offer.announced
        return [offer.offer for offer in offers if offer.announced]

    def _announced(self, offers: Sequence[OutgoingOffer]) -> None:
        for offer in offers:
            offer.announced = True
        if ask := [offer.offer for offer in offers if offer.ask_later]:
            self._seat.link.post(
                wire.AskOffers(id=0, offers=ask),
                lambda request: self.are(request.answer) if request.error is None else None,
            )

    def are(self, answer: wire.OfferStates) -> None:
        """The hub's answer to what became of those that are open."""
        for offer, state in answer.states.items():
            self._note(offer, state, answer.causes.get(offer, ""))
        self._seat.wake()

    def _note(self, offer: str, state: wire.OfferState, cause: str) -> bool:
        """Returns whether its maker wants to know."""
        known = self._made.get(offer)
        if known is None or known.settled:  # a settled one does not change any more
            return False
        known.state, known.cause = state, cause
        if known.changed is None or not (known.timed or known.settled):
            return False
        known.changed.append(known)
        return True
