"""A session: this process being one node in one task."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ..protocol import messages as wire
from ..protocol.errors import Fenced, HubError, HubUnreachable, TooLarge
from ..protocol.journal import Activity, Failure, MetricBody, StateBody, TaskBody, Wait
from .reception import Reception
from .reporting import deliver
from .waiting import Deadline, Signal, wait_until, wall_clock

if TYPE_CHECKING:
    from .context import NodeContext
    from .link import Link, Pending

__all__ = ["OutgoingOffer", "Session"]

logger = logging.getLogger("alphamed_nb")
_UNDESCRIBED_SECONDS = 1.0
_encode = msgspec.json.Encoder().encode


class OutgoingOffer:
    """One offer of this session and what became of it so far."""

    __slots__ = ("cause", "offer", "state", "target")

    def __init__(self, offer: str, target: str) -> None:
        self.offer = offer
        self.target = target
        self.state: wire.OfferState = "offered"
        self.cause = ""

    @property
    def settled(self) -> bool:
        return self.state in ("taken", "denied", "withdrawn")


class Session:
    """Made by :meth:`.context.NodeContext.session`; one per process, task and node."""

    def __init__(self, link: Link, context: NodeContext, task: str) -> None:
        self.link = link
        self.task = task
        self.node = context.id
        self.nodes = context.nodes
        self.epoch = 0
        self.run = 0
        self.began = 0
        self.position = 0
        """The journal number of the last event the user's code got."""
        self.presence: dict[str, wire.NodeState] = {}
        """The latest known state of each watched node."""
        self.last_state: StateBody | None = None
        self.users: set[str] = set()
        """Ids of the contexts that use it."""
        self.kept_streams: dict[str, list[tuple[str, bytes]]] = {}
        """By source: streams (label, bytes) taken by a receive that was then interrupted."""
        self.holding: dict[str, str] = {}
        """Offers handed to this session and not settled yet, with their sources."""
        self._context = context.context_id
        self._released = False
        self._fenced: HubError | None = None
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._receptions: list[Reception] = []
        self._signals: list[Signal] = []
        self._offers: dict[str, OutgoingOffer] = {}
        self._watched: set[str] | None = set()
        self._watched_by_user: set[str] | None = set()
        self._changes: deque[wire.NodeState] = deque(maxlen=10_000)
        self._troubled: dict[str, int] = {}

    # -- claim ---------------------------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        return self.epoch > 0 and not self._released and self._fenced is None

    def claim(self, *, renew: bool = False) -> None:
        """Claim the node in the task. Raises AlreadyClaimed if another live process holds it."""
        pending = self.link.post(self._claim(renew=renew, epoch=self.epoch if renew else 0))
        try:
            claimed: wire.Claimed = pending.result()
        except BaseException:
            # Interrupted: a claim that is granted after all must not keep the node from others.
            if not pending.done and not renew:
                pending.on_answer = self._release_late_claim
            raise
        self._begin(claimed)

    def _claim(self, *, renew: bool, epoch: int) -> wire.Claim:
        return wire.Claim(
            id=0, task=self.task, node=self.node, nodes=self.nodes, context=self._context, epoch=epoch, renew=renew
        )

    def _release_late_claim(self, pending: Pending) -> None:
        if isinstance(pending.answer, wire.Claimed) and self.link.sessions.get((self.task, self.node)) is not self:
            self.link.post(wire.Release(id=0, task=self.task, node=self.node, epoch=pending.answer.epoch))

    def _begin(self, claimed: wire.Claimed) -> None:
        self.epoch, self.run, self.began = claimed.epoch, claimed.run, claimed.began
        self.position = claimed.position
        self.presence.clear()
        self._changes.clear()
        self._watched, self._watched_by_user = set(), set()
        self.holding.clear()
        self.last_state = None
        for warning in claimed.warnings:
            logger.warning("%s", warning)

    def renew(self) -> None:
        """End this session and begin another, as a second `_run` in one context does."""
        self.check()
        self.claim(renew=True)

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

    def leave(self, state: Literal["ended", "failed", "stopped"]) -> Pending | None:
        """Release the session; what was handed over but not consumed goes back. The answer is not waited for."""
        if self._released:
            return None
        self._released = True
        self.link.sessions.pop((self.task, self.node), None)
        self._wake()
        if self._fenced is not None or os.getpid() != self._pid or not self.epoch:
            return None
        return self.link.post(
            wire.Release(
                id=0, task=self.task, node=self.node, epoch=self.epoch, position=self.position, state=state
            )  # fmt: skip
        )

    # -- messages ------------------------------------------------------------------------------------------------------

    def send(self, targets: list[str], type: str, contract: dict[str, Any], title: str = "") -> str:
        """Send a contract message; returns its id once the hub stored it.

        Raises:
            HubError: the hub refused it; TooLarge: over a limit the hub announced.
        """
        message, pending = self.post_send(targets, type, contract, title)
        for warning in pending.result().warnings:
            logger.warning("%s", warning)
        return message

    def post_send(
        self, targets: list[str], type: str, contract: dict[str, Any], title: str = ""
    ) -> tuple[str, Pending]:
        """As :meth:`send`, without waiting for the answer."""
        self.check()
        raw = _encode(contract)
        limits = self.link.limits
        if len(raw) > limits.contract_bytes:
            raise TooLarge(
                f"The message of type {type!r} has {len(raw):,} bytes; the hub takes {limits.contract_bytes:,}. "
                "Send large data through a data channel."
            )
        self.check_targets(targets)
        message = os.urandom(16).hex()
        return message, self.link.post(
            wire.Send(
                id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch, message=message,
                targets=list(targets), type=type, contract=msgspec.Raw(raw), title=title,
            )  # fmt: skip
        )

    def check_targets(self, targets: Sequence[str]) -> None:
        if len(targets) > self.link.limits.targets:
            raise TooLarge(f"{len(targets):,} targets at once; the hub takes {self.link.limits.targets:,}.")

    def receive(
        self,
        deadline: Deadline,
        *,
        offers: wire.OfferWish | None = None,
        presence: bool = False,
        wait: Wait | None = None,
        peek: bool = False,
        after: int | None = None,
        limited: bool | None = None,
        events: bool = True,
    ) -> wire.EventItem | wire.OfferItem | wire.NodeState | None:
        """The next event or offer in the order of acceptance, or the next change of presence; None: the deadline passed.

        Args:
            offers: which offers are taken too.
            presence: whether changes of watched nodes end the wait.
            wait: what is waited for, reported once the wait blocks. Without it (and without `offers`) a wait is reported
                only after 1 s, and if it has no limit one WARNING names each node that failed or is gone meanwhile.
            peek: only look: the event stays for the next real receive.
            after: with `peek`, look behind this number.
            limited: whether the caller's wait has a time limit; by default whether the deadline has.
            events: whether events are wanted.
        """
        if presence and self._changes:
            return self._changes.popleft()
        limited = not deadline.never if limited is None else limited
        signal = Signal()
        reception = Reception(self, signal, offers=offers, peek=peek, after=after, limited=limited, events=events)
        undescribed = wait is None and offers is None and not peek
        reported: StateBody | None = None
        since = wall_clock()

        def ready() -> bool:
            return bool(reception.done or (presence and self._changes) or self._fenced or self._released)

        try:
            self._open(reception)
            if wait is not None and not ready():
                self._report_wait(wait)
            if undescribed and not wait_until(signal, ready, deadline.within(_UNDESCRIBED_SECONDS)):
                if deadline.expired:
                    return None
                reported = self.last_state or StateBody(time=0, activity="starting")
                limit = None if not limited else _UNDESCRIBED_SECONDS + (deadline.remaining() or 0.0)
                self._report_wait(Wait(what=f"any message of task {self.task}", since=since, limit=limit))
                self._wait_and_warn(signal, ready, deadline, warn=not limited)
            else:
                wait_until(signal, ready, deadline)
            self.check()
            item = reception.take()
            if item is not None:
                return item
            return self._changes.popleft() if presence and self._changes else None
        finally:
            self.close_reception(reception)
            if reported is not None and not self._released and self._fenced is None:
                self.report_state(
                    reported.activity, role=reported.role, round=reported.round, attempt=reported.attempt,
                    detail=reported.detail, wait=reported.wait,
                )  # fmt: skip

    def _wait_and_warn(self, signal: Signal, ready: Callable[[], bool], deadline: Deadline, *, warn: bool) -> None:
        """Go on waiting; a wait without limit says once of each other node that it failed or is gone."""
        if warn:
            self._watch(None)

        def trouble() -> list[wire.NodeState]:
            return [
                state
                for state in list(self.presence.values())
                if warn and state.state in ("failed", "gone") and self._troubled.get(state.node) != state.epoch
            ]

        while not ready():
            if not wait_until(signal, lambda: ready() or trouble(), deadline):
                return
            for state in trouble():
                self._troubled[state.node] = state.epoch
                what = f"failed ({state.error})" if state.state == "failed" else f"is gone ({state.cause})"
                logging.getLogger("alphafed").warning(
                    "Node %s %s; this wait for messages of task %s has no time limit and goes on.",
                    state.node, what, self.task,
                )  # fmt: skip

    def _report_wait(self, wait: Wait) -> None:
        last = self.last_state
        if last is not None and last.wait == wait:
            return
        copy = msgspec.structs.replace(wait, whom=list(wait.whom), arrived=list(wait.arrived))
        if last is None:
            self.report_state("waiting", wait=copy)
        else:
            self.report_state("waiting", role=last.role, round=last.round, attempt=last.attempt, wait=copy)

    # -- receptions: one at the hub, the latest; the one below it is taken up again when it ends ------------------------

    def open_reception(self, signal: Signal, *, peek: bool, after: int) -> Reception:
        """Begin to wait for an item; `signal` is set when it is there."""
        reception = Reception(self, signal, peek=peek, after=after)
        self._open(reception)
        return reception

    def _open(self, reception: Reception) -> None:
        self.check()
        with self._lock:
            if self._receptions and not self._receptions[-1].done:
                self._receptions[-1].cancel()
            self._receptions.append(reception)
            self.add_signal(reception.signal)
            reception.post()

    def close_reception(self, reception: Reception) -> None:
        with self._lock:
            if reception not in self._receptions:
                return
            self._receptions.remove(reception)
            self.remove_signal(reception.signal)
            reception.over = True
            leftover = reception.item
            if not self.held or self.link.closed:
                return
            reception.cancel()
            if isinstance(leftover, wire.OfferItem):
                self.give_back(leftover.offer)
            if self._receptions and self._receptions[-1].idle:
                self._receptions[-1].post()

    def crossed(self, item: Any) -> None:
        """An item came for a receive that is over. An event is given again to the next receive, by its position."""
        if isinstance(item, wire.OfferItem) and self.held:
            if not any(reception.offers for reception in self._receptions):
                self.give_back(item.offer)

    def give_back(self, offer: str) -> None:
        """An offer that was handed out but not used is offered again."""
        self.holding.pop(offer, None)
        if not self._released and self._fenced is None and not self.link.closed:
            self.link.post(self._settle(offer, "returned", ""))

    # -- offers --------------------------------------------------------------------------------------------------------

    def post_offer(
        self, offers: list[OutgoingOffer], *, stream: str = "", size: int = 0, label: str = ""
    ) -> Pending:
        """Announce a stream to these targets. Their changes are then seen in the `OutgoingOffer` objects."""
        self.check()
        self.check_targets([offer.target for offer in offers])
        self._offers.update((offer.offer, offer) for offer in offers)
        targets = [wire.OfferTarget(offer.offer, offer.target) for offer in offers]
        return self.link.post(
            wire.Offer(
                id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch, offers=targets, stream=stream,
                size=size, label=label,
            )  # fmt: skip
        )

    def offer_empty(self, offers: Sequence[tuple[str, str]]) -> None:
        """Offers (offer id, target) without bytes, as user code makes them with `apply_sending_data`."""
        made = [OutgoingOffer(offer, target) for offer, target in offers]
        self.post_offer(made).result()
        self.forget_offers(made)

    def post_withdraw(self, offers: Sequence[OutgoingOffer]) -> Pending:
        return self.link.post(
            wire.Withdraw(
                id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch,
                offers=[offer.offer for offer in offers],
            )  # fmt: skip
        )

    def forget_offers(self, offers: Sequence[OutgoingOffer]) -> None:
        for offer in offers:
            self._offers.pop(offer.offer, None)

    def _settle(self, offer: str, outcome: wire.OfferOutcome, cause: str) -> wire.Settle:
        return wire.Settle(
            id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch, offer=offer, outcome=outcome, cause=cause
        )

    def post_settle(self, offer: str, outcome: wire.OfferOutcome, cause: str = "") -> Pending:
        self.check()
        self.holding.pop(offer, None)
        return self.link.post(self._settle(offer, outcome, cause))

    def settle(self, offer: str, outcome: wire.OfferOutcome, cause: str = "") -> wire.OfferState:
        """Say what became of an offer; returns its state then (a withdrawal may have won)."""
        states: dict[str, wire.OfferState] = self.post_settle(offer, outcome, cause).result().states
        return states[offer]

    # -- presence ------------------------------------------------------------------------------------------------------

    def has_changes(self) -> bool:
        return bool(self._changes)

    def next_change(self) -> wire.NodeState | None:
        """The next change of a watched node that no receive has returned yet."""
        return self._changes.popleft() if self._changes else None

    def watch(self, of: list[str] | None = None) -> dict[str, wire.NodeState]:
        """Be told the presence of these nodes, or of all: returns their present states.

        Later changes come through `receive(presence=True)` and are seen in `presence` before that.
        """
        self.check()
        wanted = None if of is None else set(of)
        self._watched_by_user = _union(self._watched_by_user, wanted)
        self._watch(wanted).result()
        return {node: state for node, state in self.presence.items() if wanted is None or node in wanted}

    def _watch(self, of: set[str] | None) -> Pending:
        self._watched = _union(self._watched, of)

        def watching(pending: Pending) -> None:
            if isinstance(pending.answer, wire.Watching):
                # The present states are this call's answer, no changes.
                self._note_presence(pending.answer.present, changes=False)

        return self.link.post(self._watch_message(), watching)

    def _watch_message(self) -> wire.Watch:
        of = None if self._watched is None else sorted(self._watched)
        return wire.Watch(id=0, task=self.task, node=self.node, epoch=self.epoch, of=of)

    def presence_changed(self, states: Sequence[wire.NodeState]) -> None:
        self._note_presence(states, changes=True)

    def _note_presence(self, states: Sequence[wire.NodeState], *, changes: bool) -> None:
        for state in states:
            known = self.presence.get(state.node)
            if known is not None and (known.seq > state.seq or known == state):
                continue
            self.presence[state.node] = state
            if changes and (self._watched_by_user is None or state.node in self._watched_by_user):
                self._changes.append(state)
        self._wake()

    # -- reports: posted, never waited for -----------------------------------------------------------------------------

    def report_state(
        self,
        activity: Activity,
        *,
        role: Literal["", "aggregator", "data holder"] = "",
        round: int = 0,
        attempt: str = "",
        wait: Wait | None = None,
        detail: str = "",
        failure: Failure | None = None,
    ) -> None:
        """Say what this node does now."""
        body = StateBody(
            time=wall_clock(), activity=activity, detail=detail, role=role, round=round, attempt=attempt, wait=wait,
            failure=failure,
        )  # fmt: skip
        self.last_state = body
        self._report(state=body)

    def report_task(
        self,
        change: Literal["started", "round", "left out", "ended"],
        *,
        scheduler: str = "",
        role: Literal["", "aggregator", "data holder"] = "",
        max_rounds: int = 0,
        round: int = 0,
        attempt: str = "",
        result: Literal["", "finished", "failed", "stopped"] = "",
        left_out: list[str] | None = None,
        reason: str = "",
    ) -> None:
        """Say that a scheduler starts or ends, a round begins, or nodes are left out of one."""
        body = TaskBody(
            time=wall_clock(), change=change, scheduler=scheduler, role=role, max_rounds=max_rounds, round=round,
            attempt=attempt, result=result, left_out=left_out or [], reason=reason,
        )  # fmt: skip
        self._report(record=body)

    def _report(self, *, state: StateBody | None = None, record: TaskBody | None = None) -> None:
        self.check()
        self.link.post(
            wire.Report(
                id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch, state=state, record=record
            )  # fmt: skip
        )

    def report_metric(self, name: str, value: float, step: int = 0, *, round: int = 0, writer: str = "") -> None:
        """A scalar of a `SummaryWriter`, or a progress value (`writer` is empty)."""
        body = MetricBody(time=wall_clock(), name=name, value=float(value), step=step, round=round, writer=writer)
        record = wire.Record(node=self.node, context=self._context, task=self.task, metric=body)
        deliver(self.link, record, self.nodes)

    # -- called on the link's thread -----------------------------------------------------------------------------------

    def fence(self, error: HubError) -> None:
        """This process is not the node any more; the next call says so."""
        self._fenced = error
        self.link.sessions.pop((self.task, self.node), None)
        self._wake()

    def forget_position(self) -> None:
        """Another hub answers: its numbers are others."""
        self.position = -1

    def claim_again(self) -> wire.Claim:
        return self._claim(renew=False, epoch=self.epoch)

    def claimed_again(self, claimed: wire.Claimed | None, error: HubError | None) -> None:
        if error is not None:
            self.fence(error)
        elif claimed is not None:
            if not claimed.resumed:
                logger.warning(
                    "Node %s was without its hub for too long: its session in task %s ended, another one begins.",
                    self.node, self.task,
                )  # fmt: skip
            self.epoch, self.run, self.began = claimed.epoch, claimed.run, claimed.began
            if self.position < 0:
                self.position = claimed.position

    def ask_again(self) -> list[tuple[Any, Callable[[Any], None]]]:
        """After a resume: what to ask again, and what to do with each answer."""
        asks: list[tuple[Any, Callable[[Any], None]]] = []
        if not self.held:
            return asks
        if self._watched is None or self._watched:
            asks.append((self._watch_message(), lambda answer: self.presence_changed(answer.present)))
        offers = [offer.offer for offer in list(self._offers.values()) if not offer.settled]
        if offers:
            asks.append((wire.AskOffers(id=0, offers=offers), self._offer_states))
        return asks

    def _offer_states(self, answer: wire.OfferStates) -> None:
        for offer, state in answer.states.items():
            self._note_offer(offer, state, answer.causes.get(offer, ""))

    def offer_changed(self, change: wire.OfferChanged) -> None:
        if not change.for_target:
            self._note_offer(change.offer, change.state, change.cause)
        elif change.state == "denied":
            # The hub denied it for a receive of this session.
            logging.getLogger("alphafed").warning(
                "Node %s refused data of node %s: %s.", self.node, change.node, change.cause
            )

    def _note_offer(self, offer: str, state: wire.OfferState, cause: str) -> None:
        known = self._offers.get(offer)
        if known is not None and not known.settled:
            known.state, known.cause = state, cause
            self._wake()

    def add_signal(self, signal: Signal) -> None:
        """Set this signal whenever something comes for the session."""
        self._signals.append(signal)

    def remove_signal(self, signal: Signal) -> None:
        self._signals.remove(signal)

    def _wake(self) -> None:
        for signal in list(self._signals):
            signal.set()


def _union(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    return None if one is None or other is None else one | other
