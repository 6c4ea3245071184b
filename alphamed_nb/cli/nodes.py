"""``alphamed-nb nodes``: who is up, what each node does, and whom it waits for."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..protocol.rest import NodeEntry
    from ..reading.hub import HubReader
    from ..reading.terminal import Nodes

__all__ = ["add_parser"]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "nodes",
        help="show each node's state",
        description="Show the nodes of the tasks that are going on and their states; if none is, of the last one.",
    )
    parser.add_argument("--task", metavar="T", help="only this task")
    parser.add_argument("--hub", metavar="URL", help="a Jupyter server's address or a hub file")
    parser.add_argument("--color", action=argparse.BooleanOptionalAction, default=None)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from ..protocol.errors import HubError
    from ..protocol.rest import NodeEntry
    from ..reading.escaped import safe_name
    from ..reading.hub import connect
    from ..reading.lines import Lines
    from ..reading.terminal import Nodes, Style, wants_color

    try:
        reader = connect(options.hub)
        entries = reader.ask("nodes", list[NodeEntry], task=options.task)
        if not entries and (last := _last_task(reader)) is not None:
            entries = reader.ask("nodes", list[NodeEntry], task=last)
    except HubError as error:
        print(f"alphamed-nb nodes: {error}", file=sys.stderr)
        return 1
    style = Style(wants_color(sys.stdout, options.color))
    lines = Lines(sys.stdout, style, Nodes())
    if not entries:
        lines.write("No node has been up in this hub.")
    for task in dict.fromkeys(entry.task for entry in entries):
        members = sorted(
            (entry for entry in entries if entry.task == task), key=lambda each: (each.index < 0, each.index)
        )
        nodes = Nodes()
        nodes.learn(entry.node for entry in members)
        because_of = _failed(reader, members)
        order = {node: place for place, node in enumerate(because_of)}
        members.sort(key=lambda each: order.get(each.node, len(order)))
        lines.write(style.bold(f"task {safe_name(task)}") + style.role("secondary", f"  run {members[0].run}"))
        width = max(len(nodes.mark(entry.node)) for entry in members)
        for entry in members:
            mark = style.node(nodes.number(entry.node), f"{nodes.mark(entry.node):<{width}}")
            words = sentence(entry, nodes, because_of.get(entry.node, []))
            trouble = entry.state in ("failed", "gone")
            lines.write(f"  {mark}  {style.role('error', words) if trouble else words}")
            pid = f"pid {entry.pid}" if entry.pid else ""
            where = [part for part in (entry.notebook, pid, safe_name(entry.node)) if part]
            lines.write(style.role("secondary", f"  {'':<{width}}  {', '.join(where)}"))
    return 0


def _last_task(reader: HubReader) -> str | None:
    """The task whose run began last."""
    from ..protocol.rest import TaskEntry

    runs = [run for task in reader.ask("tasks", list[TaskEntry]) for run in task.runs]
    return max(runs, key=lambda run: run.started).task if runs else None


def _failed(reader: HubReader, members: list[NodeEntry]) -> dict[str, list[str]]:
    """The nodes of a run that failed, in the order in which that is told; those of which each is a consequence."""
    from ..protocol.snapshot import Snapshot

    if not any(entry.state == "failed" for entry in members):
        return {}
    snapshot = reader.ask("snapshot", Snapshot, task=members[0].task, run=members[0].run)
    failures = [failure for task in snapshot.tasks for run in task.runs for failure in run.failures]
    return {node: failure.because_of for failure in failures for node in failure.nodes}


def sentence(entry: NodeEntry, nodes: Nodes, because_of: list[str]) -> str:
    """How a node stands, in words.

    Args:
        because_of: the nodes of whose failures its own is a consequence.
    """
    from ..reading.waits import awaited_words

    words = {"absent": "not up", "ended": "left", "stopped": "stopped", "gone": f"gone: {entry.cause or 'no contact'}"}
    report = entry.report
    if entry.state == "failed":
        error = entry.error or (report.failure.type if report is not None and report.failure is not None else "")
        place = f" at {report.failure.place}" if report is not None and report.failure and report.failure.place else ""
        number = f" in round {report.round}" if report is not None and report.round else ""
        cause = f" in consequence of {nodes.marks(because_of)}" if because_of else ""
        return f"failed{number}{cause}: {error}{place}"
    if entry.state in words:
        return words[entry.state] + (f"; {entry.unread} messages wait for it" if entry.unread else "")
    if report is None:
        return "up"
    role = f"{report.role}, " if report.role else ""
    number = f"round {report.round}, " if report.round else ""
    what = report.detail or report.activity
    if report.wait is not None:
        whom = ", ".join(nodes.mark(node) for node in report.wait.whom) or "any node"
        elapsed = f", {max(0.0, time.time() - report.wait.since):.0f} s" if report.wait.since else ""
        what = f"waits for {whom} ({awaited_words(report.wait, entry.task)}){elapsed}"
    return role + number + what + (" (its link is lost)" if entry.lost else "")
