"""The live feed: answers one viewer's question as long as it is open, or until the next one."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ...protocol.errors import InvalidRequest, TooLarge
from ...protocol.live import Follow, Following, FollowRefused, LiveMessage, LiveQuestion
from ..faults import to_be_told
from ..reading.overviews import Overviews
from ..service import HubService
from .overview_feed import OverviewFeed
from .row_feed import RowFeed
from .text_socket import TextSocket

__all__ = ["LIVE_FRAME_BYTES", "LiveFeed"]

LIVE_FRAME_BYTES = 64 * 1024
"""The largest frame a viewer may send."""

_decoder: msgspec.json.Decoder[LiveQuestion] = msgspec.json.Decoder(LiveQuestion)
_encode = msgspec.json.Encoder().encode


class _Feed(Protocol):
    """What answers one question."""

    def go_on(self) -> None:
        """There may be something to send: rows came, or the viewer has taken what was sent."""

    def stop(self) -> None:
        """Send nothing more."""


class LiveFeed:
    """One viewer."""

    def __init__(self, service: HubService, socket: TextSocket) -> None:
        self._service = service
        self._socket = socket
        self._feed: _Feed | None = None
        socket.on_read = self._go_on
        service.journal.row_watchers.add(self._go_on)
        service.viewers.add(self)

    def on_frame(self, frame: str | bytes) -> None:
        try:
            if len(frame) > LIVE_FRAME_BYTES:
                raise TooLarge(f"A question is at most {LIVE_FRAME_BYTES:,} bytes.", limit=LIVE_FRAME_BYTES)
            try:
                question = _decoder.decode(frame)
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                raise InvalidRequest(f"The frame is neither a Follow nor a Watch: {error}") from None
            feed = self._open(question)
        except Exception as error:  # noqa: BLE001  whatever it is, this viewer is told, and no other one
            self._refuse(error)
            return
        self._stop()
        self._feed = feed
        self._send(Following(hub=self._service.hub_id, number=self._service.journal.number))
        feed.go_on()

    def on_close(self) -> None:
        self._stop()
        self._service.journal.row_watchers.discard(self._go_on)
        self._service.viewers.discard(self)

    def _open(self, question: LiveQuestion) -> _Feed:
        """Raises `InvalidRequest` for a question that makes no sense."""
        service = self._service
        if isinstance(question, Follow):
            return RowFeed(service.journal, service.background, service.settings, self._socket, self._refuse, question)
        overviews = Overviews(service.snapshots, service.journal, service.host, question.task, question.run)
        measures = question.memory and question.task is not None
        return OverviewFeed(
            overviews, service.journal, service.background, service.settings, self._socket, measures, self._refuse
        )

    def _go_on(self) -> None:
        if self._feed is not None:
            self._feed.go_on()

    def _send(self, message: LiveMessage) -> None:
        self._socket.send_text(_encode(message))

    def _refuse(self, error: Exception) -> None:
        self._stop()
        told = to_be_told(error, "the question of a viewer")
        self._send(FollowRefused(code=told.code, message=told.message))
        self._socket.close(1008, told.code)

    def _stop(self) -> None:
        if self._feed is not None:
            self._feed.stop()
            self._feed = None
