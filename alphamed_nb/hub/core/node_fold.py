"""The fold of what the journal says of one node in one run."""

from __future__ import annotations

from collections import deque

from ...protocol.journal import Activity, Failure, SessionBody, StateBody, TaskBody, Wait
from ...protocol.messages import PresenceState
from ...protocol.snapshot import Interval, NodeView, WaitView

__all__ = ["KEPT_ERRORS", "NodeFold"]

KEPT_ERRORS = 1000

_END_STATES: dict[str, PresenceState] = {
    "released": "ended",
    "failed": "failed",
    "stopped": "stopped",
    "died": "gone",
    "gone": "gone",
    "renewed": "ended",
    "taken over": "gone",
}
_END_CAUSES = {"died": "its process ended", "gone": "connection lost", "taken over": "taken over"}


class NodeFold:
    """Takes rows one after the other; `view` gives what they come to."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.state: PresenceState = "absent"
        self.lost = False
        self.since = self.ended = 0.0
        self.cause = ""
        self.session = SessionBody(change="began", epoch=0)
        self.role = self.scheduler = self.result = ""
        self.activity: Activity | None = None
        self.detail = self.attempt = ""
        self.round = self.reported = 0
        self.wait: WaitView | None = None
        self.failure: Failure | None = None
        self.levels: dict[int, int] = {}
        self.errors: deque[int] = deque(maxlen=KEPT_ERRORS)
        self.messages_out = self.messages_in = self.addressed = 0
        self.streams_out = self.streams_in = self.bytes_out = self.bytes_in = 0
        self._last_read = 0
        self._closed: list[Interval] = []
        self._open: Interval | None = None

    # -- rows ----------------------------------------------------------------------------------------------------------

    def session_row(self, at: float, body: SessionBody) -> None:
        if body.change == "began":
            self._stop_activity(at)
            self.session = body
            self.state, self.cause = "up", ""
            self.since, self.ended = at, 0.0
            self.activity, self.wait, self.failure = None, None, None
            self.role = self.scheduler = self.result = self.detail = self.attempt = ""
            self.round = self.reported = 0
        if body.change != "ended":
            self.lost = body.change == "lost"
            return
        self.lost = False
        self.ended = at
        self.wait = None
        self._stop_activity(at)
        state = _END_STATES.get(body.reason, "ended")
        if self.state == "up" or (self.state == "stopped" and state == "failed"):
            self.state = state
            self.cause = _END_CAUSES.get(body.reason, "")

    def state_row(self, seq: int, at: float, body: StateBody) -> None:
        if (self.activity, self.detail, self.round) != (body.activity, body.detail, body.round) or self._open is None:
            self._stop_activity(at)
            self._open = Interval(body.activity, body.detail, body.round, at, 0.0, seq)
        self.activity, self.detail, self.round = body.activity, body.detail, body.round
        self.role = body.role or self.role
        self.attempt = body.attempt or self.attempt
        self.reported = seq
        self.wait = _wait_after(self.wait, body.wait)
        if body.activity == "failed":
            self.state = "failed"
            self.failure = body.failure
        elif body.activity == "stopped" and self.state == "up":
            self.state = "stopped"

    def task_row(self, body: TaskBody) -> None:
        if body.change == "started":
            self.result = ""
        elif body.change == "ended":
            self.result = body.result
        self.role = body.role or self.role
        self.scheduler = body.scheduler or self.scheduler
        self.attempt = body.attempt or self.attempt
        self.round = body.round or self.round

    def read_row(self, event: int) -> None:
        """An event that was given back and read again counts once."""
        if event > self._last_read:
            self._last_read = event
            self.messages_in += 1

    def log_row(self, seq: int, level: int) -> None:
        self.levels[level] = self.levels.get(level, 0) + 1
        if level >= 40:
            self.errors.append(seq)

    # -- what they come to ---------------------------------------------------------------------------------------------

    def view(self, nodes: list[str]) -> NodeView:
        session = self.session
        return NodeView(
            node=self.node,
            index=nodes.index(self.node) if self.node in nodes else -1,
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
            nodes=session.nodes,
            role=self.role,
            scheduler=self.scheduler,
            activity=self.activity,
            detail=self.detail,
            round=self.round,
            attempt=self.attempt,
            wait=self.wait,
            failure=self.failure,
            result=self.result,
            reported=self.reported,
            intervals=[*self._closed, self._open] if self._open is not None else list(self._closed),
            levels=dict(self.levels),
            errors=list(self.errors),
            messages_out=self.messages_out,
            messages_in=self.messages_in,
            addressed=self.addressed,
            streams_out=self.streams_out,
            streams_in=self.streams_in,
            bytes_out=self.bytes_out,
            bytes_in=self.bytes_in,
        )

    def _stop_activity(self, at: float) -> None:
        running = self._open
        if running is not None:
            self._closed.append(
                Interval(running.activity, running.detail, running.round, running.begin, at, running.seq)
            )
            self._open = None


def _wait_after(before: WaitView | None, report: Wait | None) -> WaitView | None:
    """A wait is reported once with its ids, and then only with who arrived since the last report."""
    if report is None:
        return None
    if before is None or before.since != report.since or report.what not in ("", before.what):
        return WaitView(
            whom=report.whom,
            what=report.what,
            since=report.since,
            limit=report.limit,
            arrived=list(report.arrived),
            expected=report.expected,
        )
    return WaitView(
        whom=report.whom or before.whom,
        what=before.what,
        since=before.since,
        limit=report.limit if report.limit is not None else before.limit,
        arrived=list(dict.fromkeys([*before.arrived, *report.arrived])),
        expected=report.expected or before.expected,
    )
