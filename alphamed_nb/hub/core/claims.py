"""Who is which node: claiming, resuming, taking over and ending sessions, and the runs they make up."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ...protocol.errors import AlreadyClaimed, Fenced
from ...protocol.journal import END_CAUSES, END_STATES, SessionBody
from ...protocol.messages import Claim, Claimed, Done, ProcessInfo, Release
from . import offers
from .effects import AdoptContext, SetPosition
from .presence import tell
from .state import Member, Process, Session, Task
from .work import Work

__all__ = ["claim", "differing_nodes", "end", "keep_lines", "lose", "release"]

EndReason = Literal["released", "failed", "stopped", "died", "gone", "renewed", "taken over"]


def claim(work: Work, process: Process, message: Claim) -> None:
    """Be a node: begin a session, join or resume the one this process holds, or take one over whose link is lost."""
    nodes = list(dict.fromkeys(message.nodes))
    task = work.hub.task(message.task)
    member = task.member(message.node)
    holder = member.holder
    resumed = False
    if holder is None:
        session = _begin(work, member, process, message, nodes, replaces=False)
    elif holder.process is not process:
        _check_may_take_over(holder, message)
        end(work, holder, "taken over", f"taken over by pid {process.info.pid}", replaced=True)
        session = _begin(work, member, process, message, nodes, replaces=True)
    elif message.renew and message.epoch in (0, holder.epoch):
        end(work, holder, "renewed", "started again", replaced=True)
        session = _begin(work, member, process, message, nodes, replaces=True)
    else:
        session = holder
        resumed = message.epoch == holder.epoch
        _attach(work, session, nodes)
    _adopt_context(work, session, message.context)
    work.deliver(
        process.link,
        Claimed(
            id=message.id,
            epoch=session.epoch,
            run=session.run,
            began=session.began,
            position=member.mailbox.position,
            resumed=resumed,
            warnings=differing_nodes(task, member.name, nodes),
        ),
    )


def release(work: Work, process: Process, message: Release) -> None:
    """End the session, also one whose link was lost; an event handed over and not consumed is unread again."""
    session = work.hub.session(process, message.task, message.node, message.epoch, resumed=False)
    mailbox = session.member.mailbox
    if message.position >= 0 and mailbox.give_back(message.position):
        work.change(SetPosition(session.task.name, session.member.name, mailbox.position))
    reasons: dict[str, EndReason] = {"ended": "released", "failed": "failed", "stopped": "stopped"}
    end(work, session, reasons[message.state])
    work.deliver(process.link, Done(id=message.id))


def lose(work: Work, session: Session, reason: str) -> None:
    """The session's link is gone: it may resume for a while, and is told nothing meanwhile."""
    session.forget_waits()
    session.link = ""
    session.resume_until = work.now + work.hub.resume_seconds
    work.hub.set_timer(session.resume_until, session)
    body = SessionBody(change="lost", epoch=session.epoch, reason=reason)
    work.row("session", session.task, session.member.name, body)


def end(work: Work, session: Session, reason: EndReason, cause: str = "", *, replaced: bool = False) -> None:
    """End a held session: its offers are withdrawn, its node's watchers told, and, if it was the last, the run ends.

    Args:
        cause: in words, where it is another than usual.
        replaced: another session of the node begins in the same outcome, so that the run goes on.
    """
    task, member = session.task, session.member
    session.forget_waits()
    seq = work.row("session", task, member.name, SessionBody(change="ended", epoch=session.epoch, reason=reason))
    shown = session.state
    session.ended = seq
    session.link = ""
    session.resume_until = None
    del task.held[member.name]
    del session.process.sessions[task.name, member.name]
    state = END_STATES[reason]
    if shown == "up" or (shown == "stopped" and state == "failed"):
        session.state = state
        session.cause = cause or END_CAUSES.get(reason, "")
        session.changed = seq
    if reason in ("released", "failed", "stopped", "died"):
        member.mailbox.confirm_all()
    work.change(session.stored())
    offers.end_of_session(work, session)
    if session.state != shown:
        tell(work, session)
    if not replaced:
        work.unsettled.append(task)
        if not task.held:
            work.change(task.stored(ended=work.now))


