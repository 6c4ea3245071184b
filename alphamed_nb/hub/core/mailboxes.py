"""The events that wait for one node of one task, and how far it has consumed them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import msgspec

__all__ = ["Event", "Mailbox"]


@dataclass(slots=True, frozen=True)
class Event:
    """One contract message; the same object lies in the mailbox of each of its targets."""

    seq: int
    sender: str
    type: str
    contract: msgspec.Raw
    message: str
    at: float
    run: int
    """The run it was accepted in; a removed run takes its unread events along."""


class Mailbox:
    """Events in order of acceptance.

    `position` is the number of the last event handed out, as stored. The answer that carried that event may have been
    lost with a link, so it is kept (`handed`) until the receiver's own position confirms it. At most one event is in
    that state, since the hub gives it again before it gives another one.
    """

    __slots__ = ("before", "handed", "handed_to", "position", "unread")

    def __init__(self, position: int = 0) -> None:
        self.position = position
        self.unread: deque[Event] = deque()
        self.handed: Event | None = None
        self.handed_to = ""
        """Incarnation of the process it was handed to."""
        self.before = position
        """The position before `handed` was handed out: as far as the position can go back."""

    def next(self, confirmed: int) -> Event | None:
        """The event to give to a receiver that has everything up to `confirmed`; it stays where it is."""
        handed = self.handed
        if handed is not None:
            if handed.seq > confirmed:
                return handed
            self.handed = None
        return self.unread[0] if self.unread else None

    def peek(self, after: int) -> Event | None:
        """The first event with a number above `after` that its node has not confirmed; nothing changes."""
        if self.handed is not None and self.handed.seq > after:
            return self.handed
        for event in self.unread:
            if event.seq > after:
                return event
        return None

    def hand_out(self, event: Event, incarnation: str) -> bool:
        """Note that `event`, which `next` gave, goes to this process.

        Returns:
            True if the position moved and must be stored, False if the event is given again.
        """
        if event is self.handed:
            return False
        taken = self.unread.popleft()
        assert taken is event, "events are handed out in order"
        self.hand_over(event, incarnation)
        return True

    def hand_over(self, event: Event, incarnation: str) -> None:
        """Hand out an event that never waited here, since its receiver was already waiting for it."""
        self.before = self.position
        self.handed = event
        self.handed_to = incarnation
        self.position = event.seq

    def restore(self, handed: Event, incarnation: str) -> None:
        """After a restart of the hub: the event at the position, whose answer may have been lost."""
        self.before = handed.seq - 1
        self.handed = handed
        self.handed_to = incarnation

    def give_back(self, position: int) -> bool:
        """The process consumed only up to `position`: a later event that it was given is unread again.

        Returns:
            True if the position moved back and must be stored.
        """
        handed = self.handed
        self.handed = None
        if handed is None or handed.seq <= position:
            return False
        self.unread.appendleft(handed)
        self.position = max(position, self.before)
        return True

    def confirm_all(self) -> None:
        """What was handed out is consumed, or lost with its process."""
        self.handed = None

    def drop_run(self, run: int) -> None:
        """Forget the unread events of a removed run."""
        if any(event.run == run for event in self.unread):
            self.unread = deque(event for event in self.unread if event.run != run)
