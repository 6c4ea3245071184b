"""What the aggregator's and the data holders' parts of a task have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...node.waiting import Deadline, wall_clock
from ...protocol.journal import Activity, Wait, WaitKind
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from ..scheduler.running import current_run
from .contractor import AttemptEvent

if TYPE_CHECKING:
    from ...node.session.session import Session
    from .scheduler import FedAvgScheduler

__all__ = ["Part", "in_words"]


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

    Events accepted before the session began, and those that are no events of federated averaging, mean nothing here.
    """

    role: str

    def __init__(self, scheduler: FedAvgScheduler, session: Session) -> None:
        self.scheduler = scheduler
        self.session = session
        self.contractor = scheduler.contractor
        self.began = session.began
        self.nonce = ""
        """The attempt this part belongs to; empty while it is not known."""

    @property
    def node(self) -> str:
        return self.session.node

    @property
    def round(self) -> int:
        return self.scheduler.current_round

    @property
    def label(self) -> str:
        """Marks the data streams of this attempt and round."""
        return f"{self.nonce}/{self.round}"

    def follow(self, nonce: str) -> None:
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

    def wait_for(
        self,
        whom: Iterable[str],
        kind: WaitKind,
        name: str,
        *,
        round: int = 0,
        limit: float | None = None,
        expected: int = 0,
    ) -> Wait:
        """Describes a wait that begins now; `limit` in seconds. While it goes on, who is awaited and who has come is
        kept up to date in it."""
        return Wait(
            kind=kind,
            name=name,
            round=round,
            whom=list(whom),
            since=wall_clock(),
            limit=limit or None,
            expected=expected,
        )

    def receive(self, deadline: Deadline, wait: Wait, *, limited: bool) -> EventItem | NodeState | None:
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
