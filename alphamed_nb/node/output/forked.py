"""Forked children (DataLoader workers, for instance): their lines reach the hub through a pipe to their parent.

A child has no link: it closes its copy of the socket at the fork. While a context is active each fork gets a pipe; the
parent's link thread reads the records from it until the child's end closes it.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from ...protocol.limits import Limits
from ...protocol.messages import Record
from ..plain import record_content

if TYPE_CHECKING:
    import asyncio

__all__ = ["ParentPipe", "after_fork_in_child", "enable", "has_children", "parent_pipe", "read_all"]

_decode = msgspec.json.Decoder(Record).decode
_READ_BYTES = 1 << 20


class ParentPipe:
    """In a child: the writing end. A record is written before `print` returns."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._lock = threading.RLock()
        self._broken = False

    def put(self, record: Record) -> None:
        content = record_content(record, Limits())
        message = memoryview(struct.pack(">I", len(content)) + content)
        with self._lock:
            while message and not self._broken:
                try:
                    message = message[os.write(self._number, message) :]
                except OSError:
                    self._broken = True  # the parent is gone, and the node with it


class _ChildPipe:
    """In the parent: the reading end."""

    def __init__(self, number: int, put: Callable[[Record], None], loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self._put = put
        self._loop = loop
        self._content = bytearray()

    def start(self) -> None:
        os.set_blocking(self.number, False)
        self._loop.add_reader(self.number, self.read)

    def read(self) -> bool:
        """Take what is there; returns whether there was anything."""
        try:
            content = os.read(self.number, _READ_BYTES)
        except BlockingIOError:
            return False
        if not content:
            self._loop.remove_reader(self.number)
            _children.discard(self)
            os.close(self.number)
            return False
        self._content += content
        while len(self._content) >= 4:
            end = 4 + struct.unpack_from(">I", self._content)[0]
            if len(self._content) < end:
                break
            record = _decode(bytes(self._content[4:end]))
            del self._content[:end]
            self._put(record)
        return True


_children: set[_ChildPipe] = set()
_parent: ParentPipe | None = None
_forking = threading.local()
_target: Callable[[], tuple[Callable[[Record], None], asyncio.AbstractEventLoop] | None] | None = None


def enable(target: Callable[[], tuple[Callable[[Record], None], asyncio.AbstractEventLoop] | None]) -> None:
    """Say where children's records go: `target` gives the consumer and the loop that reads, or None to have no pipe."""
    global _target
    if _target is None and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent)
    _target = target


def parent_pipe() -> ParentPipe | None:
    """The way to the parent, in a forked child."""
    return _parent


def has_children() -> bool:
    """Whether a forked child may still write."""
    return bool(_children)


async def read_all() -> None:
    """On the loop's thread: take what children have written so far."""
    for child in list(_children):
        while child.read():
            pass


def _before_fork() -> None:
    _forking.pipe = os.pipe() if _parent is None and _target is not None and _target() is not None else None


def _after_fork_in_parent() -> None:
    pipe, _forking.pipe = getattr(_forking, "pipe", None), None
    target = _target() if _target is not None else None
    if pipe is None:
        return
    os.close(pipe[1])
    if target is None:
        os.close(pipe[0])
        return
    child = _ChildPipe(pipe[0], *target)
    _children.add(child)
    target[1].call_soon_threadsafe(child.start)


def after_fork_in_child() -> None:
    """Called in the child before anything is printed there."""
    global _parent, _forking
    pipe = getattr(_forking, "pipe", None)
    _forking = threading.local()
    for child in list(_children):
        os.close(child.number)
    _children.clear()
    if pipe is not None:
        os.close(pipe[0])
        _parent = ParentPipe(pipe[1])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork_in_child)
