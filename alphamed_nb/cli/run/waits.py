"""For whom and for what a node waits, in words."""

from __future__ import annotations

from ...protocol.errors import HubError
from ...protocol.snapshot import Snapshot
from ...reading.hub import HubReader
from ...reading.terminal import Nodes
from ...reading.waits import awaited_words
from .hub import in_thread
from .view import NodeView

__all__ = ["wait_words"]


async def wait_words(view: NodeView, reader: HubReader, nodes: Nodes) -> str:
    """Whom the node waits for; if for anybody, then also who cannot answer, being without a live session."""
    wait = view.wait
    what = f" ({awaited_words(wait, view.task)})" if wait is not None else ""
    if wait is not None and wait.whom:
        return ", ".join(map(nodes.mark, wait.whom)) + what
    try:
        tasks = (await in_thread(lambda: reader.ask("snapshot", Snapshot, task=view.task))).tasks
    except HubError:
        tasks = []  # the hub is away just now: only what this process knows is told
    members = [member for task in tasks for member in task.runs[-1].members]
    silent = [nodes.mark(member.node) for member in members if member.state != "up" and member.node != view.node]
    return f"any node of the task{what}" + (f"; without a live session: {', '.join(silent)}" if silent else "")
