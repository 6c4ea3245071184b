"""Taking a task up from what the store knows of it, and dropping it from memory again."""

from __future__ import annotations

from . import offers
from .effects import PutOffer, PutSession
from .state import HubState, OfferRecord, Process, Session, Task
from .stored_task import StoredTask

__all__ = ["load_task", "unload_task"]


def load_task(hub: HubState, name: str, found: StoredTask) -> Task:
    """Take up a task. Sessions found held have no link: they may resume once the hub says from when on."""
    task = hub.tasks[name] = Task(name, hub.room)
    if found.task is not None:
        task.run = found.task.run
        task.started = found.task.started
        task.nodes = list(found.task.nodes)
    task.known.update(dict.fromkeys(task.nodes))
    for held in sorted(found.sessions, key=lambda stored: stored.epoch):
        _load_session(hub, task, held)
    for node in dict.fromkeys([*found.positions, *found.unread]):
        task.member(node).mailbox.restore(found.positions.get(node, 0), found.unread.get(node, {}))
    for node, event in found.handed.items():
        session = task.member(node).session
        mailbox = task.member(node).mailbox
        if session is not None and event.seq == mailbox.position:
            mailbox.restore_handed(event, session.process.info.incarnation)
    for stored in sorted(found.offers, key=lambda stored: stored.seq):
        _load_offer(hub, task, stored)
    return task


def unload_task(hub: HubState, task: Task) -> None:
    """Drop a task from memory: one without held sessions, or one that could be loaded only in part."""
    for node, session in task.held.items():
        session.process.sessions.pop((task.name, node), None)
    offers.unload(hub, task)
    for context, process in task.contexts.items():
        # The logs file knows which run it belongs to.
        del hub.contexts[context]
        del process.contexts[context]
    for member in task.members.values():
        member.mailbox.close()
        member.session = None
    # Nothing of it refers to itself any more, so that it is gone at once, not with the next garbage collection.
    task.members.clear()
    task.settled.clear()
    del hub.tasks[task.name]


def _load_session(hub: HubState, task: Task, stored: PutSession) -> None:
    incarnation = stored.process.incarnation
    process = hub.processes.get(incarnation)
    if process is None:
        process = Process(stored.process)
        if not stored.ended:
            hub.processes[incarnation] = process
            hub.depart(process)
    member = task.member(stored.node)
    session = Session(
        task, member, process, epoch=stored.epoch, run=stored.run, nodes=list(stored.nodes), since=stored.since,
        ended=stored.ended, round=stored.round, error=stored.error, cause=stored.cause,
        changed=stored.ended or stored.epoch, named=frozenset(stored.nodes),
    )  # fmt: skip
    session.state = stored.state  # type: ignore[assignment]  # the store gives back what it was given
    member.session = session
    task.known.update(dict.fromkeys(stored.nodes))
    if not stored.ended:
        task.held[stored.node] = session
        process.sessions[task.name, stored.node] = session


def _load_offer(hub: HubState, task: Task, stored: PutOffer) -> None:
    record = OfferRecord(
        offer=stored.offer, seq=stored.seq, task=task, run=stored.run, source=stored.source,
        source_epoch=stored.source_epoch, incarnation="", target=stored.target, stream=stored.stream, size=stored.size,
        label=stored.label, round=stored.round, name=stored.name, reader_epoch=stored.reader_epoch, cause=stored.cause,
    )  # fmt: skip
    record.state = stored.state  # type: ignore[assignment]  # the store gives back what it was given
    offers.enter(hub, record)
