"""Contract messages: whom they go to, and giving them to receivers that wait."""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol.journal import EventBody
from ...protocol.messages import Send, Stored
from .effects import AddMail
from .mailboxes import Event
from .receiving import announce_event
from .state import Process, Session
from .work import Work

__all__ = ["EVERYONE", "named_targets", "send"]

EVERYONE = "*"


def send(work: Work, process: Process, message: Send) -> None:
    """Accept a contract message. The event goes to each target once, to waiting ones in this very outcome."""
    hub = work.hub
    session = hub.session(process, message.task, message.node, message.epoch)
    contract = message.contract.copy()  # of its own: a frame of many messages must not stay in memory for one of them
    task = session.task
    targets, warnings = resolve_targets(session, message.targets)
    body = EventBody(
        targets=targets,
        type=message.type,
        message=message.message,
        contract=contract,
        title=message.title,
        sent=message.sent if process.info.host == hub.host else 0.0,
    )
    seq = work.row("event", task, message.node, body)
    work.change(AddMail(seq, task.name, targets))
    event = Event(seq, message.node, message.type, contract, message.message, work.now, task.run)
    for target in targets:
        member = task.member(target)
        if not announce_event(work, member.holder, event):
            member.mailbox.add(event)
    work.deliver(session.link, Stored(id=message.id, seq=seq, warnings=warnings))


def resolve_targets(session: Session, targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """Who gets a message of this session now, each once, and warnings about targets outside its nodes."""
    named = list(targets)
    if EVERYONE not in named:
        return named_targets(session, named)
    others, warnings = named_targets(session, [target for target in named if target != EVERYONE])
    everyone = session.nodes or session.task.known
    return list(dict.fromkeys([*everyone, session.member.name, *others])), warnings


def named_targets(session: Session, targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """Named targets, each once, and one warning for those outside the `nodes` of the session."""
    found = list(dict.fromkeys(targets))
    node = session.member.name
    if not session.nodes or session.named.issuperset(found):
        return found, []
    outside = [target for target in found if target not in session.named and target != node]
    if not outside:
        return found, []
    names = ", ".join(repr(target) for target in outside)
    return found, [f"Sent to {names}, not among the nodes of {node!r}: {', '.join(session.nodes)}."]
