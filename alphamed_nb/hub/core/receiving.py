"""Waiting receives: which item comes next, and handing it out.

Events and offers are given in one order, that of acceptance. A receive that waits is answered in the very outcome of
the request that brings its item, so that event, position and hand-out are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from ...protocol.errors import HubError
from ...protocol.journal import ReadBody
from ...protocol.messages import Cancel, EventItem, OfferItem, OfferWish, Receive, Refused
from . import offers
from .effects import LoadMail, SetPosition
from .mailboxes import Event
from .state import Member, OfferRecord, Process, Session
from .work import Work

__all__ = ["announce_event", "announce_offer", "cancel", "load_failed", "mail_loaded", "next_item", "receive"]

OTHER_ROUND = "it belongs to another round"
_NOTHING: Mapping[int, Event] = MappingProxyType({})

Verdict = Literal["take", "deny", "leave"]


def receive(work: Work, process: Process, message: Receive) -> None:
    """Begin to wait; answered at once if an item is there. It replaces an earlier wait of the session."""
    session = work.hub.session(process, message.task, message.node, message.epoch)
    _stop_waiting(session)
    session.receive = message
    process.receives[message.id] = session
    if message.offers is not None:
        _take_back(work, session, message.offers)
    next_item(work, session)
    if session.receive is not None:
        work.unsettled.append(session.task)


def cancel(work: Work, process: Process, message: Cancel) -> None:
    """End a wait. An item that was handed out before stays with the client."""
    session = process.receives.get(message.receive)
    if session is not None:
        _stop_waiting(session)


def next_item(work: Work, session: Session, loaded: Mapping[int, Event] = _NOTHING) -> None:
    """Answer the waiting receive of this session with the first item that is there for it, if any.

    Offers that it does not want are denied on the way, but none that was accepted after the item it gets.

    Args:
        loaded: events that were just read from the disk. The receive waits on while one that is not here is read.
    """
    message = session.receive
    if message is None:
        return
    mailbox = session.member.mailbox
    event = None
    if message.events:
        found = mailbox.peek(message.position) if message.peek else mailbox.next(message.position)
        event = loaded.get(found) if isinstance(found, int) else found
        if isinstance(found, int) and event is None:
            if mailbox.load is None:
                work.output(mailbox.begin_load(session.task.name, session.member.name, found, peek=message.peek))
            return
    offer = None
    wish = message.offers
    if wish is not None and _wants(wish):
        denied: list[tuple[OfferRecord, str]] = []
        for candidate in session.member.incoming.values():
            if event is not None and candidate.seq > event.seq:
                break
            verdict, cause = _judge(session, wish, candidate)
            if verdict == "take":
                offer = candidate
                break
            if verdict == "deny":
                denied.append((candidate, cause))
        for candidate, cause in denied:
            offers.change(work, candidate, "denied", cause, tell_target=True)
    if offer is not None:
        _give_offer(work, session, message, offer)
    elif event is not None:
        if not message.peek and mailbox.hand_out(event, session.process.info.incarnation):
            _store_position(work, session, event)
        _give_event(work, session, message, event)


def mail_loaded(work: Work, load: LoadMail, events: Iterable[Event]) -> None:
    """What was to be read from the disk is here; without those that are there no more, or were too much for once."""
    member = _loading(work, load)
    if member is None:
        return
    loaded = {event.seq: event for event in events}
    member.mailbox.end_load(loaded)
    if member.holder is not None:
        next_item(work, member.holder, loaded)
        work.unsettled.append(member.holder.task)


def load_failed(work: Work, load: LoadMail, error: HubError) -> None:
    """The session that waits for it learns why it gets nothing; what waits is tried again with its next receive."""
    member = _loading(work, load)
    if member is None:
        return
    member.mailbox.load = None
    session = member.holder
    if session is not None and session.receive is not None:
        message = session.receive
        _stop_waiting(session)
        work.deliver(session.link, Refused(id=message.id, error=error.body()))


def _loading(work: Work, load: LoadMail) -> Member | None:
    """Whose mail it is; None if the task has left memory meanwhile."""
    task = work.hub.tasks.get(load.task)
    member = task.members.get(load.node) if task is not None else None
    return member if member is not None and member.mailbox.load is load else None


def announce_event(work: Work, session: Session | None, event: Event) -> bool:
    """Give a new event to the session of its target, if it waits for events.

    Returns:
        False if the event must wait in the mailbox.
    """
    if session is None:
        return False
    message = session.receive
    if message is None or not message.events or session.member.mailbox.load is not None:
        return False
    if message.peek:
        _give_event(work, session, message, event)
        return False
    session.member.mailbox.hand_over(event, session.process.info.incarnation)
    _store_position(work, session, event)
    _give_event(work, session, message, event)
    return True


def announce_offer(work: Work, session: Session | None, offer: OfferRecord) -> None:
    """Judge a new offer by the waiting receive of its target, if it waits for offers."""
    message = session.receive if session is not None else None
    if session is None or message is None or message.offers is None or not _wants(message.offers):
        return
    if message.events and session.member.mailbox.load is not None:
        return  # judged when the event before it is here
    verdict, cause = _judge(session, message.offers, offer)
    if verdict == "take":
        _give_offer(work, session, message, offer)
    elif verdict == "deny":
        offers.change(work, offer, "denied", cause, tell_target=True)


def _wants(wish: OfferWish) -> bool:
    """A receive that has everything it names neither takes nor denies: what comes then is for the next one."""
    return wish.any_source or bool(wish.sources)


def _judge(session: Session, wish: OfferWish, offer: OfferRecord) -> tuple[Verdict, str]:
    if not offer.stream or offer.source in wish.satisfied:
        return "leave", ""
    if offer.state == "reading" and offer.offer in wish.holding:
        return "leave", ""
    if not wish.any_source and offer.source not in wish.sources:
        return "deny", (
            f"{session.member.name!r} was not waiting for data of {offer.source!r}; "
            "batch_receive_stream receives from several sources"
        )
    if wish.label and offer.label != wish.label:
        return "deny", OTHER_ROUND
    return "take", ""


def _take_back(work: Work, session: Session, wish: OfferWish) -> None:
    """An offer that was given to this session, is not in its hands and is not wanted now is left for a later receive.

    Its item was lost with a link, or crossed the end of an earlier wait. (A wanted one is given again.)
    """
    for offer in list(session.member.incoming.values()):
        if offer.state == "reading" and offer.offer not in wish.holding and offer.source in wish.satisfied:
            offers.give_back(work, offer)


def _give_event(work: Work, session: Session, message: Receive, event: Event) -> None:
    _stop_waiting(session)
    work.deliver(
        session.link,
        EventItem(
            id=message.id,
            seq=event.seq,
            sender=event.sender,
            type=event.type,
            contract=event.contract,
            message=event.message,
            at=event.at,
        ),
    )


def _give_offer(work: Work, session: Session, message: Receive, offer: OfferRecord) -> None:
    _stop_waiting(session)
    if offer.state != "reading":
        offers.change(work, offer, "reading", reader=session)
    work.deliver(
        session.link,
        OfferItem(
            id=message.id,
            seq=offer.seq,
            offer=offer.offer,
            source=offer.source,
            stream=offer.stream,
            size=offer.size,
            label=offer.label,
        ),
    )


def _store_position(work: Work, session: Session, event: Event) -> None:
    task = session.task
    node = session.member.name
    work.change(SetPosition(task.name, node, event.seq))
    work.row("read", task, node, ReadBody(event=event.seq))


def _stop_waiting(session: Session) -> None:
    message = session.receive
    if message is not None:
        session.receive = None
        session.process.receives.pop(message.id, None)
