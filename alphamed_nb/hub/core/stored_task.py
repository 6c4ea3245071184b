"""What the messages file knows of one task, as the store reads it and the core takes it up."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from .effects import PutOffer, PutSession, PutTask
from .mailboxes import Event

__all__ = ["StoredTask"]


@dataclass(slots=True)
class StoredTask:
    task: PutTask | None
    """None: the task was never seen."""
    sessions: list[PutSession] = field(default_factory=list)
    """The latest session of every node that ever held one, ended or not."""
    positions: dict[str, int] = field(default_factory=dict)
    unread: dict[str, dict[int, array[int]]] = field(default_factory=dict)
    """The numbers of the events after each node's position, by the run they were accepted in, all in order."""
    handed: dict[str, Event] = field(default_factory=dict)
    """For nodes that ever held a session: the event at the node's position, the last one handed out. Its answer may
    have been lost with the hub or with a link."""
    offers: list[PutOffer] = field(default_factory=list)
    """Offers that are *offered* or *reading*, and the newest settled ones (up to `state.KEPT_SETTLED_OFFERS`), since
    those who sent or took them may ask again; in order of acceptance."""
