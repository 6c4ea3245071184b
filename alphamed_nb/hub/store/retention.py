"""Which runs are dropped to keep the hub's data within its age and size. A pure decision over figures of the stores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .logs import LogFigures
from .messages import RunInfo

__all__ = ["DAY", "RunFigures", "figures", "runs_to_drop"]

DAY = 24 * 3600.0
_LOOSE_LIVE = DAY
"""A context without a task counts as going on until so long after its last line: nobody says when it was left."""


@dataclass(frozen=True, kw_only=True)
class RunFigures:
    """What one run takes in both files."""

    task: str
    run: int
    context: str = ""
    """Instead of a task: rows of a context that never claimed one."""
    last: float
    """When it ended, seconds since the epoch; for a context its last line."""
    bytes: int
    live: bool
    """It is going on: never dropped."""


def figures(runs: Iterable[RunInfo], logs: Iterable[LogFigures], *, now: float) -> list[RunFigures]:
    """Put the figures of both files together.

    A run that only the logs file knows counts as ended: the hub was killed between dropping it here and there.
    """
    of_logs = {(it.task, it.run, it.context): it for it in logs}
    found = []
    for run in runs:
        log = of_logs.pop((run.task, run.run, ""), None)
        size = run.bytes + (log.bytes if log else 0)
        found.append(RunFigures(task=run.task, run=run.run, last=run.ended, bytes=size, live=run.ended == 0))
    for log in of_logs.values():
        live = bool(log.context) and log.last > now - _LOOSE_LIVE
        found.append(
            RunFigures(task=log.task, run=log.run, context=log.context, last=log.last, bytes=log.bytes, live=live)
        )
    return found


def runs_to_drop(runs: Iterable[RunFigures], *, now: float, max_age: float, max_bytes: int) -> list[RunFigures]:
    """The runs to drop now, oldest end first; never one that is going on.

    Args:
        max_age: seconds since its end after which a run is dropped.
        max_bytes: what all runs together may take, those going on included; then the oldest ended ones are dropped.
    """
    runs = list(runs)
    total = sum(run.bytes for run in runs)
    dropped = []
    for run in sorted((run for run in runs if not run.live), key=lambda run: (run.last, run.task, run.run)):
        if run.last >= now - max_age and total <= max_bytes:
            break
        dropped.append(run)
        total -= run.bytes
    return dropped
