"""Frames that no honest node sends: of the protocol's own types and spoilt, or of no type. Seeded, no I/O."""

from __future__ import annotations

import copy
import functools
import json
import math
import os
import random
import struct
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from raw_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, websocket_frame

from alphamed_nb.protocol.journal import KINDS
from alphamed_nb.protocol.live import LiveQuestion
from alphamed_nb.protocol.messages import (
    PROTOCOL_VERSION,
    Claim,
    ClientMessage,
    Hello,
    Proof,
    Record,
    decode_client_frame,
)

__all__ = ["Frames", "Session", "World", "decoded"]

Session = tuple[str, str, int]
"""Task, node and epoch."""

_MESSAGES: tuple[type[msgspec.Struct], ...] = get_args(ClientMessage)
_WEIGHTS = [0.1 if kind in (Hello, Proof) else 1.0 for kind in _MESSAGES]
"""What ends a link in any case comes seldom."""
_QUESTIONS: tuple[type[msgspec.Struct], ...] = get_args(LiveQuestion)
_NUMBERS = (
    0, 1, -1, 2, 255, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**31), -(2**53),
    -(2**63), -(2**63) - 1, 10**30, -(10**30), 10**400,
)  # fmt: skip
_TEXTS = (
    "", " ", "*", "..", ".", "/", "../../etc/passwd", "a/b", "\\", "null", "0", "-1", "\x00", "a\nb", "\x7f", "\x9b2J",
    "\ud800", "\udcff", "\udbff\udfff", "\u202eabc", "a\u200b", "\ufeff", "医院-甲", "عربي", "😀" * 50, "a" * 200,
    "a" * 201, "é" * 100, "0123456789abcdef" * 2, "0123456789ABCDEF", "a" * 65, "%s%n{0}", "' or 1=1 --", "<script>",
)  # fmt: skip
_FLOATS = (0.0, -0.0, 0.5, -1.5, 1e-320, 1.7e308, -1.7e308, math.nan, math.inf, -math.inf)


_hints = functools.cache(get_type_hints)


class _Verbatim(str):
    """Stands in a frame as it is, whether it is JSON or not."""


@dataclass
class World:
    """What the sender of frames knows of the hub."""

    tasks: list[str]
    """Tasks of its own."""
    nodes: list[str]
    foreign: list[Session]
    """Sessions of others, which are to stay as they are."""
    own: list[Session] = field(default_factory=list)
    """Sessions it holds, or held."""
    answered: int = 0
    """Requests so far."""
    counter: int = 0
    logs_counter: int = 0
    position: int = 0


