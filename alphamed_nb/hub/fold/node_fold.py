"""The fold of what the journal says of one node in one run."""

from __future__ import annotations

from bisect import bisect_right

from ...protocol.journal import END_CAUSES, END_STATES, Activity, Failure, SessionBody, StateBody, TaskBody, Wait
from ...protocol.messages import PresenceState
from ...protocol.snapshot import Interval, NodeView, WaitView
from ...protocol.waits import wait_after
from .intervals import MERGED_INTERVALS, MOST_INTERVALS, merged

__all__ = ["NodeFold"]

_SAME_CLOCK = 2.0
"""Seconds: a report that seems to have come later, or before it was made, is of a clock that is not the hub's."""


class NodeFold:
    """Takes rows one after the other; `view` gives what they come to.

    `changed` is the number of the last row that changed it, so that a viewer who knows everything up to some number
    gets only what came after.
    """

    def __init__(self, node: str) -> None:
        self.node = node
        self.changed = 0
        self.state: PresenceState = "absent"
        self.lost = False
        self.since = self.ended = 0.0
        self.cause = ""
        self.session = SessionBody(change="began", epoch=0)
        self.role = self.scheduler = self.result = ""
        self.leads = False
        self.activity: Activity | None = None
        self.detail = self.attempt = ""
        self.round = self.reported = 0
        self.wait: WaitView | None = None
        self._said: Wait | None = None
        """The wait as its node put it: by the node's clock."""
        self.failure: Failure | None = None
        self.failed = 0.0
        """When it failed."""
        self.failed_row = 0
        """The number of the row that said so, or that it is gone."""
        self.messages_out = self.messages_in = self.addressed = 0
        self.streams_out = self.streams_in = self.bytes_out = self.bytes_in = 0
        self._last_read = 0
        self._closed: list[Interval] = []
        self._closed_at: list[int] = []
        """The number of the row that closed each, or at which it was merged."""
        self._open: Interval | None = None
        self._merge_over = MOST_INTERVALS

    # -- rows ----------------------------------------------------------------------------------------------------------

    def session_row(self, seq: int, at: float, body: SessionBody) -> None:
        self.changed = seq
        if body.change == "began":
            self._stop_activity(seq, at)
            self.session = body
            self.state, self.cause = "up", ""
            self.since, self.ended = at, 0.0
            self.activity, self.wait, self.failure = None, None, None
            self.role = self.scheduler = self.result = self.detail = self.attempt = ""
            self.leads = False
            self.round = self.reported = 0
        if body.change != "ended":
            self.lost = body.change == "lost"
            return
        self.lost = False
        self.ended = at
        self.wait = None
        self._stop_activity(seq, at)
        state = END_STATES.get(body.reason, "ended")
        if self.state == "up" or (self.state == "stopped" and state == "failed"):
            self.state = state
            self.failed, self.failed_row = at, seq
            self.cause = END_CAUSES.get(body.reason, "")

    def state_row(self, seq: int, at: float, body: StateBody) -> None:
        self.changed = seq
        if (self.activity, self.detail, self.round) != (body.activity, body.detail, body.round) or self._open is None:
            self._stop_activity(seq, at)
            self._open = Interval(body.activity, body.detail, body.round, at, 0.0, seq)
        self.activity, self.detail, self.round = body.activity, body.detail, body.round
        self.role = body.role or self.role
        self.attempt = body.attempt or self.attempt
        self.reported = seq
        self._take_wait(at, body)
        if body.activity == "failed":
            self.state = "failed"
            self.failed, self.failed_row = at, seq
            self.failure = body.failure
        elif body.activity == "stopped" and self.state == "up":
            self.state = "stopped"

    def task_row(self, seq: int, body: TaskBody) -> None:
        self.changed = seq
        if body.change == "started":
            self.result = ""
        elif body.change == "ended":
            self.result = body.result
        self.leads = self.leads or body.leads
        self.role = body.role or self.role
        self.scheduler = body.scheduler or self.scheduler
        self.attempt = body.attempt or self.attempt
        self.round = body.round or self.round

    def read_row(self, seq: int, event: int) -> None:
        """An event that was given back and read again counts once."""
        if event > self._last_read:
            self.changed = seq
            self._last_read = event
            self.messages_in += 1

    def sent_row(self, seq: int) -> None:
        """It sent an event."""
        self.changed = seq
        self.messages_out += 1

    def addressed_row(self, seq: int) -> None:
        """An event names it as a target."""
        self.changed = seq
        self.addressed += 1

    def stream_row(self, seq: int, size: int, *, out: bool) -> None:
        """A stream from it, or to it, was taken."""
        self.changed = seq
        if out:
            self.streams_out += 1
            self.bytes_out += size
        else:
            self.streams_in += 1
            self.bytes_in += size

    # -- what they come to ---------------------------------------------------------------------------------------------

    @property
    def doing_since(self) -> float:
        """Since when it does what it does, or is in the state in which it is."""
        if self.state == "failed":
            return self.failed
        if self.state != "up":
            return self.ended
        return self._open.begin if self._open is not None else self.since

    def view(self, index: int, after: int = 0) -> NodeView:
        """All but what the logs file knows. Of the intervals only those that changed after this number: those from
        :meth:`intervals_from` on."""
        session = self.session
        intervals = self._closed[self.intervals_from(after) :]
        if self._open is not None and self._open.seq > after:
            intervals.append(self._open)
        return NodeView(
            node=self.node,
            index=index,
            state=self.state,
            lost=self.lost,
            epoch=session.epoch,
            since=self.since,
            ended=self.ended,
            cause=self.cause,
            pid=session.pid,
            host=session.host,
            notebook=session.notebook,
            kernel=session.kernel,
            cell=session.cell,
            nodes=session.nodes,
            role=self.role,
            leads=self.leads,
            scheduler=self.scheduler,
            activity=self.activity,
            detail=self.detail,
            round=self.round,
            attempt=self.attempt,
            wait=self.wait,
            failure=self.failure,
            result=self.result,
            reported=self.reported,
            intervals=intervals,
            messages_out=self.messages_out,
            messages_in=self.messages_in,
            addressed=self.addressed,
            streams_out=self.streams_out,
            streams_in=self.streams_in,
            bytes_out=self.bytes_out,
            bytes_in=self.bytes_in,
        )

    def intervals_from(self, after: int) -> int:
        """The place of the first interval that began, ended, or was merged after this number."""
        place = bisect_right(self._closed_at, after)
        # The one that goes on stands behind the closed ones, and is known when it began before.
        known = place == len(self._closed) and self._open is not None and self._open.seq <= after
        return place + 1 if known else place

    def _take_wait(self, at: float, body: StateBody) -> None:
        report = body.wait
        if report is None:
            self.wait = None
            return
        said = wait_after(self._said if self.wait is not None else None, report)
        if self.wait is None or said is report:
            since = min(at, _on_hub_clock(report.since, body, at))
        else:
            since = self.wait.since
        self._said = said
        self.wait = WaitView(
            kind=said.kind,
            name=said.name,
            round=said.round,
            whom=said.whom,
            since=since,
            limit=said.limit,
            arrived=list(said.arrived),
            expected=said.expected,
        )

    def _stop_activity(self, seq: int, at: float) -> None:
        running = self._open
        if running is None:
            return
        self._open = None
        self._closed.append(Interval(running.activity, running.detail, running.round, running.begin, at, running.seq))
        self._closed_at.append(seq)
        if len(self._closed) > self._merge_over:
            self._closed = merged(self._closed, MERGED_INTERVALS)
            self._closed_at = [seq] * len(self._closed)
            # Where little could be merged, the next attempt is not made with every interval.
            self._merge_over = max(MOST_INTERVALS, len(self._closed) + MOST_INTERVALS - MERGED_INTERVALS)


def _on_hub_clock(time: float, body: StateBody, at: float) -> float:
    """A node's time as the hub's, by a report that it made at `body.time` and the hub got at `at`."""
    return time if abs(at - body.time) < _SAME_CLOCK else at - (body.time - time)
