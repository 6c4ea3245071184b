"""Taking up on a new connection what was under way on the one before. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ...protocol import messages as wire
from ...protocol.errors import HubUnreachable
from ..output.record_queue import SentRecords
from .connection import Connection
from .request import Request, next_id

if TYPE_CHECKING:
    from .link import Link

__all__ = ["Resumption"]


class Resumption:
    """That of one connection."""

    def __init__(self, link: Link, connection: Connection) -> None:
        self.suspect: Request | SentRecords | None = None
        """What has been sent alone and not been taken yet: if the hub closes the link now, it is because of this."""
        self._link = link
        self._connection = connection
        self._asked: dict[int, Request] = {}

    async def run(self, *, one_by_one: bool) -> bool:
        """Claim again what was held, watch again what was watched, ask for offers, send again what was not answered.

        Args:
            one_by_one: the hub closed the link over something, and this finds out what it was.

        Returns:
            Whether the connection lasted as long.
        """
        sessions = [session for session in list(self._link.sessions.values()) if session.held]
        claims = [(session, self._ask(session.claim_again())) for session in sessions]
        for session, asked in claims:
            request = await self._answer(asked)
            if request is None:
                return False
            session.claimed_again(request.answer, request.error)
        for session in sessions:
            for message, on_answer in session.ask_again():
                self._ask(message, on_answer)
        if self._link.watches_stuck:
            self._ask(wire.WatchStuck(id=0))
        for item in self._link.under_way():
            if one_by_one:
                self.suspect = item
            self._connection.write([item.encoded()])
            # The hub works through what a link sends in order: with this answer it has taken what came before.
            if one_by_one and await self._answer(self._ask(wire.AskOffers(id=0, offers=[]))) is None:
                return False
        self.suspect = None
        return not self._connection.lost.is_set()

    def answered(self, number: int) -> Request | None:
        """The request of the resumption itself that has this number."""
        return self._asked.pop(number, None)

    def end(self) -> None:
        """The connection is lost: what was asked here is dropped with it, never sent again."""
        asked, self._asked = self._asked, {}
        for request in asked.values():
            request.settle(error=HubUnreachable("the connection was lost"))

    def _ask(self, message: Any, on_answer: Callable[[Any], None] | None = None) -> asyncio.Future[Request]:
        future: asyncio.Future[Request] = self._link.loop.create_future()

        def settled(request: Request) -> None:
            if request.error is None and on_answer is not None:
                on_answer(request.answer)
            if not future.done():
                future.set_result(request)

        message.id = next_id()
        self._asked[message.id] = Request(message, settled)
        self._connection.write([msgspec.json.encode(message)])
        return future

    async def _answer(self, asked: asyncio.Future[Request]) -> Request | None:
        """None when the connection was lost first."""
        lost = asyncio.ensure_future(self._connection.lost.wait())
        try:
            await asyncio.wait((asked, lost), return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
        return asked.result() if asked.done() else None
