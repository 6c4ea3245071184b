"""Presence: how each node stands, told to whoever watches it. It is no event and never waits in a mailbox."""

from __future__ import annotations

from ...protocol.messages import NodeState, Presence, Watching, WatchNodes
from .state import Process, Session, Task
from .work import Work

__all__ = ["node_state", "tell", "watch"]


def node_state(task: Task, node: str) -> NodeState:
    """How `node` stands in the current run; *absent* if it held no session in it."""
    member = task.members.get(node)
    session = member.session if member is not None else None
    if session is None or (session.run != task.run and session.ended):
        return NodeState(node=node, state="absent")
    return NodeState(
        node=node,
        state=session.state,
        epoch=session.epoch,
        seq=session.changed,
        began=session.began,
        round=session.round,
        error=session.error,
        cause=session.cause,
    )


def tell(work: Work, session: Session) -> None:
    """Tell the watching sessions of the task how this session's node stands now."""
    task = session.task
    if not task.watchers:
        return
    node = session.member.name
    change = node_state(task, node)
    for watcher in task.watchers.values():
        if watcher.watches_all or node in watcher.watches:
            work.deliver(watcher.link, Presence(task=task.name, node=watcher.member.name, change=change))


def watch(work: Work, process: Process, message: WatchNodes) -> None:
    """Answer the present states; from now on each change is pushed. Watches of one session add up."""
    session = work.hub.session(process, message.task, message.node, message.epoch)
    task = session.task
    if message.of is None:
        asked = list(dict.fromkeys([*task.nodes, *session.nodes, *task.known]))
        session.watches_all = True
    else:
        asked = list(dict.fromkeys(message.of))
        session.watches.update(asked)
    task.watchers[session.member.name] = session
    work.deliver(session.link, Watching(id=message.id, present=[node_state(task, node) for node in asked]))
