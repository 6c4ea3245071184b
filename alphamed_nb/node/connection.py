"""Keeping the link connected: handshake, loss, back-off, and taking sessions up again. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from tornado.httpclient import HTTPError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketError, websocket_connect

from ..protocol import messages as wire
from ..protocol.errors import HubError, HubUnreachable, Unauthorized, UnknownVersion, error_from_body
from ..protocol.handshake import new_nonce, proof_is_right, proof_of
from . import discovery
from .discovery import HubPlace, NotUsable
from .kernel_info import process_info

if TYPE_CHECKING:
    from .link import Link, Pending

logger = logging.getLogger("alphamed_nb")

T = TypeVar("T")
_FIRST_DELAY = 0.05
_LONGEST_DELAY = 1.0
_HANDSHAKE_SECONDS = 10.0
_REST_SECONDS = 60.0
_MAX_INCOMING = 64 * 1024 * 1024
_PING_SECONDS = 20.0


class NotTheHub(Exception):
    """Whoever answers does not know the hub's credential: the hub file is stale."""


class Connection:
    """One websocket, from its handshake to its end."""

    def __init__(self, socket: WebSocketClientConnection, incoming: asyncio.Queue[bytes | str | None]) -> None:
        self._socket = socket
        self._incoming = incoming
        self.lost = asyncio.Event()
        self._take: Callable[[bytes | str], None] | None = None
        protocol = socket.protocol
        self._stream = getattr(protocol, "stream", None)
        if protocol is not None:
            protocol.set_nodelay(True)

    @classmethod
    async def open(cls, url: str, headers: dict[str, str], *, local: bool) -> Connection:
        incoming: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        holder: list[Connection] = []

        def received(frame: bytes | str | None) -> None:
            if holder:
                holder[0].received(frame)
            else:
                incoming.put_nowait(frame)

        request = HTTPRequest(url, headers=headers, connect_timeout=5.0, request_timeout=_HANDSHAKE_SECONDS)
        socket = await websocket_connect(
            request,
            on_message_callback=received,
            compression_options=None,
            max_message_size=_MAX_INCOMING,
            ping_interval=None if local else _PING_SECONDS,
        )
        connection = cls(socket, incoming)
        holder.append(connection)
        return connection

    def received(self, frame: bytes | str | None) -> None:
        if self._take is None:
            self._incoming.put_nowait(frame)
        elif frame is not None:
            self._take(frame)
        if frame is None:
            self.lost.set()

    async def first_message(self) -> Any:
        """The next message of the handshake.

        Raises:
            HubError: the hub refuses this process.
            ConnectionError: the connection ended.
        """
        frame = await self._incoming.get()
        if frame is None:
            raise ConnectionError("the hub closed the connection during the handshake")
        message = wire.decode_hub_frame(frame)[0]
        if isinstance(message, wire.Refused):
            raise error_from_body(message.error)
        return message

    def start(self, take: Callable[[bytes | str], None]) -> None:
        """The handshake is over: every further frame goes to `take`."""
        self._take = take
        while not self._incoming.empty():
            frame = self._incoming.get_nowait()
            if frame is not None:
                take(frame)

    def write(self, parts: list[bytes]) -> None:
        """Write one frame of these messages, each encoded already."""
        try:
            future = self._socket.write_message(b"[" + b",".join(parts) + b"]")
        except WebSocketClosedError:
            self.lost.set()  # all of it is still counted as unanswered
            return
        future.add_done_callback(_ask_for_outcome)

    def close(self) -> None:
        self._socket.close()
        self.lost.set()

    def drop_socket(self) -> None:
        """In a forked child: close its copy of the socket; the parent's stays open."""
        socket = getattr(self._stream, "socket", None)
        if socket is not None:
            number = socket.detach()
            if number >= 0:
                os.close(number)


def _ask_for_outcome(future: asyncio.Future[None]) -> None:
    if not future.cancelled():
        future.exception()  # a lost connection is noticed by its reading side


