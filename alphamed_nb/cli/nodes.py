"""``alphamed-nb nodes``: who is up, what each node does, and whom it waits for."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..protocol.snapshot import NodeView, RunView
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
    from ..reading.escaped import safe_name
    from ..reading.hub import connect
    from ..reading.lines import Lines
    from ..reading.terminal import Nodes, Style, wants_color

    try:
        reader = connect(options.hub)
        tasks = [options.task] if options.task else _tasks(reader)
        shown = [(task, _latest(reader, task)) for task in tasks]
    except HubError as error:
        print(f"alphamed-nb nodes: {error}", file=sys.stderr)
        return 1
    style = Style(wants_color(sys.stdout, options.color))
    lines = Lines(sys.stdout, style, Nodes())
    if not shown:
        lines.write("No node has been up in this hub.")
    for task, run in shown:
        nodes = Nodes()
        nodes.learn(member.node for member in run.members)
        because_of = {node: failure.because_of for failure in run.failures for node in failure.nodes}
        order = {node: place for place, node in enumerate(because_of)}
        lines.write(style.bold(f"task {safe_name(task)}") + style.role("secondary", f"  run {run.run}"))
        width = max(len(nodes.mark(member.node)) for member in run.members)
        for member in sorted(run.members, key=lambda each: order.get(each.node, len(order))):
            mark = style.node(nodes.number(member.node), f"{nodes.mark(member.node):<{width}}")
            words = sentence(member, task, nodes, because_of.get(member.node, []))
            trouble = member.state in ("failed", "gone")
            lines.write(f"  {mark}  {style.role('error', words) if trouble else words}")
            pid = f"pid {member.pid}" if member.pid else ""
            where = [part for part in (member.notebook, pid, safe_name(member.node)) if part]
            lines.write(style.role("secondary", f"  {'':<{width}}  {', '.join(where)}"))
    return 0


def _tasks(reader: HubReader) -> list[str]:
    """The tasks that are going on; if none is, the one whose run began last."""
    from ..protocol.rest import TaskEntry

    tasks = reader.ask("tasks", list[TaskEntry])
    runs = [run for task in tasks for run in task.runs]
    last = [max(runs, key=lambda run: run.started).task] if runs else []
    return sorted(task.task for task in tasks if task.live) or last


def _latest(reader: HubReader, task: str) -> RunView:
    """The task's latest run. Raises `HubError`, also for a task that is none."""
    from ..protocol.errors import NotFound
    from ..protocol.snapshot import Snapshot

    tasks = reader.ask("snapshot", Snapshot, task=task).tasks
    if not tasks:
        raise NotFound(f"There is no task {task!r}.")
    return tasks[0].runs[-1]


def sentence(member: NodeView, task: str, nodes: Nodes, because_of: list[str]) -> str:
    """How a node stands, in words.

    Args:
        because_of: the nodes of whose failures its own is a consequence.
    """
    from ..protocol.journal import END_CAUSES
    from ..reading.waits import awaited_words

    failure, wait = member.failure, member.wait
    if member.state == "failed":
        place = f" at {failure.place}" if failure is not None and failure.place else ""
        number = f" in round {member.round}" if member.round else ""
        cause = f" in consequence of {nodes.marks(because_of)}" if because_of else ""
        return f"failed{number}{cause}: {failure.type if failure is not None else ''}{place}"
    if member.state == "gone":
        unread = member.addressed - member.messages_in if member.cause != END_CAUSES["died"] else 0
        return f"gone: {member.cause or 'no contact'}" + (f"; {unread} messages wait for it" if unread else "")
    if member.state != "up":
        return {"absent": "not up", "ended": "left", "stopped": "stopped"}[member.state]
    if not member.reported:
        return "up"
    role = f"{member.role}, " if member.role else ""
    number = f"round {member.round}, " if member.round else ""
    what = member.detail or member.activity
    if wait is not None:
        whom = ", ".join(nodes.mark(node) for node in wait.whom) or "any node"
        elapsed = f", {max(0.0, time.time() - wait.since):.0f} s" if wait.since else ""
        what = f"waits for {whom} ({awaited_words(wait, task)}){elapsed}"
    return f"{role}{number}{what}" + (" (its link is lost)" if member.lost else "")
