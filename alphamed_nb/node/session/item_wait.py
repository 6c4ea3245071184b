"""The waits of a session for the next item, each with its item if that has come."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ...protocol import messages as wire
from ...protocol.errors import HubError

if TYPE_CHECKING:
    from ..link.request import Request
    from ..waiting import Signal
    from .session import Session

__all__ = ["ItemWait", "ItemWaits"]


class ItemWait:
    """The client's side of `Receive`. The hub knows one at a time for a session; see :class:`ItemWaits`."""

    def __init__(
        self,
        session: Session,
        signal: Signal,
        *,
        offers: wire.OfferWish | None = None,
        peek: bool = False,
        after: int | None = None,
        limited: bool = True,
        events: bool = True,
    ) -> None:
        self.signal = signal
        self.offers = offers
        self.item: wire.EventItem | wire.OfferItem | None = None
        self.error: HubError | None = None
        self.over = False
        """Whoever waited has gone on."""
        self._session = session
        self._peek = peek
        self._after = after
        self._limited = limited
        self._events = events
        self._under_way: set[int] = set()

    @property
    def done(self) -> bool:
        return self.item is not None or self.error is not None

    @property
    def idle(self) -> bool:
        """Whether the hub does not know that this one waits."""
        return not self.done and not self._under_way

    def post(self) -> None:
        """Say to the hub that this one waits now."""
        session = self._session
        if self.offers is not None:
            self.offers.holding = list(session.offers.holding)
        message = wire.Receive(
            id=0,
            task=session.task,
            node=session.node,
            epoch=session.epoch,
            position=session.position if self._after is None else self._after,
            events=self._events,
            offers=self.offers,
            peek=self._peek,
            limited=self._limited,
        )
        request = session.link.post(message, self._answered)
        self._under_way.add(request.message.id)

    def cancel(self) -> None:
        """Say to the hub that this one does not wait now. An item that crosses this still comes here."""
        for number in self._under_way:
            self._session.link.cancel(number)
        self._under_way.clear()

    def take(self) -> wire.EventItem | wire.OfferItem | None:
        """The item, which counts as handed over from now on.

        Raises:
            HubError: the hub refused the wait.
        """
        if self.error is not None:
            raise self.error
        item, self.item = self.item, None
        if isinstance(item, wire.EventItem):
            if not self._peek:
                self._session.position = item.seq
        self.over = True
        return item

    def _answered(self, request: Request) -> None:
        """On the link's thread."""
        session = self._session
        item: Any = request.answer
        with session.item_waits.lock:
            self._under_way.discard(request.message.id)
            if request.error is not None:
                if self.over or self._under_way:
                    return
                self.error = request.error
            elif self.over or self.done:
                session.item_waits.crossed(item)
                return
            elif self._had_already(item):
                if not self._under_way:
                    self.post()
                return
            else:
                if isinstance(item, wire.OfferItem):
                    session.offers.holding[item.offer] = item.source
                self.item = item
        self.signal.set()

    def _had_already(self, item: wire.EventItem | wire.OfferItem) -> bool:
        """Whether the hub gave it a second time, because a loss of the connection hid the first from it."""
        if isinstance(item, wire.OfferItem):
            return item.offer in self._session.offers.holding
        return item.seq <= (self._session.position if self._after is None else self._after)


class ItemWaits:
    """Those of one session. The hub knows the latest; when that ends, the one below it is taken up again."""

    def __init__(self, session: Session) -> None:
        self.lock = threading.RLock()
        self._session = session
        self._open: list[ItemWait] = []

    def __len__(self) -> int:
        return len(self._open)

    def open(self, item_wait: ItemWait) -> None:
        """Begin to wait; the item_wait's signal is set when its item is there."""
        self._session.check()
        with self.lock:
            if self._open and not self._open[-1].done:
                self._open[-1].cancel()
            self._open.append(item_wait)
            self._session.add_signal(item_wait.signal)
            item_wait.post()

    def close(self, item_wait: ItemWait) -> None:
        session = self._session
        with self.lock:
            if item_wait not in self._open:
                return
            self._open.remove(item_wait)
            session.remove_signal(item_wait.signal)
            item_wait.over = True
            leftover = item_wait.item
            if not session.held or session.link.closed:
                return
            item_wait.cancel()
            if isinstance(leftover, wire.OfferItem):
                session.offers.give_back(leftover.offer)
            if self._open and self._open[-1].idle:
                self._open[-1].post()

    def crossed(self, item: Any) -> None:
        """An item came for a receive that is over. An event is given again to the next receive, by its position."""
        if isinstance(item, wire.OfferItem) and self._session.held:
            if not any(item_wait.offers for item_wait in self._open):
                self._session.offers.give_back(item.offer)
