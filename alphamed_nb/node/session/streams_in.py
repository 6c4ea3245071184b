"""Receiving data streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ...protocol.errors import NotFound
from ...protocol.journal import Wait
from ...protocol.messages import EventItem, NodeState, OfferItem, OfferWish
from ..link.request import Request
from ..link.spool import fetch_stream
from ..plain import as_names
from ..waiting import Deadline
from .session import Session

__all__ = ["receive_streams"]


def receive_streams(
    session: Session,
    sources: Sequence[str],
    deadline: Deadline,
    *,
    label: str = "",
    on_event: Callable[[EventItem], None] | None = None,
    on_presence: Callable[[NodeState], Iterable[str] | None] | None = None,
    on_arrival: Callable[[str, bytes], None] | None = None,
    all_or_nothing: bool = False,
    wait: Wait | None = None,
) -> dict[str, bytes]:
    """Receive the first stream of each source; returns what came before the deadline, by source.

    Args:
        sources: whose streams; empty: the first stream of anybody.
        label: a stream with another label is denied.
        on_event: gets the events that come meanwhile, in order; without it they are dropped.
        on_presence: gets the changes of watched nodes; may return sources to wait for no longer.
        on_arrival: gets each stream as it comes.
        all_or_nothing: if one is missing at the end, all go back to the hub and the result is empty.

    A stream counts as taken once its bytes are here, so that a fast sender need not wait for a slow one. What was taken
    when a callback raises, or an interrupt comes, is kept for the next receive of that source in this process.
    """
    return _Receiving(session, sources, deadline, label, on_event, on_presence, on_arrival, all_or_nothing, wait).run()


@dataclass
class _Receiving:
    """One receive on its way."""

    session: Session
    sources: Sequence[str]
    deadline: Deadline
    label: str
    on_event: Callable[[EventItem], None] | None
    on_presence: Callable[[NodeState], Iterable[str] | None] | None
    on_arrival: Callable[[str, bytes], None] | None
    all_or_nothing: bool
    wait: Wait | None

    def __post_init__(self) -> None:
        self._any = len(self.sources) == 0
        self._wanted = list(dict.fromkeys(as_names(self.sources, "source")))
        self._got: dict[str, bytes] = {}
        self._given_up = False
        # What is under way to be confirmed, and, with all_or_nothing, what is held until the end.
        self._unconfirmed: dict[str, Request] = {}
        self._held: dict[str, str] = {}

    def run(self) -> dict[str, bytes]:
        try:
            self._take_kept()
            while True:
                while self._missing():
                    item = self.session.receive(
                        self.deadline,
                        offers=self._wish(),
                        presence=self.on_presence is not None,
                        wait=self.wait,
                    )
                    if item is None:
                        break
                    self._take(item)
                timed_out = self._missing()
                if self.all_or_nothing and (timed_out or self._given_up):
                    self._give_back()
                    return {}
                if not self._all_are_confirmed() and not timed_out and not self.deadline.expired:
                    continue
                return self._got
        except BaseException:
            self._keep()
            raise

    def _missing(self) -> bool:
        return not self._got if self._any else bool(self._wanted)

    def _wish(self) -> OfferWish:
        return OfferWish(
            sources=self._wanted,
            any_source=self._any,
            satisfied=[] if self._any else list(self._got),
            label=self.label,
        )

    def _take(self, item: EventItem | OfferItem | NodeState) -> None:
        match item:
            case EventItem():
                if self.on_event is not None:
                    self.on_event(item)
            case NodeState():
                assert self.on_presence is not None
                for source in self.on_presence(item) or ():
                    if source in self._wanted:
                        self._wanted.remove(source)
                        self._given_up = True
            case OfferItem():
                self._take_offer(item)

    def _take_offer(self, item: OfferItem) -> None:
        try:
            data = fetch_stream(self.session.link, item.stream, item.size, self.deadline)
        except NotFound as error:
            self.session.offers.post_settle(item.offer, "denied", str(error))
            return
        except BaseException:
            self.session.offers.give_back(item.offer)
            raise
        if self.all_or_nothing:
            self._held[item.source] = item.offer
        else:
            self._unconfirmed[item.source] = self.session.offers.post_settle(item.offer, "taken")
        self._arrived(item.source, data)

    def _arrived(self, source: str, data: bytes) -> None:
        self._got[source] = data
        if source in self._wanted:
            self._wanted.remove(source)
        if self.on_arrival is not None:
            self.on_arrival(source, data)

    def _all_are_confirmed(self) -> bool:
        """Whether all are ours; a source that withdrew first is waited for again."""
        for source, offer in self._held.items():
            self._unconfirmed[source] = self.session.offers.post_settle(offer, "taken")
        self._held.clear()
        confirmed = True
        for source, request in self._unconfirmed.items():
            answer = request.result()
            if "taken" not in answer.states.values():
                confirmed = False
                del self._got[source]
                if not self._any:
                    self._wanted.append(source)
        self._unconfirmed.clear()
        return confirmed

    def _give_back(self) -> None:
        for offer in self._held.values():
            self.session.offers.give_back(offer)
        self._held.clear()
        self._got.clear()

    # -- what an interrupted receive had taken -------------------------------------------------------------------------

    def _keep(self) -> None:
        for source in self._held:
            self._got.pop(source, None)
        for offer in self._held.values():
            self.session.offers.give_back(offer)
        for source, data in self._got.items():
            request = self._unconfirmed.get(source)
            if (
                request is not None
                and request.done
                and (request.error is not None or "taken" not in request.answer.states.values())
            ):
                continue
            self.session.kept_streams.setdefault(source, []).append((self.label, data))

    def _take_kept(self) -> None:
        kept = self.session.kept_streams
        for source in list(kept) if self._any else [source for source in self._wanted if source in kept]:
            streams = kept[source]
            while streams:
                label, data = streams.pop(0)
                if self.label in ("", label) and (not self._any or not self._got):
                    self._arrived(source, data)
                    break
            if not streams:
                kept.pop(source, None)
