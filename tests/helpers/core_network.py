"""A core behind links that can be cut, with a store that commits late and a hub that can be killed; and honest clients.

Requests reach the core at once. Its outcomes wait until they are committed; then their outputs lie in the links'
channels until the client reads them. Cutting a link loses its channel; killing the hub loses what was not committed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec
from core_world import FakeStore

from alphamed_nb.hub.core import effects
from alphamed_nb.hub.core.effects import Outcome
from alphamed_nb.hub.core.router import Core
from alphamed_nb.protocol.messages import (
    Cancel,
    Claim,
    Claimed,
    Done,
    EventItem,
    Offer,
    OfferChanged,
    OfferItem,
    OfferStates,
    OfferTarget,
    OfferWish,
    ProcessInfo,
    Receive,
    Refused,
    Release,
    Send,
    Settle,
    Stored,
    Withdraw,
)


class Network:
    def __init__(self, unread_bytes: int) -> None:
        self.store = FakeStore()
        self.unread_bytes = unread_bytes
        self.core = Core(next_seq=1, unread_bytes=unread_bytes)
        self.loads: list[effects.LoadMail] = []
        """What the core wants read from the disk."""
        self.now = 1000.0
        self.uncommitted: list[Outcome] = []
        self.channels: dict[str, deque[Any]] = {}
        self.links = 0

    def call(self, outcome: Outcome) -> None:
        self.uncommitted.append(outcome)

    def commit(self) -> None:
        """Store everything under way, then perform its outputs."""
        outcomes, self.uncommitted = self.uncommitted, []
        for outcome in outcomes:
            self.store.apply(outcome.changes)
        for outcome in outcomes:
            for output in outcome.outputs:
                if isinstance(output, effects.Deliver) and output.link in self.channels:
                    self.channels[output.link].append(output.message)
                elif isinstance(output, effects.LoadMail):
                    self.loads.append(output)

    def load_mail(self) -> None:
        """Read from the disk what was asked for, as far as it is there by now."""
        loads, self.loads = self.loads, []
        for load in loads:
            self.call(self.core.mail_loaded(load, self.store.load(load), self.now))

    def settle(self) -> None:
        """Commit, read and deliver until nothing is under way."""
        self.commit()
        while self.loads:
            self.load_mail()
            self.commit()

    def open_link(self, process: ProcessInfo) -> str:
        self.links += 1
        link = f"link-{self.links}"
        self.channels[link] = deque()
        self.call(self.core.link_opened(link, process, self.store.counters.get(process.incarnation, 0), self.now))
        return link

    def close_link(self, link: str) -> None:
        del self.channels[link]
        self.call(self.core.link_closed(link, self.now))

    def load_for(self, message: Any) -> None:
        for task in self.core.tasks_of(message):
            if not self.core.knows(task):
                self.commit()
                self.core.load(self.store.image(task), task)

    def tidy(self) -> None:
        """Commit, and drop from memory what nobody needs."""
        before = self.core.next_seq
        self.commit()
        self.core.tidy(before)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.call(self.core.due(self.now))

    def kill_hub(self) -> None:
        self.uncommitted.clear()
        self.channels.clear()
        self.loads.clear()
        self.core = Core(next_seq=self.store.highest_seq() + 1, unread_bytes=self.unread_bytes)
        for task in self.store.held_tasks():
            self.core.load(self.store.image(task), task)
        self.call(self.core.restored(self.now))


@dataclass(eq=False)
class ClientSession:
    task: str
    node: str
    nodes: list[str]
    epoch: int = 0
    position: int = -1
    """-1: taken from the first `Claimed`."""
    receive: int = 0
    releasing: bool = False
    holding: dict[str, str] = field(default_factory=dict)
    """Offers given to it and not settled, with their sources."""


@dataclass(eq=False)
class Client:
    """One process. It keeps to the protocol: claims and resends after a reconnect, drops what it has already."""

    network: Network
    info: ProcessInfo
    consumed: list[tuple[str, str, int, str]]
    """Shared by all clients: (task, node, seq, message id) of every event handed to user code, in that order."""
    link: str = ""
    alive: bool = True
    ids: int = 0
    counter: int = 0
    sessions: dict[tuple[str, str], ClientSession] = field(default_factory=dict)
    pending: dict[int, tuple[Any, ClientSession]] = field(default_factory=dict)
    """Requests to be answered, in order."""
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """(task, node, message id), in order."""
    offered: list[str] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    offer_states: dict[str, str] = field(default_factory=dict)
    """Settled states that this process was told."""

    @property
    def connected(self) -> bool:
        return self.link in self.network.channels

    def next_id(self) -> int:
        self.ids += 1
        return self.ids

    def next_counter(self) -> int:
        self.counter += 1
        return self.counter

    def say(self, message: Any) -> None:
        if self.connected:
            self.network.load_for(message)
            self.network.call(self.network.core.handle(self.link, message, self.network.now))

    def request(self, message: Any, session: ClientSession) -> None:
        self.pending[message.id] = (message, session)
        self.say(message)

    # -- links ---------------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Open a link if there is none; claim again, then send again what was not answered, in order."""
        if self.connected:
            return
        self.link = self.network.open_link(self.info)
        claims = {key: item for key, item in self.pending.items() if isinstance(item[0], Claim)}
        others = {key: item for key, item in self.pending.items() if not isinstance(item[0], (Claim, Receive))}
        self.pending = {}
        claimed = {id(session) for _, session in claims.values()}
        for session in self.sessions.values():
            session.receive = 0
            if id(session) not in claimed and session.epoch:
                self.claim(session)
        for message, session in claims.values():
            self.request(message, session)
        self.settle_claims()
        for message, session in others.values():
            if self.sessions.get((session.task, session.node)) is session:
                message.epoch = session.epoch
                self.request(message, session)

    def settle_claims(self) -> None:
        """A client waits for the answers of its claims before it goes on."""
        self.network.commit()
        self.read(1_000_000)

    def cut(self) -> None:
        if self.connected:
            self.network.close_link(self.link)
        self.link = ""

    def kill(self) -> None:
        self.alive = False
        if self.connected:
            del self.network.channels[self.link]
        self.network.call(self.network.core.process_ended(self.info.incarnation, self.network.now))

    def read(self, count: int) -> None:
        channel = self.network.channels.get(self.link)
        while channel and count:
            count -= 1
            self.take(channel.popleft())

    # -- requests ------------------------------------------------------------------------------------------------------

    def claim(self, session: ClientSession) -> None:
        base = {"id": self.next_id(), "task": session.task, "node": session.node, "epoch": session.epoch}
        self.request(Claim(**base, nodes=session.nodes, context=""), session)

    def enter(self, task: str, node: str, nodes: list[str]) -> None:
        if (task, node) not in self.sessions:  # one that is still leaving counts
            session = self.sessions[task, node] = ClientSession(task, node, nodes)
            self.claim(session)
            self.settle_claims()

    def base(self, session: ClientSession) -> dict[str, Any]:
        return {"id": self.next_id(), "task": session.task, "node": session.node, "epoch": session.epoch}

    def durable(self, session: ClientSession) -> dict[str, Any]:
        return {**self.base(session), "counter": self.next_counter()}

    def send(self, session: ClientSession, targets: list[str]) -> None:
        name = f"{self.info.incarnation}-{self.counter + 1}"
        message = Send(**self.durable(session), message=name, targets=targets, type="t", contract=msgspec.Raw(b"{}"))
        self.sent.append((session.task, session.node, name))
        self.request(message, session)

    def receive(self, session: ClientSession, *, peek: bool = False, offers: OfferWish | None = None) -> None:
        message = Receive(**self.base(session), position=session.position, peek=peek, offers=offers)
        session.receive = message.id
        self.request(message, session)

    def cancel(self, session: ClientSession) -> None:
        if session.receive:
            self.say(Cancel(receive=session.receive))
            session.receive = 0

    def offer(self, session: ClientSession, targets: list[str]) -> None:
        ids = [f"{int(self.info.pid):x}{self.counter + 1:06x}{index:02x}" for index, _ in enumerate(targets)]
        self.offered.extend(ids)
        pairs = [OfferTarget(offer, target) for offer, target in zip(ids, targets, strict=True)]
        self.request(Offer(**self.durable(session), offers=pairs, stream=ids[0]), session)

    def withdraw(self, session: ClientSession, offers: list[str]) -> None:
        self.request(Withdraw(**self.durable(session), offers=offers), session)

    def settle(self, session: ClientSession, offer: str, outcome: Any) -> None:
        session.holding.pop(offer, None)
        self.request(Settle(**self.durable(session), offer=offer, outcome=outcome), session)

    def release(self, session: ClientSession) -> None:
        """Leave; what has not come yet is given back."""
        session.releasing = True
        self.request(Release(**self.base(session), position=session.position), session)

    def drop(self, session: ClientSession) -> None:
        if self.sessions.get((session.task, session.node)) is session:
            del self.sessions[session.task, session.node]
        self.pending = {key: item for key, item in self.pending.items() if item[1] is not session}

    # -- answers -------------------------------------------------------------------------------------------------------

    def take(self, message: Any) -> None:
        if isinstance(message, OfferChanged):
            self.note_offer(message.offer, message.state)
            return
        request, session = self.pending.pop(message.id, (None, None))
        if request is None or session is None:
            return
        match message:
            case Claimed():
                session.epoch = message.epoch
                if session.position < 0:
                    session.position = message.position
            case Refused():
                if isinstance(request, Claim) or message.error.code == "fenced":
                    self.drop(session)
            case Done():
                self.drop(session)
            case Stored():
                if isinstance(request, Send):
                    self.acknowledged.add(request.message)
            case EventItem():
                self.take_event(session, request, message)
            case OfferItem():
                session.holding[message.offer] = message.source
            case OfferStates():
                for offer, state in message.states.items():
                    self.note_offer(offer, state)

    def take_event(self, session: ClientSession, request: Receive, item: EventItem) -> None:
        if request.peek or item.seq <= session.position or session.releasing:
            return
        session.position = item.seq
        self.consumed.append((session.task, session.node, item.seq, item.message))

    def note_offer(self, offer: str, state: str) -> None:
        if state in ("taken", "denied", "withdrawn"):
            known = self.offer_states.setdefault(offer, state)
            assert known == state, f"offer {offer} was {known} and is {state}"
