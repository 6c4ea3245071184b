"""The place of this process as a node in a task: what all parts of a session stand on."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...protocol.errors import Fenced, HubError, HubUnreachable, TooLarge
from ..plain import as_names
from ..waiting import Signal

if TYPE_CHECKING:
    from ..link.link import Link

__all__ = ["Seat"]


class Seat:
    """A node in a task, as far as this process holds it.

    Args:
        context: id of the context in which it is claimed.
    """

    def __init__(self, link: Link, task: str, node: str, nodes: list[str], context: str) -> None:
        self.link = link
        self.task = task
        self.node = node
        self.nodes = nodes
        self.context = context
        self.epoch = 0
        self.position = 0
        """The journal number of the last event the user's code got."""
        self._released = False
        self._fenced: HubError | None = None
        self._pid = os.getpid()
        self._signals: list[Signal] = []

    @property
    def held(self) -> bool:
        return self.epoch > 0 and not self.unusable

    @property
    def decided(self) -> bool:
        """Whether the hub has answered its claim, or will not."""
        return self.epoch > 0 or self.unusable

    @property
    def unusable(self) -> bool:
        """Whether `check` would raise."""
        return self._released or self._fenced is not None

    def check(self) -> None:
        """Raise why this session cannot be used any more, if it cannot."""
        if self._fenced is not None:
            raise Fenced(self._fenced.message, **self._fenced.details)
        if os.getpid() != self._pid:
            raise HubUnreachable(f"This process was forked from that of node {self.node!r} and is not that node.")
        if self._released:
            raise Fenced(f"The mock_context of node {self.node!r} was left; enter it again to use task {self.task!r}.")

    def as_targets(self, targets: Sequence[str], what: str) -> list[str]:
        """Node ids as plain strings, no more than the hub takes."""
        names = as_names(targets, what)
        if len(names) > self.link.limits.targets:
            raise TooLarge(f"{len(names):,} targets at once; the hub takes {self.link.limits.targets:,}.")
        return names

    # -- who waits for something of it ---------------------------------------------------------------------------------

    def add_signal(self, signal: Signal) -> None:
        """Set this signal whenever something comes for the session."""
        self._signals.append(signal)

    def remove_signal(self, signal: Signal) -> None:
        self._signals.remove(signal)

    def wake(self) -> None:
        """Let whoever waits for something of this session look."""
        for signal in list(self._signals):
            signal.set()
