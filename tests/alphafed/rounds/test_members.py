"""Whom the leader counts as present."""

from types import SimpleNamespace

import msgspec
from averaging_task import AGGREGATOR, NODES, B, C

from alphamed_nb.alphafed.fed_avg.contractor import CheckinEvent, FedAvgContractor, SyncStateResponseEvent
from alphamed_nb.alphafed.rounds import Leader, Roles
from alphamed_nb.alphafed.rounds.members import Members
from alphamed_nb.protocol.messages import EventItem, NodeState


class Contractor(FedAvgContractor):
    def query_nodes(self):
        return NODES


def item(seq, event):
    contract = msgspec.Raw(msgspec.json.encode(event.event_to_contract()))
    return EventItem(id=1, seq=seq, sender=event.peer_id, type=event.type, contract=contract, message="m", at=1.0)


def answer(seq, node=C, round=1):
    return item(seq, SyncStateResponseEvent(nonce="nonce", round=round, peer_id=node))


def checkin(seq, node):
    return item(seq, CheckinEvent(nonce="nonce", peer_id=node))


def test_an_answer_of_an_earlier_session_means_nothing():
    """It was on its way when the node was started again, and the new session has not answered yet."""
    restarted = NodeState(node=C, state="up", epoch=50, seq=50, began=50)
    session = SimpleNamespace(node=AGGREGATOR, began=1, presence={C: restarted})
    part = Members(
        SimpleNamespace(contractor=Contractor("task"), current_round=1, task_id="task", id=""), session, Roles()
    )
    part.nonce, part.members[C].joined, part._synchronising = "nonce", 51, True
    part.on_event(answer(seq=49))
    assert part.in_round == set()
    part.on_event(answer(seq=52))
    assert part.in_round == {C}


class Told:
    """A session to which these items come, and what the node waits for whenever it asks for the next one."""

    node, began, task = AGGREGATOR, 1, "task"

    def __init__(self, *items):
        self.items, self.waits = list(items), []
        self.presence = {node: NodeState(node=node, state="up", epoch=1, seq=1, began=1) for node in NODES}

    def receive(self, deadline, *, wait, **_):
        self.waits.append(msgspec.structs.replace(wait, whom=list(wait.whom), arrived=list(wait.arrived)))
        found = self.items.pop(0)
        if isinstance(found, NodeState):
            self.presence[found.node] = found
        return found

    def watch(self, of): ...
    def report_task(self, change, **about): ...


def leader(session, monkeypatch):
    contractor = Contractor("task")
    for call in ("announce", "sync_state"):
        monkeypatch.setattr(contractor, call, lambda *_: None)
    options = SimpleNamespace(contractor=contractor, current_round=1, schedule_timeout=30, task_id="task", id="")
    part = Leader(options, session, Roles())
    part.nonce = "nonce"
    return part


def test_a_wait_for_several_is_one_wait_until_the_last_has_come(monkeypatch):
    gone = NodeState(node=B, state="gone", epoch=1, seq=11, began=1)
    back = NodeState(node=B, state="up", epoch=12, seq=12, began=12)
    session = Told(
        checkin(10, B), gone, back, checkin(13, C), checkin(14, B),  # while it gathers
        answer(20), answer(21, B),
    )  # fmt: skip
    part = leader(session, monkeypatch)
    part.gather()
    part.synchronise()
    gathering, synchronising = session.waits[:5], session.waits[5:]
    assert [(wait.whom, wait.arrived) for wait in gathering] == [
        ([B, C], []), ([C], [B]), ([B, C], []), ([B, C], []), ([B], [C]),
    ]  # fmt: skip
    assert [(wait.whom, wait.arrived) for wait in synchronising] == [([B, C], []), ([B], [C])]
    for waits in (gathering, synchronising):
        assert len({wait.since for wait in waits}) == 1 and {wait.expected for wait in waits} == {2}
    assert {wait.limit for wait in gathering} == {None} and {wait.limit for wait in synchronising} == {30}
