"""What the messages file knows of one task, as the store reads it and the core takes it up."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...protocol.messages import EventItem
from .effects import PutOffer, PutSession, PutTask

__all__ = ["TaskImage"]


@dataclass(slots=True)
class TaskImage:
    task: PutTask | None
    """None: the task was never seen."""
    sessions: list[PutSession] = field(default_factory=list)
    """The latest session of every node that ever held one, ended or not."""
    positions: dict[str, int] = field(default_factory=dict)
    mail: dict[str, list[EventItem]] = field(default_factory=dict)
    """Events after each node's position, in order; `EventItem.id` is 0."""
    offers: list[PutOffer] = field(default_factory=list)
    """Offers that are *offered* or *reading*, in order of acceptance."""
