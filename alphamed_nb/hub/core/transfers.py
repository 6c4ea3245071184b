"""The requests about data streams: offer, withdraw, settle, and asking what became of offers."""

from __future__ import annotations

from collections.abc import Iterable

from ...protocol.errors import InvalidRequest
from ...protocol.messages import AskOffers, Offer, OfferState, OfferStates, Settle, Stored, Withdraw
from . import offers
from .receiving import announce_offer, next_item
from .sending import named_targets
from .state import HubState, OfferRecord, Process
from .work import Work

__all__ = ["answer_states", "ask_offers", "offer", "settle", "withdraw"]

UNKNOWN = "the hub no longer knows this offer"


def offer(work: Work, process: Process, message: Offer) -> None:
    """Accept the offers of one batch together."""
    hub = work.hub
    session = hub.session(process, message.task, message.node, message.epoch)
    ids = [item.offer for item in message.offers]
    for identifier in ids:
        if identifier in hub.offers:
            raise InvalidRequest(f"The offer id {identifier} is taken.")
    if len(set(ids)) < len(ids):
        raise InvalidRequest("Each offer needs an id of its own.")
    _, warnings = named_targets(session, [item.target for item in message.offers])
    task = session.task
    accepted = [
        OfferRecord(
            offer=item.offer,
            seq=0,
            task=task,
            run=task.run,
            source=message.node,
            source_epoch=session.epoch,
            incarnation=process.info.incarnation,
            target=item.target,
            stream=message.stream,
            size=message.size,
            label=message.label,
            round=message.round,
            name=message.name,
        )
        for item in message.offers
    ]
    for record in accepted:
        offers.store(work, record)
        offers.enter(hub, record)
    for record in accepted:
        announce_offer(work, task.members[record.target].holder, record)
    work.deliver(session.link, Stored(id=message.id, seq=accepted[0].seq, warnings=warnings))


def withdraw(work: Work, process: Process, message: Withdraw) -> None:
    """Withdraw those of the offers that are not settled; a take that came first has won."""
    hub = work.hub
    session = hub.session(process, message.task, message.node, message.epoch)
    known = [hub.offers[identifier] for identifier in message.offers if identifier in hub.offers]
    for record in known:
        if record.task is not session.task or record.source != message.node:
            raise InvalidRequest(f"The offer {record.offer} is not one of {message.node!r}.")
    for record in known:
        if not record.settled:
            offers.change(work, record, "withdrawn", tell_source=False)
    answer_states(work, session.link, message.id, message.offers)


def settle(work: Work, process: Process, message: Settle) -> None:
    """The receiver says what became of an offer. If that is settled already, the answer says how."""
    session = work.hub.session(process, message.task, message.node, message.epoch)
    record = work.hub.offers.get(message.offer)
    if record is not None:
        if record.task is not session.task or record.target != message.node:
            raise InvalidRequest(f"The offer {record.offer} is not for {message.node!r}.")
        if not record.settled:
            _settle(work, record, message)
            if record.state == "offered":
                next_item(work, session)
    answer_states(work, session.link, message.id, [message.offer])


def _settle(work: Work, record: OfferRecord, message: Settle) -> None:
    if message.outcome != "returned":
        offers.change(work, record, message.outcome, message.cause)
    elif record.state == "reading":
        offers.give_back(work, record)


def ask_offers(work: Work, process: Process, message: AskOffers) -> None:
    answer_states(work, process.link, message.id, message.offers)


def answer_states(work: Work, link: str, request: int, asked: Iterable[str]) -> None:
    states, causes = _states(work.hub, asked)
    work.deliver(link, OfferStates(id=request, states=states, causes=causes))


def _states(hub: HubState, asked: Iterable[str]) -> tuple[dict[str, OfferState], dict[str, str]]:
    """What became of offers. One that is not known any more counts as withdrawn, for its sender as for its receiver."""
    states: dict[str, OfferState] = {}
    causes: dict[str, str] = {}
    for identifier in asked:
        record = hub.offers.get(identifier)
        states[identifier] = record.state if record is not None else "withdrawn"
        cause = record.cause if record is not None else UNKNOWN
        if cause:
            causes[identifier] = cause
    return states, causes
