"""How the reports of one wait add up: whom a node waits for is told once, and then only who came since."""

from __future__ import annotations

from .journal import Wait

__all__ = ["wait_after"]


def wait_after(before: Wait | None, report: Wait) -> Wait:
    """The wait as it stands after a report.

    Args:
        before: as it stood; None: the node did not wait.
        report: of the same wait if `since` is the same, and `what` too or left out. Whatever else it leaves out is as
            before; whom it names again is awaited again, though it had come.

    Returns:
        The report itself if it begins another wait. Else `whom` are those still missing, `arrived` all that came.
    """
    if before is None or before.since != report.since or report.what not in ("", before.what):
        return report
    came = dict.fromkeys([*before.arrived, *report.arrived])
    for node in report.whom:
        if node not in report.arrived:
            came.pop(node, None)
    missing = report.whom or [node for node in before.whom if node not in came]
    return Wait(
        whom=missing or before.whom,  # not nobody: that would be anybody
        what=before.what,
        since=before.since,
        limit=report.limit if report.limit is not None else before.limit,
        arrived=list(came),
        expected=report.expected or before.expected,
    )
