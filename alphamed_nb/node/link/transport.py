"""Keeping the link connected: loss, back-off, and taking sessions up again. Runs on the link's thread only."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ...protocol import messages as wire
from ...protocol.errors import HubError, HubUnreachable, StorageFailed, Unauthorized
from . import discovery
from .connection import Connection, NotTheHub
from .discovery import HubPlace, NotUsable
from .resumption import Resumption
from .websocket import Declined

if TYPE_CHECKING:
    from .link import Link

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
_NOBODYS_FAULT = (StorageFailed, Unauthorized, HubUnreachable)
"""Why the hub may close a link, whatever was sent."""


class Transport:
    """Holds the link's connection, and makes a new one when it is lost and there is something to do."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.connection: Connection | None = None
        self.ready = False
        """Connected, and what was before a loss is taken up again."""
        self.resumption: Resumption | None = None
        """What takes up on the connection what was under way on the one before."""
        self._something = asyncio.Event()
        self._stopped = False
        self._refusal: HubError | None = None
        self._one_by_one = False
        """The hub closed the link over something that was under way: the next connection finds out what it was."""
        self._said_refusal = ""
        self._delay = _FIRST_DELAY
        self._avoid: set[str] = set()
        self._failed = False
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
                self._link.requests.fail_all(error)
                return
            await self._pause()
            if not self._link.busy():
                self._something.clear()
                return
        if said:
            logger.warning("The hub is back.")
        self.connection = connection
        self._refusal = None
        self.resumption = resumption = Resumption(self._link, connection)
        began = self._link.loop.time()
        try:
            connection.start(self._received)
            if await resumption.run(one_by_one=self._one_by_one):
                self._one_by_one = False
                self.ready = True
                self._link.flush()
            await connection.lost.wait()
        finally:
            self.ready = False
            self.connection = self.resumption = None
            connection.close()
            resumption.end()
        self._give_up_what_closed_it(resumption)
        if not self._link.busy():
            self._something.clear()
        elif self._link.loop.time() - began < _HELD_SECONDS:
            await self._pause()  # a handshake that succeeds does not say that the link will hold
        else:
            self._delay, self._said_refusal = _FIRST_DELAY, ""

    async def _pause(self) -> None:
        """Before the next attempt to connect; longer each time, until a connection has held."""
        await asyncio.sleep(self._delay * random.uniform(0.8, 1.2))
        self._delay = min(self._delay * 2, _LONGEST_DELAY)

    def _give_up_what_closed_it(self, resumption: Resumption) -> None:
        """What the hub closed the link over is not sent again; its caller gets the error, and one line shows it."""
        error = self._refusal
        if error is None:
            return
        if resumption.suspect is not None and not isinstance(error, _NOBODYS_FAULT):
            if given_up := self._link.give_up(resumption.suspect, error):
                logger.warning("The hub closed the link over %s, which is not sent again: %s", given_up, error)
            return
        self._one_by_one = not isinstance(error, _NOBODYS_FAULT)
        if str(error) != self._said_refusal:
            self._said_refusal = str(error)
            logger.warning("The hub closed the link: %s", error)

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
            credential = ""
        else:
            hub = discovery.usable_hub(place.file, connect=False)
            url, headers, credential = f"ws://{hub.address}/link", {}, hub.credential
        connection = await self._dial(url, headers, place)
        try:
            welcome = await connection.greet(credential)
        except BaseException as error:
            connection.close()
            if isinstance(error, NotTheHub | Unauthorized):
                self._avoid.add(place.key)
            raise
        if self._link.welcome is not None and self._link.welcome.hub != welcome.hub:
            for session in list(self._link.sessions.values()):
                session.forget_position()
        self._link.welcome = welcome
        self._link.limits = welcome.limits
        return connection

    async def _place(self) -> HubPlace:
        """Where to look.

        A hub that welcomed this process is waited for, where it was found; only a standalone one is started again.
        Before that, discovery decides anew after each failure.
        """
        link = self._link
        if link.place.file is None or link.wanted is not None:
            return link.place
        if link.welcome is not None and not link.place.standalone:
            return link.place
        if not self._failed and link.place.key not in self._avoid:
            return link.place
        avoid = frozenset(self._avoid)
        link.place = await _in_daemon_thread(lambda: discovery.find_hub(None, avoid=avoid))
        self._avoid.discard(link.place.key)
        return link.place

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
