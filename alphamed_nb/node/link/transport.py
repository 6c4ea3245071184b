"""Keeping a connection to the hub: where it is, loss and back-off. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from ...protocol import messages as wire
from ...protocol.errors import HubError, HubUnreachable, StorageFailed, Unauthorized
from . import discovery
from .connection import Connection, NotTheHub
from .discovery import HubPlace, NotUsable
from .websocket import Declined

__all__ = ["Transport"]

logger = logging.getLogger("alphamed_nb")

T = TypeVar("T")
_FIRST_DELAY = 0.05
_LONGEST_DELAY = 1.0
_HELD_SECONDS = 1.0
"""A connection that was lost sooner has not held."""
_REST_SECONDS = 60.0
_MAY_PASS = (OSError, NotUsable, NotTheHub, msgspec.MsgspecError, TimeoutError)
"""Why there is no connection now, but may be one later."""


class Transport:
    """Holds a connection, and makes a new one when it is lost and there is something to do.

    Args:
        place: where the hub was found.
        busy: whether there is a reason to hold a connection.
        on_up: the hub has welcomed this process on this connection.
        on_message: one message of the hub.
        on_lost: the connection has ended; whether it had held.
        on_refused: the hub does not want this process, and asking again would not help.
    """

    def __init__(
        self,
        place: HubPlace,
        *,
        busy: Callable[[], bool],
        on_up: Callable[[Connection], Awaitable[None]],
        on_message: Callable[[Any], None],
        on_lost: Callable[[bool], None],
        on_refused: Callable[[HubError], None],
    ) -> None:
        self.place = place
        self.connection: Connection | None = None
        self._busy = busy
        self._on_up = on_up
        self._on_message = on_message
        self._on_lost = on_lost
        self._on_refused = on_refused
        self._something = asyncio.Event()
        self._stopped = False
        self._welcomed = False
        """Any hub has welcomed this process."""
        self._delay = _FIRST_DELAY
        self._avoid: set[str] = set()
        self._failed = False
        self._task: asyncio.Task[None] | None = None
        self._sleep: asyncio.TimerHandle | None = None

    # -- called by the link --------------------------------------------------------------------------------------------

    def something_to_do(self) -> None:
        self._something.set()

    def stop(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()

    def rest_later(self) -> None:
        """Close the connection if nobody needs it for a while."""
        if self._sleep is not None:
            self._sleep.cancel()
        self._sleep = asyncio.get_running_loop().call_later(_REST_SECONDS, self._rest)

    def _rest(self) -> None:
        if not self._busy() and self.connection is not None:
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

    async def _connect_and_serve(self) -> None:
        """Connect, retrying with back-off, and serve one connection to its end."""
        said = False
        while True:
            try:
                connection = await self._open()
                self._failed = False
                break
            except (StorageFailed, *_MAY_PASS) as error:
                # A hub that cannot store now is there: no other one need be looked for.
                self._failed = not isinstance(error, StorageFailed)
                reason = str(error) or type(error).__name__
                if not said and self._delay > 0.3:
                    said = True
                    what = "cannot be reached" if self._failed else "cannot take anything now"
                    logger.warning("The hub %s (%s); calls wait until it is back.", what, reason)
            except HubError as error:
                # Asking again would not help, and nobody is to wait for an answer that cannot come.
                self._something.clear()
                self._on_refused(error)
                return
            await self._pause()
            if not self._busy():
                self._something.clear()
                return
        if said:
            logger.warning("The hub is back.")
        self.connection = connection
        time = asyncio.get_running_loop().time
        began = time()
        try:
            connection.start(self._received)
            await self._on_up(connection)
            await connection.lost.wait()
        finally:
            self.connection = None
            connection.close()
            held = time() - began >= _HELD_SECONDS
            self._on_lost(held)
        if not self._busy():
            self._something.clear()
        elif held:
            self._delay = _FIRST_DELAY
        else:
            await self._pause()  # a handshake that succeeds does not say that the connection will hold

    async def _pause(self) -> None:
        """Before the next attempt to connect; longer each time, until a connection has held."""
        await asyncio.sleep(self._delay * random.uniform(0.8, 1.2))
        self._delay = min(self._delay * 2, _LONGEST_DELAY)

    def _received(self, frame: bytes) -> None:
        try:
            received = wire.decode_hub_frame(frame)
        except msgspec.MsgspecError as error:
            logger.error("The hub sent what is not a frame of this protocol version: %s", error)
            if self.connection is not None:
                self.connection.close()
            return
        for message in received:
            try:
                self._on_message(message)
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
            credential = ""
        else:
            hub = discovery.usable_hub(place.file, connect=False)
            url, headers, credential = f"ws://{hub.address}/link", {}, hub.credential
        connection = await self._dial(url, headers, place)
        try:
            connection.welcome = await connection.greet(credential)
        except BaseException as error:
            connection.close()
            if isinstance(error, NotTheHub | Unauthorized):
                self._avoid.add(place.key)
            raise
        self._welcomed = True
        return connection

    async def _place(self) -> HubPlace:
        """Where to look.

        A hub that welcomed this process is waited for, where it was found; only a standalone one is started again.
        Before that, discovery decides anew after each failure.
        """
        place = self.place
        if place.explicit or (self._welcomed and not place.standalone):
            return place
        if not self._failed and place.key not in self._avoid:
            return place
        avoid = frozenset(self._avoid)
        self.place = await _in_daemon_thread(lambda: discovery.find_hub(None, avoid=avoid))
        self._avoid.discard(self.place.key)
        return self.place

    async def _dial(self, url: str, headers: dict[str, str], place: HubPlace) -> Connection:
        try:
            return await Connection.open(url, headers, local=place.file is not None)
        except Declined as error:
            if error.status in (401, 403):
                raise Unauthorized(f"{place.how[:1].upper()}{place.how[1:]} refuses this process (HTTP {error.status})"
                                   "; is the token right?") from None  # fmt: skip
            if error.status == 404:
                raise HubUnreachable(f"At {url} is no hub: is alphamed_nb installed in that Jupyter server?") from None
            raise
        except ssl.SSLCertVerificationError as error:
            raise HubUnreachable(f"The certificate at {url} is not trusted ({error.verify_message}). If it is the right"
                                 " one, name a file with it, or with its authority's, in the environment variable"
                                 " SSL_CERT_FILE before Python starts.") from None  # fmt: skip
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            raise  # cut off
        except ssl.SSLError as error:
            raise HubUnreachable(f"{url} cannot be reached by TLS ({error.reason}): is it https:// there?") from None
        except ValueError as error:
            raise HubUnreachable(f"{url} is no address: {error}.") from None


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
        except Exception as error:  # noqa: BLE001 - it is raised where the result is awaited
            failure = error
        try:
            loop.call_soon_threadsafe(deliver, result, failure)
        except RuntimeError:
            return  # the loop is closed: nobody wants it any more

    threading.Thread(target=run, name="alphamed_nb discovery", daemon=True).start()
    return await future
