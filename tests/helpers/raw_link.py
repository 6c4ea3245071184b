"""A websocket client that speaks the hub's protocol word for word, for tests that say wrong or unusual things."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec
import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from alphamed_nb._host import host_identity
from alphamed_nb.protocol.handshake import new_nonce, proof_is_right, proof_of
from alphamed_nb.protocol.hub_file import HubFile, decode_hub_file
from alphamed_nb.protocol.messages import (
    PROTOCOL_VERSION,
    Challenge,
    Claim,
    Claimed,
    EventItem,
    Hello,
    ProcessInfo,
    Proof,
    Receive,
    Refused,
    Send,
    Stored,
    Welcome,
    decode_hub_frame,
    encode_frame,
)

__all__ = ["RawLink", "process_info", "read_hub"]


def read_hub(path: str | Path) -> HubFile:
    return decode_hub_file(Path(path).read_bytes())


def process_info(incarnation: str | None = None, **changes: Any) -> ProcessInfo:
    """This process, or what `changes` make of it."""
    fields: dict[str, Any] = {
        "incarnation": incarnation or secrets.token_hex(16),
        "pid": os.getpid(),
        "host": host_identity(),
        "started": psutil.Process().create_time(),
        **changes,
    }
    return ProcessInfo(**fields)


class RawLink:
    """One websocket. Answers are found by their type; everything that came is in `got`."""

    def __init__(self, connection: WebSocketClientConnection, process: ProcessInfo) -> None:
        self.connection = connection
        self.process = process
        self.got: list[Any] = []
        self.closed = False
        self.ids = itertools.count(1)
        self.counter = 0
        self.log_counter = 0
        self.position = 0
        self.welcome: Welcome | None = None

    @classmethod
    async def dial(cls, url: str, process: ProcessInfo | None = None, headers: dict[str, str] | None = None) -> RawLink:
        """Connect, and say nothing yet."""
        request = HTTPRequest(url, headers=headers or {})
        connection = await websocket_connect(request, max_message_size=64 * 1024 * 1024)
        connection.protocol.stream.set_nodelay(True)  # type: ignore[union-attr]
        return cls(connection, process or process_info())

    @classmethod
    async def open(cls, hub: HubFile, process: ProcessInfo | None = None) -> RawLink:
        """Connect at the node door and prove that we know the credential."""
        link = await cls.dial(f"ws://{hub.address}/link", process)
        nonce = new_nonce()
        await link.say(Hello(versions=[PROTOCOL_VERSION], nonce=nonce, process=link.process))
        challenge = await link.expect(Challenge)
        assert proof_is_right(challenge.proof, hub.credential, "hub", nonce, challenge.nonce)
        await link.say(Proof(proof=proof_of(hub.credential, "client", nonce, challenge.nonce)))
        return await link.welcomed()

    @classmethod
    async def open_jupyter(cls, url: str, headers: dict[str, str], process: ProcessInfo | None = None) -> RawLink:
        """Connect at the Jupyter door, which asks for no proof."""
        link = await cls.dial(url, process, headers)
        await link.say(Hello(versions=[PROTOCOL_VERSION], nonce=new_nonce(), process=link.process))
        return await link.welcomed()

    async def welcomed(self) -> RawLink:
        self.welcome = await self.expect(Welcome)
        self.counter = self.welcome.messages_counter
        self.log_counter = self.welcome.logs_counter
        return self

    # -- plain ---------------------------------------------------------------------------------------------------------

    async def say(self, *messages: Any) -> None:
        await self.connection.write_message(encode_frame(list(messages)))

    async def say_text(self, frame: str | bytes, *, binary: bool = False) -> None:
        await self.connection.write_message(frame, binary=binary)

    async def read(self) -> bool:
        """Read one frame into `got`; False when the link is closed."""
        frame = await self.connection.read_message()
        if frame is None:
            self.closed = True
            return False
        self.got.extend(decode_hub_frame(frame))
        return True

    async def expect(self, kind: type | tuple[type, ...], **fields: Any) -> Any:
        """The next message of this kind with these fields; earlier ones of other kinds stay in `got`."""
        at = 0
        while True:
            for index in range(at, len(self.got)):
                message = self.got[index]
                if isinstance(message, kind) and all(getattr(message, k) == v for k, v in fields.items()):
                    del self.got[index]
                    return message
            at = len(self.got)
            if not await asyncio.wait_for(self.read(), 20):
                raise ConnectionError(f"closed while waiting for {kind}; got {self.got}")

    async def wait_closed(self) -> None:
        while await asyncio.wait_for(self.read(), 20):
            pass

    async def ask(self, message: Any) -> Any:
        """Say it, and return its answer, whatever it is."""
        await self.say(message)
        return await self.answer(message.id)

    async def answer(self, request: int) -> Any:
        at = 0
        while True:
            for index in range(at, len(self.got)):
                if getattr(self.got[index], "id", None) == request:
                    return self.got.pop(index)
            at = len(self.got)
            if not await asyncio.wait_for(self.read(), 20):
                raise ConnectionError(f"closed while waiting for the answer to {request}; got {self.got}")

    def close(self) -> None:
        self.connection.close()

    def cut(self) -> None:
        """Close the TCP connection without a word."""
        self.connection.protocol.stream.close()  # type: ignore[union-attr]

    # -- the usual -----------------------------------------------------------------------------------------------------

    def claim_of(self, task: str, node: str, nodes: list[str] | None = None, **fields: Any) -> Claim:
        return Claim(
            id=next(self.ids),
            task=task,
            node=node,
            nodes=nodes if nodes is not None else [],
            context=fields.pop("context", secrets.token_hex(8)),
            **fields,
        )

    async def claim(self, task: str, node: str, nodes: list[str] | None = None, **fields: Any) -> Claimed:
        answer = await self.ask(self.claim_of(task, node, nodes, **fields))
        assert isinstance(answer, Claimed), answer
        self.position = answer.position
        return answer

    def send_of(
        self, claimed: Claimed, task: str, node: str, targets: list[str], contract: Any = None, **fields: Any
    ) -> Send:
        """`contract` travels as the value of the one key of an object."""
        self.counter += 1
        return Send(
            id=next(self.ids),
            counter=fields.pop("counter", self.counter),
            task=task,
            node=node,
            epoch=claimed.epoch,
            message=fields.pop("message", secrets.token_hex(8)),
            targets=targets,
            type=fields.pop("type", "test"),
            contract=msgspec.Raw(msgspec.json.encode({"value": contract})),
            **fields,
        )

    async def send(self, claimed: Claimed, task: str, node: str, targets: list[str], contract: Any = None) -> Stored:
        answer = await self.ask(self.send_of(claimed, task, node, targets, contract))
        assert isinstance(answer, Stored), answer
        return answer

    async def receive(self, claimed: Claimed, task: str, node: str, **fields: Any) -> EventItem:
        answer = await self.ask(
            Receive(id=next(self.ids), task=task, node=node, epoch=claimed.epoch, position=self.position, **fields)
        )
        assert isinstance(answer, EventItem), answer
        self.position = answer.seq
        return answer

    async def refused(self) -> Refused:
        """The refusal of the whole link; it is closed after it."""
        refusal: Refused = await self.expect(Refused, id=0)
        await self.wait_closed()
        return refusal
