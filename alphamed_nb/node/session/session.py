"""A session: this process being one node in one task."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ...protocol import messages as wire
from ...protocol.contracts import encode_contract
from ...protocol.errors import HubError, TooLarge
from ...protocol.journal import StateBody, Wait
from ..plain import as_text
from ..waiting import Deadline, Signal, wait_until, wall_clock
from .item_wait import ItemWait, ItemWaits
from .offers import Offers
from .other_nodes import OtherNodes
from .reports import Reports

if TYPE_CHECKING:
    from ..link.link import Link
    from ..link.request import Request

__all__ = ["Session"]

logger = logging.getLogger("alphamed_nb")
user_logger = logging.getLogger("alphafed")
"""Where a user's own waits speak."""

_UNDESCRIBED_SECONDS = 1.0


class Session(Reports):
    """Made by :meth:`.context.NodeContext.session`; one per process, task and node."""

    def __init__(self, link: Link, task: str, *, node: str, nodes: list[str], context: str, cell: str) -> None:
        super().__init__(link, task, node, nodes, context)
        self.run = 0
        self.began = 0
        self.users: set[str] = set()
        """Ids of the contexts that use it."""
        self.kept_streams: dict[str, list[tuple[str, bytes]]] = {}
        """By source: streams (label, bytes) taken by a receive that was then interrupted."""
        self.offers = Offers(self)
        self.item_waits = ItemWaits(self, self.offers)
        self._cell = cell
        self._others = OtherNodes()

    # -- claim ---------------------------------------------------------------------------------------------------------

    def claim(self, *, renew: bool = False) -> None:
        """Claim the node in the task. Raises AlreadyClaimed if another live process holds it."""
        request = self.link.post(self._claim(renew=renew, epoch=self.epoch if renew else 0), self._claimed)
        try:
            claimed: wire.Claimed = request.result()
        except BaseException:
            # Interrupted: a claim that is granted after all must not keep the node from others.
            if not renew:
                self.link.sessions.pop((self.task, self.node), None)
                request.abandon(self._release_unwanted)
            raise
        for warning in claimed.warnings:
            logger.warning("%s", warning)

    def _claim(self, *, renew: bool, epoch: int) -> wire.Claim:
        return wire.Claim(
            id=0, task=self.task, node=self.node, nodes=self.nodes, context=self.context, cell=self._cell,
            epoch=epoch, renew=renew,
        )  # fmt: skip

    def _claimed(self, request: Request) -> None:
        """On the link's thread, so that a loss of the connection right behind it finds the session held."""
        if isinstance(claimed := request.answer, wire.Claimed):
            self.epoch, self.run, self.began = claimed.epoch, claimed.run, claimed.began
            self.position = claimed.position
            self._others.clear()
            self.offers.holding.clear()
            self.last_state = None

    def _release_unwanted(self, request: Request) -> None:
        if isinstance(request.answer, wire.Claimed) and (self.task, self.node) not in self.link.sessions:
            self.link.post(wire.Release(id=0, task=self.task, node=self.node, epoch=request.answer.epoch))

    def renew(self) -> None:
        """End this session and begin another, as a second `_run` in one context does."""
        self.check()
        self.claim(renew=True)

    def leave(self, state: Literal["ended", "failed", "stopped"]) -> Request | None:
        """Release the session; what was handed over but not consumed goes back. The answer is not waited for."""
        if self._released:
            return None
        self._released = True
        self.link.sessions.pop((self.task, self.node), None)
        self.wake()
        if self._fenced is not None or os.getpid() != self._pid or not self.epoch:
            return None
        message = wire.Release(
            id=0, task=self.task, node=self.node, epoch=self.epoch, position=self.position, state=state
        )  # fmt: skip
        return self.link.post(message)

    # -- messages ------------------------------------------------------------------------------------------------------

    def send(self, targets: list[str], type: str, contract: dict[str, Any], title: str = "") -> str:
        """Send a contract message; returns its id once the hub stored it.

        Raises:
            HubError: the hub refused it; TooLarge: over a limit the hub announced.
        """
        message, request = self.post_send(targets, type, contract, title)
        for warning in request.result().warnings:
            logger.warning("%s", warning)
        return message

    def post_send(
        self, targets: list[str], type: str, contract: dict[str, Any], title: str = ""
    ) -> tuple[str, Request]:
        """As :meth:`send`, without waiting for the answer."""
        self.check()
        raw = encode_contract(contract)
        limits = self.link.limits
        if len(raw) > limits.contract_bytes:
            raise TooLarge(
                f"The message of type {type!r} has {len(raw):,} bytes; the hub takes {limits.contract_bytes:,}. "
                "Send large data through a data channel."
            )
        targets = self.as_targets(targets, "targets")
        message = wire.Send(
            id=0, counter=0, task=self.task, node=self.node, epoch=self.epoch, message=os.urandom(16).hex(),
            targets=targets, type=as_text(type, "the type of an event"), contract=msgspec.Raw(raw),
            title=as_text(title, "title"), sent=wall_clock(),
        )  # fmt: skip
        return message.message, self.link.post(message)

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
        """The next event or offer in the order of acceptance, or the next change of presence; None: it took too long.

        Args:
            offers: which offers are taken too.
            presence: whether changes of watched nodes end the wait.
            wait: what is waited for, reported once the wait blocks. Without it (and without `offers`) a wait is
                reported only after 1 s, and if it has no limit one WARNING names each node that failed or is gone.
            peek: only look: the event stays for the next real receive.
            after: with `peek`, look behind this number.
            limited: whether the caller's wait has a time limit; by default whether the deadline has.
            events: whether events are wanted.
        """
        if presence and (change := self.next_change()) is not None:
            return change
        limited = not deadline.never if limited is None else limited
        signal = Signal()
        item_wait = ItemWait(self, signal, offers=offers, peek=peek, after=after, limited=limited, events=events)
        undescribed = wait is None and offers is None and not peek
        reported: StateBody | None = None
        since = wall_clock()

        def ready() -> bool:
            return bool(item_wait.done or (presence and self.has_changes()) or self.unusable)

        try:
            self.item_waits.open(item_wait)
            if wait is not None and not ready():
                self.report_wait(wait)
            if undescribed and not wait_until(signal, ready, deadline.within(_UNDESCRIBED_SECONDS)):
                if deadline.expired:
                    return None
                reported = self.last_state or StateBody(time=0, activity="starting")
                limit = None if not limited else _UNDESCRIBED_SECONDS + (deadline.remaining() or 0.0)
                self.report_wait(Wait(since=since, limit=limit))
                self._wait_and_warn(signal, ready, deadline, warn=not limited)
            else:
                wait_until(signal, ready, deadline)
            self.check()
            item = item_wait.take()
            if item is not None:
                return item
            return self.next_change() if presence else None
        finally:
            self.item_waits.close(item_wait)
            if reported is not None and not self.unusable:
                self.report_again(reported)

    def _wait_and_warn(self, signal: Signal, ready: Callable[[], bool], deadline: Deadline, *, warn: bool) -> None:
        """Go on waiting; a wait without limit says once of each other node that it failed or is gone."""
        if not warn:
            wait_until(signal, ready, deadline)
            return
        self._watch(None, by_user=False)
        while not ready():
            wait_until(signal, lambda: ready() or self._others.trouble(), deadline)
            for state in self._others.trouble():
                self._others.warned_of(state)
                what = f"failed ({state.error})" if state.state == "failed" else f"is gone ({state.cause})"
                user_logger.warning(
                    "Node %s %s; this wait for messages of task %s has no time limit and goes on.",
                    state.node,
                    what,
                    self.task,
                )

    # -- presence ------------------------------------------------------------------------------------------------------

    @property
    def presence(self) -> dict[str, wire.NodeState]:
        """The latest known state of each watched node."""
        return self._others.states

    def watch(self, of: list[str] | None = None) -> dict[str, wire.NodeState]:
        """Be told the presence of these nodes, or of all: returns their present states.

        Later changes come through `receive(presence=True)` and are seen in `presence` before that.
        """
        self.check()
        wanted = None if of is None else set(of)
        self._watch(wanted, by_user=True).result()
        states = dict(self.presence)  # in one step: the link's thread writes there
        return {node: state for node, state in states.items() if wanted is None or node in wanted}

    def has_changes(self) -> bool:
        return bool(self._others.changes)

    def next_change(self) -> wire.NodeState | None:
        """The next change of a watched node that no receive has returned yet."""
        changes = self._others.changes
        return changes.popleft() if changes else None

    def _watch(self, of: set[str] | None, *, by_user: bool) -> Request:
        self._others.add(of, by_user=by_user)

        def answered(request: Request) -> None:
            if isinstance(request.answer, wire.Watching):
                self._others.note(request.answer.present, changes=False)
                self.wake()

        return self.link.post(self._watch_message(), answered)

    def _watch_message(self) -> wire.WatchNodes:
        return wire.WatchNodes(id=0, task=self.task, node=self.node, epoch=self.epoch, of=self._others.asked_for())

    # -- called on the link's thread -----------------------------------------------------------------------------------

    def fence(self, error: HubError) -> None:
        """This process is not the node any more; the next call says so."""
        self._fenced = error
        self.link.sessions.pop((self.task, self.node), None)
        self.wake()

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
        if self._others.watched is None or self._others.watched:
            asks.append((self._watch_message(), lambda answer: self.presence_changed(answer.present)))
        if offers := self.offers.to_ask():
            asks.append((wire.AskOffers(id=0, offers=offers), self.offers.are))
        return asks

    def offer_changed(self, change: wire.OfferChanged) -> None:
        self.offers.changed(change)

    def presence_changed(self, states: Sequence[wire.NodeState]) -> None:
        self._others.note(states, changes=True)
        self.wake()
