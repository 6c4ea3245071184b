"""What the hub says about the nodes of a run: sessions, states, rounds. Fed with journal rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec

from ...protocol.journal import Failure, Row, SessionBody, StateBody, TaskBody, Wait
from ...protocol.waits import wait_after
from ...reading.terminal import Nodes

__all__ = ["NodeView", "View"]

_decode_session = msgspec.json.Decoder(SessionBody).decode
_decode_state = msgspec.json.Decoder(StateBody).decode
_decode_task = msgspec.json.Decoder(TaskBody).decode


@dataclass
class NodeView:
    """One node of one task, as its latest rows say."""

    node: str
    task: str
    context: str = ""
    began: float = 0.0
    ended: float = 0.0
    """0: its session is held."""
    reason: str = ""
    """Why the session ended."""
    round: int = 0
    activity: str = "starting"
    wait: Wait | None = None
    failure: Failure | None = None
    failed_in: tuple[int, str] = (0, "")
    """Round and activity at the failure."""
    failed_at: float = 0.0
    """When the hub heard of it."""


@dataclass
class TaskView:
    max_rounds: int = 0
    rounds: int = 0
    """Rounds begun in the latest attempt."""


class View:
    """The present state of the nodes in which one of our processes holds, or held, a session.

    Args:
        nodes: told of each list of nodes.
        is_ours: whether a session belongs to a process of this run, by its context.
        on_round: called with task and round when a round begins.
        on_wait: called when a node begins to wait.
    """

    def __init__(
        self,
        nodes: Nodes,
        is_ours: Callable[[SessionBody], bool],
        on_round: Callable[[str, int], None],
        on_wait: Callable[[NodeView], None],
    ) -> None:
        self._names = nodes
        self._is_ours = is_ours
        self._on_round = on_round
        self._on_wait = on_wait
        self.nodes: dict[tuple[str, str], NodeView] = {}
        self.tasks: dict[str, TaskView] = {}
        self._attempts: dict[str, str] = {}

    def apply(self, row: Row) -> None:
        key = (row.task, row.node)
        if row.kind == "session":
            self._session(row, _decode_session(row.body))
        elif key not in self.nodes:
            return  # of somebody else's nodes
        elif row.kind == "state":
            self._state(self.nodes[key], row.at, _decode_state(row.body))
        elif row.kind == "task":
            self._task(row.task, _decode_task(row.body))

    def begin_round(self, task: str, number: int) -> bool:
        """A row or a record says that this round goes on. False if that is no news."""
        view = self.tasks.setdefault(task, TaskView())
        if number <= view.rounds:
            return False
        view.rounds = number
        return True

    def of(self, contexts: Collection[str]) -> list[NodeView]:
        return [view for view in self.nodes.values() if view.context in contexts]

    def _session(self, row: Row, body: SessionBody) -> None:
        key = (row.task, row.node)
        if body.change == "began":
            if self._is_ours(body):
                self._names.learn([*body.nodes, row.node])
                self.nodes[key] = NodeView(row.node, row.task, context=body.context, began=row.at)
                self.tasks.setdefault(row.task, TaskView())
            else:
                self.nodes.pop(key, None)
        elif body.change == "ended" and key in self.nodes:
            self.nodes[key].ended = row.at
            self.nodes[key].reason = body.reason
            self.nodes[key].wait = None

    def _state(self, view: NodeView, at: float, body: StateBody) -> None:
        if body.activity == "failed":
            view.failed_in = (body.round or view.round, view.activity)
            view.failure = body.failure
            view.failed_at = at
        view.activity = body.activity
        view.round = body.round or view.round
        view.wait = None if body.wait is None else wait_after(view.wait, body.wait)
        if view.wait is not None:
            self._on_wait(view)

    def _task(self, task: str, body: TaskBody) -> None:
        view = self.tasks.setdefault(task, TaskView())
        if body.max_rounds:
            view.max_rounds = body.max_rounds
        if not body.leads:
            return
        if body.attempt and body.attempt != self._attempts.get(task):
            # It began again inside the run: its rounds are counted anew.
            if task in self._attempts:
                view.rounds = 0
            self._attempts[task] = body.attempt
        if body.change == "round" and self.begin_round(task, body.round):
            self._on_round(task, body.round)
