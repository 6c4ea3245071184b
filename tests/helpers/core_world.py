"""A core with a clock and a store made of dictionaries, and peers that speak to it as nodes' links do."""

from __future__ import annotations

import itertools
from array import array
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec

from alphamed_nb.hub.core import effects
from alphamed_nb.hub.core.effects import Outcome
from alphamed_nb.hub.core.mailboxes import Event
from alphamed_nb.hub.core.router import Core
from alphamed_nb.hub.core.stored_task import StoredTask
from alphamed_nb.protocol.journal import KINDS, EventBody, Row, StateBody, TaskBody
from alphamed_nb.protocol.messages import (
    Claim,
    Claimed,
    EventItem,
    Offer,
    OfferItem,
    OfferTarget,
    OfferWish,
    ProcessInfo,
    Receive,
    Refused,
    Release,
    Report,
    Send,
    Settle,
    Watching,
    WatchNodes,
    Withdraw,
)

M = TypeVar("M")


class FakeStore:
    """What the messages file holds, applied change by change."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.mail: dict[int, list[str]] = {}
        self.tasks: dict[str, effects.PutTask] = {}
        self.sessions: dict[tuple[str, str], effects.PutSession] = {}
        self.positions: dict[tuple[str, str], int] = {}
        self.offers: dict[str, effects.PutOffer] = {}
        self.counters: dict[str, int] = {}

    def apply(self, changes: list[effects.Change]) -> None:
        for change in changes:
            match change:
                case effects.StoreRow(row):
                    assert not self.rows or row.seq > self.rows[-1].seq, "numbers only grow"
                    self.rows.append(row)
                case effects.AddMail(seq, _, targets):
                    self.mail[seq] = list(targets)
                case effects.SetPosition(task, node, position):
                    self.positions[task, node] = position
                case effects.PutOffer():
                    self.offers[change.offer] = replace(change)
                case effects.PutSession():
                    self.sessions[change.task, change.node] = replace(change)
                case effects.PutTask():
                    self.tasks[change.task] = replace(change)
                case effects.PutCounter(incarnation, counter):
                    assert counter > self.counters.get(incarnation, 0), "a retry was stored twice"
                    self.counters[incarnation] = counter
                case effects.DropRun(task, run):
                    self._drop_run(task, run)
                case _:
                    raise AssertionError(f"unknown change {change}")

    def _drop_run(self, task: str, run: int) -> None:
        gone = {row.seq for row in self.rows if (row.task, row.run) == (task, run)}
        self.rows = [row for row in self.rows if row.seq not in gone]
        self.mail = {seq: targets for seq, targets in self.mail.items() if seq not in gone}
        self.offers = {key: value for key, value in self.offers.items() if (value.task, value.run) != (task, run)}
        self.sessions = {key: value for key, value in self.sessions.items() if (value.task, value.run) != (task, run)}

    def highest_seq(self) -> int:
        return self.rows[-1].seq if self.rows else 0

    def held_tasks(self) -> list[str]:
        return sorted({task for (task, _), session in self.sessions.items() if session.ended == 0})

    def image(self, task: str) -> StoredTask:
        sessions = [session for (name, _), session in self.sessions.items() if name == task]
        positions = {node: position for (name, node), position in self.positions.items() if name == task}
        image = StoredTask(task=self.tasks.get(task), sessions=sessions, positions=positions)
        for row in self.rows:
            if row.kind != "event" or row.task != task:
                continue
            for target in self.mail[row.seq]:
                position = positions.get(target, 0)
                if row.seq > position:
                    image.unread.setdefault(target, {}).setdefault(row.run, array("q")).append(row.seq)
                elif row.seq == position:
                    image.handed[target] = _event(row)
        image.offers = [
            offer for offer in sorted(self.offers.values(), key=lambda offer: offer.seq) if offer.task == task
        ]
        return image

    def load(self, wanted: effects.LoadMail) -> list[Event]:
        """The events that it names, as far as they are there and fit."""
        found: list[Event] = []
        for row in self.rows:
            if row.seq in wanted.numbers and wanted.node in self.mail[row.seq]:
                event = _event(row)
                if found and sum(len(each.contract) for each in [*found, event]) > wanted.most_bytes:
                    break
                found.append(event)
        return found


def _event(row: Row) -> Event:
    body = msgspec.json.decode(row.body, type=EventBody)
    return Event(row.seq, row.node, body.type, body.contract, body.message, row.at, row.run)


def body_of(row: Row) -> Any:
    return msgspec.json.decode(row.body, type=KINDS[row.kind].body)


class CoreWorld:
    """A core whose outcomes are stored and performed at once."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.store = FakeStore()
        self.now = 1000.0
        self.core = Core(next_seq=1, **options)
        self.peers: dict[str, Peer] = {}
        self.removed_streams: list[str] = []
        self.adopted: list[tuple[str, str, int]] = []
        self.changes: list[effects.Change] = []
        """Those of the last outcome."""
        self.sequence: list[tuple[str, Any]] = []
        """Everything delivered, as (link, message)."""
        self.loads: list[effects.LoadMail] | None = None
        """If not None: what is to be read from the disk waits here, until a test has it read."""
        self._names = itertools.count(1)

    def perform(self, outcome: Outcome) -> None:
        self.changes = outcome.changes
        self.store.apply(outcome.changes)
        for output in outcome.outputs:
            match output:
                case effects.Deliver(link, message):
                    self.sequence.append((link, message))
                    if link in self.peers:
                        self.peers[link].inbox.append(message)
                case effects.CloseLink(link, error):
                    self.peers[link].closed = error
                case effects.RemoveStream(stream):
                    self.removed_streams.append(stream)
                case effects.AdoptContext(context, task, run):
                    self.adopted.append((context, task, run))
                case effects.LoadMail():
                    if self.loads is None:
                        self.perform(self.core.mail_loaded(output, self.store.load(output), self.now))
                    else:
                        self.loads.append(output)

    def process(self, notebook: str = "", pid: int = 0) -> Peer:
        """A new process with an open link."""
        number = next(self._names)
        info = ProcessInfo(
            incarnation=f"process-{number}", pid=pid or 100 + number, host="host", started=1.0, notebook=notebook
        )
        return self.connect(Peer(self, info))

    def connect(self, peer: Peer) -> Peer:
        peer.link = f"link-{next(self._names)}"
        self.peers[peer.link] = peer
        counter = max(self.store.counters.get(peer.info.incarnation, 0), self.core.counter_of(peer.info.incarnation))
        self.perform(self.core.link_opened(peer.link, peer.info, counter, self.now))
        return peer

    def node(self, node: str, nodes: list[str] | None = None, task: str = "T", notebook: str = "") -> Peer:
        """A new process that is `node` of `task`."""
        peer = self.process(notebook)
        peer.claim(node, nodes, task)
        peer.inbox.clear()
        return peer

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.perform(self.core.due(self.now))

    def restart(self) -> None:
        """Another hub on the same files; all links are gone."""
        self.core = Core(next_seq=self.store.highest_seq() + 1, **self.options)
        self.peers.clear()
        for task in self.store.held_tasks():
            self.core.load(self.store.image(task), task)
        self.perform(self.core.restored(self.now))

    def rows(self, kind: str) -> list[Row]:
        return [row for row in self.store.rows if row.kind == kind]


