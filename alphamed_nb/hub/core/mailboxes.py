"""The events that wait for one node of one task, and how far it has consumed them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from .effects import LoadMail

__all__ = ["UNREAD_BYTES", "Event", "Mailbox", "Numbers", "Room"]

UNREAD_BYTES = 64 * 1024 * 1024
"""What the unread messages of all mailboxes take in memory, about. Of those that come when there is no room only the
numbers are kept: they are read from the disk when it is their turn."""
_EVENT_BYTES = 500
"""What an event takes beside its content."""
_LOADED_AT_ONCE = 200
_LOADED_BYTES = 1024 * 1024


@dataclass(slots=True, eq=False)
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
    mailboxes: int = 0
    """In how many it lies."""

    @property
    def size(self) -> int:
        return len(self.contract) + _EVENT_BYTES


class Room:
    """What events take in memory, all mailboxes of the hub together; each counts once."""

    __slots__ = ("most", "used")

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0

    def admit(self, event: Event) -> bool:
        """Let it enter, if there is a place for it."""
        if not event.mailboxes:
            used = self.used + event.size
            if used > self.most:
                return False
            self.used = used
        event.mailboxes += 1
        return True

    def enter(self, event: Event) -> None:
        """Whether there is a place or not."""
        if not event.mailboxes:
            self.used += event.size
        event.mailboxes += 1

    def leave(self, event: Event) -> None:
        event.mailboxes -= 1
        if not event.mailboxes:
            self.used -= event.size


class Numbers:
    """Journal numbers in their order, 8 bytes each."""

    __slots__ = ("_gone", "_numbers")

    def __init__(self, numbers: Iterable[int] = ()) -> None:
        self._numbers = array("q", numbers)
        self._gone = 0
        """So many at the front were taken."""

    def __len__(self) -> int:
        return len(self._numbers) - self._gone

    def head(self, count: int) -> list[int]:
        """So many of the first ones."""
        return self._numbers[self._gone : self._gone + count].tolist()

    def append(self, number: int) -> None:
        self._numbers.append(number)

    def above(self, number: int) -> int | None:
        """The first number above this one."""
        place = bisect_right(self._numbers, number, lo=self._gone)
        return self._numbers[place] if place < len(self._numbers) else None

    def remove(self, number: int) -> None:
        """Raises KeyError if it is not there."""
        place = bisect_left(self._numbers, number, lo=self._gone)
        if place == len(self._numbers) or self._numbers[place] != number:
            raise KeyError(number)
        if place > self._gone:
            del self._numbers[place]
            return
        self._gone += 1
        if self._gone * 2 > len(self._numbers):
            del self._numbers[: self._gone]
            self._gone = 0


class Mailbox:
    """Events in order of acceptance.

    `position` is the number of the last event handed out, as stored. The answer that carried that event may have been
    lost with a link, so it is kept (`handed`) until the receiver's own position confirms it. At most one event is in
    that state, since the hub gives it again before it gives another one.

    Args:
        room: for the events of all mailboxes. What finds no place there, and what comes after it, waits on the disk.
    """

    __slots__ = ("_later", "_room", "_unread", "before", "handed", "handed_to", "load", "position")

    def __init__(self, room: Room) -> None:
        self.position = 0
        self.handed: Event | None = None
        self.handed_to = ""
        """Incarnation of the process it was handed to."""
        self.before = 0
        """The position before `handed` was handed out: as far as the position can go back."""
        self.load: LoadMail | None = None
        """What is being read from the disk for it."""
        self._room = room
        self._unread: deque[Event] = deque()
        self._later: dict[int, Numbers] = {}
        """Of unread events that wait on the disk, all after those in `_unread`: their numbers, by run."""

    @property
    def unread(self) -> int:
        """How many events wait."""
        return len(self._unread) + sum(map(len, self._later.values()))

    # -- what comes ----------------------------------------------------------------------------------------------------

    def add(self, event: Event) -> None:
        """An event waits here from now on. It is on its way to the disk, too."""
        if not self._later and self._room.admit(event):
            self._unread.append(event)
        else:
            self._later.setdefault(event.run, Numbers()).append(event.seq)

    def restore(self, position: int, unread: Mapping[int, Iterable[int]]) -> None:
        """After a load from the store: how far it was read, and the numbers of what waits on the disk, by run."""
        self.position = self.before = position
        self._later = {run: Numbers(numbers) for run, numbers in unread.items() if numbers}

    def restore_handed(self, handed: Event, incarnation: str) -> None:
        """After a load from the store: the event at the position, whose answer may have been lost."""
        self.before = handed.seq - 1
        self._hand(handed, incarnation)

    # -- what goes -----------------------------------------------------------------------------------------------------

    def next(self, confirmed: int) -> Event | int | None:
        """The event to give to a receiver that has everything up to `confirmed`; it stays where it is.

        Returns:
            Only its number, if it must be read from the disk first (:meth:`begin_load`).
        """
        handed = self.handed
        if handed is not None:
            if handed.seq > confirmed:
                return handed
            self.confirm_all()
        return self._unread[0] if self._unread else self._first_later()

    def peek(self, after: int) -> Event | int | None:
        """Likewise the first event with a number above `after` that its node has not confirmed; nothing changes."""
        if self.handed is not None and self.handed.seq > after:
            return self.handed
        for event in self._unread:
            if event.seq > after:
                return event
        return next((found for numbers in self._later.values() if (found := numbers.above(after)) is not None), None)

    def hand_out(self, event: Event, incarnation: str) -> bool:
        """Note that `event`, which is the next one, goes to this process.

        Returns:
            True if the position moved and must be stored, False if the event is given again.
        """
        if event is self.handed:
            return False
        if self._unread:
            taken = self._unread.popleft()
            assert taken is event, "events are handed out in order"
            self._room.leave(event)
        else:
            self._forget(event.seq)
        self.hand_over(event, incarnation)
        return True

    def hand_over(self, event: Event, incarnation: str) -> None:
        """Hand out an event that never waited here, since its receiver was already waiting for it."""
        self.before = self.position
        self.position = event.seq
        self._hand(event, incarnation)

    def give_back(self, position: int) -> bool:
        """The process consumed only up to `position`: a later event that it was given is unread again.

        Returns:
            True if the position moved back and must be stored.
        """
        handed = self.handed
        if handed is None or handed.seq <= position:
            self.confirm_all()
            return False
        self.handed = None
        self._unread.appendleft(handed)
        self.position = max(position, self.before)
        return True

    def confirm_all(self) -> None:
        """What was handed out is consumed, or lost with its process."""
        if self.handed is not None:
            self._room.leave(self.handed)
            self.handed = None

    def drop_run(self, run: int) -> None:
        """Forget the unread events of a removed run."""
        self._later.pop(run, None)
        if any(event.run == run for event in self._unread):
            for event in self._unread:
                if event.run == run:
                    self._room.leave(event)
            self._unread = deque(event for event in self._unread if event.run != run)

    def close(self) -> None:
        """It is dropped from memory; the store keeps everything."""
        self.confirm_all()
        while self._unread:
            self._room.leave(self._unread.popleft())

    # -- what waits on the disk ----------------------------------------------------------------------------------------

    def begin_load(self, task: str, node: str, number: int, *, peek: bool) -> LoadMail:
        """The event with this number is to be read, and, unless it is only looked at, some of those after it."""
        numbers = [number] if peek else next(iter(self._later.values())).head(_LOADED_AT_ONCE)
        self.load = LoadMail(task, node, numbers, min(_LOADED_BYTES, self._room.most - self._room.used))
        return self.load

    def end_load(self, found: dict[int, Event]) -> None:
        """What was asked for was read, as far as it fitted, and found unless it is gone from the disk."""
        assert self.load is not None
        for number in self.load.numbers:
            if found and number > max(found):
                break
            if number not in found:
                self._forget(number)
        self.load = None
        for number, event in found.items():
            if number != self._first_later() or not self._room.admit(event):
                break
            self._forget(number)
            self._unread.append(event)

    def _first_later(self) -> int | None:
        return next((numbers.head(1)[0] for numbers in self._later.values()), None)

    def _forget(self, number: int) -> None:
        """Take a number from those of the events on the disk, where it is there."""
        for run, numbers in self._later.items():
            try:
                numbers.remove(number)
            except KeyError:
                continue
            if not numbers:
                del self._later[run]
            return

    def _hand(self, event: Event, incarnation: str) -> None:
        self.confirm_all()
        self._room.enter(event)
        self.handed = event
        self.handed_to = incarnation
