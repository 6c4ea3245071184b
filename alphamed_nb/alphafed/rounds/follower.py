"""A follower's side of a task in rounds: what it gets from the leader in each, and what it sends back."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from ...node.session.streams_in import receive_streams
from ...node.session.streams_out import send_stream
from ...node.waiting import Deadline
from ...protocol.journal import Activity
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from .contractor import StartRoundEvent
from .errors import RoundOver
from .following import Following

__all__ = ["FollowedRound", "Follower"]


class FollowedRound:
    """Made by :meth:`Follower.rounds`. All is done inside `with round:`, which is left when the leader closes
    the round, ends the task or starts again, whatever is under way then. Stage and step: see :class:`.leader.Round`."""

    def __init__(self, number: int, following: Following, *, restarted: bool) -> None:
        self.number = number
        self.restarted = restarted
        """The leader has started again since this node's last round."""
        self._following = following

    def __enter__(self) -> FollowedRound:
        self._following.work_for(self.number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._following.working = 0
        if not isinstance(error, RoundOver):
            return False
        logger.info("Round %d: %s, what was under way for it is dropped.", self.number, error)
        return True

    def receive(self, stage: str, *, step: int = 0) -> bytes:
        """What the leader sends, however long it takes and however often the connection or the leader is lost.

        Raises:
            RoundOver: the round is over.
            LeaderFailed: the leader has failed.
        """
        following = self._begin("receiving", stage, step)

        def on_event(item: EventItem) -> None:
            following.on_event(item)

        def on_presence(change: NodeState) -> list[str]:
            return [] if following.leader_is_up() else [following.leader]

        while True:
            following.check_leader()
            if following.leader_is_up():
                received = receive_streams(
                    following.session,
                    [following.leader],
                    Deadline(),
                    label=following.label(stage, step),
                    on_event=on_event,
                    on_presence=on_presence,
                    wait=following.new_wait([following.leader], "stream", stage, round=self.number),
                )
                if received:
                    data = received[following.leader]
                    following.log_exchange(step, "%s received (%.1f KB).", stage, len(data) / 1000)
                    return data
            if not following.leader_is_up():
                following.next_event()  # wait for it, or for the announcement of another attempt

    def send(self, stage: str, data: bytes, *, step: int = 0) -> None:
        """Send data to the leader; returns once it has them. Raises as `receive` does."""
        following = self._begin("sending", stage, step)
        while True:
            following.check_leader()
            following.ended_by_event = False
            if following.leader_is_up():
                results = send_stream(
                    following.session,
                    [following.leader],
                    data,
                    connection_timeout=0,
                    timeout=0,
                    label=following.label(stage, step),
                    round=self.number,
                    name=stage,
                    abandon=following.ends_work,
                )
                result = results.get(following.leader, "withdrawn")
                if result == "taken":
                    following.log_exchange(step, "%s sent (%.1f KB).", stage, len(data) / 1000)
                    return
                if result.startswith("denied"):
                    raise RoundOver("it was closed")
            if following.ended_by_event or not following.leader_is_up():
                following.next_event()

    def _begin(self, activity: Activity, stage: str, step: int) -> Following:
        following = self._following
        if following.working != self.number:
            raise RuntimeError("A round is taken part in inside `with round:`.")
        if not step:
            following.report(activity, f"{stage} of round {self.number}")
        return following


class Follower(Following):
    """Outlives its leader: when that starts again, its rounds go on with the new attempt.

    Args:
        scheduler: whose rounds these are.
        session: this node in the task.
        roles: what the nodes of the task are called.
        brings: what the leader has to know of this node when it checks in, ready for JSON.
    """

    def rounds(self) -> Iterator[FollowedRound]:
        """The rounds in which this node takes part, until the task has ended; each to be done `with round:`."""
        self.session.watch(None)
        logger.info("Node %s waits for the initiator to announce the task; not up: %s.", self.node, self.not_up())
        while (start := self._next_start()) is not None:
            restarted, self.restarted = self.restarted, False
            yield FollowedRound(start.round, self, restarted=restarted)
        logger.info("Task %s finished: %d rounds.", self.session.task, self.round)

    def _next_start(self) -> StartRoundEvent | None:
        """Wait until a round starts in which this node takes part; None when the task has ended."""
        while not self.finished:
            event = self.next_event()
            if isinstance(event, StartRoundEvent) and self.node in event.calculators:
                return event
        return None
