"""Contract messages between the nodes of one task."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...node.plain import as_names, as_seconds
from ...node.session.session import Session
from ...node.waiting import Deadline
from ...protocol.contracts import decode_contract
from ...protocol.messages import EventItem
from ..logs import logger
from ..mock import require_session
from .common import ContractEvent, ContractException, contract_of
from .task_contractor import TaskContractor

__all__ = [
    "AcceptSharedFileSendingDataEvent",
    "ApplySharedFileSendingDataEvent",
    "DenySendingDataEvent",
    "NoticeTaskCompletionEvent",
    "TaskMessageContractor",
    "TaskMessageEventFactory",
]


@dataclass
class ApplySharedFileSendingDataEvent(ContractEvent):
    """A source has data for its targets."""

    TYPE = "apply_sf_sending_data"

    session_id: str
    source: str
    target: list[str]
    file_url: str

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> ApplySharedFileSendingDataEvent:
        session_id, source = contract.get("session_id"), contract.get("source")
        target, file_url = contract.get("target"), contract.get("file_url")
        assert session_id and isinstance(session_id, str), f"invalid session_id: {session_id!r}"
        assert source and isinstance(source, str), f"invalid source: {source!r}"
        assert target and isinstance(target, list), f"invalid target: {target!r}"
        assert isinstance(file_url, str), f"invalid file_url: {file_url!r}"
        return cls(session_id=session_id, source=source, target=target, file_url=file_url)


@dataclass
class AcceptSharedFileSendingDataEvent(ContractEvent):
    """A receiver takes announced data."""

    TYPE = "accept_sf_sending_data"

    session_id: str
    receiver: str

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> AcceptSharedFileSendingDataEvent:
        session_id, receiver = contract.get("session_id"), contract.get("receiver")
        assert session_id and isinstance(session_id, str), f"invalid session_id: {session_id!r}"
        assert receiver and isinstance(receiver, str), f"invalid receiver: {receiver!r}"
        return cls(session_id=session_id, receiver=receiver)


@dataclass
class DenySendingDataEvent(ContractEvent):
    """A receiver refuses announced data."""

    TYPE = "deny_sending_data"

    session_id: str
    rejecter: str
    cause: str | None

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> DenySendingDataEvent:
        session_id, rejecter, cause = contract.get("session_id"), contract.get("rejecter"), contract.get("cause")
        assert session_id and isinstance(session_id, str), f"invalid session_id: {session_id!r}"
        assert rejecter and isinstance(rejecter, str), f"invalid rejecter: {rejecter!r}"
        assert cause is None or isinstance(cause, str), f"invalid cause: {cause!r}"
        return cls(session_id=session_id, rejecter=rejecter, cause=cause)


@dataclass
class NoticeTaskCompletionEvent(ContractEvent):
    """The task has ended, well or not."""

    TYPE = "notice_task_completion"

    result: bool

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> NoticeTaskCompletionEvent:
        result = contract.get("result")
        assert isinstance(result, bool), f"invalid result: {result!r}"
        return cls(result=result)


class TaskMessageEventFactory:
    """Makes events of contracts. Users extend `_CLASS_MAP` in a subclass."""

    _CLASS_MAP: ClassVar[dict[str, type[ContractEvent]]] = {
        ApplySharedFileSendingDataEvent.TYPE: ApplySharedFileSendingDataEvent,
        AcceptSharedFileSendingDataEvent.TYPE: AcceptSharedFileSendingDataEvent,
        DenySendingDataEvent.TYPE: DenySendingDataEvent,
        NoticeTaskCompletionEvent.TYPE: NoticeTaskCompletionEvent,
    }

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> ContractEvent | None:
        """The event, or None (after a WARNING) for an unknown type or a content that its class refuses."""
        kind = contract.get("type") if isinstance(contract, dict) else None
        event_class = cls._CLASS_MAP.get(kind) if isinstance(kind, str) else None
        if event_class is None:
            logger.warning("%s knows no event of type %r: it is skipped.", cls.__name__, kind)
            return None
        try:
            return event_class.contract_to_event(contract)
        except Exception as error:  # noqa: BLE001  whatever the user's decoding raises: this one cannot be decoded
            logger.warning(
                "An event of type %r could not be decoded and is skipped: %s: %s", kind, type(error).__name__, error
            )
            return None


class TaskMessageContractor(TaskContractor):
    """Sends and receives the contract messages of one task.

    Subclasses assign their factory class to `_event_factory` and wrap `_new_contract` in methods of their own. Identity
    and participants are those of the context a method is called in.
    """

    EVERYONE: ClassVar[list[str]] = ["*"]

    def __init__(self, task_id: str) -> None:
        super().__init__(task_id)
        self._event_factory: type[TaskMessageEventFactory] = TaskMessageEventFactory

    def _new_contract(self, targets: Sequence[str] | str, event: ContractEvent, title: str = "", **kwargs: Any) -> str:
        """Send an event; returns its message id once the hub has stored it.

        Args:
            targets: node ids, or `EVERYONE`: all participants, the sender included.
            event: is validated first.
            title: a title for the message.
        """
        if not isinstance(event, ContractEvent):
            raise ContractException(f"Only a ContractEvent can be sent, got {type(event).__name__}.")
        receivers = as_names(targets, "targets")
        if not receivers:
            raise ContractException(f"{type(event).__name__} has no targets.")
        contract = contract_of(event)
        return self._session("_new_contract()").send(receivers, event.type, contract, title)

    def contract_events(self, timeout: float = 0) -> Iterator[ContractEvent]:
        """The events of this node, in the order of sending, each once.

        Args:
            timeout: seconds from the start of the iteration after which it ends, whether or not events came; 0: never.
        """
        deadline = Deadline(as_seconds(timeout, "timeout"))
        while True:
            item = self._session("contract_events()").receive(deadline)
            if item is None:
                return
            if isinstance(item, EventItem):
                event = self.decode(item)
                if event is not None:
                    yield event

    def decode(self, item: EventItem) -> ContractEvent | None:
        """The event a received item holds; None (after a WARNING) if it cannot be decoded."""
        return self._event_factory.contract_to_event(decode_contract(item.contract))

    def apply_sending_data(self, source: str, target: str | Sequence[str], **kwargs: Any) -> str:
        """Announce data without sending any; a receive ignores it. Returns the session id.

        `SharedFileDataChannel` does all of this itself: only code that keeps its own books calls it.
        """
        targets = as_names(target, "target")
        session_id = uuid.uuid4().hex
        # One offer a target; the first carries the id that is returned.
        offers = [(session_id if i == 0 else uuid.uuid4().hex, name) for i, name in enumerate(targets)]
        self._session("apply_sending_data()").offers.make_empty(offers)
        return session_id

    def accept_sending_data(self, target: str, session_id: str, **kwargs: Any) -> None:
        """Mark announced data as taken."""
        self._session("accept_sending_data()").offers.settle(session_id, "taken")

    def deny_sending_data(self, target: str, session_id: str, rejecter: str, cause: str | None = None) -> None:
        """Refuse announced data."""
        self._session("deny_sending_data()").offers.settle(session_id, "denied", "" if cause is None else cause)

    def upload_metric_report(self, receivers: Sequence[str], report_file: str | None = None) -> None:
        """Hand a metrics file over. In mock mode it stays where it is."""
        if report_file:
            logger.debug("The metrics file stays at %s.", report_file)

    def upload_model(self, receivers: Sequence[str], model_file: str | None = None) -> None:
        """Hand a model file over. In mock mode it stays where it is."""
        if model_file:
            logger.debug("The model file stays at %s.", model_file)

    def upload_task_achivement(
        self, aggregator: str, report_file: str | None = None, model_file: str | None = None
    ) -> None:
        """Older single call for both files."""
        self.upload_metric_report([aggregator], report_file)
        self.upload_model([aggregator], model_file)

    def notify_task_completion(self, result: bool) -> None:
        """Tell every participant, the caller included, that the task has ended."""
        self._new_contract(self.EVERYONE, NoticeTaskCompletionEvent(result=result))

    def _session(self, what: str) -> Session:
        return require_session(self.task_id, f"{type(self).__name__}.{what}")
