"""Contract messages: small typed events between the nodes of a task."""

from .common import ContractEvent, ContractException, Contractor
from .task_contractor import TaskContractor
from .task_message_contractor import (
    AcceptSharedFileSendingDataEvent,
    ApplySharedFileSendingDataEvent,
    DenySendingDataEvent,
    NoticeTaskCompletionEvent,
    TaskMessageContractor,
    TaskMessageEventFactory,
)

__all__ = [
    "AcceptSharedFileSendingDataEvent",
    "ApplySharedFileSendingDataEvent",
    "ContractEvent",
    "ContractException",
    "Contractor",
    "DenySendingDataEvent",
    "NoticeTaskCompletionEvent",
    "TaskContractor",
    "TaskMessageContractor",
    "TaskMessageEventFactory",
]
