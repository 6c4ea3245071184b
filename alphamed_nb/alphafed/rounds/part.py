"""What the leader's and the followers' parts of a task have in common."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ...node.session.session import Session
from ...node.waiting import Deadline, wall_clock
from ...protocol.journal import Activity, Wait, WaitKind
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from ..scheduler.running import Runnable, current_run
from .contractor import AttemptEvent, RoundsContractor
from .errors import LeaderFailed

__all__ = ["Part", "Roles", "RoundsScheduler", "in_words"]


class RoundsScheduler(Runnable, Protocol):
    """What the machine of rounds needs of a scheduler."""

    schedule_timeout: float
    """Seconds for the answers of a round's synchronisation, for a member to begin to read what it is sent, and between
    two warnings about who is missing; 0: no limit, no warnings."""
    current_round: int
    """Kept here: 1 in the first round, the same on all nodes."""
    status: str
    """Kept here: what the node does."""

    @property
    def contractor(self) -> RoundsContractor: ...


@dataclass(frozen=True)
class Roles:
    """What the nodes of a task are called."""

    leader: str = "leader"
    follower: str = "follower"
    leader_failed: type[LeaderFailed] = LeaderFailed
    """What followers raise when their leader has failed."""


def in_words(state: NodeState | None) -> str:
    """How a node stands: `failed (ValueError)`."""
    if state is None or state.state == "absent":
        return "not up"
    if state.state == "failed":
        return f"failed ({state.error})" if state.error else "failed"
    if state.state == "gone":
        return f"gone ({state.cause})" if state.cause else "gone"
    return {"up": "up", "stopped": "stopped", "ended": "ended"}[state.state]


class Part:
    """One node's part in one `_run`.

    Events accepted before the session began, and those that are no events of a task in rounds, mean nothing here.
    """

    def __init__(self, scheduler: RoundsScheduler, session: Session, role: str) -> None:
        self.scheduler = scheduler
        self.session = session
        self.role = role
        self.contractor = scheduler.contractor
        self.began = session.began
        self.nonce = ""
        """The attempt this part belongs to; empty while it is not known."""
        run = current_run(scheduler)
        if run is not None and run.role != role:
            run.role = role
            session.report_state("starting", role=role)

    @property
    def node(self) -> str:
        return self.session.node

    @property
    def round(self) -> int:
        return self.scheduler.current_round

    def label(self, stage: str, step: int) -> str:
        """Marks the data streams of one exchange of this attempt and round: no other's is taken for it."""
        return f"{self.nonce}/{self.round}/{stage}/{step}"

    def belong_to(self, nonce: str) -> None:
        """Belong to this attempt from now on."""
        self.nonce = nonce
        run = current_run(self.scheduler)
        if run is not None:
            run.attempt = nonce

    def report(self, activity: Activity, detail: str = "") -> None:
        """Say what this node does from now on."""
        self.scheduler.status = activity
        logger.debug("status: %s", f"{activity} {detail}".rstrip())
        self.session.report_state(activity, role=self.role, round=self.round, attempt=self.nonce, detail=detail)

    def log_exchange(self, step: int, text: str, *values: object) -> None:
        """Say how an exchange of this round goes; one of many at DEBUG."""
        logger.log(logging.DEBUG if step else logging.INFO, f"Round %d: {text}", self.round, *values, stacklevel=2)

    def new_wait(self, whom: Iterable[str], kind: WaitKind, name: str, **more: Any) -> Wait:
        """A wait that begins now. While it goes on, who is awaited and who has come is kept up to date in it."""
        return Wait(kind=kind, name=name, whom=list(whom), since=wall_clock(), **more)

    def next_item(self, deadline: Deadline, wait: Wait, *, limited: bool) -> EventItem | NodeState | None:
        """The next event or change of presence; None when the deadline passed.

        Args:
            limited: False for a wait that goes on after the deadline, which only cuts it into pieces.
        """
        item = self.session.receive(deadline, presence=True, wait=wait, limited=limited)
        assert item is None or isinstance(item, EventItem | NodeState)
        return item

    def decode(self, item: EventItem) -> AttemptEvent | None:
        """The event, or None for what is to be ignored."""
        if item.seq < self.began:
            return None
        event = self.contractor.decode(item)
        return event if isinstance(event, AttemptEvent) else None
