"""Journal rows to a viewer as they come, in batches.

Each batch is read from the stores when the viewer has taken the one before. So a slow viewer costs the hub nothing; one
that is far behind skips what it can do without, never the others, from which it knows how nodes stand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import msgspec

from ...protocol.journal import KINDS, EventBody, Row
from ...protocol.live import Follow, Rows
from ..journal import Journal
from ..loop.background import Background
from ..settings import HubSettings
from ..store.query import Page, RowQuery
from .text_socket import TextSocket

__all__ = ["RowFeed"]

_BATCH_ROWS = 2000
_NULL = msgspec.Raw(b"null")

_encode = msgspec.json.Encoder().encode
_event = msgspec.json.Decoder(EventBody).decode


class RowFeed:
    """Answers one `Follow`.

    Args:
        refuse: told what went wrong with reading.
    """

    def __init__(
        self,
        journal: Journal,
        background: Background,
        settings: HubSettings,
        socket: TextSocket,
        refuse: Callable[[Exception], None],
        follow: Follow,
    ) -> None:
        """Raises `InvalidRequest` for a question that makes no sense."""
        self._journal = journal
        self._background = background
        self._settings = settings
        self._socket = socket
        self._query = _query_of(follow, journal.number)
        self._brief = follow.brief
        self._refuse = refuse
        asked = self._query.kinds or tuple(KINDS)
        self._kept_kinds = tuple(kind for kind in asked if not KINDS[kind].skippable)
        self._skipped_kinds = tuple(kind for kind in asked if KINDS[kind].skippable)
        self._skip_from = 0
        self._skip_to: int | None = None
        self._batch: asyncio.Task[None] | None = None
        self._pause: asyncio.TimerHandle | None = None

    def go_on(self) -> None:
        """Send a batch, unless one is under way, the last one is too recent, or the viewer has not taken it yet."""
        if self._batch is not None or self._pause is not None or self._socket.unread_bytes():
            return
        upto = self._journal.number
        if upto > self._query.after:
            self._batch = self._background.spawn(self._send_batch(self._query, upto))

    def stop(self) -> None:
        if self._batch is not None:
            self._batch.cancel()
        if self._pause is not None:
            self._pause.cancel()

    async def _send_batch(self, query: RowQuery, upto: int) -> None:
        settings = self._settings
        try:
            is_far_behind = upto - query.after > settings.live_lag_rows
            if is_far_behind and self._skipped_kinds and self._skip_to is None:
                self._skip_from = query.after
                self._skip_to = upto - settings.live_lag_rows // 2
            if self._skip_to is not None:
                rows = await self._rows_kept(query, self._skip_to)
            else:
                page = await self._journal.page(replace(query, before=upto + 1, limit=_BATCH_ROWS))
                rows = Rows(rows=page.rows, upto=upto if page.complete else page.next)
            if self._brief:
                rows.rows = await self._journal.threads.for_viewer(_shortened, rows.rows)
        except Exception as error:  # noqa: BLE001  whatever it is, a viewer does not wait for what will not come
            self._batch = None
            self._refuse(error)
            return
        self._batch = None
        self._query = replace(query, after=rows.upto)
        if rows.rows or rows.skipped:
            self._socket.send_text(_encode(rows))
        self._pause = self._background.call_later(settings.live_batch_seconds, self._after_pause)

    async def _rows_kept(self, query: RowQuery, skip_to: int) -> Rows:
        """Of what is skipped, the rows that are not."""
        page = Page(rows=[], complete=True, next=0)
        if self._kept_kinds and not query.level:
            kept = replace(query, kinds=self._kept_kinds, before=skip_to + 1, limit=_BATCH_ROWS)
            page = await self._journal.page(kept)
        if not page.complete:
            return Rows(rows=page.rows, upto=page.next)
        left_out = replace(query, kinds=self._skipped_kinds, after=self._skip_from, before=skip_to + 1)
        skipped = await self._journal.threads.for_viewer(self._journal.logs.count, left_out)
        self._skip_to = None
        return Rows(rows=page.rows, upto=skip_to, skipped=skipped)

    def _after_pause(self) -> None:
        self._pause = None
        self.go_on()


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


def _shortened(rows: list[Row]) -> list[Row]:
    """Without the contents of contract messages."""
    return [_without_contract(row) if row.kind == "event" else row for row in rows]


def _without_contract(row: Row) -> Row:
    try:
        event = _event(row.body)
    except msgspec.MsgspecError:
        return row  # damaged
    body = msgspec.structs.replace(event, contract=_NULL, size=len(event.contract))
    return msgspec.structs.replace(row, body=msgspec.Raw(_encode(body)))
