"""The contract messages of a task in rounds.

Every one carries the nonce of the leader's attempt: messages of another attempt mean nothing. On the wire the leader is
called aggregator, whatever it is in the algorithm.

=======================  ===========================  ===============================================================
type                     from, to                     means
=======================  ===========================  ===============================================================
announce_task            leader, to a participant     this attempt has begun; it goes on with `round`
checkin                  participant, to the leader   the answer: I take part, and this is what I bring
checkin_refused          leader, to a participant     the answer to that, if it may not take part
sync_state               leader, to participants      round `round` begins: who is there?
sync_state_response      participant, to the leader   the answer
start_round              leader, to who answered      these take part in round `round`; what they exchange are streams
close_round              leader, to participants      round `round` is over, what is late for it is not wanted
finish_task              leader, to participants      the task is finished
=======================  ===========================  ===============================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from ..contractor.common import ContractEvent
from ..contractor.task_message_contractor import TaskMessageContractor, TaskMessageEventFactory

__all__ = [
    "AnnounceTaskEvent",
    "AttemptEvent",
    "CheckinEvent",
    "CheckinRefusedEvent",
    "CloseRoundEvent",
    "FinishTaskEvent",
    "RoundsContractor",
    "RoundsEventFactory",
    "StartRoundEvent",
    "SyncStateEvent",
    "SyncStateResponseEvent",
]


@dataclass
class AttemptEvent(ContractEvent):
    """Base of the events of one attempt of a leader."""

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
    data: dict[str, Any] = field(default_factory=dict)
    """What the leader has to know of it; left out on the wire if there is nothing."""

    def event_to_contract(self) -> dict[str, Any]:
        contract = super().event_to_contract()
        return contract if self.data else {name: value for name, value in contract.items() if name != "data"}


@dataclass
class CheckinRefusedEvent(AttemptEvent):
    TYPE = "checkin_refused"

    reason: str


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


class RoundsEventFactory(TaskMessageEventFactory):
    _CLASS_MAP: ClassVar[dict[str, type[ContractEvent]]] = {
        **{
            event.TYPE: event
            for event in (
                AnnounceTaskEvent,
                CheckinEvent,
                CheckinRefusedEvent,
                SyncStateEvent,
                SyncStateResponseEvent,
                StartRoundEvent,
                CloseRoundEvent,
                FinishTaskEvent,
            )
        },
        **TaskMessageEventFactory._CLASS_MAP,
    }


class RoundsContractor(TaskMessageContractor):
    """Sends the messages above."""

    def __init__(self, task_id: str) -> None:
        super().__init__(task_id=task_id)
        self._event_factory = RoundsEventFactory

    def announce(self, targets: Sequence[str], nonce: str, round: int, aggregator: str) -> None:
        self._new_contract(targets, AnnounceTaskEvent(nonce=nonce, round=round, aggregator=aggregator))

    def checkin(self, aggregator: str, nonce: str, peer_id: str, data: Mapping[str, Any] | None = None) -> None:
        self._new_contract([aggregator], CheckinEvent(nonce=nonce, peer_id=peer_id, data=dict(data or {})))

    def refuse_checkin(self, target: str, nonce: str, reason: str) -> None:
        self._new_contract([target], CheckinRefusedEvent(nonce=nonce, reason=reason))

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
