"""The closing summary: how each node, and each file, ended."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from ...protocol.failures import NodeFailure, failures_of
from ...protocol.journal import Failure, Traceback
from . import tracebacks
from .programs import Program
from .screen import Screen
from .view import NodeView, View

__all__ = ["FileReport", "Outcome", "outcomes", "show"]

_SHOWN_METRICS = 4
_STATUSES = ("failed", "stopped", "ok")


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
    announced: list[tuple[str, Traceback]] = field(default_factory=list)
    """Those that a line has said to stand below, with their nodes."""
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
    failure: Failure | None = None
    failed_at: float = 0.0
    """Seconds since the epoch."""
    because_of: list[str] = field(default_factory=list)
    """The nodes, or files, of whose failures this one is a consequence."""

    @property
    def who(self) -> str:
        return self.node or self.file


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
    """One for each node, and for each file that has none: first what failed by itself, then what is a consequence of
    that, in the order in which it happened; then who was stopped, and who ended well."""
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
    failures = failures_of(
        NodeFailure(outcome.who, outcome.failed_at, outcome.failed_at, outcome.failure)
        for outcome in found
        if outcome.status == "failed"
    )
    causes = {who: failure.because_of for failure in failures for who in failure.nodes}
    places = {who: place for place, who in enumerate(causes)}
    for outcome in found:
        outcome.because_of = causes.get(outcome.who, [])
    return sorted(found, key=lambda outcome: (_STATUSES.index(outcome.status), places.get(outcome.who, 0)))


def _has_failed(report: FileReport, node: str, view: NodeView | None) -> bool:
    if report.program.failed and node in report.tracebacks:
        return True
    return view is not None and view.activity == "failed"


def _of_file(report: FileReport) -> Outcome:
    program = report.program
    status = "stopped" if program.stopped else "failed" if program.failed else "ok"
    seconds = report.ended - report.started
    if status != "failed":
        return Outcome(status, "", program.label, seconds, "was never a node")
    failure = _failure(report, "", None)
    return Outcome(status, "", program.label, seconds, _told(failure), failure, report.ended)


def _of_node(report: FileReport, node: str, view: NodeView | None, failed: bool) -> Outcome:
    began = min(report.first_seen.get(node, report.ended), view.began if view and view.began else report.ended)
    ended = view.ended if view is not None and view.ended else report.ended
    seconds = max(0.0, ended - began)
    if failed:
        where = ""
        if view is not None and view.failed_in != (0, ""):
            number, activity = view.failed_in
            where = ", ".join(([f"round {number}"] if number else []) + ([activity] if activity != "starting" else []))
        failure = _failure(report, node, view)
        detail = f"{where}: {_told(failure)}" if where else _told(failure)
        failed_at = (view.failed_at or view.ended if view is not None else 0.0) or report.ended
        return Outcome("failed", node, report.program.label, seconds, detail, failure, failed_at)
    if report.program.stopped and (
        view is None or view.reason not in ("released", "ended") or view.activity != "finished"
    ):
        return Outcome("stopped", node, report.program.label, seconds)
    words = [f"{name} {value:.4g}" for name, value in list(report.metrics.get(node, {}).items())[:_SHOWN_METRICS]]
    if not words and view is not None and view.round:
        words = [f"{view.round} round{'s' if view.round > 1 else ''}"]
    return Outcome("ok", node, report.program.label, seconds, ", ".join(words))


def _failure(report: FileReport, node: str, view: NodeView | None) -> Failure:
    """As its traceback says, and the node itself; without a traceback the type says how the process ended."""
    traceback = report.tracebacks.get(node) or report.tracebacks.get("")
    if traceback is None:
        return Failure(type=how_it_ended(report.program.exit_code))
    said = view.failure if view is not None else None
    return Failure(
        type=traceback.type,
        message=traceback.message,
        place=tracebacks.last_place(traceback),
        because_of=said.because_of if said is not None and said.type == traceback.type else [],
    )


def _told(failure: Failure) -> str:
    """Exception type and place, never the message."""
    return f"{failure.type} at {failure.place}" if failure.place else failure.type


def show(screen: Screen, found: list[Outcome], seconds: float, rounds: str) -> None:
    style = screen.style
    screen.write()
    groups: dict[str, list[str]] = {}
    for outcome in found:
        groups.setdefault(outcome.status + " in consequence" * bool(outcome.because_of), []).append(
            _name(screen, outcome)
        )
    ends = (f"{', '.join(members)}: {status}" for status, members in groups.items())
    screen.write(style.bold("   ".join(ends)) + style.role("secondary", f"   {seconds:.1f} s{rounds}"))
    width = max(len(_name(screen, outcome)) for outcome in found)
    roles = {"ok": "success", "failed": "error", "stopped": "warning"}
    for outcome in found:
        name = style.node(screen.nodes.number(outcome.node), f"{_name(screen, outcome):<{width}}")
        status = style.role(roles[outcome.status], f"{outcome.status:<7}", bold=True)
        cause = f", in consequence of {screen.nodes.marks(outcome.because_of)}" if outcome.because_of else ""
        screen.write(f"  {status}  {name}  {outcome.seconds:7.1f} s  {outcome.detail}{cause}".rstrip())


def _name(screen: Screen, outcome: Outcome) -> str:
    return screen.nodes.mark(outcome.node) if outcome.node else outcome.file


def show_tracebacks(screen: Screen, reports: list[FileReport], found: list[Outcome], full: bool) -> None:
    """Each traceback that a line has announced, in the order of the outcomes; of alike ones the first."""
    places = {
        key: place for place, outcome in enumerate(found) for key in ((outcome.file, ""), (outcome.file, outcome.node))
    }
    told = [(report.program.label, *each) for report in reports for each in _without_repeats(report.announced)]
    alike: dict[tuple[str, str], list[tuple[str, str, Traceback]]] = {}
    for each in sorted(told, key=lambda each: places.get(each[:2], len(places))):
        alike.setdefault((each[2].type, tracebacks.last_place(each[2])), []).append(each)
    for group in alike.values():
        _show_alike(screen, group, full)


def _show_alike(screen: Screen, group: list[tuple[str, str, Traceback]], full: bool) -> None:
    style, traceback = screen.style, group[0][2]
    nodes = dict.fromkeys(node for _, node, _ in group if node)
    names = [style.node(screen.nodes.number(node), screen.nodes.mark(node)) for node in nodes]
    files = dict.fromkeys(label for label, _, _ in group)
    screen.write()
    screen.write(" ".join(filter(None, (", ".join(names), style.role("secondary", ", ".join(files))))))
    for line in tracebacks.full(traceback, style) if full else tracebacks.short(traceback, style):
        screen.write(f"  {line}".rstrip())
    for label, node, other in group[1:]:
        if other.message != traceback.message:
            name = screen.nodes.mark(node) if node else label
            for line in tracebacks.last_lines(other, style):
                screen.write(f"  {name}: {line}".rstrip())


def _without_repeats(found: list[tuple[str, Traceback]]) -> list[tuple[str, Traceback]]:
    """Without those that another one tells too: an exception raised from another shows both."""
    ends = [traceback.text.rstrip().rpartition("\n")[2] for _, traceback in found]

    def told(index: int, other: int) -> bool:
        if ends[index] == ends[other]:
            return found[index][0] == "" and found[other][0] != ""
        return ends[index] in found[other][1].text

    numbers = range(len(found))
    return [found[index] for index in numbers if not any(told(index, other) for other in numbers)]
