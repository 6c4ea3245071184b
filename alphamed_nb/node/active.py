"""Which node the running code is, for the API."""

from __future__ import annotations

from .context import NodeContext
from .output.author import current_author

__all__ = ["current_context"]


def current_context() -> NodeContext | None:
    """The context this code runs in, or None.

    A thread that carries no context gets the only active one of the process.

    Raises:
        RuntimeError: several are active and nothing tells which one is meant.
    """
    found = current_author()
    assert found is None or isinstance(found, NodeContext)
    return found
