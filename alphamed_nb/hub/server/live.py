"""The live feed: journal rows to a viewer as they come, in batches.

Each batch is read from the stores when the viewer has taken the one before. So a slow viewer costs the hub nothing; one
that is far behind skips log and metric rows, never the others, from which it knows how nodes stand.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import get_args

import msgspec

from ...protocol.errors import HubError, InvalidRequest, TooLarge
from ...protocol.journal import Kind
from ...protocol.live import Follow, Following, FollowRefused, LiveMessage, Rows
from ..service import HubService
from ..store.query import Page, RowQuery
from .sockets import TextSocket

__all__ = ["LIVE_FRAME_BYTES", "LiveFeed"]

LIVE_FRAME_BYTES = 64 * 1024
"""The largest frame a viewer may send."""
_BATCH_ROWS = 2000
_KINDS: tuple[Kind, ...] = get_args(Kind)
_SKIPPABLE: tuple[Kind, ...] = ("log", "metric")

_decoder = msgspec.json.Decoder(Follow)
_encode = msgspec.json.Encoder().encode


class LiveFeed:
    """One viewer."""

    def __init__(self, service: HubService, socket: TextSocket) -> None:
        self._service = service
        self._socket = socket
        self._query: RowQuery | None = None
        self._skip_to: int | None = None
        self._skipped = 0
        self._batch: asyncio.Task[None] | None = None
        self._pause: asyncio.TimerHandle | None = None
        socket.on_read = self._go_on
        service.row_watchers.add(self._go_on)
        service.viewers.add(self)

    def on_frame(self, frame: str | bytes) -> None:
        try:
            if len(frame) > LIVE_FRAME_BYTES:
                raise TooLarge(f"A Follow is at most {LIVE_FRAME_BYTES:,} bytes.", limit=LIVE_FRAME_BYTES)
            try:
                follow = _decoder.decode(frame)
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                raise InvalidRequest(f"The frame is not a Follow: {error}") from None
            number = self._service.watermark()
            query = _query_of(follow, number)
        except HubError as error:
            self._refuse(error)
            return
        self._stop()
        self._query, self._skip_to = query, None
        self._send(Following(hub=self._service.hub_id, number=number))
        self._go_on()

    def on_close(self) -> None:
        self._stop()
        self._query = None
        self._service.row_watchers.discard(self._go_on)
        self._service.viewers.discard(self)

    def _go_on(self) -> None:
        """Send a batch, unless one is under way, the last one is too recent, or the viewer has not taken it yet."""
        if self._query is None or self._batch is not None or self._pause is not None or self._socket.unread_bytes():
            return
        upto = self._service.watermark()
        if upto > self._query.after:
            self._batch = self._service.spawn(self._send_batch(self._query, upto))

    async def _send_batch(self, query: RowQuery, upto: int) -> None:
        settings = self._service.settings
        try:
            if self._skip_to is None and upto - query.after > settings.live_lag_rows:
                self._skip_to = upto - settings.live_lag_rows // 2
                self._skipped = self._skip_to - query.after
            if self._skip_to is not None:
                rows = await self._rows_kept(query, self._skip_to)
            else:
                page = await self._service.page(replace(query, before=upto + 1, limit=_BATCH_ROWS))
                rows = Rows(rows=page.rows, upto=upto if page.complete else page.next)
        except HubError as error:
            self._refuse(error)
            return
        finally:
            self._batch = None
        self._query = replace(query, after=rows.upto)
        if rows.rows or rows.skipped:
            self._send(rows)
        self._pause = self._service.call_later(settings.live_batch_seconds, self._after_pause)

    async def _rows_kept(self, query: RowQuery, skip_to: int) -> Rows:
        """Of what is skipped, the rows that are not."""
        kinds = tuple(kind for kind in query.kinds or _KINDS if kind not in _SKIPPABLE)
        page = Page(rows=[], complete=True, next=0)
        if kinds and not query.level:
            page = await self._service.page(replace(query, kinds=kinds, before=skip_to + 1, limit=_BATCH_ROWS))
        self._skipped -= len(page.rows)
        if not page.complete:
            return Rows(rows=page.rows, upto=page.next)
        self._skip_to = None
        return Rows(rows=page.rows, upto=skip_to, skipped=self._skipped)

    def _after_pause(self) -> None:
        self._pause = None
        self._go_on()

    def _send(self, message: LiveMessage) -> None:
        self._socket.send_text(_encode(message))

    def _refuse(self, error: HubError) -> None:
        self._query = None
        self._send(FollowRefused(code=error.code, message=error.message))
        self._socket.close(1008, error.code)

    def _stop(self) -> None:
        if self._batch is not None:
            self._batch.cancel()
            self._batch = None
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None


def _query_of(follow: Follow, number: int) -> RowQuery:
    return RowQuery(
        task=follow.task,
        run=follow.run,
        node=tuple(follow.nodes) or None,
        kinds=tuple(follow.kinds),
        level=follow.level,
        text=follow.text,
        after=number if follow.after is None else follow.after,
    )