class Keeper:
    """Holds the link's connection, and makes a new one when it is lost and there is something to do."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.connection: Connection | None = None
        self.ready = False
        """Connected, and what was before a loss is taken up again."""
        self.resuming: dict[int, Pending] = {}
        self._something = asyncio.Event()
        self._stopped = False
        self._refusal: HubError | None = None
        self._avoid: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._sleep: asyncio.TimerHandle | None = None

    # -- called by the link --------------------------------------------------------------------------------------------

    def something_to_do(self) -> None:
        self._something.set()

    def refused(self, error: HubError) -> None:
        """The hub refuses the whole link and closes it."""
        self._refusal = error

    def stop(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def rest_later(self) -> None:
        """Close the connection if nobody needs it for a while."""
        if self._sleep is not None:
            self._sleep.cancel()
        self._sleep = self._link.loop.call_later(_REST_SECONDS, self._rest)

    def _rest(self) -> None:
        if not self._link.busy() and self.connection is not None:
            self._something.clear()
            self.connection.close()

    # -- the thread's main coroutine -----------------------------------------------------------------------------------

    async def run(self) -> None:
        self._task = asyncio.current_task()
        try:
            while not self._stopped:
                await self._something.wait()
                await self._connect_and_serve()
        except asyncio.CancelledError:
            if not self._stopped:
                raise
        finally:
            if self.connection is not None:
                self.ready = False
                self.connection.close()
                await asyncio.sleep(0)  # lets the closing frame and the end of the stream go out
            for task in asyncio.all_tasks() - {asyncio.current_task()}:  # type: ignore[arg-type]
                task.cancel()

    async def _connect_and_serve(self) -> None:
        """Connect, retrying with back-off, and serve one connection to its end."""
        delay = _FIRST_DELAY
        said = False
        while True:
            try:
                connection = await self._open()
                break
            except HubError as error:
                # Asking again would not help, and nobody is to wait for an answer that cannot come.
                self._something.clear()
                self._link.fail_all(error)
                return
            except (OSError, HTTPError, WebSocketError, NotUsable, NotTheHub, msgspec.MsgspecError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
                if not said and delay > 0.3:
                    said = True
                    logger.warning("The hub cannot be reached (%s); calls wait until it is back.", reason)
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))
            delay = min(delay * 2, _LONGEST_DELAY)
            if not self._link.busy():
                self._something.clear()
                return
        if said:
            logger.warning("The hub is back.")
        self.connection = connection
        self._refusal = None
        try:
            connection.start(self._received)
            await self._resume(connection)
            if not connection.lost.is_set():
                self.ready = True
                self._link.flush()
            await connection.lost.wait()
        finally:
            self.ready = False
            self.connection = None
            connection.close()
            for pending in self.resuming.values():
                pending.settle(error=HubUnreachable("the connection was lost"))
            self.resuming.clear()
        if self._refusal is not None:
            logger.warning("The hub closed the link: %s", self._refusal)
        if not self._link.busy():
            self._something.clear()

    def _received(self, frame: bytes | str) -> None:
        try:
            received = wire.decode_hub_frame(frame)
        except msgspec.MsgspecError as error:
            logger.error("The hub sent what is not a frame of this protocol version: %s", error)
            if self.connection is not None:
                self.connection.close()
            return
        for message in received:
            try:
                self._link.take(message)
            except Exception:
                # One bad callback must not cut off every other node of this process.
                logger.exception("A message of the hub could not be handled")

    # -- handshake -----------------------------------------------------------------------------------------------------

    async def _open(self) -> Connection:
        """A connection whose handshake is done. Raises HubError only for what no retry can help."""
        place = await self._place()
        if place.file is None:
            url = "ws" + place.url.removeprefix("http") + "/link"
            headers = {"Authorization": f"token {place.token}"} if place.token else {}
            return await self._greet(await self._dial(url, headers, place), "")
        hub = discovery.usable_hub(place.file, connect=False)
        connection = await self._dial(f"ws://{hub.address}/link", {}, place)
        try:
            return await self._greet(connection, hub.credential)
        except (NotTheHub, Unauthorized):
            self._avoid.add(place.key)
            raise

    async def _place(self) -> HubPlace:
        """Where to look: before the first connection discovery decides again; later the place stays."""
        link = self._link
        if link.place.file is None:
            return link.place
        try:
            discovery.usable_hub(link.place.file, connect=False)
            if link.place.key not in self._avoid:
                return link.place
        except NotUsable:
            pass_on = link.place.standalone
            if link.welcome is not None and not pass_on:
                raise
        if link.wanted is not None:
            return link.place
        avoid = frozenset(self._avoid)
        link.place = await _in_daemon_thread(lambda: discovery.find_hub(None, avoid=avoid))
        self._avoid.discard(link.place.key)
        return link.place

    async def _dial(self, url: str, headers: dict[str, str], place: HubPlace) -> Connection:
        try:
            return await Connection.open(url, headers, local=place.file is not None)
        except HTTPError as error:
            if error.code in (401, 403):
                raise Unauthorized(f"{place.how[:1].upper()}{place.how[1:]} refuses this process (HTTP {error.code}); "
                                   "is the token right?") from None  # fmt: skip
            if error.code == 404:
                raise HubUnreachable(f"At {url} is no hub: is alphamed_nb installed in that Jupyter server?") from None
            raise

    async def _greet(self, connection: Connection, credential: str) -> Connection:
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                nonce = new_nonce()
                hello = wire.Hello(versions=[wire.PROTOCOL_VERSION], nonce=nonce, process=process_info())
                connection.write([msgspec.json.encode(hello)])
                answer = await connection.first_message()
                if isinstance(answer, wire.Challenge):
                    if not proof_is_right(answer.proof, credential, "hub", nonce, answer.nonce):
                        raise NotTheHub("who answers there is not the hub of the hub file")
                    proof = wire.Proof(proof=proof_of(credential, "client", nonce, answer.nonce))
                    connection.write([msgspec.json.encode(proof)])
                    answer = await connection.first_message()
                elif credential:
                    raise NotTheHub("who answers there does not prove that it is the hub of the hub file")
                if not isinstance(answer, wire.Welcome):
                    raise NotTheHub("who answers there does not speak the hub's protocol")
                if answer.version != wire.PROTOCOL_VERSION:
                    raise UnknownVersion(f"The hub speaks protocol version {answer.version}, this process only 1.")
        except BaseException:
            connection.close()
            raise
        same = self._link.welcome is None or self._link.welcome.hub == answer.hub
        self._link.welcome = answer
        self._link.limits = answer.limits
        if not same:
            for session in list(self._link.sessions.values()):
                session.forget_position()
        return connection

    # -- after a reconnect ---------------------------------------------------------------------------------------------

    async def _resume(self, connection: Connection) -> None:
        """Claim again what was held, watch again what was watched, ask for offers, send again what was not answered."""
        sessions = [session for session in list(self._link.sessions.values()) if session.held]
        claims = [(session, session.claim_again()) for session in sessions]
        answers = [self._ask(connection, claim) for _, claim in claims]
        if answers:
            lost = asyncio.ensure_future(connection.lost.wait())
            everything = asyncio.gather(*answers)
            try:
                await asyncio.wait({lost, everything}, return_when=asyncio.FIRST_COMPLETED)
                if not everything.done():
                    return
            finally:
                lost.cancel()
                if not everything.done():
                    everything.cancel()
            for (session, _), pending in zip(claims, everything.result(), strict=True):
                session.claimed_again(pending.answer, pending.error)
        for session in sessions:
            for message, on_answer in session.ask_again():
                self._ask(connection, message).add_done_callback(_passed_to(on_answer))
        if self._link.watches_stuck:
            self._ask(connection, wire.WatchStuck(id=0))
        self._link.resend()

    def _ask(self, connection: Connection, message: Any) -> asyncio.Future[Any]:
        """A request of the resumption itself: it is dropped with the connection, never sent again."""
        from .link import Pending, next_id  # the link imports this module

        future = self._link.loop.create_future()

        def settled(pending: Pending) -> None:
            if not future.done():
                future.set_result(pending)

        message.id = next_id()
        self.resuming[message.id] = Pending(message, settled)
        connection.write([msgspec.json.encode(message)])
        return future


def _passed_to(on_answer: Callable[[Any], None]) -> Callable[[asyncio.Future[Any]], None]:
    def done(future: asyncio.Future[Any]) -> None:
        if not future.cancelled() and future.result().error is None:
            on_answer(future.result().answer)

    return done


async def _in_daemon_thread(work: Callable[[], T]) -> T:
    """Run what blocks; unlike an executor's thread it never holds up the process's end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        failure: BaseException | None = None
        try:
            result = work()
        except Exception as error:
            failure = error
        try:
            loop.call_soon_threadsafe(deliver, result, failure)
        except RuntimeError:
            return  # the loop is closed: nobody wants it any more

    threading.Thread(target=run, name="alphamed_nb discovery", daemon=True).start()
    return await future