@dataclass(eq=False)
class Peer:
    """One process; after `claim`, its requests come from that node unless they name another one."""

    world: CoreWorld
    info: ProcessInfo
    link: str = ""
    task: str = ""
    node: str = ""
    nodes: list[str] = field(default_factory=list)
    epoch: int = 0
    position: int = 0
    ids: int = 0
    counter: int = 0
    closed: Exception | None = None
    inbox: list[Any] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)

    def say(self, message: Any) -> None:
        world = self.world
        for task in world.core.tasks_of(message):
            if not world.core.knows(task):
                world.core.load(world.store.image(task), task)
        self.sent.append(message)
        world.perform(world.core.handle(self.link, message, world.now))

    def ask(self, message: Any) -> Any:
        """Say it and take the answer out of the inbox."""
        self.say(message)
        return self.answer(message.id)

    def answer(self, request: int) -> Any:
        for message in reversed(self.inbox):
            if getattr(message, "id", None) == request:
                self.inbox.remove(message)
                return message
        return None

    def refusal(self, message: Any) -> Any:
        """The error body a request is refused with."""
        answer = self.ask(message)
        assert isinstance(answer, Refused), answer
        return answer.error

    def take(self, kind: type[M]) -> list[M]:
        """Take all messages of one kind out of the inbox."""
        found = [message for message in self.inbox if isinstance(message, kind)]
        self.inbox = [message for message in self.inbox if not isinstance(message, kind)]
        return found

    def next_id(self) -> int:
        self.ids += 1
        return self.ids

    def next_counter(self) -> int:
        self.counter += 1
        return self.counter

    # -- requests ------------------------------------------------------------------------------------------------------

    def claim_message(self, node: str, nodes: list[str] | None = None, task: str = "T", **more: Any) -> Claim:
        context = more.pop("context", f"context-{self.info.incarnation}")
        return Claim(id=self.next_id(), task=task, node=node, nodes=nodes or [], context=context, **more)

    def claim(self, node: str, nodes: list[str] | None = None, task: str = "T", **more: Any) -> Claimed:
        answer = self.ask(self.claim_message(node, nodes, task, **more))
        assert isinstance(answer, Claimed), answer
        self.task, self.node, self.nodes, self.epoch = task, node, nodes or [], answer.epoch
        return answer

    def resume(self) -> Claimed:
        return self.claim(self.node, self.nodes, self.task, epoch=self.epoch)

    def reconnect(self) -> Claimed:
        """Lose the link, open another one, resume."""
        self.lose_link()
        self.world.connect(self)
        return self.resume()

    def lose_link(self) -> None:
        link, self.link = self.link, ""
        self.world.peers.pop(link, None)
        self.world.perform(self.world.core.link_closed(link, self.world.now))

    def die(self) -> None:
        self.world.perform(self.world.core.process_ended(self.info.incarnation, self.world.now))

    def _self(self) -> dict[str, Any]:
        return {"id": self.next_id(), "task": self.task, "node": self.node, "epoch": self.epoch}

    def send_message(self, *targets: str, **more: Any) -> Send:
        contract = msgspec.Raw(msgspec.json.encode(more.pop("contract", {"type": "greeting"})))
        base: dict[str, Any] = {"message": f"m{self.ids}", "type": "greeting", "contract": contract}
        return Send(**self._self(), counter=self.next_counter(), targets=list(targets), **(base | more))

    def send(self, *targets: str, **more: Any) -> Any:
        return self.ask(self.send_message(*targets, **more))

    def receive_message(self, **more: Any) -> Receive:
        return Receive(**self._self(), **({"position": self.position} | more))

    def receive(self, **more: Any) -> EventItem | OfferItem | None:
        """Wait; None if it is still waiting. The position follows what came, as a client's does."""
        message = self.receive_message(**more)
        item = self.ask(message)
        if isinstance(item, EventItem) and not message.peek:
            self.position = item.seq
        return item

    def wait(self, **more: Any) -> int:
        """Begin a wait that finds nothing; its id."""
        message = self.receive_message(**more)
        assert self.ask(message) is None
        return message.id

    def offer_message(self, *targets: str, **more: Any) -> Offer:
        stream = more.pop("stream", None)
        number = self.next_id()
        own = [f"{self.info.pid:x}{number:04x}{index:02x}" for index, _ in enumerate(targets)]
        ids = more.pop("ids", own)
        return Offer(
            **self._self(),
            counter=self.next_counter(),
            offers=[OfferTarget(identifier, target) for identifier, target in zip(ids, targets, strict=True)],
            stream=f"{self.info.pid:x}{number:04x}" if stream is None else stream,
            **({"size": 10} | more),
        )

    def offer(self, *targets: str, **more: Any) -> list[str]:
        """Offer a stream; the offers' ids."""
        message = self.offer_message(*targets, **more)
        answer = self.ask(message)
        assert type(answer).__name__ == "Stored", answer
        return [item.offer for item in message.offers]

    def withdraw(self, *ids: str) -> Any:
        return self.ask(Withdraw(**self._self(), counter=self.next_counter(), offers=list(ids)))

    def settle(self, offer: str, outcome: Any = "taken", cause: str = "") -> Any:
        return self.ask(Settle(**self._self(), counter=self.next_counter(), offer=offer, outcome=outcome, cause=cause))

    def watch(self, *of: str) -> Watching:
        return self.ask(WatchNodes(**self._self(), of=list(of) or None))

    def report(self, state: StateBody | None = None, record: TaskBody | None = None) -> Any:
        return self.ask(Report(**self._self(), counter=self.next_counter(), state=state, record=record))

    def release(self, **more: Any) -> Any:
        return self.ask(Release(**self._self(), **more))


def wants(*sources: str, **more: Any) -> OfferWish:
    """The wish of a receive that names these sources (any, if none)."""
    return OfferWish(sources=list(sources), any_source=not sources, **more)
