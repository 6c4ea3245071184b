"""Mock mode: `mock_context` makes the code inside it one node of a federated task."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from types import TracebackType

from ..node.active import current_context
from ..node.context import NodeContext
from ..node.plain import as_names
from ..node.session.session import Session
from .logs import logger

__all__ = ["NotInMockMode", "is_mock_mode", "mock_context", "mock_node_id", "mock_nodes"]


class NotInMockMode(RuntimeError):
    """Something that needs a node was called outside `mock_context`, where only the AlphaMed platform can do it."""


class mock_context(contextlib.AbstractContextManager["mock_context"]):  # noqa: N801  the API's own spelling
    """`with mock_context(id=..., nodes=[...]):` the body is the node `id`.

    Args:
        clean: on entry, drop the stored data of every run that has ended and in which this id itself took part.
        id: the node id; a fresh UUID4 for each entry when left out.
        nodes: the ids of all participants, this one included.
        hub: address or file of the hub to use; found by itself when left out.

    The same object may be entered any number of times, one after the other.
    """

    def __init__(
        self,
        clean: bool = False,
        id: str | None = None,
        nodes: Sequence[str] | None = None,
        *,
        hub: str | None = None,
    ) -> None:
        if isinstance(nodes, str):
            raise TypeError(f"nodes must be a list of node ids, got the string {nodes!r}.")
        self._clean = clean
        self._given_id = id
        self._given_nodes = as_names(nodes, "nodes") if nodes is not None else []
        self._hub = hub
        self._entered: list[NodeContext] = []

    @property
    def id(self) -> str | None:
        """The node id; None before the first entry when none was given."""
        return self._entered[-1].id if self._entered else self._given_id

    @property
    def nodes(self) -> list[str]:
        return list(self._given_nodes)

    def __enter__(self) -> mock_context:
        node = self._given_id if self._given_id is not None else str(uuid.uuid4())
        context = NodeContext(node, self._given_nodes, clean=self._clean, hub=self._hub)
        context.enter()
        self._entered.append(context)
        if not self._given_nodes:
            logger.warning("mock_context was entered without nodes: querying the participants gives an empty list.")
        elif node not in self._given_nodes:
            logger.warning("The node id %s is not in nodes (%s).", node, ", ".join(self._given_nodes))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._entered.pop().leave(error)


def is_mock_mode() -> bool:
    """True inside an active `mock_context` of this process."""
    try:
        return current_context() is not None
    except RuntimeError:  # several are active and this thread carries none of them: mock mode all the same
        return True


def mock_node_id() -> str:
    """The id of the node being simulated."""
    return _require_context("mock_node_id()").id


def mock_nodes() -> list[str]:
    """A new list of the node ids given to the active context."""
    return list(_require_context("mock_nodes()").nodes)


def entered_folder() -> str:
    """The working directory in which the active context was entered."""
    return _require_context("entered_folder()").folder


def require_session(task_id: str, what: str) -> Session:
    """The session of the active context in `task_id`, claimed at the first use.

    Args:
        task_id: the task.
        what: names the caller in the error.

    Raises:
        NotInMockMode: outside `mock_context`.
    """
    return _require_context(what).session(task_id)


def _require_context(what: str) -> NodeContext:
    context = current_context()
    if context is None:
        raise NotInMockMode(
            f"{what} needs a node: call it inside `with mock_context(id=..., nodes=[...]):`. "
            "Outside it the AlphaMed platform is needed, which is not here."
        )
    return context
