"""Sending a data stream."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...protocol.errors import HubError
from ...protocol.messages import EventItem, NodeState
from ..link.spool import StreamFile
from ..waiting import Deadline, Signal, earliest, wait_until
from .item_wait import ItemWait
from .offers import OutgoingOffer
from .session import Session

__all__ = ["send_stream"]

logger = logging.getLogger("alphafed")

_SOON = 0.25
"""Most sends are over before so many seconds; others look from then on at what comes meanwhile."""

Abandon = Callable[[EventItem | NodeState], bool | Iterable[str] | None]


def send_stream(
    session: Session,
    targets: Sequence[str],
    data: bytes | Mapping[str, bytes],
    *,
    connection_timeout: float | None = 30,
    timeout: float | None = 60,
    label: str = "",
    round: int = 0,
    name: str = "",
    abandon: Abandon | None = None,
) -> dict[str, str]:
    """Send bytes to nodes of the task; returns what became of each target.

    Args:
        data: what all get, or what each gets, by target.
        connection_timeout: seconds until a target must have begun to read; 0 or None: no limit.
        timeout: seconds from there until it must have the bytes; 0 or None: no limit.
        label: receivers that wait for another one deny the stream.
        round: the round it belongs to, and `name` what it holds, for those who look on.
        abandon: is shown each pending event (which stays for the next receive) and each change of a watched node;
            returns True to withdraw everything, or the targets to withdraw.

    Returns:
        `taken`, `withdrawn` (out of time, or abandoned), or `denied: <cause>`, by target.

    Raises:
        HubError: the hub refused the stream. Whatever ends a send, what is still offered is withdrawn.
    """
    session.check()
    targets = list(dict.fromkeys(session.as_targets(targets, "target")))
    if not targets:
        return {}
    changed: deque[OutgoingOffer] = deque()
    timed = bool(connection_timeout or timeout)
    offers = [OutgoingOffer(os.urandom(16).hex(), target, changed, timed=timed) for target in targets]
    streams = _write(session, offers, data)
    sending = _Sending(session, offers, changed, connection_timeout, timeout, abandon)
    try:
        posted = []
        for stream, its_offers in streams:
            request = session.offers.post(
                its_offers, stream=stream.name, size=stream.size, label=label, round=round, name=name
            )
            posted.append((stream, request))
        # From here the hub may have them, whether or not the answer comes; it removes what it does not know of.
        for stream, request in posted:
            try:
                warnings = request.result().warnings
            except HubError:
                stream.discard()
                raise
            stream.accepted()
            for warning in warnings:
                logger.warning("%s", warning)
        sending.wait()
    except BaseException:
        for stream, _ in streams:
            stream.accepted()
        sending.withdraw_rest()
        raise
    finally:
        sending.close()
    return sending.outcome()


def _write(
    session: Session, offers: Sequence[OutgoingOffer], data: bytes | Mapping[str, bytes]
) -> list[tuple[StreamFile, Sequence[OutgoingOffer]]]:
    """The streams, each with the offers of it that are to be made."""
    parcels = [(data[each.target], [each]) for each in offers] if isinstance(data, Mapping) else [(data, offers)]
    streams: list[tuple[StreamFile, Sequence[OutgoingOffer]]] = []
    try:
        for content, its_offers in parcels:
            streams.append((StreamFile(session.link, content), its_offers))
    except BaseException:
        for stream, _ in streams:
            stream.discard()
        raise
    return streams


@dataclass
class _Sending:
    """One send on its way. What it does for a change of an offer does not depend on how many there are."""

    session: Session
    offers: list[OutgoingOffer]
    changed: deque[OutgoingOffer]
    connection_timeout: float | None
    timeout: float | None
    abandon: Abandon | None

    def __post_init__(self) -> None:
        self._open = {offer.offer: offer for offer in self.offers}
        self._reading: dict[str, Deadline] = {}
        """Until when those that are being read must be taken; the earliest first."""
        self._signal = Signal()
        self._peeked = self.session.position
        self._item_wait: ItemWait | None = None
        self.session.add_signal(self._signal)

    def open(self) -> list[OutgoingOffer]:
        return [offer for offer in self._open.values() if not offer.settled]

    def wait(self) -> None:
        """Until every offer is settled."""
        begun, looks = Deadline(self.connection_timeout), Deadline(_SOON if self.abandon else -1.0)
        while True:
            while self.changed:
                self._note(self.changed.popleft())
            if not self._open:
                return
            first = next(iter(self._reading.values()), Deadline())
            if len(self._reading) < len(self._open):
                first = earliest(first, begun)
            if first.expired:
                late = [offer for offer in self._open.values() if self._reading.get(offer.offer, begun).expired]
                self.withdraw(late)
                continue
            if looks.expired:
                self._look()
            else:
                first = earliest(first, looks)
            wait_until(self._signal, lambda: self.changed or self._news(), first)
            self.session.check()
            self._show_news()

    def _note(self, offer: OutgoingOffer) -> None:
        if offer.settled:
            self._open.pop(offer.offer, None)
            self._reading.pop(offer.offer, None)
        elif offer.state == "offered":
            self._reading.pop(offer.offer, None)  # given back: it may begin to read again
        else:
            self._reading.setdefault(offer.offer, Deadline(self.timeout))

    # events and presence are only looked at: a send never moves the position

    def _look(self) -> None:
        if self.abandon is not None and self._item_wait is None:
            self._item_wait = ItemWait(self.session, self._signal, peek=True, after=self._peeked)
            self.session.item_waits.open(self._item_wait)

    def _news(self) -> bool:
        if self.session.unusable:
            return True
        if self.abandon is None:
            return False
        return bool(self._item_wait is not None and self._item_wait.done) or self.session.has_changes()

    def _show_news(self) -> None:
        if self.abandon is None:
            return
        while (change := self.session.next_change()) is not None:
            self._give_up(self.abandon(change))
        if self._item_wait is not None and self._item_wait.done:
            item = self._item_wait.take()
            self.session.item_waits.close(self._item_wait)
            self._item_wait = None
            if isinstance(item, EventItem):
                self._peeked = item.seq
                self._give_up(self.abandon(item))

    def _give_up(self, what: bool | Iterable[str] | None) -> None:
        if what is True:
            self.withdraw(self.open())
        elif what:
            named = set(what)
            self.withdraw([offer for offer in self.open() if offer.target in named])

    def withdraw(self, offers: list[OutgoingOffer]) -> None:
        """Withdraw these; one that was taken first stays taken."""
        if not offers:
            return
        states = self.session.offers.post_withdraw(offers).result()
        for offer in offers:
            offer.state = states.states.get(offer.offer, "withdrawn")
            offer.cause = states.causes.get(offer.offer, "")
            self._note(offer)

    def withdraw_rest(self) -> None:
        """The send was interrupted: nobody waits for the answer."""
        rest = self.open()
        if rest and self.session.held and not self.session.link.closed:
            self.session.offers.post_withdraw(rest)

    def close(self) -> None:
        if self._item_wait is not None:
            self.session.item_waits.close(self._item_wait)
        self.session.remove_signal(self._signal)
        self.session.offers.forget(self.offers)

    def outcome(self) -> dict[str, str]:
        return {
            offer.target: f"denied: {offer.cause}" if offer.state == "denied" else offer.state for offer in self.offers
        }
