"""The life of an offer: offered -> reading -> taken | denied | withdrawn, or back to offered.

Each change goes through :func:`change`, one at a time, so that a take and a withdrawal cannot both win.
"""

from __future__ import annotations

from ...protocol.journal import OfferBody
from ...protocol.messages import OfferChanged, OfferState
from .effects import RemoveStream
from .state import KEPT_SETTLED_OFFERS, HubState, OfferRecord, Session, Task
from .work import Work

__all__ = ["change", "drop_run", "end_of_session", "enter", "give_back", "store", "unload"]

SOURCE_ENDED = "the sender's session has ended"


def enter(hub: HubState, offer: OfferRecord) -> None:
    """Take up an offer, new or loaded."""
    hub.offers[offer.offer] = offer
    task = offer.task
    if offer.settled:
        _keep_settled(hub, offer)
        return
    task.member(offer.source).outgoing[offer.offer] = offer
    task.member(offer.target).incoming[offer.offer] = offer
    if offer.stream:
        hub.streams[offer.stream] = hub.streams.get(offer.stream, 0) + 1


def store(work: Work, offer: OfferRecord) -> int:
    """The journal row of an offer's present state, and the state itself. A new offer gets its number here."""
    seq = work.row(
        "offer",
        offer.task,
        offer.source,
        OfferBody(
            offer=offer.offer,
            source=offer.source,
            target=offer.target,
            state=offer.state,
            stream=offer.stream,
            size=offer.size,
            label=offer.label,
            round=offer.round,
            name=offer.name,
            cause=offer.cause,
            offered=offer.seq or work.hub.next_seq,
        ),
    )
    if not offer.seq:
        offer.seq = seq
    work.change(offer.stored())
    return seq


def change(
    work: Work, offer: OfferRecord, state: OfferState, cause: str = "", *, reader: Session | None = None,
    tell_source: bool = True, tell_target: bool = False,
) -> None:  # fmt: skip
    """Give an offer that is not settled another state, and tell the session that offered it.

    Args:
        reader: who reads it, for *reading*.
        tell_source: False when the source itself asked for the change, and is answered.
        tell_target: True when the hub denies it on behalf of the target, whose log then names it too.
    """
    assert not offer.settled, f"offer {offer.offer} is settled already: {offer.state}"
    offer.state = state
    offer.cause = cause
    offer.reader_epoch = reader.epoch if reader is not None else 0
    store(work, offer)
    task = offer.task
    source = task.members[offer.source].holder
    if tell_source and source is not None:
        if offer.source_epoch == source.epoch or offer.incarnation == source.process.info.incarnation:
            work.deliver(source.link, _changed(offer, for_target=False))
    if tell_target:
        target = task.members[offer.target].holder
        if target is not None:
            work.deliver(target.link, _changed(offer, for_target=True))
    if state not in ("offered", "reading"):
        _settle(work, offer)


def give_back(work: Work, offer: OfferRecord) -> None:
    """An offer that was being read is *offered* again; withdrawn, if nobody is there any more who offers it."""
    source = offer.task.members[offer.source].holder
    if source is not None and source.epoch == offer.source_epoch:
        change(work, offer, "offered")
    else:
        change(work, offer, "withdrawn", SOURCE_ENDED)


def end_of_session(work: Work, session: Session) -> None:
    """Withdraw what this session, which has ended, still offers, and give back what it was reading.

    What others are reading from it may be completed.
    """
    for offer in list(session.member.outgoing.values()):
        if offer.state == "offered":
            change(work, offer, "withdrawn", SOURCE_ENDED, tell_source=False)
    for offer in list(session.member.incoming.values()):
        if offer.state == "reading":
            give_back(work, offer)


def drop_run(hub: HubState, task: Task, run: int) -> None:
    """Forget the offers of a removed run; all are settled, since the run has ended."""
    kept = type(task.settled)()
    for offer in task.settled:
        if offer.run == run:
            hub.offers.pop(offer.offer, None)
        else:
            kept.append(offer)
    task.settled = kept


def unload(hub: HubState, task: Task) -> None:
    """Forget all offers of a task that is dropped from memory; the store keeps them."""
    for offer in task.settled:
        hub.offers.pop(offer.offer, None)
    for member in task.members.values():
        for offer in member.outgoing.values():
            hub.offers.pop(offer.offer, None)
            if offer.stream:
                _leave_stream(hub, offer.stream)


def _changed(offer: OfferRecord, *, for_target: bool) -> OfferChanged:
    return OfferChanged(
        task=offer.task.name,
        node=offer.source,
        offer=offer.offer,
        target=offer.target,
        state=offer.state,
        cause=offer.cause,
        for_target=for_target,
    )


def _settle(work: Work, offer: OfferRecord) -> None:
    hub = work.hub
    del offer.task.members[offer.source].outgoing[offer.offer]
    del offer.task.members[offer.target].incoming[offer.offer]
    _keep_settled(hub, offer)
    if offer.stream and _leave_stream(hub, offer.stream):
        work.output(RemoveStream(offer.stream))


def _leave_stream(hub: HubState, stream: str) -> bool:
    """One offer of the stream less; True if that was the last one."""
    left = hub.streams[stream] - 1
    if left:
        hub.streams[stream] = left
        return False
    del hub.streams[stream]
    return True


def _keep_settled(hub: HubState, offer: OfferRecord) -> None:
    settled = offer.task.settled
    settled.append(offer)
    if len(settled) > KEPT_SETTLED_OFFERS:
        hub.offers.pop(settled.popleft().offer, None)
