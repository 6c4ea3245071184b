"""Speaks with a hub as :mod:`fuzz_frames` says, and watches that each link gets an answer or an end."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections import Counter
from typing import Any

import msgspec
from fuzz_frames import Frames, Session, World, decoded
from raw_socket import CLOSE, TEXT, open_socket, read_frame, websocket_frame

from alphamed_nb.protocol.handshake import proof_of
from alphamed_nb.protocol.hub_file import HubFile
from alphamed_nb.protocol.live import LiveMessage
from alphamed_nb.protocol.messages import (
    AskOffers,
    Cancel,
    Challenge,
    Claim,
    Claimed,
    EventItem,
    Hello,
    Proof,
    Receive,
    Records,
    Refused,
    Welcome,
    decode_client_frame,
    decode_hub_frame,
    encode_frame,
)

__all__ = ["Fuzzer", "NoAnswer"]

ANSWER_SECONDS = 60
"""However busy the machine is."""
_FRAMES_OF_A_LINK = 80
_PROBE = 10**12
"""Ids of the questions that tell whether the hub is still there; the fuzzed ones do not get there."""
_SHOWN = 400
"""Characters of a frame in an error."""

_decode_live = msgspec.json.Decoder(LiveMessage).decode


class NoAnswer(AssertionError):
    """What was sent got neither answer nor end, or an answer that is none."""


class Fuzzer:
    """Many links, some at a time.

    Args:
        foreign: sessions that are to stay as they are.
        seed: equal for equal frames, but for the epochs that the hub gives.
    """

    def __init__(self, hub: HubFile, foreign: list[Session], seed: int) -> None:
        self.hub = hub
        self.seed = seed
        self.sent = 0
        self.ended = 0
        """Links that the hub closed."""
        self.answered = 0
        self._foreign = foreign

    async def run(self, frames: int, at_once: int = 4) -> None:
        """Send so many frames. Raises :class:`NoAnswer`."""
        numbers = itertools.count()

        async def work() -> None:
            while self.sent < frames:
                await self.converse(next(numbers))

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())

    async def converse(self, number: int) -> None:
        """The whole of one link."""
        talk = _Conversation(self, number)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await talk.run()
        except TimeoutError:
            raise NoAnswer(talk.told("There was neither an answer nor an end.")) from None
        except (msgspec.MsgspecError, AssertionError) as error:
            raise NoAnswer(talk.told(f"{type(error).__name__}: {error}")) from error
        finally:
            talk.close()


class _Conversation:
    def __init__(self, fuzzer: Fuzzer, number: int) -> None:
        self._fuzzer = fuzzer
        self._number = number
        world = World(
            tasks=[f"fuzz {number % 8}", "医院"],
            nodes=["a", "b", "c", "d"],
            foreign=fuzzer._foreign,
        )
        self._frames = Frames(f"{fuzzer.seed} {number}", world)
        self._random = self._frames.random
        self._world = world
        self._log: list[bytes] = []
        self._expected: Counter[int] = Counter()
        """Ids of requests that are to be answered."""
        self._claims: dict[int, Claim] = {}
        """By their ids."""
        self._over = False
        self._writer: asyncio.StreamWriter | None = None
        self._unwritten: list[bytes] = []
        self._ticket = ""
        self._shared = False
        """Other links are of the same process, so that the hub may close this one at any time."""

    def told(self, what: str) -> str:
        """An error with all that is needed to see it again."""
        shown = "\n".join(f"  {frame[:_SHOWN]!r}{'...' if len(frame) > _SHOWN else ''}" for frame in self._log[-12:])
        waits = f" Not answered: {sorted(self._expected)[:10]}." if self._expected else ""
        return (
            f"{what}{waits} Seed {self._fuzzer.seed}, conversation {self._number}; "
            f"the last of {len(self._log)} frames:\n{shown}"
        )

    def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()

    # -- the whole of it -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        await self._open()
        if self._random.random() < 0.12:
            await self._stranger()
            return
        if not await self._shake(spoilt=self._random.random() < 0.04):
            return
        await self._claim()
        if self._random.random() < 0.1 and not self._shared:
            await self._view()
        count = self._random.randint(1, _FRAMES_OF_A_LINK)
        while count > 0 and not self._over:
            few = min(count, self._random.randint(1, 12))
            count -= few
            await self._send_some(few)
        if not self._over and self._random.random() < 0.5:
            await self._send_garbage()
        elif not self._over:
            await self._leave()

    async def _open(self, **more: str) -> None:
        self._reader, self._writer = await open_socket(self._fuzzer.hub.address, **more)

    async def _stranger(self) -> None:
        """Who has no credential."""
        for _ in range(self._random.randint(1, 4)):
            chance = self._random.random()
            if chance < 0.4:
                self._write(websocket_frame(self._frames.messages()))
            elif chance < 0.7:
                self._write(websocket_frame(self._frames.hello(f"stranger {self._number}", spoilt=True)))
            else:
                self._write(self._frames.garbage())
        await self._until_the_end()

    async def _shake(self, spoilt: bool) -> bool:
        """Whether the link is open."""
        self._shared = self._random.random() < 0.05
        incarnation = f"fuzzer {0 if self._shared else self._random.randint(1, 1 << 62)}"
        text = self._frames.hello(incarnation, spoilt)
        self._write(websocket_frame(text))
        challenge = await self._handshake_message()
        if isinstance(challenge, Challenge):
            hello = decode_client_frame(text.decode())[0]
            assert isinstance(hello, Hello)
            nonce = hello.nonce
            proof = proof_of(self._fuzzer.hub.credential, "client", nonce, challenge.nonce)
            self._write(websocket_frame(encode_frame([Proof(proof=proof)])))
            welcome = await self._handshake_message()
            if isinstance(welcome, Welcome):
                self._ticket = welcome.ticket
                self._world.counter = welcome.messages_counter
                self._world.logs_counter = welcome.logs_counter
                return True
        assert spoilt or self._shared, "the hub did not open the link"
        await self._until_the_end()
        return False

    async def _handshake_message(self) -> Any:
        frame = await self._read()
        return decode_hub_frame(frame)[0] if frame is not None else None

    async def _claim(self) -> None:
        for _ in range(self._random.randint(0, 2)):
            self._world.answered += 1
            task, node = self._random.choice(self._world.tasks), self._random.choice(self._world.nodes)
            claim = Claim(id=self._world.answered, task=task, node=node, nodes=self._world.nodes, context="c")
            self._write(websocket_frame(encode_frame([claim])))
            self._note([claim])
        await self._until_answered()

    async def _send_some(self, count: int) -> None:
        """Frames of messages, and then questions that show that the hub has worked on them."""
        for _ in range(count):
            text = self._frames.messages()
            messages = decoded(text)
            if messages is None and self._random.random() < 0.8:
                continue  # it would be the last of this link
            whole = self._random.random() < 0.9
            self._write(websocket_frame(text) if whole else self._frames.in_parts(text))
            if messages is None:
                await self._until_the_end(says_so=False)
                return
            self._note(messages)
        self._probe()
        await self._until_answered()

    def _note(self, messages: list[Any]) -> None:
        """Which answers a frame must get: every request has one, but for those that wait."""
        for message in messages:
            if isinstance(message, Claim):
                self._claims[message.id] = message
            if not isinstance(message, Receive | Cancel | Records) and hasattr(message, "id"):
                self._expected[message.id] += 1

    def _probe(self) -> None:
        self._world.answered += 1
        probe = _PROBE + self._world.answered
        self._write(websocket_frame(encode_frame([AskOffers(id=probe, offers=[])])), counts=False)
        self._expected[probe] += 1

    async def _view(self) -> None:
        """Questions of a viewer, on a socket of its own."""
        header = f"Authorization: Bearer {self._ticket}\r\n"
        reader, writer = await open_socket(self._fuzzer.hub.address, path="/live", header=header)
        try:
            for _ in range(self._random.randint(1, 6)):
                text = self._frames.question()
                frame = websocket_frame(text)
                self._log.append(frame)
                self._fuzzer.sent += 1
                writer.write(frame)
                while (answer := await read_frame(reader)) is not None and answer[0] != CLOSE:
                    kind = type(_decode_live(answer[1])).__name__
                    if kind in ("Following", "FollowRefused"):
                        break
                if answer is None or answer[0] == CLOSE:
                    return
        except ConnectionError:
            return
        finally:
            writer.transport.abort()

    async def _send_garbage(self) -> None:
        self._write(self._frames.garbage())
        self._probe()
        await self._until_the_end()

    async def _leave(self) -> None:
        """In one of the ways in which processes do."""
        if self._random.random() < 0.5:
            self._write(websocket_frame(struct.pack("!H", 1000), CLOSE), counts=False)
            self._expected.clear()
            await self._until_the_end()

    # -- out and in ----------------------------------------------------------------------------------------------------

    def _write(self, frame: bytes, counts: bool = True) -> None:
        assert self._writer is not None
        self._log.append(frame)
        self._fuzzer.sent += counts
        self._unwritten.append(frame)

    def _flush(self) -> None:
        """In one piece: the hub reads many frames at once, as it does on a busy machine."""
        assert self._writer is not None
        frames, self._unwritten = self._unwritten, []
        if frames:
            self._writer.write(b"".join(frames))

    async def _until_answered(self) -> None:
        while self._expected and not self._over:
            frame = await self._read()
            if frame is not None:
                for message in decode_hub_frame(frame):
                    self._take(message)

    async def _until_the_end(self, says_so: bool = True) -> None:
        """What was said ends the link; with `says_so` the end of the stream does, at the latest."""
        assert self._writer is not None
        self._expected.clear()
        if says_so and not self._over:
            try:
                self._flush()
                self._writer.write_eof()
            except OSError:  # it was quicker
                return
        while not self._over:
            await self._read()

    async def _read(self) -> bytes | None:
        """The next text; None at the end. What was said is written before."""
        self._flush()
        while True:
            frame = await read_frame(self._reader)
            if frame is None or frame[0] == CLOSE:
                self._over = True
                self._fuzzer.ended += 1
                return None
            if frame[0] == TEXT:
                return frame[1]

    def _take(self, message: Any) -> None:
        number = getattr(message, "id", None)
        if number in self._expected:
            self._fuzzer.answered += 1
            self._expected[number] -= 1
            if not self._expected[number]:
                del self._expected[number]
        if isinstance(message, Claimed):
            claim = self._claims[message.id]
            self._world.own.append((claim.task, claim.node, message.epoch))
        elif isinstance(message, EventItem):
            self._world.position = message.seq
        elif isinstance(message, Refused):
            assert not message.error.message.startswith("The hub failed"), message.error
