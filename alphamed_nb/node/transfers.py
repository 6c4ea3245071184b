"""Data streams between nodes, as offers: one row per source and target, at the hub.

A sender writes the bytes once, offers them to its targets, and waits until each one took, denied, or ran out of time. A
receiver takes offers in the order of acceptance until it has what it named.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence

from ..protocol.errors import HubError, NotFound
from ..protocol.journal import Wait
from ..protocol.messages import EventItem, NodeState, OfferItem, OfferWish
from .link import Pending
from .reception import Reception
from .session import OutgoingOffer, Session
from .spool import StreamFile, fetch_stream
from .waiting import Deadline, Signal, earliest, wait_until

__all__ = ["receive_streams", "send_stream"]

logger = logging.getLogger("alphafed")

Abandon = Callable[[EventItem | NodeState], bool | Iterable[str] | None]


# -- sending -----------------------------------------------------------------------------------------------------------


def send_stream(
    session: Session,
    targets: Sequence[str],
    data: bytes,
    *,
    connection_timeout: float | None = 30,
    timeout: float | None = 60,
    label: str = "",
    abandon: Abandon | None = None,
) -> dict[str, str]:
    """Send bytes to nodes of the task; returns what became of each target.

    Args:
        connection_timeout: seconds until a target must have begun to read; 0 or None: no limit.
        timeout: seconds from there until it must have the bytes; 0 or None: no limit.
        label: receivers that wait for another one deny the stream.
        abandon: is shown each pending event (which stays for the next receive) and each change of a watched node; returns
            True to withdraw everything, or the targets to withdraw.

    Returns:
        `taken`, `withdrawn` (out of time, or abandoned), or `denied: <cause>`, by target.

    Raises:
        HubError: the hub refused the stream. Whatever ends a send, what is still offered is withdrawn.
    """
    session.check()
    targets = list(dict.fromkeys(targets))
    if not targets:
        return {}
    session.check_targets(targets)
    stream = StreamFile(session.link, data)
    offers = [OutgoingOffer(os.urandom(16).hex(), target) for target in targets]
    sending = _Sending(session, offers, connection_timeout, timeout, abandon)
    try:
        pending = session.post_offer(offers, stream=stream.name, size=stream.size, label=label)
        # From here the hub may have it, whether or not the answer comes; it removes what it does not know of.
        try:
            warnings = pending.result().warnings
        except HubError:
            stream.discard()
            raise
        stream.accepted()
        for warning in warnings:
            logger.warning("%s", warning)
        sending.wait()
    except BaseException:
        stream.accepted()
        sending.withdraw_rest()
        raise
    finally:
        sending.close()
    return sending.outcome()


class _Sending:
    """One send on its way."""

    def __init__(
        self,
        session: Session,
        offers: list[OutgoingOffer],
        connection_timeout: float | None,
        timeout: float | None,
        abandon: Abandon | None,
    ) -> None:
        self._session = session
        self._offers = offers
        self._connection_timeout = connection_timeout
        self._timeout = timeout
        self._abandon = abandon
        self._signal = Signal()
        self._peeked = session.position
        self._reception: Reception | None = None
        session.add_signal(self._signal)

    def open(self) -> list[OutgoingOffer]:
        return [offer for offer in self._offers if not offer.settled]

    def wait(self) -> None:
        """Until every offer is settled."""
        begun = Deadline(self._connection_timeout)
        had: dict[str, Deadline] = {}
        while waiting := self.open():
            for offer in waiting:
                if offer.state == "reading" and offer.offer not in had:
                    had[offer.offer] = Deadline(self._timeout)
                elif offer.state == "offered":
                    had.pop(offer.offer, None)  # given back: it may begin to read again
            late = [offer for offer in waiting if had.get(offer.offer, begun).expired]
            if late:
                self.withdraw(late)
                continue
            seen = [(offer, offer.state) for offer in waiting]
            self._look()
            wait_until(
                self._signal,
                lambda seen=seen: any(offer.state != state for offer, state in seen) or self._news(),  # type: ignore[misc]
                earliest(*(had.get(offer.offer, begun) for offer in waiting)),
            )
            self._session.check()
            self._show_news()

    # events and presence are only looked at: a send never moves the position

    def _look(self) -> None:
        if self._abandon is not None and self._reception is None:
            self._reception = self._session.open_reception(self._signal, peek=True, after=self._peeked)

    def _news(self) -> bool:
        if self._session.unusable:
            return True
        if self._abandon is None:
            return False
        return bool(self._reception is not None and self._reception.done) or self._session.has_changes()

    def _show_news(self) -> None:
        if self._abandon is None:
            return
        while (change := self._session.next_change()) is not None:
            self._give_up(self._abandon(change))
        if self._reception is not None and self._reception.done:
            item = self._reception.take()
            self._session.close_reception(self._reception)
            self._reception = None
            if isinstance(item, EventItem):
                self._peeked = item.seq
                self._give_up(self._abandon(item))

    def _give_up(self, what: bool | Iterable[str] | None) -> None:
        if what is True:
            self.withdraw(self.open())
        elif what:
            named = set(what)  # type: ignore[arg-type]
            self.withdraw([offer for offer in self.open() if offer.target in named])

    def withdraw(self, offers: list[OutgoingOffer]) -> None:
        """Withdraw these; one that was taken first stays taken."""
        if not offers:
            return
        states = self._session.post_withdraw(offers).result()
        for offer in offers:
            offer.state = states.states.get(offer.offer, "withdrawn")
            offer.cause = states.causes.get(offer.offer, "")

    def withdraw_rest(self) -> None:
        """The send was interrupted: nobody waits for the answer."""
        rest = self.open()
        if rest and self._session.held and not self._session.link.closed:
            self._session.post_withdraw(rest)

    def close(self) -> None:
        if self._reception is not None:
            self._session.close_reception(self._reception)
        self._session.remove_signal(self._signal)
        self._session.forget_offers(self._offers)

    def outcome(self) -> dict[str, str]:
        return {
            offer.target: f"denied: {offer.cause}" if offer.state == "denied" else offer.state for offer in self._offers
        }


# -- receiving ---------------------------------------------------------------------------------------------------------


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

    A stream counts as taken once its bytes are here, so that a fast sender need not wait for a slow one. What was taken when
    a callback raises, or an interrupt comes, is kept for the next receive of that source in this process.
    """
    return _Receiving(session, sources, deadline, label, on_event, on_presence, on_arrival, all_or_nothing, wait).run()


