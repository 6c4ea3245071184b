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
    mail_runs: dict[int, int] = field(default_factory=dict)
    """The run of each event in `mail`, by its number."""
    handed: dict[str, EventItem] = field(default_factory=dict)
    """For nodes that ever held a session: the event at the node's position, the last one handed out. Its answer may
    have been lost with the hub or with a link."""
    offers: list[PutOffer] = field(default_factory=list)
    """Offers that are *offered* or *reading*, and the newest settled ones (up to `state.KEPT_SETTLED_OFFERS`), since
    those who sent or took them may ask again; in order of acceptance."""
