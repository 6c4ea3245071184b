"""Which node the running code is: the contexts that are entered in this process."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import NodeContext

__all__ = ["Activation", "any_context", "context_by_id", "current_context", "output_context"]

_current: contextvars.ContextVar[NodeContext | None] = contextvars.ContextVar("alphamed_nb_context", default=None)
_active: list[NodeContext] = []
_lock = threading.RLock()


class Activation:
    """From its making to its end the code that made it is this node."""

    def __init__(self, context: NodeContext) -> None:
        self._context = context
        self._previous = _current.get()
        self._token = _current.set(context)
        with _lock:
            _active.append(context)

    def end(self) -> None:
        with _lock:
            _active.remove(self._context)
        try:
            _current.reset(self._token)
        except ValueError:  # left in another thread or async context than it was entered in
            if _current.get() is self._context:
                _current.set(self._previous)


def current_context() -> NodeContext | None:
    """The context this code runs in, or None.

    A thread that carries no context gets the only active one of the process.

    Raises:
        RuntimeError: several are active and nothing tells which one is meant.
    """
    found = _current.get()
    if found is not None and found.entered:
        return found
    active = list(_active)
    if len(active) > 1:
        raise RuntimeError(
            f"{len(active)} nodes are active in this process ({', '.join(context.id for context in active)}) and this "
            "thread belongs to none of them: start it with contextvars.copy_context().run."
        )
    return active[0] if active else None


def output_context() -> NodeContext | None:
    """Whose a line written now is; None if that cannot be told."""
    found = _current.get()
    if found is not None and found.entered:
        return found
    return _active[0] if len(_active) == 1 else None


def context_by_id(context_id: str) -> NodeContext | None:
    """The entered context with this id; None once it was left."""
    for context in list(_active):
        if context.context_id == context_id:
            return context
    return None


def any_context() -> NodeContext | None:
    """One of those that are entered."""
    active = list(_active)
    return active[0] if active else None


def reset_lock_after_fork() -> None:
    global _lock
    _lock = threading.RLock()
