"""Contract messages: whom they go to, and giving them to receivers that wait."""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol.errors import InvalidRequest, TooLarge
from ...protocol.journal import EventBody
from ...protocol.messages import Send, Stored
from ...protocol.names import check_name
from .effects import AddMail
from .mailboxes import Event
from .receiving import announce_event
from .state import Process, Session
from .work import Work

__all__ = ["EVERYONE", "check_targets", "send"]

EVERYONE = "*"


def send(work: Work, process: Process, message: Send) -> None:
    """Accept a contract message. The event goes to each target once, to waiting ones in this very outcome."""
    hub = work.hub
    session = hub.session(process, message.task, message.node, message.epoch)
    contract = message.contract.copy()  # of its own: a frame of many messages must not stay in memory for one of them
    content = memoryview(contract)
    if len(content) > hub.limits.contract_bytes:
        raise TooLarge(
            f"The content of the message is {len(content)} bytes; the hub takes {hub.limits.contract_bytes}. "
            "Send large data as a stream (SharedFileDataChannel)."
        )
    if content[0] != ord("{"):
        raise InvalidRequest("The content of a contract message must be a JSON object.")
    task = session.task
    targets, warnings = resolve_targets(work, session, message.targets)
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


def resolve_targets(work: Work, session: Session, targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """Who gets a message of this session now, each once, and warnings about targets outside its nodes."""
    named = list(targets)
    if EVERYONE not in named:
        return check_targets(work, session, named)
    others, warnings = check_targets(work, session, [target for target in named if target != EVERYONE])
    everyone = session.nodes or session.task.known
    return list(dict.fromkeys([*everyone, session.member.name, *others])), warnings


def check_targets(work: Work, session: Session, targets: Iterable[str]) -> tuple[list[str], list[str]]:
    """Named targets, each once.

    Returns:
        The targets, and one warning for those outside the `nodes` of the session.

    Raises:
        InvalidName: a target that cannot be a node id.
        TooLarge: more targets than the hub takes.
    """
    found = list(dict.fromkeys(targets))
    limit = work.hub.limits.targets
    if len(found) > limit:
        raise TooLarge(f"{len(found)} targets; the hub takes {limit} at once.")
    members = session.task.members
    for target in found:
        if target not in members:
            check_name(target, "target")
    node = session.member.name
    if not session.nodes or session.named.issuperset(found):
        return found, []
    outside = [target for target in found if target not in session.named and target != node]
    if not outside:
        return found, []
    names = ", ".join(repr(target) for target in outside)
    return found, [f"Sent to {names}, not among the nodes of {node!r}: {', '.join(session.nodes)}."]
