"""What the processes of one file of `alphamed-nb run` write into its pipe: output, and records between it.

The pipe is stdout and stderr of the file's process and of those that it starts, and each of them may open it by its
path as well. So what Python prints, what C code writes and what other programs print come in the order in which they
were written, whatever way they took. A record is cut into *frames* that the system writes as a whole:

    mark (9 bytes)   number of the record (8)   whether it is the last frame of that (1)   length (2)   content
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from .journal import KINDS
from .messages import Record

__all__ = ["RUN_PIPE_VARIABLE", "FromNode", "PipeReader", "frames"]

RUN_PIPE_VARIABLE = "ALPHAMED_NB_RUN_PIPE"
"""Environment variable: path of the pipe."""

_MARK = b"\x00\x1aalphamd"
_HEAD = struct.Struct(">9sQ?H")

_encode = msgspec.json.Encoder().encode


class FromNode(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A record and whose it is."""

    record: Record[msgspec.Raw]
    """Without a kind: that a context was entered. `node` is empty for a line printed outside every `mock_context`.
    Of what a :class:`PipeReader` has read, the body is decoded."""
    nodes: list[str] = []
    """The `nodes` of the context it was made in."""


def frames(sent: FromNode, number: int, most: int) -> Iterator[bytes]:
    """A record as frames of at most `most` bytes; no other may have its number while they are under way."""
    content = _encode(sent)
    size = min(most, 0xFFFF) - _HEAD.size
    for start in range(0, len(content), size):
        part = content[start : start + size]
        yield _HEAD.pack(_MARK, number, start + size >= len(content), len(part)) + part


class PipeReader:
    """Takes apart what comes out of the pipe, however it was cut."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._parts: dict[int, bytearray] = {}
        self._decode = msgspec.json.Decoder(FromNode).decode

    def feed(self, content: bytes) -> Iterator[bytes | FromNode]:
        """Add what came next; pieces of output and records, in order."""
        held = self._content
        held += content
        while held:
            start = held.find(_MARK)
            if start < 0:
                start = len(held) - _begun(held)
            if start > 0:
                yield bytes(held[:start])
                del held[:start]
            if len(held) < _HEAD.size:
                return
            _, number, last, length = _HEAD.unpack_from(held)
            end = _HEAD.size + length
            if len(held) < end:
                return
            whole = self._parts.setdefault(number, bytearray())
            whole += held[_HEAD.size : end]
            del held[:end]
            if last:
                del self._parts[number]
                try:
                    sent = self._decode(whole)
                    if sent.record.kind in KINDS:
                        sent.record.body = KINDS[sent.record.kind].decode(sent.record.body)
                    yield sent
                except msgspec.MsgspecError:
                    yield bytes(whole)  # somebody prints what begins as our frames do

    def rest(self) -> bytes:
        """Output that might have become a frame, at the end."""
        rest, self._content = bytes(self._content), bytearray()
        return rest


def _begun(content: bytearray) -> int:
    """How many bytes at the end may be the beginning of a mark."""
    for length in range(min(len(content), len(_MARK) - 1), 0, -1):
        if content.endswith(_MARK[:length]):
            return length
    return 0
