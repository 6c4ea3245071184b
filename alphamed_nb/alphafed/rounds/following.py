"""Whom a node follows in a task, and what it does with what comes from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...node.session.session import Session
from ...node.waiting import Deadline
from ...protocol.journal import Wait
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from .contractor import (
    AnnounceTaskEvent,
    AttemptEvent,
    CheckinRefusedEvent,
    CloseRoundEvent,
    FinishTaskEvent,
    StartRoundEvent,
    SyncStateEvent,
)
from .errors import CheckinRefused, RoundOver
from .part import Part, Roles, RoundsScheduler, in_words

__all__ = ["Following"]


class Following(Part):
    """Joins the attempts that are announced, and says when the round that is worked for is over."""

    def __init__(
        self,
        scheduler: RoundsScheduler,
        session: Session,
        roles: Roles,
        brings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(scheduler, session, roles.follower)
        self.leader = ""
        """Whom it follows; empty before the first announcement."""
        self.announced = 0
        """The journal number of the announcement it follows."""
        self.working = 0
        """The round it works for; 0: none."""
        self.finished = False
        self.restarted = False
        """It has begun to follow another attempt than the one it worked for last."""
        self._expects: tuple[str, int] = (AnnounceTaskEvent.TYPE, 0)
        """The event it waits for next, and its round, for the views."""
        self._roles = roles
        self._brings = brings or {}
        self._wait: Wait | None = None
        self.ended_by_event = False
        """An event that is pending ends what was being sent."""

    # -- waiting -------------------------------------------------------------------------------------------------------

    def next_event(self) -> AttemptEvent | None:
        """Wait for one event, or one change of presence (None), and take it up."""
        self.check_leader()
        if self._wait is None:
            name, round = self._expects
            self._wait = self.new_wait([self.leader] if self.leader else [], "message", name, round=round)
        item = self.next_item(Deadline(self.scheduler.schedule_timeout), self._wait, limited=False)
        if item is None:
            self._remind()
        elif isinstance(item, EventItem):
            return self.on_event(item)
        return None

    def _remind(self) -> None:
        if not self.leader:
            logger.warning(
                "Node %s still waits for the initiator to announce the task; not up: %s.", self.node, self.not_up()
            )
        elif not self.leader_is_up():
            logger.warning(
                "Node %s waits for the %s %s, which is %s, to be started again.",
                self.node,
                self._roles.leader,
                self.leader,
                in_words(self.session.presence.get(self.leader)),
            )

    def not_up(self) -> str:
        presence = self.session.presence
        missing = [
            name
            for name in self.contractor.query_nodes()
            if name != self.node and (name not in presence or presence[name].state != "up")
        ]
        return ", ".join(missing) or "none"

    # -- what comes ----------------------------------------------------------------------------------------------------

    def on_event(self, item: EventItem) -> AttemptEvent | None:
        """Take up an event; returns it if it belongs to the attempt that is followed.

        Raises:
            RoundOver: the round that is worked for is over.
            CheckinRefused: the leader does not let this node take part.
        """
        event = self.decode(item)
        if event is None:
            return None
        if isinstance(event, AnnounceTaskEvent):
            self._on_announcement(item, event)
            return event
        if event.nonce != self.nonce or item.sender != self.leader:
            return None
        over = self._over(event)
        if isinstance(event, SyncStateEvent):
            self.contractor.respond_sync_state(self.leader, self.nonce, event.round, self.node)
            self.scheduler.current_round = event.round
            self._expect(StartRoundEvent, event.round)
        elif isinstance(event, CloseRoundEvent):
            self._expect(SyncStateEvent, event.round + 1)
        elif isinstance(event, FinishTaskEvent):
            self.finished = True
        elif isinstance(event, CheckinRefusedEvent):
            raise CheckinRefused(
                f"The {self._roles.leader} {self.leader} does not let node {self.node} take part: {event.reason}"
            )
        if over:
            raise RoundOver(over)
        return event

    def _on_announcement(self, item: EventItem, event: AnnounceTaskEvent) -> None:
        known = event.nonce == self.nonce
        self.leader, self.announced = item.sender, item.seq
        if not known:
            logger.info("Node %s joins the task of %s at round %d.", self.node, item.sender, event.round)
            self.restarted = bool(self.nonce)
            self.belong_to(event.nonce)
            self.scheduler.current_round = event.round
            self._expect(SyncStateEvent, event.round)
        self.contractor.checkin(item.sender, self.nonce, self.node, self._brings)
        if not known and self.working:
            raise RoundOver(f"the {self._roles.leader} has started again")

    def _over(self, event: AttemptEvent) -> str:
        """Why the event ends the round that is worked for; empty if it does not."""
        if not self.working:
            return ""
        if isinstance(event, CloseRoundEvent) and event.round >= self.working:
            return "it was closed"
        if isinstance(event, SyncStateEvent) and event.round > self.working:
            return "another one has begun"
        if isinstance(event, FinishTaskEvent):
            return "the task has ended"
        return ""

    def ends_work(self, item: EventItem | NodeState) -> bool:
        """Whether a pending event, which stays where it is, or a change of presence stops what is being sent."""
        if isinstance(item, NodeState):
            return not self.leader_is_up()
        event = self.decode(item)
        if event is None:
            return False
        if isinstance(event, AnnounceTaskEvent):
            ends = event.nonce != self.nonce
        else:
            ends = event.nonce == self.nonce and item.sender == self.leader and bool(self._over(event))
        self.ended_by_event = self.ended_by_event or ends
        return ends

    def leader_is_up(self) -> bool:
        state = self.session.presence.get(self.leader)
        return state is None or state.state == "up"

    def check_leader(self) -> None:
        """Raises if the leader failed after it announced what this node follows."""
        state = self.session.presence.get(self.leader) if self.leader else None
        if state is not None and state.state == "failed" and state.seq > self.announced:
            error = self._roles.leader_failed(
                f"The {self._roles.leader} {self.leader} {in_words(state)} in round {state.round or self.round}."
            )
            error.because_of = [self.leader]
            raise error

    def work_for(self, round: int) -> None:
        """Take part in this round."""
        self.scheduler.current_round = self.working = round
        self._wait = None
        self._expect(CloseRoundEvent, round)

    def _expect(self, event: type[AttemptEvent], round: int) -> None:
        if self._expects != (event.TYPE, round):
            self._expects, self._wait = (event.TYPE, round), None