class _Receiving:
    """One receive on its way."""

    def __init__(
        self,
        session: Session,
        sources: Sequence[str],
        deadline: Deadline,
        label: str,
        on_event: Callable[[EventItem], None] | None,
        on_presence: Callable[[NodeState], Iterable[str] | None] | None,
        on_arrival: Callable[[str, bytes], None] | None,
        all_or_nothing: bool,
        wait: Wait | None,
    ) -> None:
        self._session = session
        self._any = not sources
        self._wanted = list(dict.fromkeys(sources))
        self._deadline = deadline
        self._label = label
        self._on_event = on_event
        self._on_presence = on_presence
        self._on_arrival = on_arrival
        self._all_or_nothing = all_or_nothing
        self._wait = wait
        self._got: dict[str, bytes] = {}
        self._given_up = False
        # What is under way to be confirmed, and, with all_or_nothing, what is held until the end.
        self._unconfirmed: dict[str, Pending] = {}
        self._held: dict[str, str] = {}

    def run(self) -> dict[str, bytes]:
        try:
            self._take_kept()
            while True:
                while self._missing():
                    item = self._session.receive(
                        self._deadline,
                        offers=self._wish(),
                        presence=self._on_presence is not None,
                        wait=self._wait,
                    )
                    if item is None:
                        break
                    self._take(item)
                timed_out = self._missing()
                if self._all_or_nothing and (timed_out or self._given_up):
                    self._give_back()
                    return {}
                if not self._all_are_confirmed() and not timed_out and not self._deadline.expired:
                    continue
                return self._got
        except BaseException:
            self._keep()
            raise

    def _missing(self) -> bool:
        return not self._got if self._any else bool(self._wanted)

    def _wish(self) -> OfferWish:
        return OfferWish(
            sources=self._wanted, any_source=self._any, satisfied=[] if self._any else list(self._got), label=self._label
        )

    def _take(self, item: EventItem | OfferItem | NodeState) -> None:
        match item:
            case EventItem():
                if self._on_event is not None:
                    self._on_event(item)
            case NodeState():
                assert self._on_presence is not None
                for source in self._on_presence(item) or ():
                    if source in self._wanted:
                        self._wanted.remove(source)
                        self._given_up = True
            case OfferItem():
                self._take_offer(item)

    def _take_offer(self, item: OfferItem) -> None:
        try:
            data = fetch_stream(self._session.link, item.stream, item.size, self._deadline)
        except NotFound as error:
            self._session.post_settle(item.offer, "denied", str(error))
            return
        except BaseException:
            self._session.give_back(item.offer)
            raise
        if self._all_or_nothing:
            self._held[item.source] = item.offer
        else:
            self._unconfirmed[item.source] = self._session.post_settle(item.offer, "taken")
        self._arrived(item.source, data)

    def _arrived(self, source: str, data: bytes) -> None:
        self._got[source] = data
        if source in self._wanted:
            self._wanted.remove(source)
        if self._on_arrival is not None:
            self._on_arrival(source, data)

    def _all_are_confirmed(self) -> bool:
        """Whether all are ours; a source that withdrew first is waited for again."""
        for source, offer in self._held.items():
            self._unconfirmed[source] = self._session.post_settle(offer, "taken")
        self._held.clear()
        confirmed = True
        for source, pending in self._unconfirmed.items():
            answer = pending.result()
            if "taken" not in answer.states.values():
                confirmed = False
                del self._got[source]
                if not self._any:
                    self._wanted.append(source)
        self._unconfirmed.clear()
        return confirmed

    def _give_back(self) -> None:
        for offer in self._held.values():
            self._session.give_back(offer)
        self._held.clear()
        self._got.clear()

    # -- what an interrupted receive had taken -------------------------------------------------------------------------

    def _keep(self) -> None:
        for source in self._held:
            self._got.pop(source, None)
        for offer in self._held.values():
            self._session.give_back(offer)
        for source, data in self._got.items():
            pending = self._unconfirmed.get(source)
            if pending is not None and pending.done and (
                pending.error is not None or "taken" not in pending.answer.states.values()
            ):
                continue
            self._session.kept_streams.setdefault(source, []).append((self._label, data))

    def _take_kept(self) -> None:
        kept = self._session.kept_streams
        for source in list(kept) if self._any else [source for source in self._wanted if source in kept]:
            streams = kept[source]
            while streams:
                label, data = streams.pop(0)
                if self._label in ("", label) and (not self._any or not self._got):
                    self._arrived(source, data)
                    break
            if not streams:
                kept.pop(source, None)
