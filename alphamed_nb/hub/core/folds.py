"""The fold of the journal into what a status view shows: tasks, runs, nodes, waits, rounds, transfers.

Pure: rows in, a snapshot out. Log and metric rows are paged and not kept here; of a log row only its level counts.
"""

from __future__ import annotations

import msgspec

from ...protocol.journal import OfferBody, Row, SessionBody, StateBody, TaskBody
from ...protocol.snapshot import (
    AttemptView,
    LeftOut,
    RoundView,
    RunView,
    Snapshot,
    TaskView,
    TransferView,
)
from .node_fold import NodeFold

__all__ = ["Fold"]


class _EventGlance(msgspec.Struct):
    """What the fold needs of an event; its content stays unread."""

    targets: list[str]


class _ReadGlance(msgspec.Struct):
    event: int


class _LogGlance(msgspec.Struct):
    level: int


_event = msgspec.json.Decoder(_EventGlance).decode
_read = msgspec.json.Decoder(_ReadGlance).decode
_log = msgspec.json.Decoder(_LogGlance).decode
_session = msgspec.json.Decoder(SessionBody).decode
_state = msgspec.json.Decoder(StateBody).decode
_task = msgspec.json.Decoder(TaskBody).decode
_offer = msgspec.json.Decoder(OfferBody).decode


class Fold:
    """Rows are applied in the order of their numbers, those of both files merged.

    Rows that name no task (lines written before their context claimed one, the hub's own records) count nowhere.
    """

    def __init__(self) -> None:
        self.number = 0
        """The last row applied."""
        self._runs: dict[str, dict[int, _RunFold]] = {}

    def apply(self, row: Row) -> None:
        """Raises `msgspec.ValidationError` for a body that is not of its kind."""
        self.number = row.seq
        if not row.task or row.kind in ("metric", "hub"):
            return
        runs = self._runs.setdefault(row.task, {})
        run = runs.get(row.run)
        if run is None:
            run = runs[row.run] = _RunFold(row)
        run.apply(row)

    def drop_run(self, task: str, run: int) -> None:
        """The run was removed from the journal."""
        runs = self._runs.get(task)
        if runs is not None:
            runs.pop(run, None)
            if not runs:
                del self._runs[task]

    def snapshot(self, task: str | None = None) -> Snapshot:
        """All tasks, or one; later rows do not change it."""
        tasks = [
            TaskView(task=name, runs=[runs[number].view() for number in sorted(runs)])
            for name, runs in self._runs.items()
            if task in (None, name)
        ]
        return Snapshot(number=self.number, tasks=tasks)


class _RunFold:
    def __init__(self, first: Row) -> None:
        self.run = first.run
        self.seq = first.seq
        self.started = first.at
        self.ended = 0.0
        self.list: list[str] = []
        self.initiated = False
        self.members: dict[str, NodeFold] = {}
        self.held: set[str] = set()
        self.attempts: list[AttemptView] = []
        self.transfers: dict[str, TransferView] = {}
        self.events = 0

    def apply(self, row: Row) -> None:
        match row.kind:
            case "log":
                self._node(row.node).log_row(row.seq, _log(row.body).level)
            case "event":
                self._event_row(row)
            case "read":
                self._node(row.node).read_row(_read(row.body).event)
            case "state":
                self._node(row.node).state_row(row.seq, row.at, _state(row.body))
            case "offer":
                self._offer_row(row, _offer(row.body))
            case "task":
                self._task_row(row, _task(row.body))
            case "session":
                self._session_row(row, _session(row.body))

    def view(self) -> RunView:
        named = [self.members.get(node) or NodeFold(node) for node in self.list]
        others = [member for node, member in self.members.items() if node not in self.list]
        return RunView(
            run=self.run,
            seq=self.seq,
            started=self.started,
            ended=self.ended,
            nodes=list(self.list),
            members=[member.view(self.list) for member in [*named, *others]],
            attempts=[_copy_of_attempt(attempt) for attempt in self.attempts],
            transfers=[msgspec.structs.replace(transfer) for transfer in self.transfers.values()],
            events=self.events,
        )

    def _node(self, name: str) -> NodeFold:
        found = self.members.get(name)
        if found is None:
            found = self.members[name] = NodeFold(name)
        return found

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _event_row(self, row: Row) -> None:
        self.events += 1
        self._node(row.node).messages_out += 1
        for target in _event(row.body).targets:
            self._node(target).addressed += 1

    def _session_row(self, row: Row, body: SessionBody) -> None:
        self._node(row.node).session_row(row.at, body)
        if body.change == "began":
            self.held.add(row.node)
            self.ended = 0.0
            if not self.list:
                self.list = list(body.nodes)
        elif body.change == "ended":
            self.held.discard(row.node)
            if not self.held:
                self.ended = row.at

    def _offer_row(self, row: Row, body: OfferBody) -> None:
        if body.state in ("offered", "reading"):
            self.transfers[body.offer] = TransferView(
                offer=body.offer,
                source=body.source,
                target=body.target,
                state=body.state,
                size=body.size,
                label=body.label,
                seq=body.offered or row.seq,
                since=row.at,
            )
            return
        self.transfers.pop(body.offer, None)
        if body.state == "taken":
            source, target = self._node(body.source), self._node(body.target)
            source.streams_out += 1
            source.bytes_out += body.size
            target.streams_in += 1
            target.bytes_in += body.size

    def _task_row(self, row: Row, body: TaskBody) -> None:
        node = self._node(row.node)
        node.task_row(body)
        if body.role != "aggregator":
            return
        if body.change == "started":
            if node.session.nodes:
                self.list = list(node.session.nodes)
            self._begin_attempt(row, body)
            return
        attempt = self._attempt(row, body)
        if body.change == "round":
            self._end_round(attempt, row.at)
            attempt.rounds.append(RoundView(round=body.round, seq=row.seq, begin=row.at))
        elif body.change == "left out":
            wanted = next((item for item in reversed(attempt.rounds) if item.round == body.round), None)
            if wanted is not None:
                wanted.left_out = [*wanted.left_out, *(LeftOut(name, body.reason) for name in body.left_out)]
        elif body.change == "ended":
            self._end_round(attempt, row.at)
            attempt.end = row.at
            attempt.result = body.result

    def _begin_attempt(self, row: Row, body: TaskBody) -> AttemptView:
        attempt = AttemptView(
            attempt=body.attempt,
            aggregator=row.node,
            scheduler=body.scheduler,
            max_rounds=body.max_rounds,
            seq=row.seq,
            begin=row.at,
            rounds=[],
        )
        self.attempts.append(attempt)
        return attempt

    def _attempt(self, row: Row, body: TaskBody) -> AttemptView:
        """The attempt a row belongs to: the aggregator's with that nonce, by default its latest."""
        for attempt in reversed(self.attempts):
            if attempt.aggregator == row.node and body.attempt in ("", attempt.attempt):
                return attempt
            if attempt.aggregator == row.node and not attempt.attempt and not attempt.rounds:
                attempt.attempt = body.attempt  # it was reported as started before it had its nonce
                return attempt
        return self._begin_attempt(row, body)

    @staticmethod
    def _end_round(attempt: AttemptView, at: float) -> None:
        if attempt.rounds and not attempt.rounds[-1].end:
            attempt.rounds[-1].end = at


def _copy_of_attempt(attempt: AttemptView) -> AttemptView:
    rounds = [msgspec.structs.replace(item) for item in attempt.rounds]
    return msgspec.structs.replace(attempt, rounds=rounds)
