"""Taking up on a new connection what was under way on the one before. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from ...protocol import messages as wire
from ...protocol.errors import HubError, HubUnreachable
from ..output.record_queue import RecordQueue, SentRecords
from .connection import Connection
from .request import Request, next_id
from .requests import Requests
from .session_port import Sessions

__all__ = ["Resumption"]


class Resumption:
    """That of one connection."""

    def __init__(
        self, connection: Connection, sessions: Sessions, requests: Requests, records: RecordQueue, watch_stuck: bool
    ) -> None:
        self.suspect: Request | SentRecords | None = None
        """What has been sent alone and not been taken yet: if the hub closes the link now, it is because of this."""
        self._connection = connection
        self._sessions = sessions
        self._requests = requests
        self._records = records
        self._watch_stuck = watch_stuck

    async def run(self, *, one_by_one: bool) -> bool:
        """Claim again what was held, watch again what was watched, ask for offers, send again what was not answered.

        Args:
            one_by_one: the hub closed the link over something, and this finds out what it was.

        Returns:
            Whether the connection lasted as long.
        """
        sessions = [session for session in list(self._sessions.values()) if session.held]
        claims = [(session, self._ask(session.claim_again())) for session in sessions]
        for session, asked in claims:
            request = await self._answer(asked)
            if request is None:
                return False
            session.claimed_again(request.answer, request.error)
        for session in sessions:
            for message, on_answer in session.ask_again():
                self._ask(message, on_answer)
        if self._watch_stuck:
            self._ask(wire.WatchStuck(id=0))
        for item in self._under_way():
            if one_by_one:
                self.suspect = item
            self._connection.write([item.encoded()])
            # The hub works through what a link sends in order: with this answer it has taken what came before.
            if one_by_one and await self._answer(self._ask(wire.AskOffers(id=0, offers=[]))) is None:
                return False
        self.suspect = None
        return not self._connection.lost.is_set()

    def _under_way(self) -> list[Request | SentRecords]:
        """What is to go out again, in order."""
        welcome = self._connection.welcome
        requests = self._requests.under_way(welcome.messages_counter)
        return [*requests, *self._records.under_way(welcome.logs_counter)]

    def give_up(self, error: HubError) -> str:
        """The hub closed the link over the suspect: it is not sent again. Returns what it was; empty for nothing."""
        if isinstance(self.suspect, SentRecords):
            return self._records.refused(self.suspect, error)
        return self._requests.give_up(self.suspect, error) if self.suspect is not None else ""

    def end(self) -> None:
        """The connection is lost, and what was asked here with it."""
        asked = self._requests.of_resumption
        while asked:
            asked.popitem()[1].settle(error=HubUnreachable("the connection was lost"))

    def _ask(self, message: Any, on_answer: Callable[[Any], None] | None = None) -> asyncio.Future[Request]:
        future: asyncio.Future[Request] = asyncio.get_running_loop().create_future()

        def settled(request: Request) -> None:
            if request.error is None and on_answer is not None:
                on_answer(request.answer)
            if not future.done():
                future.set_result(request)

        message.id = next_id()
        self._requests.of_resumption[message.id] = Request(message, settled)
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
