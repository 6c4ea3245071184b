"""The contract messages of federated averaging.

Every one carries the nonce of the aggregator's attempt: messages of another attempt mean nothing.

=======================  ==============================  ============================================================
type                     from, to                        means
=======================  ==============================  ============================================================
announce_task            aggregator, to a participant    this attempt has begun; it goes on with `round`
checkin                  participant, to the aggregator  the answer: I take part
sync_state               aggregator, to participants     round `round` begins: who is there?
sync_state_response      participant, to the aggregator  the answer
start_round              aggregator, to who answered     these train in round `round`; the parameters follow as a stream
close_round              aggregator, to participants     round `round` is over, a late update of it is not wanted
finish_task              aggregator, to participants     the task is finished
=======================  ==============================  ============================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ..contractor.common import ContractEvent
from ..contractor.task_message_contractor import TaskMessageContractor, TaskMessageEventFactory

__all__ = [
    "AnnounceTaskEvent",
    "AttemptEvent",
    "CheckinEvent",
    "CloseRoundEvent",
    "FedAvgContractor",
    "FedAvgEventFactory",
    "FinishTaskEvent",
    "StartRoundEvent",
    "SyncStateEvent",
    "SyncStateResponseEvent",
]


@dataclass
class AttemptEvent(ContractEvent):
    """Base of the events of one attempt of an aggregator."""

    nonce: str

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> Self:
        event = cls(**{name: value for name, value in contract.items() if name != "type"})
        event.validate()
        assert event.nonce, "the nonce is empty"
        return event


@dataclass
class AnnounceTaskEvent(AttemptEvent):
    TYPE = "announce_task"

    round: int
    aggregator: str


@dataclass
class CheckinEvent(AttemptEvent):
    TYPE = "checkin"

    peer_id: str


@dataclass
class SyncStateEvent(AttemptEvent):
    TYPE = "sync_state"

    round: int
    aggregator: str


@dataclass
class SyncStateResponseEvent(AttemptEvent):
    TYPE = "sync_state_response"

    round: int
    peer_id: str


@dataclass
class StartRoundEvent(AttemptEvent):
    TYPE = "start_round"

    round: int
    calculators: list[str]
    aggregator: str


@dataclass
class CloseRoundEvent(AttemptEvent):
    TYPE = "close_round"

    round: int


@dataclass
class FinishTaskEvent(AttemptEvent):
    TYPE = "finish_task"


class FedAvgEventFactory(TaskMessageEventFactory):
    _CLASS_MAP: ClassVar[dict[str, type[ContractEvent]]] = {
        **{
            event.TYPE: event
            for event in (
                AnnounceTaskEvent,
                CheckinEvent,
                SyncStateEvent,
                SyncStateResponseEvent,
                StartRoundEvent,
                CloseRoundEvent,
                FinishTaskEvent,
            )
        },
        **TaskMessageEventFactory._CLASS_MAP,
    }


class FedAvgContractor(TaskMessageContractor):
    """Sends the messages above."""

    def __init__(self, task_id: str) -> None:
        super().__init__(task_id=task_id)
        self._event_factory = FedAvgEventFactory

    def announce(self, targets: Sequence[str], nonce: str, round: int, aggregator: str) -> None:
        self._new_contract(targets, AnnounceTaskEvent(nonce=nonce, round=round, aggregator=aggregator))

    def checkin(self, aggregator: str, nonce: str, peer_id: str) -> None:
        self._new_contract([aggregator], CheckinEvent(nonce=nonce, peer_id=peer_id))

    def sync_state(self, targets: Sequence[str], nonce: str, round: int, aggregator: str) -> None:
        self._new_contract(targets, SyncStateEvent(nonce=nonce, round=round, aggregator=aggregator))

    def respond_sync_state(self, aggregator: str, nonce: str, round: int, peer_id: str) -> None:
        self._new_contract([aggregator], SyncStateResponseEvent(nonce=nonce, round=round, peer_id=peer_id))

    def start_round(
        self, targets: Sequence[str], nonce: str, round: int, calculators: Sequence[str], aggregator: str
    ) -> None:
        event = StartRoundEvent(nonce=nonce, round=round, calculators=list(calculators), aggregator=aggregator)
        self._new_contract(targets, event)

    def close_round(self, targets: Sequence[str], nonce: str, round: int) -> None:
        self._new_contract(targets, CloseRoundEvent(nonce=nonce, round=round))

    def finish_task(self, targets: Sequence[str], nonce: str) -> None:
        self._new_contract(targets, FinishTaskEvent(nonce=nonce))
