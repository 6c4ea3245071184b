"""A link's websocket: the handshake, frames in and out. The same behind both doors."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from ..._version import __version__
from ...protocol.errors import InvalidRequest, TooLarge, Unauthorized, UnknownVersion
from ...protocol.handshake import new_nonce, proof_is_right, proof_of
from ...protocol.limits import Limits
from ...protocol.messages import (
    PROTOCOL_VERSION,
    Challenge,
    Hello,
    ProcessInfo,
    Proof,
    Refused,
    decode_client_frame,
    encode_frame,
)
from ..faults import to_be_told
from ..loop.background import Background
from ..routing.checks import check_message
from ..routing.links import Links
from .text_socket import UNREAD_BYTES

__all__ = ["HANDSHAKE_SECONDS", "LinkConnection", "Socket", "max_message_size"]

logger = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10.0
"""A socket that has not said who it is by then is closed."""

_FRAME_BYTES = 256 * 1024
"""Outgoing messages are gathered into frames of about this size."""
_UNPROVED_BYTES = 4096
"""What a link may send, of whatever kind, before it has proved itself: anybody on this machine can open one."""

_numbers = itertools.count(1)
_encode = msgspec.json.Encoder().encode


def max_message_size(limits: Limits) -> int:
    """What the websocket itself cuts off. Somewhat more than allowed, so that a frame over the limit gets an answer."""
    return 2 * limits.frame_bytes


Accept: TypeAlias = Callable[[str, list[Any]], Awaitable[None] | None]


class Socket(Protocol):
    """What a link needs of a websocket handler."""

    def send_text(self, frame: bytes) -> None:
        """Write a text frame; nothing happens when the socket is closed."""

    def close(self, code: int | None = None, reason: str | None = None) -> None: ...

    def cut(self, code: int, reason: str) -> None:
        """Close without waiting for an answer; what comes from now on is not looked at."""

    def unread_bytes(self) -> int:
        """Written, but not yet taken by the operating system."""


class LinkConnection:
    """One link.

    Args:
        links: takes it up once its handshake is done.
        accept: gets the messages of its frames; what that returns is awaited before more is read.
        background: for the time that a handshake may take.
        socket: its websocket.
        credential: of the hub; both ends prove that they know it. None: the server has authenticated this link.
    """

    def __init__(
        self, links: Links, accept: Accept, background: Background, socket: Socket, credential: str | None
    ) -> None:
        self.id = f"link-{next(_numbers)}"
        self.process = ProcessInfo(incarnation="", pid=0, host="", started=0.0)
        self._links = links
        self._limits = links.welcome.limits
        self._accept = accept
        self._socket = socket
        self._credential = credential
        self._state: Literal["hello", "proof", "opening", "open", "closed"] = "hello"
        self._nonces = ("", "")
        self._outgoing: list[bytes] = []
        self._allowance = _UNPROVED_BYTES
        self._timer = background.call_later(HANDSHAKE_SECONDS, self._too_slow)

    # -- in ------------------------------------------------------------------------------------------------------------

    def on_data(self, size: int) -> None:
        """So many bytes came, of whatever kind; nothing was made of them yet."""
        if self._state == "open":
            self._check_unread()  # pongs, too
        elif self._state != "closed":
            self._allowance -= size
            if self._allowance < 0:
                self._refuse_unproved()

    def on_frame(self, frame: str | bytes) -> Awaitable[None] | None:
        """A frame came. What is returned is awaited before the next one is read."""
        if self._state == "closed":
            return None
        try:
            messages = self._decode(frame)
            if self._state == "open":
                return self._accept(self.id, messages)
            return self._handshake(messages)
        except Exception as error:  # noqa: BLE001  whatever it is, this link is told, and no other one
            self.refuse(error)
            return None

    def _decode(self, frame: str | bytes) -> list[Any]:
        limit = self._limits.frame_bytes if self._state == "open" else _UNPROVED_BYTES
        if isinstance(frame, bytes):
            raise InvalidRequest("A frame must be a websocket text frame, not a binary one.")
        # Characters first: no text has fewer bytes than characters.
        if len(frame) > limit or (len(frame) * 4 > limit and len(frame.encode()) > limit):
            raise TooLarge(f"The frame is larger than {limit:,} bytes.", limit=limit)
        try:
            return decode_client_frame(frame)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise InvalidRequest(f"The frame is not what the protocol allows: {error}") from None

    def _handshake(self, messages: list[Any]) -> Awaitable[None] | None:
        if self._state == "opening" or len(messages) != 1:
            raise InvalidRequest("The handshake comes first, one message a frame: Hello, then Proof.")
        message = messages[0]
        if self._state == "hello" and isinstance(message, Hello):
            return self._hello(message)
        if self._state == "proof" and isinstance(message, Proof):
            return self._proof(message)
        expected = "Hello" if self._state == "hello" else "Proof"
        raise InvalidRequest(f"Expected {expected}, got {type(message).__name__}.")

    def _hello(self, message: Hello) -> Awaitable[None] | None:
        check_message(message, self._limits)
        if PROTOCOL_VERSION not in message.versions:
            raise UnknownVersion(
                f"The client speaks protocol version {', '.join(map(str, message.versions)) or 'none'}, this hub "
                f"(alphamed_nb {__version__}) speaks {PROTOCOL_VERSION}. Restart the older of the two: the Jupyter "
                "server or the kernel.",
                versions=[PROTOCOL_VERSION],
            )
        if not message.process.incarnation:
            raise InvalidRequest("Hello names no incarnation.")
        self.process = message.process
        if self._credential is None:
            return self._open()
        nonce = new_nonce()
        self._nonces = (message.nonce, nonce)
        self._state = "proof"
        proof = proof_of(self._credential, "hub", message.nonce, nonce)
        self._socket.send_text(encode_frame([Challenge(nonce=nonce, proof=proof)]))
        return None

    def _proof(self, message: Proof) -> Awaitable[None] | None:
        assert self._credential is not None
        if not proof_is_right(message.proof, self._credential, "client", *self._nonces):
            raise Unauthorized("Wrong proof: this hub has another credential than the client's hub file.")
        return self._open()

    async def _open(self) -> None:
        self._state = "opening"
        try:
            welcome = await self._links.open(self)
        except Exception as error:  # noqa: BLE001  as in on_frame
            self.refuse(error)
            return
        if self._is_closed():
            # The socket closed meanwhile.
            self._links.close(self.id)
            return
        self._state = "open"
        self._timer.cancel()
        self._outgoing.insert(0, _encode(welcome))
        self.flush()

    # -- out -----------------------------------------------------------------------------------------------------------

    def send(self, message: Any) -> None:
        """Queue a message; :meth:`flush` writes what is queued."""
        self._outgoing.append(_encode(message))

    def flush(self) -> None:
        """Write what is queued, as few frames."""
        if self._state != "open":
            return
        messages, self._outgoing = self._outgoing, []
        frame: list[bytes] = []
        size = 0
        for message in messages:
            if frame and size + len(message) > _FRAME_BYTES:
                self._socket.send_text(b"[" + b",".join(frame) + b"]")
                frame, size = [], 0
            frame.append(message)
            size += len(message)
        if frame:
            self._socket.send_text(b"[" + b",".join(frame) + b"]")
        self._check_unread()

    def _check_unread(self) -> None:
        if self._socket.unread_bytes() > UNREAD_BYTES:
            logger.warning("Process %d does not read what the hub sends it; its link is closed.", self.process.pid)
            self._socket.cut(1013, "You do not read what the hub sends.")
            self._end(None, None)

    # -- end -----------------------------------------------------------------------------------------------------------

    def refuse(self, error: Exception) -> None:
        """Say what is wrong with the whole link, and close it."""
        if self._state == "closed":
            return
        told = to_be_told(error, "what a link said")
        self.flush()
        self._socket.send_text(encode_frame([Refused(id=0, error=told.body())]))
        self._end(1008, told.code)

    def _refuse_unproved(self) -> None:
        error = TooLarge(
            f"Before its handshake is over a link may send {_UNPROVED_BYTES:,} bytes.", limit=_UNPROVED_BYTES
        )
        self._socket.send_text(encode_frame([Refused(id=0, error=error.body())]))
        self._socket.cut(1009, error.code)
        self._end(None, None)

    def replaced(self) -> None:
        """The process has opened another link."""
        self._end(1000, "Replaced by another link of this process.")

    def _is_closed(self) -> bool:
        return self._state == "closed"

    def on_close(self) -> None:
        """The socket is closed."""
        self._end(None, None)

    def _end(self, code: int | None, reason: str | None) -> None:
        if self._state == "closed":
            return
        was_open = self._state == "open"
        self._state = "closed"
        self._timer.cancel()
        if code is not None:
            self._socket.close(code, reason)
        if was_open:
            self._links.close(self.id)

    def _too_slow(self) -> None:
        self.refuse(InvalidRequest(f"No handshake within {HANDSHAKE_SECONDS:g} seconds."))
