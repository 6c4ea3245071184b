"""Random histories of claims, sends, receives, lost links, kills and restarts, against the promises of the hub.

Every acknowledged event is stored once and delivered exactly once, in order, within its task; an event may be missing
only where its consumer was killed, or replaced by another process, between storing and hand-out. A take and a
withdrawal never both win.
"""

from __future__ import annotations

from typing import Any

from core_network import Client, ClientSession, Network
from core_world import body_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alphamed_nb.protocol.messages import OfferWish, ProcessInfo

TASKS = ["T", "U"]
NODES = ["a", "b"]
PLACES = [("T", "a"), ("T", "b"), ("U", "a")]
NEXT_STATES = {
    "offered": {"reading", "taken", "denied", "withdrawn"},
    "reading": {"offered", "taken", "denied", "withdrawn"},
}


class Delivery(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.network = Network(unread_bytes=0)
        self.consumed: list[tuple[str, str, int, str]] = []
        self.clients: list[Client] = []
        self.excused: set[tuple[str, str, int]] = set()
        """(task, node, seq) of events that were handed out to a process that never got them and was then replaced."""

    # -- choosing ------------------------------------------------------------------------------------------------------

    def alive(self) -> list[Client]:
        return [client for client in self.clients if client.alive]

    def claimed(self) -> list[tuple[Client, ClientSession]]:
        return [
            (client, session)
            for client in self.alive()
            if client.connected
            for session in client.sessions.values()
            if session.epoch and not session.releasing
        ]

    def actor(self, data: st.DataObject) -> tuple[Client, ClientSession] | None:
        """A session that can act; a process without one connects and claims a node first."""
        client = self.pick(data, self.alive())
        if not client.connected:
            self.connect_again(client)
        if not client.sessions:
            self.enter_as(client, *self.pick(data, PLACES), [])
        sessions = [session for who, session in self.claimed() if who is client]
        return (client, self.pick(data, sessions)) if sessions else None

    def pick(self, data: st.DataObject, items: list[Any]) -> Any:
        return items[data.draw(st.integers(0, len(items) - 1))]

    # -- processes and links -------------------------------------------------------------------------------------------

    @initialize(room=st.sampled_from([0, 1100, 1_000_000]))
    def two_processes(self, room: int) -> None:
        """With room for none of the events that wait, for two, or for all."""
        self.network = Network(unread_bytes=room)
        self.start_process()
        self.start_process()
        self.clients[0].enter("T", "a", NODES)
        self.clients[1].enter("T", "b", [])

    @precondition(lambda self: len(self.alive()) < 3)
    @rule()
    def start_process(self) -> None:
        number = len(self.clients) + 1
        info = ProcessInfo(incarnation=f"p{number}", pid=number, host="h", started=0.0)
        client = Client(self.network, info, self.consumed)
        self.clients.append(client)
        client.connect()

    @rule(data=st.data(), task=st.sampled_from(TASKS), node=st.sampled_from(NODES), nodes=st.sampled_from([[], NODES]))
    def enter(self, data: st.DataObject, task: str, node: str, nodes: list[str]) -> None:
        client = self.pick(data, self.alive())
        if client.connected:
            self.enter_as(client, task, node, nodes)

    def enter_as(self, client: Client, task: str, node: str, nodes: list[str]) -> None:
        self.note_replaced(task, node, client)
        client.enter(task, node, nodes)

    @rule(data=st.data())
    def cut_link(self, data: st.DataObject) -> None:
        self.pick(data, self.alive()).cut()

    @rule(data=st.data())
    def connect(self, data: st.DataObject) -> None:
        self.connect_again(self.pick(data, self.alive()))

    def connect_again(self, client: Client) -> None:
        for session in client.sessions.values():
            self.note_replaced(session.task, session.node, client)
        client.connect()

    @rule(seconds=st.sampled_from([1.0, 6.0, 11.0]))
    def time_passes(self, seconds: float) -> None:
        self.network.advance(seconds)

    @rule()
    def kill_hub(self) -> None:
        self.network.kill_hub()

    @rule()
    def commit(self) -> None:
        self.network.commit()

    @rule()
    def tidy(self) -> None:
        self.network.tidy()

    @rule()
    def load_mail(self) -> None:
        self.network.load_mail()

    @rule(data=st.data(), count=st.integers(1, 5))
    def read(self, data: st.DataObject, count: int) -> None:
        self.pick(data, self.alive()).read(count)

    def flow(self) -> None:
        """Commit, and let everybody read what comes."""
        self.network.settle()
        for client in self.alive():
            client.read(1_000_000)

    # -- messages ------------------------------------------------------------------------------------------------------

    @rule(data=st.data(), to=st.lists(st.sampled_from([*NODES, "*"]), min_size=1, max_size=3), flow=st.booleans())
    def send(self, data: st.DataObject, to: list[str], flow: bool) -> None:
        if actor := self.actor(data):
            client, session = actor
            client.send(session, to)
        if flow:
            self.flow()

    @rule(data=st.data(), peek=st.sampled_from([False, False, True]), offers=st.booleans(), flow=st.booleans())
    def receive(self, data: st.DataObject, peek: bool, offers: bool, flow: bool) -> None:
        if actor := self.actor(data):
            client, session = actor
            wish = OfferWish(any_source=True, holding=list(session.holding)) if offers else None
            client.receive(session, peek=peek, offers=wish)
        if flow:
            self.flow()

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if actor := self.actor(data):
            client, session = actor
            client.cancel(session)

    # -- transfers -----------------------------------------------------------------------------------------------------

    @rule(
        data=st.data(),
        to=st.lists(st.sampled_from(NODES), min_size=1, max_size=2),
        read=st.booleans(),
        outcome=st.sampled_from(["", "taken", "denied", "returned"]),
    )
    def offer(self, data: st.DataObject, to: list[str], read: bool, outcome: str) -> None:
        if actor := self.actor(data):
            client, session = actor
            client.offer(session, to)
            if read:
                for reader, other in self.claimed():
                    if (other.task, other.node) == (session.task, to[0]):
                        wish = OfferWish(sources=[session.node], holding=list(other.holding))
                        reader.receive(other, offers=wish)
                self.flow()
            if read and outcome:
                for reader, other in self.claimed():
                    for offer in list(other.holding):
                        reader.settle(other, offer, outcome)

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        own = [
            (client, session, offer.offer)
            for client, session in self.claimed()
            for offer in self.network.store.offers.values()
            if (offer.task, offer.source) == (session.task, session.node)
        ]
        if own:
            client, session, offer = self.pick(data, own)
            client.withdraw(session, [offer])

    @rule(data=st.data(), outcome=st.sampled_from(["taken", "taken", "denied", "returned"]))
    def settle(self, data: st.DataObject, outcome: str) -> None:
        held = [(client, session, offer) for client, session in self.claimed() for offer in session.holding]
        if held:
            client, session, offer = self.pick(data, held)
            client.settle(session, offer, outcome)

    # -- answers that do not arrive ------------------------------------------------------------------------------------

    def interrupt(self, client: Client, committed: bool, how: str) -> None:
        """What this client has just asked is stored or not, and its answer does not arrive."""
        if committed:
            self.network.commit()
        if how == "cut":
            client.cut()
        elif how == "kill hub":
            self.network.kill_hub()
        elif how == "kill process" and len(self.alive()) > 1:
            for session in client.sessions.values():
                self.excuse(session, client)
            client.kill()
        elif how == "release":
            for session in list(client.sessions.values()):
                client.release(session)

    @rule(
        data=st.data(),
        committed=st.booleans(),
        how=st.sampled_from(["cut", "kill hub", "kill process", "release"]),
        seconds=st.sampled_from([0.0, 0.0, 11.0]),
        again=st.booleans(),
    )
    def lose_an_event(self, data: st.DataObject, committed: bool, how: str, seconds: float, again: bool) -> None:
        if actor := self.actor(data):
            client, session = actor
            client.send(session, [session.node])
            client.receive(session)
            self.interrupt(client, committed, how)
            self.network.advance(seconds)
            if again and client.alive:
                self.connect_again(client)
                if (session.task, session.node) in client.sessions:
                    client.receive(client.sessions[session.task, session.node])

    @rule(
        data=st.data(),
        what=st.sampled_from(["send", "offer", "withdraw", "settle"]),
        committed=st.booleans(),
        how=st.sampled_from(["cut", "kill hub"]),
        again=st.booleans(),
    )
    def lose_an_acknowledgement(self, data: st.DataObject, what: str, committed: bool, how: str, again: bool) -> None:
        if actor := self.actor(data):
            client, session = actor
            if what == "send":
                client.send(session, ["*"])
            elif what == "offer":
                client.offer(session, NODES)
            elif what == "withdraw":
                client.withdraw(session, list(client.offered))
            else:
                for offer in list(session.holding):
                    client.settle(session, offer, "taken")
            self.interrupt(client, committed, how)
            if again:
                self.connect_again(client)

    # -- what may be missing -------------------------------------------------------------------------------------------

    def excuse(self, session: ClientSession, client: Client) -> None:
        """This process will never get what was handed out to it and has not reached it."""
        known = self.network.core._hub.tasks.get(session.task)
        if known is None:
            position = self.network.store.positions.get((session.task, session.node), 0)
        elif session.node in known.members:
            mailbox = known.members[session.node].mailbox
            position = mailbox.position if mailbox.handed_to == client.info.incarnation else 0
        else:
            position = 0
        if position > session.position:
            self.excused.add((session.task, session.node, position))

    def note_replaced(self, task: str, node: str, newcomer: Client) -> None:
        """If the newcomer gets the node, the one who had it before is replaced."""
        for client in self.clients:
            session = client.sessions.get((task, node))
            if client is not newcomer and session is not None:
                self.excuse(session, client)

    # -- promises ------------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_consumed_twice_or_out_of_order(self) -> None:
        last: dict[tuple[str, str], int] = {}
        for task, node, seq, message in self.consumed:
            assert seq > last.get((task, node), 0), f"{node} of {task} got {message} (number {seq}) twice or too late"
            last[task, node] = seq

    def teardown(self) -> None:
        network = self.network
        for client in self.alive():
            self.connect_again(client)
            self.flow()
        for client in self.alive():
            for session in list(client.sessions.values()):
                if not session.releasing:
                    self.consume_all(client, session)
                    client.release(session)
        self.flow()
        network.advance(11)
        network.commit()
        self.drain()
        self.check_journal()
        self.check_consumption()
        self.check_offers()

    def drain(self) -> None:
        """A last process consumes whatever waits for anybody."""
        info = ProcessInfo(incarnation="last", pid=99, host="h", started=0.0)
        last = Client(self.network, info, self.consumed)
        last.connect()
        for task in TASKS:
            for node in NODES:
                last.enter(task, node, NODES)
                self.consume_all(last, last.sessions[task, node])
        self.nothing_is_consumed_twice_or_out_of_order()

    def consume_all(self, client: Client, session: ClientSession) -> None:
        before = -2
        while session.position != before:
            before = session.position
            client.receive(session)
            self.network.settle()
            client.read(1_000_000)

    def check_journal(self) -> None:
        """Every acknowledged message is stored, none twice, each sender's in the order of sending."""
        stored = [(row.task, row.node, body_of(row).message) for row in self.network.store.rows if row.kind == "event"]
        assert len(stored) == len(set(stored)), "a message was stored twice"
        for client in self.clients:
            mine = [item for item in stored if item[2].startswith(f"{client.info.incarnation}-")]
            sent = [item for item in client.sent if item in set(mine)]
            assert mine == sent, "messages were stored in another order than they were sent"
            assert client.acknowledged <= {item[2] for item in mine}, "an acknowledged message is missing"

    def check_consumption(self) -> None:
        """Each node consumed exactly the events that name it, but for excused ones."""
        for task in TASKS:
            for node in NODES:
                expected = [
                    row.seq
                    for row in self.network.store.rows
                    if row.kind == "event" and row.task == task and node in body_of(row).targets
                ]
                got = [seq for name, who, seq, _ in self.consumed if (name, who) == (task, node)]
                missing = {seq for seq in set(expected) - set(got) if (task, node, seq) not in self.excused}
                assert not missing, f"{node} of {task} never got {sorted(missing)}"
                assert set(got) <= set(expected), f"{node} of {task} got what was not for it"

    def check_offers(self) -> None:
        """Each offer takes legal steps only and is settled once; nobody was ever told otherwise."""
        last: dict[str, str] = {}
        for row in self.network.store.rows:
            if row.kind == "offer":
                body = body_of(row)
                before = last.get(body.offer)
                assert body.state in (NEXT_STATES.get(before, set()) if before else {"offered"})
                last[body.offer] = body.state
        for client in self.clients:
            for offer, state in client.offer_states.items():
                who = client.info.incarnation
                assert last[offer] == state, f"{who} was told {state}, the journal says {last[offer]}"


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(
    max_examples=150, stateful_step_count=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
