"""The waits of a session for the next item, each with its item if that has come."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...protocol import messages as wire
from ...protocol.errors import HubError

if TYPE_CHECKING:
    from ..link.request import Request
    from ..waiting import Signal
    from .offers import Offers
    from .seat import Seat

__all__ = ["ItemWait", "ItemWaits"]


@dataclass(eq=False)
class ItemWait:
    """The client's side of `Receive`. The hub knows one at a time for a session; see :class:`ItemWaits`."""

    seat: Seat
    signal: Signal
    offers: wire.OfferWish | None = None
    peek: bool = False
    after: int | None = None
    limited: bool = True
    events: bool = True
    item: wire.EventItem | wire.OfferItem | None = None
    error: HubError | None = None
    over: bool = False
    """Whoever waited has gone on."""
    under_way: set[int] = field(default_factory=set)
    """Numbers of the receives by which the hub knows of it."""

    @property
    def done(self) -> bool:
        return self.item is not None or self.error is not None

    @property
    def position(self) -> int:
        """It waits for what comes behind this number."""
        return self.seat.position if self.after is None else self.after

    def take(self) -> wire.EventItem | wire.OfferItem | None:
        """The item, which counts as handed over from now on.

        Raises:
            HubError: the hub refused the wait.
        """
        if self.error is not None:
            raise self.error
        item, self.item = self.item, None
        if isinstance(item, wire.EventItem) and not self.peek:
            self.seat.position = item.seq
        self.over = True
        return item


class ItemWaits:
    """Those of one session. The hub knows the latest; when that ends, the one below it is taken up again."""

    def __init__(self, seat: Seat, offers: Offers) -> None:
        self._lock = threading.RLock()
        self._seat = seat
        self._offers = offers
        self._open: list[ItemWait] = []

    def __len__(self) -> int:
        return len(self._open)

    def open(self, wait: ItemWait) -> None:
        """Begin to wait; the signal of `wait` is set when its item is there."""
        self._seat.check()
        with self._lock:
            if self._open and not self._open[-1].done:
                self._cancel(self._open[-1])
            self._open.append(wait)
            self._seat.add_signal(wait.signal)
            self._post(wait)

    def close(self, wait: ItemWait) -> None:
        seat = self._seat
        with self._lock:
            if wait not in self._open:
                return
            self._open.remove(wait)
            seat.remove_signal(wait.signal)
            wait.over = True
            leftover = wait.item
            if not seat.held or seat.link.closed:
                return
            self._cancel(wait)
            if isinstance(leftover, wire.OfferItem):
                self._offers.give_back(leftover.offer)
            if self._open and not self._open[-1].done and not self._open[-1].under_way:
                self._post(self._open[-1])

    def _post(self, wait: ItemWait) -> None:
        """Say to the hub that this one waits now."""
        seat = self._seat
        if wait.offers is not None:
            wait.offers.holding = list(self._offers.holding)
        message = wire.Receive(
            id=0, task=seat.task, node=seat.node, epoch=seat.epoch, position=wait.position, events=wait.events,
            offers=wait.offers, peek=wait.peek, limited=wait.limited,
        )  # fmt: skip
        request = seat.link.post(message, lambda request: self._answered(wait, request))
        wait.under_way.add(request.message.id)

    def _cancel(self, wait: ItemWait) -> None:
        """Say to the hub that this one does not wait now. An item that crosses this still comes here."""
        for number in wait.under_way:
            self._seat.link.cancel(number)
        wait.under_way.clear()

    # -- on the link's thread ------------------------------------------------------------------------------------------

    def _answered(self, wait: ItemWait, request: Request) -> None:
        item: Any = request.answer
        with self._lock:
            wait.under_way.discard(request.message.id)
            if request.error is not None:
                if wait.over or wait.under_way:
                    return
                wait.error = request.error
            elif wait.over or wait.done:
                self._crossed(item)
                return
            elif self._had_already(wait, item):
                if not wait.under_way:
                    self._post(wait)
                return
            else:
                if isinstance(item, wire.OfferItem):
                    self._offers.holding[item.offer] = item.source
                wait.item = item
        wait.signal.set()

    def _had_already(self, wait: ItemWait, item: wire.EventItem | wire.OfferItem) -> bool:
        """Whether the hub gave it a second time, because a loss of the connection hid the first from it."""
        if isinstance(item, wire.OfferItem):
            return item.offer in self._offers.holding
        return item.seq <= wait.position

    def _crossed(self, item: Any) -> None:
        """An item came for a receive that is over. An event is given again to the next receive, by its position."""
        if isinstance(item, wire.OfferItem) and self._seat.held and not any(wait.offers for wait in self._open):
            self._offers.give_back(item.offer)