class Frames:
    """Makes frames for one link, each from what the seed and the world say."""

    def __init__(self, seed: str, world: World) -> None:
        self.random = random.Random(seed)
        self.world = world

    # -- whole frames --------------------------------------------------------------------------------------------------

    def messages(self) -> bytes:
        """The text of a frame: mostly one message, spoilt or not."""
        while True:
            text = self._messages()
            if not self._joins_others(text):
                return text

    def _messages(self) -> bytes:
        chance = self.random.random()
        if chance < 0.01:
            return self.random.choice(
                (b"[]", b"[[]]", b"{}", b"null", b"", b"[1]", b"[{}]", b"[null]", b" [ ] ", b"[,]")
            )
        count = 1 if chance < 0.85 else self.random.randint(2, 5)
        text = "[" + ",".join(_json(self._message()) for _ in range(count)) + "]"
        return self._bytes_of(text)

    def _joins_others(self, text: bytes) -> bool:
        """It claims rightly: a node more in a task of others, from which it may speak to them."""
        names = [(task, node) for task, node, _ in self.world.foreign]
        return any(
            isinstance(message, Claim)
            and message.task in [task for task, _ in names]
            and (message.task, message.node) not in names
            for message in decoded(text) or []
        )

    def question(self) -> bytes:
        """The text of a frame of the live feed."""
        return self._bytes_of(_json(self._spoilt(self._struct(self.random.choice(_QUESTIONS)))))

    def garbage(self) -> bytes:
        """Bytes of a websocket that may be frames or not."""
        make = self.random
        text = self.messages()
        cut = make.randint(0, len(text))
        kinds = (
            lambda: websocket_frame(text, BINARY),
            lambda: websocket_frame(text, TEXT, reserved=make.randint(1, 7)),
            lambda: websocket_frame(text, TEXT, masked=False),
            lambda: websocket_frame(text, make.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15))),
            lambda: websocket_frame(
                text[:cut], TEXT, length=make.choice((125, 126, 65_535, 65_536, 2**31, 2**63 - 1, 2**63))
            ),
            lambda: websocket_frame(make.randbytes(make.randint(1, 300)), TEXT),
            lambda: websocket_frame(text, CONTINUATION),
            lambda: websocket_frame(text[:cut], TEXT, final=False) + websocket_frame(text[cut:], TEXT),
            lambda: websocket_frame(make.randbytes(make.choice((0, 125, 126, 200))), make.choice((PING, PONG, CLOSE))),
            lambda: websocket_frame(b"", PING, final=False),
            lambda: websocket_frame(
                struct.pack("!H", make.choice((0, 999, 1000, 1005, 1006, 1015, 3000, 65_535))), CLOSE
            ),
            lambda: make.randbytes(make.randint(1, 400)),
        )
        return make.choice(kinds)()

    def in_parts(self, text: bytes) -> bytes:
        """A frame as a client may send it, too: in pieces, with pings in between."""
        cuts = sorted(self.random.randint(0, len(text)) for _ in range(self.random.randint(1, 4)))
        pieces = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        sent = b""
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            sent += websocket_frame(piece, CONTINUATION if number else TEXT, final=last)
            if not last and self.random.random() < 0.3:
                sent += websocket_frame(b"between", self.random.choice((PING, PONG)))
        return sent

    def hello(self, incarnation: str, spoilt: bool) -> bytes:
        """The text of the first frame of a link; unless it is spoilt the hub takes it."""
        process = {"incarnation": incarnation, "pid": os.getpid(), "host": "fuzzer", "started": 1.0}
        hello = {"op": "hello", "versions": [PROTOCOL_VERSION], "nonce": "n", "process": process}
        if not spoilt:
            process["pid"] = self.random.choice((os.getpid(), 1, 0, 2**22 + 1))
            process["notebook"] = self.random.choice(("a.ipynb", "医院/\u202e.py", ""))
        return f"[{_json(self._spoilt(hello, at_least=1) if spoilt else hello)}]".encode("utf-8", "surrogatepass")

    # -- messages ------------------------------------------------------------------------------------------------------

    def _message(self) -> Any:
        """One message, as something that :func:`_json` can write."""
        return self._spoilt(self._struct(self.random.choices(_MESSAGES, _WEIGHTS)[0]))

    def _struct(self, kind: type[msgspec.Struct]) -> dict[str, Any]:
        """A struct that is right in its types, and often in all."""
        tag = kind.__struct_config__.tag
        made: dict[str, Any] = {} if tag is None else {"op": tag}
        session = self._session()
        defaults = kind.__struct_defaults__
        required = kind.__struct_fields__[: len(kind.__struct_fields__) - len(defaults)]
        hints = _hints(kind)
        for name in kind.__struct_fields__:
            if name in required or self.random.random() < 0.5:
                made[name] = self._named(name, hints[name], session)
        if kind is Record:
            name = self.random.choice(("log", "log", "metric", "metric", "event", ""))
            made |= {"kind": name, "body": self._struct(KINDS.get(name, KINDS["log"]).body)}
        return made

    def _session(self) -> Session:
        chance = self.random.random()
        if chance < 0.6 and self.world.own:
            return self.random.choice(self.world.own)
        if chance < 0.85:
            task, node, epoch = self.random.choice(self.world.foreign)
            return task, node, epoch + self.random.choice((0, 0, 0, 1, -1))
        return self.random.choice(self.world.tasks), self.random.choice(self.world.nodes), self.random.randint(0, 3)

    def _named(self, name: str, hint: Any, session: Session) -> Any:
        world = self.world
        if name == "id":
            world.answered += 1
            return world.answered
        if name == "counter":
            world.counter += 1
            return world.counter
        if name in ("task", "node", "epoch"):
            return session[("task", "node", "epoch").index(name)]
        if name == "position":
            return self.random.choice((world.position, 0, -1, session[2], session[2] + 5))
        if name in ("targets", "nodes", "of", "sources", "satisfied"):
            return self.random.choice(([], ["*"], world.nodes, world.nodes[:2], [session[1]], [session[1]] * 3))
        if name in ("stream", "offer"):
            return self.random.choice(("", "ab" * 16, f"{self.random.randint(0, 9):032x}"))
        if name == "contract":
            return self.random.choice(({}, {"value": 1}, [], None, 5, "text", {"deep": [[[[{}]]]]}, _Verbatim("1e5")))
        return self._of(hint)

    def _of(self, hint: Any) -> Any:
        """A value of that type."""
        make = self.random
        origin = get_origin(hint)
        if origin is Record:
            hint = Record
        if origin in (Union, UnionType):
            return self._of(make.choice(get_args(hint)))
        if origin is Literal:
            return make.choice(get_args(hint))
        if origin is list:
            return [self._of(get_args(hint)[0]) for _ in range(make.choice((0, 1, 1, 2, 5)))]
        if origin is dict:
            return {make.choice(_TEXTS): self._of(get_args(hint)[1]) for _ in range(make.randint(0, 3))}
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return self._struct(hint)
        if hint is bool:
            return make.random() < 0.5
        if hint is int:
            return make.choice((0, 1, 2, 20, make.randint(0, 1000), make.choice(_NUMBERS)))
        if hint is float:
            return make.choice((0.0, 1.5, make.uniform(0, 2e9), make.choice(_FLOATS[:7])))
        if hint is str:
            return make.choice(("", "x", "text", make.choice(_TEXTS)))
        if hint is NoneType:
            return None
        return make.choice((1, "x", None, [], {}))

    # -- spoiling ------------------------------------------------------------------------------------------------------

    def _spoilt(self, message: dict[str, Any], at_least: int = 0) -> Any:
        """The same with some of it changed; often nothing."""
        message = copy.deepcopy(message)
        times = max(at_least, self.random.choices((0, 1, 2, 3), (50, 35, 10, 5))[0])
        for _ in range(times):
            self._spoil(message)
        return message

    def _spoil(self, message: dict[str, Any]) -> None:
        make = self.random
        places = list(_places(message))
        if not places:
            return
        holder, key = make.choice(places)
        value = holder[key]
        chance = make.random()
        if chance < 0.6:
            # Of the same type, so that more than the decoder sees it.
            if isinstance(value, bool) or value is None:
                holder[key] = not value
            elif isinstance(value, int):
                holder[key] = make.choice(_NUMBERS)
            elif isinstance(value, float):
                holder[key] = make.choice(_FLOATS)
            elif isinstance(value, str) and key != "op":
                holder[key] = (
                    make.choice((*_TEXTS, "x" * make.choice((257, 5000, 70_000)))) if make.random() < 0.9 else value * 2
                )
            elif isinstance(value, list):
                holder[key] = make.choice((value * 3, [], value[:1] * make.choice((2, 20, 600))))
        elif chance < 0.75:
            holder[key] = make.choice((None, True, 0, -1, 1.5, "x", [], {}, [[]], {"": {}}, *_FLOATS[6:]))
        elif chance < 0.8:
            holder[key] = _Verbatim(make.choice((
                "[" * 3000 + "]" * 3000, '{"a":' * 2000 + "1" + "}" * 2000,
                        "1e999", "-", "01", '"\\ud83d"', '"\\u00"', "tru", "1" * 5000,
            )))  # fmt: skip
        elif isinstance(holder, dict):
            if chance < 0.88:
                del holder[key]
            elif chance < 0.96:
                holder[make.choice(("x", "id", "op", "task", "", "\x00", "__class__"))] = make.choice(
                    ("x", 1, None, [], {})
                )
            else:
                holder[_Verbatim(json.dumps(key) + ":" + _json(value) + "," + json.dumps(key))] = make.choice(
                    (1, "x", value)
                )

    def _bytes_of(self, text: str) -> bytes:
        content = text.encode("utf-8", "surrogatepass")
        if self.random.random() < 0.02:
            at = self.random.randint(0, len(content))
            content = content[:at] + self.random.randbytes(self.random.randint(1, 4)) + content[at:]
        elif self.random.random() < 0.02:
            content = content[: self.random.randint(0, len(content))]
        return content


def _places(value: Any) -> Any:
    """Every dict or list in a value, with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def _json(value: Any) -> str:
    """As JSON, or what is as near to it as the value allows."""
    if isinstance(value, _Verbatim):
        return value
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(
                f"{key if isinstance(key, _Verbatim) else json.dumps(key)}:{_json(each)}" for key, each in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def decoded(text: bytes) -> list[Any] | None:
    """The messages of a frame; None if it is none."""
    try:
        return decode_client_frame(text.decode())
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
