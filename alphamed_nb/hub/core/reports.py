"""What nodes report of themselves: state and task records."""

from __future__ import annotations

from ...protocol.journal import StateBody, TaskBody
from ...protocol.messages import Report, Stored
from .claims import differing_nodes
from .presence import tell
from .state import Process, Session
from .work import Work

__all__ = ["report"]


def report(work: Work, process: Process, message: Report) -> None:
    session = work.hub.session(process, message.task, message.node, message.epoch)
    seq = work.hub.next_seq
    warnings: list[str] = []
    if message.state is not None:
        _state(work, session, message.state)
    if message.record is not None:
        warnings = _record(work, session, message.record)
    work.deliver(session.link, Stored(id=message.id, seq=seq, warnings=warnings))


def _state(work: Work, session: Session, body: StateBody) -> None:
    """A node that failed or stopped is known as such at once, and stays so until its next session begins."""
    seq = work.row("state", session.task, session.member.name, body)
    fails = body.activity == "failed" and session.state != "failed"
    stops = body.activity == "stopped" and session.state == "up"
    if body.round != session.round and session.state == "up":
        session.round = body.round
    elif not (fails or stops):
        return
    if fails or stops:
        session.state = "failed" if fails else "stopped"
        session.error = body.failure.type if body.failure is not None else ""
        session.changed = seq
    work.change(session.stored())
    if fails or stops:
        tell(work, session)


def _record(work: Work, session: Session, body: TaskBody) -> list[str]:
    """The initiator's list of nodes counts from the start of its scheduler on; who came with another one is named."""
    task = session.task
    work.row("task", task, session.member.name, body)
    if not body.leads or body.change != "started" or not session.nodes:
        return []
    if task.nodes == session.nodes:
        return []
    task.nodes = session.nodes
    work.change(task.stored())
    return [
        warning for other in task.held.values() for warning in differing_nodes(task, other.member.name, other.nodes)
    ]
