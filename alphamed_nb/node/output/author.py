"""Whose output it is: the nodes that are entered in this process, as what captures and reports knows them."""

from __future__ import annotations

import contextvars
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio

    from ...protocol.limits import Limits
    from ...protocol.messages import Record

__all__ = ["Activation", "Author", "WayOut", "any_author", "author_by_id", "current_author", "output_author"]

_current: contextvars.ContextVar[Author | None] = contextvars.ContextVar("alphamed_nb_context", default=None)
_task: contextvars.ContextVar[str] = contextvars.ContextVar("alphamed_nb_task", default="")
_active: list[Author] = []


class WayOut(Protocol):
    """What output needs of the link."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def put(self) -> Callable[[Record[Any]], None]: ...
    def on_own_thread(self) -> bool: ...


class Author:
    """The half of a node's context that says whose its output is."""

    way_out: WayOut | None = None
    """None while it is not entered."""

    def __init__(self, node: str, nodes: list[str]) -> None:
        self.id = node
        self.nodes = nodes
        self.context_id = uuid.uuid4().hex
        self.folder = ""
        """The working directory in which it was entered."""
        self.entered_cell = ""
        """Id of the cell in which it was entered."""
        self.last_task = ""
        """The task claimed last."""
        self.reported = False
        """Whether it has reported any line."""

    @property
    def entered(self) -> bool:
        return self.way_out is not None

    @contextmanager
    def running(self, task: str) -> Iterator[None]:
        """Lines logged inside belong to this task."""
        token = _task.set(task)
        try:
            yield
        finally:
            try:
                _task.reset(token)
            except ValueError:
                _task.set("")

    def task_of_output(self) -> str:
        """The task a line written now belongs to; empty: none was claimed yet."""
        return _task.get() or self.last_task

    def round_of(self, task: str) -> int:
        """The round this node last reported in the task."""
        raise NotImplementedError


class Activation:
    """From its making to its end the code that made it is this node."""

    def __init__(self, author: Author) -> None:
        self._author = author
        self._previous = _current.get()
        self._token = _current.set(author)
        _active.append(author)

    def end(self) -> None:
        _active.remove(self._author)
        try:
            _current.reset(self._token)
        except ValueError:  # left in another thread or async context than it was entered in
            if _current.get() is self._author:
                _current.set(self._previous)


def current_author() -> Author | None:
    """Who this code is, or None.

    A thread that carries no context gets the only active one of the process.

    Raises:
        RuntimeError: several are active and nothing tells which one is meant.
    """
    if (found := output_author()) is None and len(active := list(_active)) > 1:
        raise RuntimeError(
            f"{len(active)} nodes are active in this process ({', '.join(author.id for author in active)}) and this "
            "thread belongs to none of them: start it with contextvars.copy_context().run."
        )
    return found


def output_author() -> Author | None:
    """Whose a line written now is; None if that cannot be told."""
    found = _current.get()
    if found is not None and found.entered:
        return found
    return _active[0] if len(_active) == 1 else None


def author_by_id(context_id: str) -> Author | None:
    """The entered one with this id; None once it was left."""
    return next((author for author in list(_active) if author.context_id == context_id), None)


def any_author() -> Author | None:
    """One of those that are entered."""
    return next(iter(list(_active)), None)
