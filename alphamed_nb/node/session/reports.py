"""What a session reports: states, task records, metrics. Posted, never waited for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Literal

import msgspec

from ...protocol.errors import Fenced
from ...protocol.journal import Activity, Failure, StateBody, TaskBody, Wait
from ...protocol.messages import Record, Report
from ...protocol.waits import goes_on, wait_after
from ..output.delivery import deliver, metric_body
from ..waiting import wall_clock
from .seat import Seat

if TYPE_CHECKING:
    from ..link.request import Request

__all__ = ["Reports"]

logger = logging.getLogger("alphamed_nb")


class Reports(Seat):
    """The reporting half of a session."""

    last_state: StateBody | None = None

    def report_state(
        self,
        activity: Activity,
        *,
        role: str = "",
        round: int = 0,
        attempt: str = "",
        wait: Wait | None = None,
        detail: str = "",
        failure: Failure | None = None,
    ) -> None:
        """Say what this node does now."""
        self._report_state(StateBody(
            time=wall_clock(), activity=activity, detail=detail, role=role, round=round, attempt=attempt, wait=wait,
            failure=failure,
        ))  # fmt: skip

    def report_wait(self, wait: Wait) -> None:
        """Say what this node waits for, in the role and round it is in; nothing if that was said last.

        Args:
            wait: as it stands now: `arrived` are all that came so far. If it is the one that was told last, and goes
                on, only who came since is told.
        """
        last = self.last_state or StateBody(time=0, activity="waiting")
        told = last.wait
        if told == wait:
            return
        now = msgspec.structs.replace(wait, whom=list(wait.whom), arrived=list(wait.arrived))
        report = _news(told, now)
        self._report_state(msgspec.structs.replace(last, time=wall_clock(), activity="waiting", wait=report, detail=""))
        self.last_state = msgspec.structs.replace(last, wait=now)

    def report_again(self, state: StateBody) -> None:
        """Say that the node is back in this earlier state."""
        self._report_state(msgspec.structs.replace(state, time=wall_clock()))

    def report_end(self, state: Literal["failed", "stopped"], failure: Failure | None) -> None:
        """Say that the node failed or was stopped, unless it has said so itself."""
        last = self.last_state
        if last is None:
            self.report_state(state, failure=failure)
        elif last.activity != state:
            self.report_state(state, role=last.role, round=last.round, attempt=last.attempt, failure=failure)

    def report_task(
        self,
        change: Literal["started", "round", "left out", "ended"],
        *,
        scheduler: str = "",
        role: str = "",
        leads: bool = False,
        max_rounds: int = 0,
        round: int = 0,
        attempt: str = "",
        result: Literal["", "finished", "failed", "stopped"] = "",
        left_out: list[str] | None = None,
        reason: str = "",
    ) -> None:
        """Say that a scheduler starts or ends, a round begins, or nodes are left out of one."""
        self._report(None, TaskBody(
            time=wall_clock(), change=change, scheduler=scheduler, role=role, leads=leads, max_rounds=max_rounds,
            round=round, attempt=attempt, result=result, left_out=left_out or [], reason=reason,
        ))  # fmt: skip

    def report_metric(self, name: str, value: float) -> None:
        """A progress value."""
        body = metric_body(name, value)
        record = Record(node=self.node, context=self.context, task=self.task, kind="metric", body=body)
        deliver(self.link, record, self.nodes)

    def _report_state(self, body: StateBody) -> None:
        self.last_state = body
        self._report(body, None)

    def _report(self, state: StateBody | None, record: TaskBody | None) -> None:
        self.check()
        message = Report(
            id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch, state=state, record=record
        )  # fmt: skip
        self.link.post(message, _say_refusal)


def _say_refusal(request: Request) -> None:
    if request.error is not None and not isinstance(request.error, Fenced):
        logger.warning("The hub did not take a report: %s", request.error)


def _news(told: Wait | None, now: Wait) -> Wait:
    """What has to be said for readers to know the wait as it is now: of one that goes on, who came."""
    if told is None or not goes_on(told, now):
        return now
    came = now.arrived[len(told.arrived) :]
    report = Wait(since=now.since, arrived=came)
    # Nearly always; it costs next to nothing, however many are awaited.
    if now.whom and now == msgspec.structs.replace(
        told, whom=_without(told.whom, came), arrived=[*told.arrived, *came]
    ):
        return report
    known = set(told.arrived)
    report.arrived = came = [node for node in now.arrived if node not in known]
    after = wait_after(told, report)
    if msgspec.structs.replace(after, arrived=[]) == msgspec.structs.replace(now, arrived=[]) and set(
        after.arrived
    ) == set(now.arrived):
        return report
    return msgspec.structs.replace(now, arrived=came)


def _without(nodes: list[str], some: list[str]) -> list[str]:
    left = list(nodes)
    for node in some:
        if node in left:
            left.remove(node)
    return left
