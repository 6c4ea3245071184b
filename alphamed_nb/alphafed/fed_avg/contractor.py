"""The contract messages of federated averaging: those of any task in rounds, by the names they have in the API."""

from __future__ import annotations

from ..rounds.contractor import (
    AnnounceTaskEvent,
    AttemptEvent,
    CheckinEvent,
    CloseRoundEvent,
    FinishTaskEvent,
    RoundsContractor,
    RoundsEventFactory,
    StartRoundEvent,
    SyncStateEvent,
    SyncStateResponseEvent,
)

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


class FedAvgEventFactory(RoundsEventFactory):
    """Users may extend its map."""


class FedAvgContractor(RoundsContractor):
    def __init__(self, task_id: str) -> None:
        super().__init__(task_id)
        self._event_factory = FedAvgEventFactory
