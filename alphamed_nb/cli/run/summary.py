"""The closing summary: how each node, and each file, ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from ...protocol.journal import Traceback
from . import tracebacks
from .programs import Program
from .screen import Screen
from .view import NodeView, View

__all__ = ["FileReport", "Outcome", "outcomes", "show"]

_SHOWN_METRICS = 4


@dataclass
class FileReport:
    """What was heard of one file."""

    program: Program
    started: float
    ended: float = 0.0
    first_seen: dict[str, float] = field(default_factory=dict)
    """Node -> when it was entered first."""
    tracebacks: dict[str, Traceback] = field(default_factory=dict)
    """Node -> the traceback of its last failure; empty: of the file itself."""
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    """Node -> name -> last value."""


@dataclass
class Outcome:
    """One line of the summary."""

    status: str
    """ok, failed, stopped."""
    node: str
    """Empty: a file that never was a node."""
    file: str
    seconds: float
    detail: str = ""


def how_it_ended(exit_code: int | None) -> str:
    """`exit code 3`, `killed by SIGKILL`."""
    if exit_code == 0:
        return "a cell failed"
    if exit_code is None or exit_code > 0:
        return f"exit code {exit_code}"
    try:
        return f"killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"killed by signal {-exit_code}"


def outcomes(reports: list[FileReport], view: View) -> list[Outcome]:
    """One for each node, failed ones first; one for each file that has none."""
    found: list[Outcome] = []
    for report in reports:
        views = {each.node: each for each in view.of(report.program.contexts)}
        nodes = list(dict.fromkeys([*report.first_seen, *views]))
        if not nodes:
            found.append(_of_file(report))
        culprits = [node for node in nodes if _has_failed(report, node, views.get(node))]
        if report.program.failed and not report.program.stopped and not culprits:
            # Nothing says whose failure it is: of those that were still up, or of all.
            culprits = [node for node in nodes if node in views and views[node].reason in ("", "died", "gone")] or nodes
        found.extend(_of_node(report, node, views.get(node), node in culprits) for node in nodes)
    return sorted(found, key=lambda outcome: ("failed", "stopped", "ok").index(outcome.status))


def _has_failed(report: FileReport, node: str, view: NodeView | None) -> bool:
    if report.program.failed and node in report.tracebacks:
        return True
    return view is not None and view.activity == "failed"


def _of_file(report: FileReport) -> Outcome:
    program = report.program
    status = "stopped" if program.stopped else "failed" if program.failed else "ok"
    detail = _cause(report, "") if status == "failed" else "was never a node"
    return Outcome(status, "", program.label, report.ended - report.started, detail)


def _of_node(report: FileReport, node: str, view: NodeView | None, failed: bool) -> Outcome:
    began = min(report.first_seen.get(node, report.ended), view.began if view and view.began else report.ended)
    ended = view.ended if view is not None and view.ended else report.ended
    seconds = max(0.0, ended - began)
    if failed:
        where = ""
        if view is not None and view.failed_in != (0, ""):
            number, activity = view.failed_in
            where = ", ".join(([f"round {number}"] if number else []) + ([activity] if activity != "starting" else []))
        cause = _cause(report, node)
        return Outcome("failed", node, report.program.label, seconds, f"{where}: {cause}" if where else cause)
    if report.program.stopped and (
        view is None or view.reason not in ("released", "ended") or view.activity != "finished"
    ):
        return Outcome("stopped", node, report.program.label, seconds)
    words = [f"{name} {value:.4g}" for name, value in list(report.metrics.get(node, {}).items())[:_SHOWN_METRICS]]
    if not words and view is not None and view.round:
        words = [f"{view.round} round{'s' if view.round > 1 else ''}"]
    return Outcome("ok", node, report.program.label, seconds, ", ".join(words))


def _cause(report: FileReport, node: str) -> str:
    """Exception type and place, never the message."""
    traceback = report.tracebacks.get(node) or report.tracebacks.get("")
    if traceback is None:
        return how_it_ended(report.program.exit_code)
    place = tracebacks.last_place(traceback)
    return f"{traceback.type} at {place}" if place else traceback.type


def show(screen: Screen, found: list[Outcome], seconds: float, rounds: str) -> None:
    style = screen.style
    screen.write()
    groups = []
    for status in ("ok", "failed", "stopped"):
        members = [_name(screen, outcome) for outcome in found if outcome.status == status]
        if members:
            groups.append(f"{', '.join(members)}: {status}")
    screen.write(style.bold("   ".join(groups)) + style.role("secondary", f"   {seconds:.1f} s{rounds}"))
    width = max(len(_name(screen, outcome)) for outcome in found)
    roles = {"ok": "success", "failed": "error", "stopped": "warning"}
    for outcome in found:
        name = style.node(screen.nodes.number(outcome.node), f"{_name(screen, outcome):<{width}}")
        status = style.role(roles[outcome.status], f"{outcome.status:<7}", bold=True)
        screen.write(f"  {status}  {name}  {outcome.seconds:7.1f} s  {outcome.detail}".rstrip())


def _name(screen: Screen, outcome: Outcome) -> str:
    return screen.nodes.mark(outcome.node) if outcome.node else outcome.file


def show_tracebacks(screen: Screen, reports: list[FileReport], found: list[Outcome], full: bool) -> None:
    """Each traceback of a file or node that failed, once."""
    style = screen.style
    failed = {(outcome.file, outcome.node) for outcome in found if outcome.status == "failed"}
    for report in reports:
        if report.program.stopped:
            continue
        for node, traceback in _without_repeats(report.tracebacks).items():
            if not report.program.failed and (report.program.label, node) not in failed:
                continue
            screen.write()
            name = style.node(screen.nodes.number(node), screen.nodes.mark(node)) + " " if node else ""
            screen.write(name + style.role("secondary", report.program.label))
            lines = tracebacks.full(traceback, style) if full else tracebacks.short(traceback, style)
            for line in lines:
                screen.write(f"  {line}".rstrip())


def _without_repeats(found: dict[str, Traceback]) -> dict[str, Traceback]:
    """Without those that another one tells too: an exception raised from another shows both."""
    last = {node: traceback.text.rstrip().rpartition("\n")[2] for node, traceback in found.items()}

    def told(node: str, other: str) -> bool:
        if last[node] == last[other]:
            return node == "" and other != ""
        return last[node] in found[other].text

    return {node: found[node] for node in found if not any(told(node, other) for other in found)}
