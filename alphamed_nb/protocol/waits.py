"""How the reports of one wait add up: whom a node waits for is told once, and then only who came since."""

from __future__ import annotations

from .journal import Wait

__all__ = ["goes_on", "wait_after"]


def goes_on(before: Wait, report: Wait) -> bool:
    """Whether a report is of the wait `before`: of the same `since`, and what is awaited is the same or left out."""
    about = (report.kind, report.name, report.round)
    return before.since == report.since and about in (("any", "", 0), (before.kind, before.name, before.round))


def wait_after(before: Wait | None, report: Wait) -> Wait:
    """The wait as it stands after a report.

    Args:
        before: as it stood; None: the node did not wait.
        report: of the same wait (:func:`goes_on`) or another one. What it leaves out of the same is as before; whom it
            names again is awaited again, though it had come.

    Returns:
        The report itself if it begins another wait. Else `whom` are those still missing, `arrived` all that came.
    """
    if before is None or not goes_on(before, report):
        return report
    came = dict.fromkeys([*before.arrived, *report.arrived])
    for node in report.whom:
        if node not in report.arrived:
            came.pop(node, None)
    missing = report.whom or [node for node in before.whom if node not in came]
    return Wait(
        kind=before.kind,
        name=before.name,
        round=before.round,
        whom=missing or before.whom,  # not nobody: that would be anybody
        since=before.since,
        limit=report.limit if report.limit is not None else before.limit,
        arrived=list(came),
        expected=report.expected or before.expected,
    )
