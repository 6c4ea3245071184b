"""Data streams through a file that sender and receivers share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, overload

from ...node.plain import as_name, as_names, as_seconds
from ...node.session.session import Session
from ...node.session.streams_in import receive_streams
from ...node.session.streams_out import send_stream
from ...node.waiting import Deadline
from ...protocol.messages import EventItem
from ..contractor.common import ContractEvent
from ..contractor.task_message_contractor import TaskMessageContractor
from ..logs import logger
from ..mock import require_session

__all__ = ["DataChannelException", "SharedFileDataChannel"]

Handler = Callable[[ContractEvent], Any]


class DataChannelException(Exception):  # noqa: N818  named as the API names its exceptions
    """With `ensure_all_succ`: not everybody took, or sent, the data; the message names them."""

    because_of: Sequence[str] = ()
    """Those who did not."""


class SharedFileDataChannel:
    """Sends and receives data streams in the task of `contractor`.

    Single and batch calls mix freely: a receiver cannot tell how it was sent.
    """

    def __init__(self, contractor: TaskMessageContractor) -> None:
        self.contractor = contractor

    @overload
    def send_stream(
        self, source: str, target: str, data_stream: bytes, connection_timeout: float = ..., timeout: float = ...,
        **kwargs: Any,
    ) -> str | None: ...  # fmt: skip
    @overload
    def send_stream(
        self, source: str, target: Sequence[str], data_stream: bytes, connection_timeout: float = ...,
        timeout: float = ..., **kwargs: Any,
    ) -> list[str]: ...  # fmt: skip
    def send_stream(
        self,
        source: str,
        target: str | Sequence[str],
        data_stream: bytes,
        connection_timeout: float = 30,
        timeout: float = 60,
        **kwargs: Any,
    ) -> str | list[str] | None:
        """Send data to one node; returns once it has them.

        Args:
            source: this node's id.
            target: the receiver. Older code gives a list: then it is `batch_send_stream`.
            data_stream: the data.
            connection_timeout: seconds until the receiver begins to read.
            timeout: seconds from there until it has the data.

        Returns:
            The target's id, or None if it did not take the data.
        """
        if not isinstance(target, str):
            return self.batch_send_stream(source, target, data_stream, connection_timeout, timeout, **kwargs)
        taken = self.batch_send_stream(source, [target], data_stream, connection_timeout, timeout)
        return target if taken else None

    def batch_send_stream(
        self,
        source: str,
        target: Sequence[str],
        data_stream: bytes,
        connection_timeout: float = 30,
        timeout: float = 60,
        ensure_all_succ: bool = False,
        **kwargs: Any,
    ) -> list[str]:
        """Send the same data to several nodes, which read at the same time; returns the ids that took them.

        Raises:
            DataChannelException: with `ensure_all_succ`, if one did not.
        """
        targets = list(dict.fromkeys(as_names(target, "target")))
        data = _as_bytes(data_stream)
        begin, end = as_seconds(connection_timeout, "connection_timeout"), as_seconds(timeout, "timeout")
        if not targets:
            return []
        session = self._session("send_stream()", source)
        results = send_stream(session, targets, data, connection_timeout=begin, timeout=end)
        taken = [name for name in targets if results.get(name) == "taken"]
        refused = {name: results.get(name, "withdrawn") for name in targets if name not in taken}
        for name, result in refused.items():
            logger.warning("%s did not take the data of %s: %s.", name, source, _in_words(result, connection_timeout))
        if ensure_all_succ and refused:
            error = DataChannelException(
                "Not everybody took the data: "
                + "; ".join(f"{name}: {_in_words(result, connection_timeout)}" for name, result in refused.items())
                + "."
            )
            error.because_of = list(refused)
            raise error
        return taken

    def receive_stream(
        self,
        receiver: str,
        source: str | None = None,
        complementary_handler: Handler | None = None,
        timeout: float = 0,
        **kwargs: Any,
    ) -> tuple[str, bytes] | None:
        """Receive the next data of `source` (None: of anybody); denies others' meanwhile.

        Args:
            receiver: this node's id.
            source: the sender.
            complementary_handler: gets the contract messages that arrive meanwhile; without one they are dropped.
            timeout: seconds; 0: wait for ever.

        Returns:
            The source's id and the data, or None when the time was over.
        """
        sources = [] if source is None else [as_name(source, "source")]
        deadline = Deadline(as_seconds(timeout, "timeout"))
        session = self._session("receive_stream()", receiver)
        received = receive_streams(session, sources, deadline, on_event=self._event_handler(complementary_handler))
        return next(iter(received.items()), None)

    def batch_receive_stream(
        self,
        receiver: str,
        source_list: Sequence[str],
        complementary_handler: Handler | None = None,
        timeout: float = 0,
        ensure_all_succ: bool = False,
        **kwargs: Any,
    ) -> dict[str, bytes]:
        """Receive one data stream of each source; returns what came in time.

        Raises:
            DataChannelException: with `ensure_all_succ`, if one is missing at the end. What had come is given back.
        """
        sources = list(dict.fromkeys(as_names(source_list, "source_list")))
        deadline = Deadline(as_seconds(timeout, "timeout"))
        if not sources:
            return {}
        session = self._session("batch_receive_stream()", receiver)
        received: dict[str, bytes] = {}
        arrived = receive_streams(
            session,
            sources,
            deadline,
            on_event=self._event_handler(complementary_handler),
            on_arrival=received.__setitem__,
            all_or_nothing=ensure_all_succ,
        )
        missing = [name for name in sources if name not in arrived]
        if ensure_all_succ and missing:
            late = [name for name in sources if name not in received]
            error = DataChannelException(f"No data came within {timeout} s from: {', '.join(late or missing)}.")
            error.because_of = late or missing
            raise error
        return arrived

    def _event_handler(self, handler: Handler | None) -> Callable[[EventItem], None]:
        def handle(item: EventItem) -> None:
            if handler is not None:
                event = self.contractor.decode(item)
                if event is not None:
                    handler(event)

        return handle

    def _session(self, what: str, own_id: str) -> Session:
        session = require_session(self.contractor.task_id, f"{type(self).__name__}.{what}")
        if own_id != session.node:
            raise ValueError(
                f"{what} was called for node {own_id!r}, but the active mock_context is node {session.node!r}."
            )
        return session


def _as_bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"data_stream must be bytes, got {type(data).__name__}.")


def _in_words(result: str, connection_timeout: float) -> str:
    return result if result.startswith("denied") else f"not taken in time (it has {connection_timeout} s to begin)"
