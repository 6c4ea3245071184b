"""Whom the aggregator counts as present."""

from types import SimpleNamespace

import msgspec
from averaging_task import AGGREGATOR, NODES, C

from alphamed_nb.alphafed.fed_avg.contractor import FedAvgContractor, SyncStateResponseEvent
from alphamed_nb.alphafed.fed_avg.members import MembersPart
from alphamed_nb.protocol.messages import EventItem, NodeState


class Contractor(FedAvgContractor):
    def query_nodes(self):
        return NODES


def answer(seq):
    event = SyncStateResponseEvent(nonce="nonce", round=1, peer_id=C)
    contract = msgspec.Raw(msgspec.json.encode(event.event_to_contract()))
    return EventItem(id=1, seq=seq, sender=C, type=event.type, contract=contract, message="m", at=1.0)


def test_an_answer_of_an_earlier_session_means_nothing():
    """It was on its way when the node was started again, and the new session has not answered yet."""
    restarted = NodeState(node=C, state="up", epoch=50, seq=50, began=50)
    session = SimpleNamespace(node=AGGREGATOR, began=1, presence={C: restarted})
    part = MembersPart(SimpleNamespace(contractor=Contractor("task"), current_round=1), session)
    part.nonce, part.members[C].joined, part.synchronising = "nonce", 51, True
    part.on_event(answer(seq=49))
    assert part.in_round == set()
    part.on_event(answer(seq=52))
    assert part.in_round == {C}