def keep_lines(work: Work, info: ProcessInfo, node: str, context: str) -> None:
    """A process is gone that wrote lines as this node and claimed no task: a run named after the node has them.

    That is a run which begins and ends here, or the one that goes on there.
    """
    task = work.hub.task(node)
    session = task.member(node).holder
    if session is not None:
        work.output(AdoptContext(context, task.name, session.run))
        return
    message = Claim(id=0, task=node, node=node, nodes=[], context=context)
    session = _begin(work, task.member(node), Process(info), message, [], replaces=False)
    work.output(AdoptContext(context, task.name, session.run))
    end(work, session, "died")


def differing_nodes(task: Task, node: str, nodes: list[str]) -> list[str]:
    """The warning for a node that came with another list than the task's, as a list of none or one."""
    if set(nodes) == set(task.nodes):
        return []
    extra = [repr(name) for name in nodes if name not in task.nodes]
    missing = [repr(name) for name in task.nodes if name not in nodes]
    parts = [f"without {', '.join(missing)}"] if missing else []
    parts += [f"with {', '.join(extra)}"] if extra else []
    return [f"Node {node!r} came to task {task.name!r} with another list of nodes than the task's: {'; '.join(parts)}."]


def _begin(
    work: Work, member: Member, process: Process, message: Claim, nodes: list[str], *, replaces: bool
) -> Session:
    """Begin a session, and a run if the task has none. `replaces`: one has just ended for it, so the run goes on."""
    task = work.hub.task(message.task)
    begins_run = not task.held and not replaces
    if begins_run:
        task.run += 1
        task.started = work.now
        task.nodes = []
    if begins_run or (nodes and not task.nodes):
        task.nodes = nodes
        work.change(task.stored())
    info = process.info
    if member.mailbox.handed_to != info.incarnation:
        member.mailbox.confirm_all()
    seq = work.hub.next_seq
    body = SessionBody(
        change="began",
        epoch=seq,
        nodes=nodes,
        pid=info.pid,
        host=info.host,
        notebook=info.notebook,
        kernel=info.kernel,
        cell=message.cell,
        context=message.context,
    )
    work.row("session", task, member.name, body)
    session = Session(
        task, member, process, epoch=seq, run=task.run, nodes=nodes, since=work.now, changed=seq, link=process.link,
        named=frozenset(nodes),
    )  # fmt: skip
    member.session = session
    task.held[member.name] = session
    process.sessions[task.name, member.name] = session
    task.known.update(dict.fromkeys(nodes))
    work.change(session.stored())
    tell(work, session)
    return session


def _attach(work: Work, session: Session, nodes: list[str]) -> None:
    """The process that holds the session claims it again, after its link was lost or in another context."""
    if session.link != session.process.link:
        session.forget_waits()
        session.link = session.process.link
        session.resume_until = None
        body = SessionBody(change="resumed", epoch=session.epoch)
        work.row("session", session.task, session.member.name, body)
    if nodes != session.nodes:
        session.nodes = nodes
        session.named = frozenset(nodes)
        session.task.known.update(dict.fromkeys(nodes))
        work.change(session.stored())


def _adopt_context(work: Work, session: Session, context: str) -> None:
    """Log rows written in this context before it claimed anything count with the first task it claims."""
    hub = work.hub
    if context and context not in hub.contexts:
        hub.contexts[context] = (session.task.name, session.run)
        session.process.contexts[context] = session.task
        session.task.contexts[context] = session.process
        work.output(AdoptContext(context, session.task.name, session.run))


def _check_may_take_over(holder: Session, message: Claim) -> None:
    """A session whose link is lost goes to a newcomer, but never to a process that was fenced itself."""
    info = holder.process.info
    where = info.notebook or "a process without a notebook"
    if message.epoch:
        raise Fenced(
            f"Node {message.node!r} of task {message.task!r} was taken over by {where} (pid {info.pid}).",
            node=message.node, task=message.task, pid=info.pid, notebook=info.notebook,
        )  # fmt: skip
    if holder.link:
        since = f", since {datetime.fromtimestamp(holder.since):%Y-%m-%d %H:%M:%S}" if holder.since else ""
        raise AlreadyClaimed(
            f"Node {message.node!r} of task {message.task!r} is already running in {where} "
            f"(pid {info.pid}{since}): interrupt or restart that kernel.",
            node=message.node, task=message.task, pid=info.pid, notebook=info.notebook, since=holder.since,
        )  # fmt: skip
