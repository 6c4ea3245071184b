"""What an overview says of a folded run: a task in short, and what changed in a run since a number. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

import msgspec

from ...protocol.live import MemberChange, MemberGlance, Problem, RunChange, TaskGlance
from ...protocol.messages import PresenceState
from ...protocol.snapshot import FailureView
from .node_fold import NodeFold
from .run_fold import RunFold

__all__ = ["GLANCED_MEMBERS", "RunLogs", "first_failed", "glance", "run_change"]

GLANCED_MEMBERS = 50
"""Of a larger task only nodes in trouble are told in short, and at most so many; so of a failure."""
_GLANCED_FAILURES = 4
_TROUBLE: tuple[PresenceState, ...] = ("failed", "gone", "absent")
"""The worst first."""


@dataclass
class RunLogs:
    """What the logs file counts of one run."""

    levels: dict[str, dict[int, int]] = field(default_factory=dict)
    """Node -> level -> log records."""
    errors: dict[str, list[int]] = field(default_factory=dict)
    """Node -> numbers of its latest records of level ERROR and above."""
    error_times: dict[str, list[float]] = field(default_factory=dict)
    """Node -> when these records were stored, thinned out."""
    missing: int = 0


def glance(
    task: str,
    numbers: Iterable[int],
    run: RunFold,
    *,
    errors: list[int],
    failures: list[FailureView],
    problem_seq: int,
    score: tuple[str, float] | None,
) -> TaskGlance:
    """A task in short.

    Args:
        numbers: of all its runs.
        run: the latest one.
        errors: numbers of its latest error records.
        failures: what broke in it.
        problem_seq: the number of the latest error record of :func:`first_failed`.
        score: the last value of its accuracy, and how that is called.
    """
    members = run.all_members()
    attempt = run.attempts[-1] if run.attempts else None
    schedulers = (member.scheduler for member in members if member.scheduler)
    return TaskGlance(
        task=task,
        runs=sorted(numbers),
        run=run.run,
        live=not run.ended,
        scheduler=attempt.scheduler if attempt is not None and attempt.scheduler else next(schedulers, ""),
        started=run.started,
        ended=run.ended,
        round=_round(run, members),
        max_rounds=attempt.max_rounds if attempt is not None else 0,
        result=attempt.result if attempt is not None else "",
        states=dict(Counter(_state(member) for member in members)),
        members=[_member_glance(member, run) for member in _worth_a_glance(members)],
        errors=errors,
        problem=_problem(failures, problem_seq) if failures else None,
        score=score,
    )


def first_failed(failures: list[FailureView]) -> str | None:
    """The node whose failure is told first, and which told of it itself."""
    return next((failure.nodes[0] for failure in failures if not failure.gone), None)


def run_change(task: str, run: RunFold, after: int, logs: RunLogs, logged: Container[str]) -> RunChange:
    """What changed in a run after a number; with 0, or when its list of nodes changed, all of it.

    Args:
        logs: what the logs file counts of the run.
        logged: nodes whose counts changed since.
    """
    if run.relisted > after:
        after = 0
    members = [*run.all_members(), *(NodeFold(node) for node in logs.levels if run.is_stranger(node))]
    return RunChange(
        task=task,
        run=run.run,
        whole=after == 0,
        seq=run.seq,
        started=run.started,
        ended=run.ended,
        nodes=run.list,
        members=[
            _member_change(member, run, after, logs)
            for member in members
            if after == 0 or member.changed > after or member.node in logged
        ],
        attempts=run.attempt_views(),
        transfers=run.transfer_views(),
        failures=run.failures(),
        events=run.events,
        logs=sum(sum(levels.values()) for levels in logs.levels.values()),
        dropped=logs.missing,
    )


def _member_change(member: NodeFold, run: RunFold, after: int, logs: RunLogs) -> MemberChange:
    view = run.member_view(member, after)
    view.levels = logs.levels.get(member.node, {})
    view.errors = logs.errors.get(member.node, [])
    view.error_times = logs.error_times.get(member.node, [])
    return MemberChange(node=view, intervals_from=member.intervals_from(after))


def _state(member: NodeFold) -> str:
    if member.state in ("failed", "absent", "stopped", "gone"):
        return member.state
    if member.result == "finished":
        return "finished"
    return (member.activity or "starting") if member.state == "up" else member.state


def _worth_a_glance(members: list[NodeFold]) -> list[NodeFold]:
    if len(members) <= GLANCED_MEMBERS:
        return members
    return [member for state in _TROUBLE for member in members if member.state == state][:GLANCED_MEMBERS]


def _member_glance(member: NodeFold, run: RunFold) -> MemberGlance:
    wait = member.wait
    return MemberGlance(
        node=member.node,
        index=run.places.get(member.node, -1),
        state=member.state,
        lost=member.lost,
        activity=member.activity,
        since=member.doing_since,
        whom=[] if wait is None else [node for node in wait.whom if node not in wait.arrived],
        waits=wait is not None,
    )


def _round(run: RunFold, members: list[NodeFold]) -> int:
    """Of the latest attempt; without one, the furthest that a node has come."""
    if run.attempts:
        rounds = run.attempts[-1].rounds
        return rounds[-1].round if rounds else 0
    return max((member.round for member in members), default=0)


def _problem(failures: list[FailureView], seq: int) -> Problem:
    return Problem(
        seq=seq,
        failures=[
            msgspec.structs.replace(failure, nodes=failure.nodes[:GLANCED_MEMBERS])
            for failure in failures[:_GLANCED_FAILURES]
        ],
    )
