"""What a session knows of the presence of other nodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ...protocol.messages import NodeState

__all__ = ["OtherNodes"]

_MOST_CHANGES = 10_000


class OtherNodes:
    """The watched nodes of one session. `None` as a set of nodes means all of the task."""

    def __init__(self) -> None:
        self.states: dict[str, NodeState] = {}
        """The latest known state of each node."""
        self.changes: deque[NodeState] = deque(maxlen=_MOST_CHANGES)
        """Changes of the nodes the user's code watches, until a receive hands them out."""
        self.watched: set[str] | None = set()
        """Whom the hub tells about."""
        self._by_user: set[str] | None = set()
        self._warned: dict[str, int] = {}

    def clear(self) -> None:
        """Another session begins."""
        self.states.clear()
        self.changes.clear()
        self.watched, self._by_user = set(), set()

    def add(self, of: set[str] | None, *, by_user: bool) -> None:
        self.watched = _union(self.watched, of)
        if by_user:
            self._by_user = _union(self._by_user, of)

    def asked_for(self) -> list[str] | None:
        """For the hub's `WatchNodes`."""
        return None if self.watched is None else sorted(self.watched)

    def note(self, states: Sequence[NodeState], *, changes: bool) -> None:
        """Take what the hub said; `changes` are handed out, what `watch` itself answers is not."""
        for state in states:
            known = self.states.get(state.node)
            if known is not None and (known.seq > state.seq or known == state):
                continue
            self.states[state.node] = state
            if changes and (self._by_user is None or state.node in self._by_user):
                self.changes.append(state)

    def trouble(self) -> list[NodeState]:
        """Nodes that failed or are gone, and were not warned of yet."""
        return [
            state
            for state in list(self.states.values())
            if state.state in ("failed", "gone") and self._warned.get(state.node) != state.epoch
        ]

    def warned_of(self, state: NodeState) -> None:
        self._warned[state.node] = state.epoch


def _union(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    return None if one is None or other is None else one | other
