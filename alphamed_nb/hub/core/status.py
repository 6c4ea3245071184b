"""How the sessions of the hub stand now, for status pages."""

from __future__ import annotations

import msgspec

from ...protocol.messages import PresenceState, ProcessInfo
from .state import HubState, Session

__all__ = ["Blocked", "SessionStatus", "session_statuses"]


class Blocked(msgspec.Struct, kw_only=True):
    """The receive in which a session waits."""

    events: bool
    offers_of: list[str] | None
    """Sources it waits for; empty: any; None: it does not wait for data."""
    peek: bool
    limited: bool
    """False: the wait has no time limit."""


class SessionStatus(msgspec.Struct, kw_only=True):
    """The latest session of one node, held or ended, of a task that is in memory."""

    task: str
    run: int
    node: str
    epoch: int
    since: float
    """When it began, seconds since the epoch; 0: not known."""
    state: PresenceState
    held: bool
    lost: bool
    """Held, but its link is lost: it may still resume."""
    process: ProcessInfo
    nodes: list[str]
    round: int = 0
    error: str = ""
    cause: str = ""
    position: int = 0
    unread: int = 0
    """Events that wait for it."""
    offers: int = 0
    """Offers to it that are not settled."""
    blocked: Blocked | None = None
    """None: it is in no receive, that is, it computes or sends."""


def session_statuses(hub: HubState) -> list[SessionStatus]:
    """By task, then in the order in which the nodes became known."""
    return [
        _status(member.session)
        for task in hub.tasks.values()
        for member in task.members.values()
        if member.session is not None
    ]


def _status(session: Session) -> SessionStatus:
    member = session.member
    return SessionStatus(
        task=session.task.name,
        run=session.run,
        node=member.name,
        epoch=session.epoch,
        since=session.since,
        state=session.state,
        held=session.held,
        lost=session.held and not session.link,
        process=session.process.info,
        nodes=session.nodes,
        round=session.round,
        error=session.error,
        cause=session.cause,
        position=member.mailbox.position,
        unread=member.mailbox.unread,
        offers=len(member.incoming),
        blocked=_blocked(session),
    )


def _blocked(session: Session) -> Blocked | None:
    message = session.receive
    if message is None:
        return None
    wish = message.offers
    sources = None if wish is None else [] if wish.any_source else wish.sources
    return Blocked(events=message.events, offers_of=sources, peek=message.peek, limited=message.limited)
