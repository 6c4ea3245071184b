"""The fold of what the journal says of one run: its nodes, attempts and rounds, and streams under way."""

from __future__ import annotations

import msgspec

from ...protocol.failures import NodeFailure, failures_of
from ...protocol.journal import OfferBody, Row, SessionBody, StateBody, TaskBody
from ...protocol.snapshot import AttemptView, FailureView, LeftOut, NodeView, RoundView, RunView, TransferView
from .node_fold import NodeFold
from .round_count import RoundCount

__all__ = ["RunFold"]


class _EventGlance(msgspec.Struct):
    """What the fold needs of an event; its content stays unread."""

    targets: list[str]


class _ReadGlance(msgspec.Struct):
    event: int


_event = msgspec.json.Decoder(_EventGlance).decode
_read = msgspec.json.Decoder(_ReadGlance).decode
_session = msgspec.json.Decoder(SessionBody).decode
_state = msgspec.json.Decoder(StateBody).decode
_task = msgspec.json.Decoder(TaskBody).decode
_offer = msgspec.json.Decoder(OfferBody).decode


class RunFold:
    """Takes a run's rows one after the other. As in its :class:`NodeFold`, numbers of rows say what changed when."""

    def __init__(self, first: Row) -> None:
        self.run = first.run
        self.seq = first.seq
        self.started = first.at
        self.ended = 0.0
        self.changed = first.seq
        self.list: list[str] = []
        self.places: dict[str, int] = {}
        """Where each node stands in the list."""
        self.relisted = 0
        """The number of the row that changed the list."""
        self.members: dict[str, NodeFold] = {}
        self.held: set[str] = set()
        self.attempts: list[AttemptView] = []
        self._counts: dict[int, RoundCount] = {}
        """Of rounds that go on, by the numbers of their first rows."""
        self.transfers: dict[str, TransferView] = {}
        self.events = 0

    def apply(self, row: Row) -> None:
        self.changed = row.seq
        match row.kind:
            case "event":
                self._event_row(row)
            case "read":
                self._node(row.node).read_row(row.seq, _read(row.body).event)
            case "state":
                self._node(row.node).state_row(row.seq, row.at, _state(row.body))
            case "offer":
                self._offer_row(row, _offer(row.body))
            case "task":
                self._task_row(row, _task(row.body))
            case "session":
                self._session_row(row, _session(row.body))

    def view(self) -> RunView:
        return RunView(
            run=self.run,
            seq=self.seq,
            started=self.started,
            ended=self.ended,
            nodes=list(self.list),
            members=[self.member_view(member) for member in self.all_members()],
            attempts=self.attempt_views(),
            transfers=self.transfer_views(),
            failures=self.failures(),
            events=self.events,
        )

    def all_members(self) -> list[NodeFold]:
        """Those of the list first, in its order, those who never came included; then others as they came."""
        named = [self.members.get(node) or NodeFold(node) for node in self.list]
        return [*named, *(member for node, member in self.members.items() if node not in self.places)]

    def member_view(self, member: NodeFold, after: int = 0) -> NodeView:
        """As :meth:`NodeFold.view`."""
        view = member.view(self.places.get(member.node, -1), after)
        if view.nodes == self.list:
            view.nodes = []
        return view

    def is_stranger(self, node: str) -> bool:
        """Neither in the list, nor ever heard of."""
        return node not in self.places and node not in self.members

    def attempt_views(self) -> list[AttemptView]:
        return [_copy_of_attempt(attempt) for attempt in self.attempts]

    def transfer_views(self) -> list[TransferView]:
        return [msgspec.structs.replace(transfer) for transfer in self.transfers.values()]

    def failures(self) -> list[FailureView]:
        return failures_of(
            NodeFailure(
                node=member.node,
                number=member.failed_row,
                at=member.failed,
                failure=member.failure,
                cause=member.cause if member.state == "gone" else None,
            )
            for member in self.members.values()
            if member.state in ("failed", "gone")
        )

    def _relist(self, seq: int, nodes: list[str]) -> None:
        if nodes != self.list:
            self.list = nodes
            self.places = {node: place for place, node in reversed(list(enumerate(nodes)))}
            self.relisted = seq

    def _node(self, name: str) -> NodeFold:
        found = self.members.get(name)
        if found is None:
            found = self.members[name] = NodeFold(name)
        return found

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _event_row(self, row: Row) -> None:
        self.events += 1
        self._node(row.node).sent_row(row.seq)
        for target in _event(row.body).targets:
            self._node(target).addressed_row(row.seq)

    def _session_row(self, row: Row, body: SessionBody) -> None:
        if body.nodes == self.list:
            body.nodes = self.list  # one list for a thousand nodes
        node = self._node(row.node)
        before, lost_at = node.session, node.ended
        node.session_row(row.seq, row.at, body)
        if body.change == "began":
            if (body.pid, body.host) != (before.pid, before.host):
                # It was lost, and did not come back: another process has taken its place.
                self._end_attempts(row.node, lost_at or row.at)
            self.held.add(row.node)
            self.ended = 0.0
            if not self.list:
                self._relist(row.seq, body.nodes)
        elif body.change == "ended":
            self.held.discard(row.node)
            if body.reason != "gone":  # the same process may still go on with it
                self._end_attempts(row.node, row.at)
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
                round=body.round,
                name=body.name,
                seq=body.offered or row.seq,
                since=row.at,
            )
            return
        self.transfers.pop(body.offer, None)
        if body.state == "taken":
            self._node(body.source).stream_row(row.seq, body.size, out=True)
            self._node(body.target).stream_row(row.seq, body.size, out=False)
            self._count_stream(body)

    def _count_stream(self, body: OfferBody) -> None:
        """In the round that goes on: of the leader that sent or took it, else of the latest attempt."""
        ends = (body.source, body.target)
        attempt = next((item for item in reversed(self.attempts) if item.leader in ends), None)
        if attempt is None and self.attempts:
            attempt = self.attempts[-1]
        if attempt is not None and attempt.rounds and not attempt.rounds[-1].end:
            self._count(attempt.rounds[-1]).add_stream(attempt.leader, body)

    def _count(self, item: RoundView) -> RoundCount:
        found = self._counts.get(item.seq)
        if found is None:
            found = self._counts[item.seq] = RoundCount(item)
        return found

    def _task_row(self, row: Row, body: TaskBody) -> None:
        node = self._node(row.node)
        node.task_row(row.seq, body)
        if not body.leads:
            return
        if body.change == "started":
            if node.session.nodes:
                self._relist(row.seq, node.session.nodes)
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
                if not wanted.end:
                    self._count(wanted).add_left_out(body.left_out)
        elif body.change == "ended":
            self._end_round(attempt, row.at)
            attempt.end = row.at
            attempt.result = body.result

    def _begin_attempt(self, row: Row, body: TaskBody) -> AttemptView:
        self._end_attempts(row.node, row.at)
        attempt = AttemptView(
            attempt=body.attempt,
            leader=row.node,
            scheduler=body.scheduler,
            max_rounds=body.max_rounds,
            seq=row.seq,
            begin=row.at,
            rounds=[],
        )
        self.attempts.append(attempt)
        return attempt

    def _attempt(self, row: Row, body: TaskBody) -> AttemptView:
        """The attempt a row belongs to: the leader's with that nonce, by default its latest."""
        for attempt in reversed(self.attempts):
            if attempt.leader == row.node and body.attempt in ("", attempt.attempt):
                return attempt
            if attempt.leader == row.node and not attempt.attempt and not attempt.rounds:
                attempt.attempt = body.attempt  # it was reported as started before it had its nonce
                return attempt
        return self._begin_attempt(row, body)

    def _end_attempts(self, leader: str, at: float) -> None:
        """Its process ended, or it begins another one, without a word of how the last one ended."""
        for attempt in self.attempts:
            if attempt.leader == leader and not attempt.end:
                self._end_round(attempt, at)
                attempt.end = at

    def _end_round(self, attempt: AttemptView, at: float) -> None:
        if attempt.rounds and not attempt.rounds[-1].end:
            attempt.rounds[-1].end = at
            self._counts.pop(attempt.rounds[-1].seq, None)


def _copy_of_attempt(attempt: AttemptView) -> AttemptView:
    rounds = [msgspec.structs.replace(item) for item in attempt.rounds]
    return msgspec.structs.replace(attempt, rounds=rounds)
