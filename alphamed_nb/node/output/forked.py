"""Forked children (DataLoader workers, for instance): their lines reach the hub through a pipe to their parent.

A child has no link: it closes its copy of the socket at the fork. While a context is active each fork gets a pipe; the
parent's link thread reads the records from it until the child's end closes it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...protocol.messages import Record
from ...protocol.run_pipe import FromNode, PipeReader
from .pipe import RecordPipe

if TYPE_CHECKING:
    import asyncio

__all__ = ["Target", "after_fork_in_child", "enable", "has_children", "parent_pipe", "read_all"]

Target = tuple[Callable[[Record[Any]], None], "asyncio.AbstractEventLoop"]
"""Who takes the records of children, and the loop that reads them."""

_READ_BYTES = 1 << 20


class _ChildPipe:
    """In the parent: the reading end."""

    def __init__(self, number: int, put: Callable[[Record[Any]], None], loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self._put = put
        self._loop = loop
        self._reader = PipeReader()

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
        for each in self._reader.feed(content):
            if isinstance(each, FromNode):
                self._put(each.record)
        return True


_children: set[_ChildPipe] = set()
_parent: RecordPipe | None = None
_forking = threading.local()
_target: Callable[[], Target | None] | None = None


def enable(target: Callable[[], Target | None]) -> None:
    """Say where children's records go: for None a child has no pipe."""
    global _target
    if _target is None and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent)
    _target = target


def parent_pipe() -> RecordPipe | None:
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
        _parent = RecordPipe(pipe[1])


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=after_fork_in_child)
