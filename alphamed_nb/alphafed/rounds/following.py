"""A data holder's part: follows the aggregator's announcements, trains when asked and sends its update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...node.session.streams_in import receive_streams
from ...node.session.streams_out import send_stream
from ...node.waiting import Deadline
from ...protocol.journal import Wait
from ...protocol.messages import EventItem, NodeState
from ..logs import logger
from .contractor import (
    AnnounceTaskEvent,
    AttemptEvent,
    CloseRoundEvent,
    FinishTaskEvent,
    StartRoundEvent,
    SyncStateEvent,
)
from .errors import AggregatorFailed
from .part import Part, in_words
from .state_dicts import dump_state_dict, load_state_dict

if TYPE_CHECKING:
    from ...node.session.session import Session
    from .scheduler import FedAvgScheduler

__all__ = ["DataHolder"]


class _RoundOver(Exception):  # noqa: N818  no error: what is being done for this round is not wanted any more
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class DataHolder(Part):
    role = "data holder"

    def __init__(self, scheduler: FedAvgScheduler, session: Session) -> None:
        super().__init__(scheduler, session)
        self.aggregator = ""
        """Whom it follows; empty before the first announcement."""
        self.announced = 0
        """The journal number of the announcement it follows."""
        self.working = 0
        """The round it works for; 0: none."""
        self.finished = False
        self.expects: tuple[str, int] = (AnnounceTaskEvent.TYPE, 0)
        """The event it waits for next, and its round, for the views."""
        self._wait: Wait | None = None
        self._ended_by_event = False

    def run(self) -> None:
        self.session.watch(None)
        logger.info("Node %s waits for the initiator to announce the task; not up: %s.", self.node, self._not_up())
        start: StartRoundEvent | None = None
        while not self.finished:
            try:
                start = self._next_start()
                if start is not None:
                    self._work(start)
            except _RoundOver as over:
                logger.info("Round %d: %s, what was under way for it is dropped.", self.working or self.round, over.why)
            finally:
                self.working = 0
        logger.info("Task %s finished: %d rounds.", self.scheduler.task_id, self.round)

    # -- waiting -------------------------------------------------------------------------------------------------------

    def _next_start(self) -> StartRoundEvent | None:
        """Wait until a round starts in which this node takes part; None when the task has ended."""
        while not self.finished:
            event = self._next_event()
            if isinstance(event, StartRoundEvent) and self.node in event.calculators:
                return event
        return None

    def _next_event(self) -> AttemptEvent | None:
        """Wait for one event, or one change of presence (None), and take it up."""
        self._check_aggregator()
        if self._wait is None or (self._wait.name, self._wait.round) != self.expects:
            name, round = self.expects
            self._wait = self.wait_for([self.aggregator] if self.aggregator else [], "message", name, round=round)
        item = self.receive(Deadline(self.scheduler.schedule_timeout), self._wait, limited=False)
        if item is None:
            self._remind()
        elif isinstance(item, EventItem):
            return self._on_event(item)
        return None

    def _remind(self) -> None:
        if not self.aggregator:
            logger.warning(
                "Node %s still waits for the initiator to announce the task; not up: %s.", self.node, self._not_up()
            )
        elif not self._aggregator_is_up():
            logger.warning(
                "Node %s waits for the aggregator %s, which is %s, to be started again.",
                self.node,
                self.aggregator,
                in_words(self.session.presence.get(self.aggregator)),
            )

    def _not_up(self) -> str:
        presence = self.session.presence
        missing = [
            name
            for name in self.contractor.query_nodes()
            if name != self.node and (name not in presence or presence[name].state != "up")
        ]
        return ", ".join(missing) or "none"

    # -- what comes ----------------------------------------------------------------------------------------------------

    def _on_event(self, item: EventItem) -> AttemptEvent | None:
        """Take up an event; returns it if it belongs to the attempt that is followed.

        Raises:
            _RoundOver: the round that is worked for is over.
        """
        event = self.decode(item)
        if event is None:
            return None
        if isinstance(event, AnnounceTaskEvent):
            self._on_announcement(item, event)
            return event
        if event.nonce != self.nonce or item.sender != self.aggregator:
            return None
        over = self._over(event)
        if isinstance(event, SyncStateEvent):
            self.contractor.respond_sync_state(self.aggregator, self.nonce, event.round, self.node)
            self.scheduler.current_round = event.round
            self.expects = (StartRoundEvent.TYPE, event.round)
        elif isinstance(event, CloseRoundEvent):
            self.expects = (SyncStateEvent.TYPE, event.round + 1)
        elif isinstance(event, FinishTaskEvent):
            self.finished = True
        if over:
            raise _RoundOver(over)
        return event

    def _on_announcement(self, item: EventItem, event: AnnounceTaskEvent) -> None:
        known = event.nonce == self.nonce
        self.aggregator, self.announced = item.sender, item.seq
        if not known:
            logger.info("Node %s joins the task of %s at round %d.", self.node, item.sender, event.round)
            if self.nonce:
                self.scheduler._reset_optimizer()
            self.follow(event.nonce)
            self.scheduler.current_round = event.round
            self.expects = (SyncStateEvent.TYPE, event.round)
        self.contractor.checkin(item.sender, self.nonce, self.node)
        if not known and self.working:
            raise _RoundOver("the aggregator has started again")

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

    def _ends_work(self, item: EventItem | NodeState) -> bool:
        """Whether a pending event, which stays where it is, or a change of presence stops what is being sent."""
        if isinstance(item, NodeState):
            return not self._aggregator_is_up()
        event = self.decode(item)
        if event is None:
            return False
        if isinstance(event, AnnounceTaskEvent):
            ends = event.nonce != self.nonce
        else:
            ends = event.nonce == self.nonce and item.sender == self.aggregator and bool(self._over(event))
        self._ended_by_event = self._ended_by_event or ends
        return ends

    def _aggregator_is_up(self) -> bool:
        state = self.session.presence.get(self.aggregator)
        return state is None or state.state == "up"

    def _check_aggregator(self) -> None:
        """Raises `AggregatorFailed` if the aggregator failed after it announced what this node follows."""
        state = self.session.presence.get(self.aggregator) if self.aggregator else None
        if state is not None and state.state == "failed" and state.seq > self.announced:
            error = AggregatorFailed(
                f"The aggregator {self.aggregator} {in_words(state)} in round {state.round or self.round}."
            )
            error.because_of = [self.aggregator]
            raise error

    # -- a round -------------------------------------------------------------------------------------------------------

    def _work(self, start: StartRoundEvent) -> None:
        scheduler = self.scheduler
        scheduler.current_round = self.working = start.round
        self._wait = None
        self.expects = (CloseRoundEvent.TYPE, start.round)
        scheduler.load_state_dict(load_state_dict(self._receive_parameters()))
        self.report("training")
        scheduler._train(self.round)
        self._send_update(dump_state_dict(scheduler.state_dict()))

    def _receive_parameters(self) -> bytes:
        self.report("receiving", f"parameters of round {self.round}")

        def on_event(item: EventItem) -> None:
            self._on_event(item)

        def on_presence(change: NodeState) -> list[str]:
            return [] if self._aggregator_is_up() else [self.aggregator]

        while True:
            self._check_aggregator()
            if self._aggregator_is_up():
                received = receive_streams(
                    self.session,
                    [self.aggregator],
                    Deadline(),
                    label=self.label,
                    on_event=on_event,
                    on_presence=on_presence,
                    wait=self.wait_for([self.aggregator], "stream", "parameters", round=self.round),
                )
                if received:
                    data = received[self.aggregator]
                    logger.info("Round %d: parameters received (%.1f KB).", self.round, len(data) / 1000)
                    return data
            if not self._aggregator_is_up():
                self._next_event()  # wait for it, or for the announcement of another attempt

    def _send_update(self, data: bytes) -> None:
        self.report("sending", f"update of round {self.round}")
        while True:
            self._check_aggregator()
            self._ended_by_event = False
            if self._aggregator_is_up():
                results = send_stream(
                    self.session,
                    [self.aggregator],
                    data,
                    connection_timeout=0,
                    timeout=0,
                    label=self.label,
                    round=self.round,
                    name="update",
                    abandon=self._ends_work,
                )
                result = results.get(self.aggregator, "withdrawn")
                if result == "taken":
                    logger.info("Round %d: update sent (%.1f KB).", self.round, len(data) / 1000)
                    return
                if result.startswith("denied"):
                    raise _RoundOver("it was closed")
            if self._ended_by_event or not self._aggregator_is_up():
                self._next_event()
