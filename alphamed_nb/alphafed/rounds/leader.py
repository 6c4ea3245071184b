"""The leader's side of a task in rounds: who takes part in each, what they are sent, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...node.session.streams_in import receive_streams
from ...node.session.streams_out import send_stream
from ...node.waiting import Deadline
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from .members import Members

__all__ = ["Leader", "Round"]

_GRACE_SECONDS = 1.0
"""To fetch what came in time, where the leader's own work took all of it."""


class Round:
    """Made by :meth:`Leader.rounds`.

    A *stage* names what is exchanged, `update` say, as logs and views show it. Where a round exchanges one thing many
    times, both sides count the times as its *step*, from 1; those are logged at DEBUG.
    """

    def __init__(self, members: Members) -> None:
        self.number = members.round
        self.present = [name for name in members.members if name in members.in_round]
        """Who answered the synchronisation."""
        self.members: list[str] = []
        """Who takes part and has not been left out since."""
        self._members = members
        self._unreached: set[str] = set()
        """Those of them that did not take what they were sent."""
        self._closed = False

    @property
    def brought(self) -> dict[str, dict[str, Any]]:
        """What each of those present said of itself when it checked in."""
        return {name: self._members.members[name].brought for name in self.present}

    @property
    def losses(self) -> dict[str, str]:
        """Why, in words, each participant of the task that is not among `members` is not."""
        kept = set(self.members)
        return {name: self._members.loss(name) for name in self._members.members if name not in kept}

    def start(self, members: Iterable[str]) -> None:
        """Say to these, of those present, that they take part. To nobody, if there are none."""
        self.members = list(members)
        if self.members:
            contractor, node = self._members.contractor, self._members.node
            contractor.start_round(self.members, self._members.nonce, self.number, self.members, node)

    def send(
        self,
        stage: str,
        data: bytes | Mapping[str, bytes],
        to: Sequence[str] | None = None,
        *,
        step: int = 0,
        limit: float = 0,
    ) -> list[str]:
        """Send data to all members, or some; returns who has it. Others are not waited for, and left out, by `collect`.

        Args:
            data: for all of them, or for each its own: then they are those it has something for.
            limit: seconds until a member that has begun to read must have it (`schedule_timeout` is that until it
                begins); 0: no limit.
        """
        each = data if isinstance(data, Mapping) else {}
        targets = list(to if to is not None else each or self.members)
        if not targets:
            return []
        if not step:
            self._members.report("sending", f"{stage} of round {self.number}")

        def abandon(item: EventItem | NodeState) -> list[str]:
            return self._members.on_presence_in_round(item, targets) if isinstance(item, NodeState) else []

        results = send_stream(
            self._members.session,
            targets,
            data,
            connection_timeout=self._members.scheduler.schedule_timeout,
            timeout=limit,
            label=self._members.label(stage, step),
            round=self.number,
            name=stage,
            abandon=abandon,
        )
        readers = [name for name in targets if results.get(name) == "taken"]
        size = sum(map(len, each.values())) if each else len(data)
        self._unreached.update(set(targets) - set(readers))
        self._members.log_exchange(step, "%s handed to %d nodes (%.1f KB).", stage, len(readers), size / 1000)
        return readers

    def collect(
        self, stage: str, of: Sequence[str] | None = None, deadline: Deadline | None = None, *, step: int = 0
    ) -> dict[str, bytes]:
        """What all members, or some, send before the deadline, in the order of their ids. The others are left out."""
        awaited, deadline = list(self.members if of is None else of), deadline or Deadline()
        self._members.refresh()
        sources = [name for name in awaited if name in self._members.in_round and name not in self._unreached]
        received = self._receive(stage, sources, deadline, step) if sources else {}
        for name in awaited:
            if name not in received:
                self._leave_out(name, stage, deadline.seconds)
        return dict(sorted(received.items()))

    def _receive(self, stage: str, sources: Sequence[str], deadline: Deadline, step: int) -> dict[str, bytes]:
        if deadline.expired:
            deadline = Deadline(_GRACE_SECONDS)
        expected = len(sources)
        wait = self._members.new_wait(
            sources, "stream", stage, round=self.number, limit=deadline.remaining(), expected=expected
        )

        def on_arrival(source: str, data: bytes) -> None:
            # One that withdrew what was just taken sends it again; one given up as gone may have sent before that.
            for names in (wait.whom, wait.arrived):
                if source in names:
                    names.remove(source)
            wait.arrived.append(source)
            self._members.log_exchange(
                step, "%s of %s received (%d of %d).", stage, source, len(wait.arrived), expected
            )

        def on_presence(change: NodeState) -> list[str]:
            lost = self._members.on_presence_in_round(change, sources)
            wait.whom = [name for name in wait.whom if name not in lost]
            return lost

        return receive_streams(
            self._members.session,
            sources,
            deadline,
            label=self._members.label(stage, step),
            on_event=self._members.on_event,
            on_presence=on_presence,
            on_arrival=on_arrival,
            wait=wait,
        )

    def _leave_out(self, node: str, stage: str, limit: float | None) -> None:
        loss = self._members.loss(node)
        if loss == "late":
            self._members.is_late(node)
            logger.warning("Round %d: %s left out: late, no %s within %s s.", self.number, node, stage, limit)
        else:
            logger.warning("Round %d: %s left out: %s.", self.number, node, loss)
        self._members.report_left_out(node, loss.split(" ")[0])
        self.members = [name for name in self.members if name != node]

    def close(self) -> None:
        """Say to all who are present that the round is over. The next one, and the end, do so too."""
        if self._closed:
            return
        self._closed = True
        present = self._members.present()
        if present:
            self._members.contractor.close_round(present, self._members.nonce, self.number)
        logger.info("Round %d closed.", self.number)


class Leader(Members):
    """Leads the followers through the rounds of an attempt."""

    _round: Round | None = None
    _finished = False

    def rounds(self, after: int = 0) -> Iterator[Round]:
        """Wait until everybody has joined, however long it takes; then one round after the other, until `finish`.

        Args:
            after: the last round that was closed, of what an earlier attempt did.
        """
        self.scheduler.current_round = after
        if not self._finished:
            self.gather()
        while not self._finished:
            self.scheduler.current_round += 1
            self.session.report_task("round", role=self.role, leads=True, round=self.round, attempt=self.nonce)
            self.synchronise()
            self._round = Round(self)
            yield self._round
            self._round.close()

    def finish(self) -> None:
        """Tell the participants that the task is finished."""
        self._finished = True
        if self._round is not None:
            self._round.close()
        if not self._announced:
            self.announce_to_all()
        self.refresh()
        told = [name for name, member in self.members.items() if member.announced and self._is_up(name)]
        if told:
            self.contractor.finish_task(told, self.nonce)

    def _is_up(self, node: str) -> bool:
        state = self.session.presence.get(node)
        return state is not None and state.state == "up"
