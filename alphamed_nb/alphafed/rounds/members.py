"""Who takes part in a task, as its leader sees it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...node.session.session import Session
from ...node.waiting import Deadline
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from .contractor import AttemptEvent, CheckinEvent, SyncStateResponseEvent
from .part import Part, Roles, RoundsScheduler, in_words

__all__ = ["Accept", "Member", "Members"]

Accept = Callable[[str, dict[str, Any]], str]
"""Is given the id of a node that wants to take part, and what it brings; returns why it may not, empty if it may."""

_QUIET_SECONDS = 10.0
"""Without a list of nodes the task starts so long after the last one has joined."""


@dataclass
class Member:
    node: str
    announced: int = 0
    """The epoch of the session it was announced to."""
    joined: int = 0
    """The journal number of its answer; 0: it is not present."""
    late: bool = False
    """It missed a time-out: it is asked again each round, but not waited for."""
    loss: str = ""
    """Why it is not present any more, in words."""
    brought: dict[str, Any] = field(default_factory=dict)
    """What its answer held."""


class Members(Part):
    """Announces an attempt, gathers the participants, and follows who comes and goes. Each object is an attempt of its
    own: the followers of an earlier one begin again with it.

    Args:
        scheduler: whose rounds these are.
        session: this node in the task.
        roles: what the nodes of the task are called.
        accept: may refuse who wants to take part.
        takes_part: this node does a participant's work too: a round need not wait for a late one.
    """

    def __init__(
        self,
        scheduler: RoundsScheduler,
        session: Session,
        roles: Roles,
        accept: Accept | None = None,
        *,
        takes_part: bool = False,
    ) -> None:
        super().__init__(scheduler, session, roles.leader)
        self.belong_to(uuid.uuid4().hex)
        self._accept = accept
        self._takes_part = takes_part
        others = [name for name in self.contractor.query_nodes() if name != self.node]
        self.anybody = not self.contractor.query_nodes()
        """There is no list of nodes: whoever has a session in the task takes part."""
        self.members = {name: Member(name) for name in others}
        self.in_round: set[str] = set()
        """Nodes that answered this round's synchronisation and whose session has not ended since."""
        self._announced = False
        self._synchronising = False

    # -- gathering -----------------------------------------------------------------------------------------------------

    def announce_to_all(self) -> None:
        """Announce the attempt to everybody who is up."""
        self._announced = True
        if self.anybody or self.members:
            self.session.watch(None if self.anybody else list(self.members))
        self.refresh()

    def gather(self) -> None:
        """Announce the attempt and wait until everybody has joined, however long it takes."""
        self.announce_to_all()
        if self.anybody:
            self._gather_anybody()
        else:
            self._gather_members()
        logger.info("All participants are here: %s.", ", ".join(self.present()) or "none")

    def _gather_members(self) -> None:
        wait = self.new_wait(self._missing(), "join", CheckinEvent.TYPE, expected=len(self.members))
        reminder = self._reminder()
        while wait.whom:
            item = self.next_item(reminder, wait, limited=False)
            if item is None:
                self._remind()
                reminder = self._reminder()
            else:
                self.handle(item)
                wait.whom, wait.arrived = self._missing(), self.present()

    def _gather_anybody(self) -> None:
        wait = self.new_wait([], "join", CheckinEvent.TYPE)
        quiet, reminder = Deadline(), self._reminder()
        while True:
            before = self.present()
            item = self.next_item(reminder if quiet.never else quiet, wait, limited=False)
            if item is not None:
                self.handle(item)
                if self.present() != before:
                    quiet = Deadline(_QUIET_SECONDS) if self.present() else Deadline()
            elif not quiet.never:
                return
            else:
                logger.warning("Still waiting for a first participant to join.")
                reminder = self._reminder()

    def _reminder(self) -> Deadline:
        return Deadline(self.scheduler.schedule_timeout)

    def _remind(self) -> None:
        missing = (f"{name}: {in_words(self.session.presence.get(name))}" for name in self._missing())
        logger.warning("Still waiting for participants to join (%s).", "; ".join(missing))

    def _missing(self) -> list[str]:
        return [member.node for member in self.members.values() if not member.joined]

    def present(self) -> list[str]:
        """Nodes that joined and whose session has not ended since, late ones included."""
        return [member.node for member in self.members.values() if member.joined]

    # -- what comes ----------------------------------------------------------------------------------------------------

    def handle(self, item: EventItem | NodeState) -> None:
        if isinstance(item, NodeState):
            self.on_presence(item)
        else:
            self.on_event(item)

    def on_event(self, item: EventItem) -> None:
        event = self.decode(item)
        if event is None or event.nonce != self.nonce:
            return
        state = self.session.presence.get(item.sender)
        if state is not None and item.seq < state.began:
            return  # of a session that has been followed by another one
        self._on_answer(item, event)

    def _on_answer(self, item: EventItem, event: AttemptEvent) -> None:
        if isinstance(event, CheckinEvent):
            self._on_checkin(item, event)
        elif isinstance(event, SyncStateResponseEvent) and event.round == self.round:
            member = self.members.get(item.sender)
            if member is not None and member.joined:
                member.late = False  # it keeps up again: the next round waits for it
                if self._synchronising:
                    self.in_round.add(item.sender)

    def _on_checkin(self, item: EventItem, event: CheckinEvent) -> None:
        node = item.sender
        member = self.members.get(node)
        if member is None:
            if not self.anybody:
                logger.warning("%s wants to join, but is not in nodes.", node)
                return
            member = self.members[node] = Member(node)
        refusal = self._accept(node, event.data) if self._accept is not None else ""
        if refusal:
            logger.warning("Node %s may not take part: %s", node, refusal)
            self.contractor.refuse_checkin(node, self.nonce, refusal)
            return
        again = bool(member.joined)
        member.joined, member.loss, member.brought = item.seq, "", event.data
        if not again:
            present, total = len(self.present()), "" if self.anybody else f" of {len(self.members)}"
            logger.info("Node %s joined (%d%s).", node, present, total)

    def refresh(self) -> None:
        """Take up changes of presence that came while this node was busy."""
        for state in list(self.session.presence.values()):
            self.on_presence(state)

    def on_presence(self, change: NodeState) -> None:
        """What counts is how the node stands now, which may be later than `change`."""
        node = change.node
        state = self.session.presence.get(node, change)
        if node == self.node or (node not in self.members and not self.anybody):
            return
        member = self.members.setdefault(node, Member(node))
        ended = state.began if state.state == "up" else state.seq
        if member.joined and member.joined < ended:
            member.joined, member.late = 0, False
            member.loss = "restarted" if state.state == "up" else in_words(state)
            self.in_round.discard(node)
            logger.warning("Node %s: %s.", node, member.loss)
        if state.state == "up" and member.announced != state.epoch:
            member.announced = state.epoch
            self.contractor.announce([node], self.nonce, self.round + 1, self.node)

    def on_presence_in_round(self, change: NodeState, awaited: Iterable[str]) -> list[str]:
        """As `on_presence`; returns those of `awaited` that do not count in this round any more."""
        self.on_presence(change)
        return [name for name in awaited if name not in self.in_round]

    # -- a round -------------------------------------------------------------------------------------------------------

    def synchronise(self) -> None:
        """Ask who takes part in this round; at most `schedule_timeout` seconds."""
        self.refresh()
        self.in_round = set()
        asked = self.present()
        if not asked:
            return
        logger.info("Round %d: synchronising with %s.", self.round, ", ".join(asked))
        self.contractor.sync_state(asked, self.nonce, self.round, self.node)
        limit = self.scheduler.schedule_timeout
        deadline, name = Deadline(limit), SyncStateResponseEvent.TYPE
        wait = self.new_wait(
            self._awaited(asked), "message", name, round=self.round, limit=limit or None, expected=len(asked)
        )
        self._synchronising = True
        while wait.whom:
            item = self.next_item(deadline, wait, limited=limit > 0)
            if item is None:
                break
            answered = len(self.in_round)
            self.handle(item)
            if isinstance(item, EventItem) and answered and len(self.in_round) > answered:
                wait.arrived.append(item.sender)  # one more, and nothing else has changed
                if item.sender in wait.whom:
                    wait.whom.remove(item.sender)
            else:
                wait.whom, wait.arrived = self._awaited(asked), [name for name in asked if name in self.in_round]
        self._synchronising = False
        for name in asked:
            member = self.members[name]
            if member.joined and name not in self.in_round and not member.late:
                member.late = True
                logger.warning("Round %d: %s is late, it has not answered within %s s.", self.round, name, limit)
                self.report_left_out(name, "late")

    def _awaited(self, asked: Sequence[str]) -> list[str]:
        """Who has not answered yet and is waited for: not the late ones, unless nobody else takes part."""
        left = [name for name in asked if self.members[name].joined and name not in self.in_round]
        on_time = [name for name in left if not self.members[name].late]
        return on_time if on_time or self.in_round or self._takes_part else left

    def loss(self, node: str) -> str:
        """Why nothing has come of `node`, in words."""
        return "late" if node in self.in_round else self.members[node].loss or "late"

    def is_late(self, node: str) -> None:
        """It missed a time-out: if it is still there, the next round does not wait for it."""
        self.members[node].late = bool(self.members[node].joined)

    def report_left_out(self, node: str, reason: str) -> None:
        self.session.report_task(
            "left out", role=self.role, leads=True, round=self.round, attempt=self.nonce, left_out=[node], reason=reason
        )
