"""One request being worked through: what it changes and what it says, in order."""

from __future__ import annotations

from typing import Any

import msgspec

from ...protocol.journal import Kind, Row
from .effects import Change, Deliver, Outcome, Output, StoreRow
from .state import HubState, Task

__all__ = ["Work"]

_encode = msgspec.json.Encoder().encode


class Work:
    """Collects the changes and outputs of one call of the core."""

    __slots__ = ("changes", "hub", "now", "outputs", "unsettled")

    def __init__(self, hub: HubState, now: float) -> None:
        self.hub = hub
        self.now = now
        """Seconds since the epoch."""
        self.changes: list[Change] = []
        self.outputs: list[Output] = []
        self.unsettled: list[Task] = []
        """Tasks that may have become stuck by this request."""

    def row(self, kind: Kind, task: Task | None, node: str, body: Any) -> int:
        """Append a row to the journal and return its number."""
        seq = self.hub.take_seq()
        if task is not None:
            task.changed = seq
        self.changes.append(
            StoreRow(
                Row(
                    seq=seq,
                    at=self.now,
                    kind=kind,
                    node=node,
                    task=task.name if task is not None else "",
                    run=task.run if task is not None else 0,
                    body=msgspec.Raw(_encode(body)),
                )
            )
        )
        return seq

    def change(self, change: Change) -> None:
        self.changes.append(change)

    def output(self, output: Output) -> None:
        self.outputs.append(output)

    def deliver(self, link: str, message: Any) -> None:
        """Write `message` to a link; nothing happens for a session whose link is lost (an empty name)."""
        if link:
            self.outputs.append(Deliver(link, message))

    def outcome(self) -> Outcome:
        return Outcome(self.changes, self.outputs)
