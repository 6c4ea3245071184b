"""The aggregator's part: rounds of handing out parameters, collecting updates and averaging them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...node.session.streams_in import receive_streams
from ...node.session.streams_out import send_stream
from ...node.waiting import Deadline, now
from ...protocol.messages import EventItem, NodeState
from ..fs import get_runtime_dir, own_dir
from ..logs import logger
from .contractor import SyncStateResponseEvent
from .errors import TooFewUpdates
from .members import MembersPart
from .recovery import ProgressFile
from .results import files_below, write_model, write_report
from .state_dicts import dump_state_dict, load_state_dict, portable_copy

if TYPE_CHECKING:
    from ...node.session.session import Session
    from .scheduler import FedAvgScheduler

__all__ = ["Aggregator", "too_few"]

_GRACE_SECONDS = 1.0
"""To fetch what came in time, where the aggregator's own training took all of it."""


class Aggregator(MembersPart):
    def __init__(self, scheduler: FedAvgScheduler, session: Session) -> None:
        super().__init__(scheduler, session)
        self.follow(uuid.uuid4().hex)
        self.progress_file = ProgressFile(own_dir(get_runtime_dir(scheduler.task_id)))
        self.old_logs: set[Path] = set()

    def run(self, recover: bool) -> None:
        finished = self._recover() if recover else self._start_afresh()
        if finished:
            self.announce_to_all()
        else:
            self.gather()
        while not finished:
            self.scheduler.current_round += 1
            self._run_round()
            finished = bool(self.scheduler.is_task_finished())
            self.progress_file.save(self.round, finished, self.scheduler.state_dict())
            if self.scheduler.max_rounds > 0:
                self.contractor.report_progress(min(100, 100 * self.round // self.scheduler.max_rounds))
        self._finish()

    def _start_afresh(self) -> bool:
        self.progress_file.discard()
        self.old_logs = files_below(self.scheduler._log_dir)
        return False

    def _recover(self) -> bool:
        """Go on with what was saved; returns whether the task had been finished."""
        progress = self.progress_file.load()
        if progress is None:
            logger.warning("There is nothing to recover: the task starts with round 1.")
            return self._start_afresh()
        self.scheduler.load_state_dict(progress.state_dict)
        self.scheduler.current_round = progress.round
        logger.info("Recovered round %d of an interrupted run.", progress.round)
        return progress.finished

    # -- one round -----------------------------------------------------------------------------------------------------

    def _run_round(self) -> None:
        scheduler, round = self.scheduler, self.round
        scheduler._report_round(self.session, self.nonce)
        self._synchronise()
        calculators = scheduler._select_calculators([name for name in self.members if name in self.in_round])
        if calculators:
            self.contractor.start_round(calculators, self.nonce, round, calculators, self.node)
        logger.info("Round %d starts: calculators %s.", round, ", ".join(calculators) or "only the aggregator")
        readers = self._hand_out(calculators)
        deadline = Deadline(scheduler.calculation_timeout)
        updates: dict[str, dict[str, Any]] = {}
        if scheduler.involve_aggregator:
            self.report("training")
            scheduler._train(round)
            updates[self.node] = portable_copy(scheduler.state_dict())
        for name, data in self._collect(readers, deadline).items():
            updates[name] = load_state_dict(data)
        self._say_left_out(calculators, updates)
        scheduler._check_updates(updates, {name: self._loss(name) for name in self.members if name not in updates})
        self.report("aggregating")
        # In this order, whoever was first: a sum of floats depends on it in its last bits.
        scheduler._aggregate(dict(sorted(updates.items())))
        logger.info("Round %d: averaged %d updates.", round, len(updates))
        if scheduler.log_rounds > 0 and round % scheduler.log_rounds == 0:
            self.report("testing")
            logger.info("Round %d: testing.", round)
            scheduler.run_test()
        self._close_round()

    def _synchronise(self) -> None:
        """Ask who takes part in this round; at most `schedule_timeout` seconds."""
        self.refresh()
        self.in_round = set()
        asked = self.present()
        if not asked:
            return
        logger.info("Round %d: synchronising with %s.", self.round, ", ".join(asked))
        self.contractor.sync_state(asked, self.nonce, self.round, self.node)
        limit = self.scheduler.schedule_timeout
        deadline, name = Deadline(limit), SyncStateResponseEvent.TYPE
        wait = self.wait_for(self._awaited(asked), "message", name, round=self.round, limit=limit, expected=len(asked))
        self.synchronising = True
        while wait.whom:
            item = self.receive(deadline, wait, limited=limit > 0)
            if item is None:
                break
            self.handle(item)
            wait.whom, wait.arrived = self._awaited(asked), [name for name in asked if name in self.in_round]
        self.synchronising = False
        for name in asked:
            member = self.members[name]
            if member.joined and name not in self.in_round and not member.late:
                member.late = True
                logger.warning("Round %d: %s is late, it has not answered within %s s.", self.round, name, limit)
                self._report_left_out([name], "late")

    def _awaited(self, asked: Sequence[str]) -> list[str]:
        """Who has not answered yet and is waited for: not the late ones, unless nobody else takes part."""
        left = [name for name in asked if self.members[name].joined and name not in self.in_round]
        on_time = [name for name in left if not self.members[name].late]
        return on_time if on_time or self.in_round or self.scheduler.involve_aggregator else left

    def _hand_out(self, calculators: Sequence[str]) -> list[str]:
        """Send the parameters; returns who has them."""
        if not calculators:
            return []
        self.report("sending", f"parameters of round {self.round}")
        data = dump_state_dict(self.scheduler.state_dict())

        def abandon(item: EventItem | NodeState) -> list[str]:
            return self.on_presence_in_round(item, calculators) if isinstance(item, NodeState) else []

        results = send_stream(
            self.session,
            list(calculators),
            data,
            connection_timeout=self.scheduler.schedule_timeout,
            timeout=self.scheduler.calculation_timeout,
            label=self.label,
            round=self.round,
            name="parameters",
            abandon=abandon,
        )
        readers = [name for name in calculators if results.get(name) == "taken"]
        logger.info("Round %d: parameters handed to %d nodes (%.1f KB).", self.round, len(readers), len(data) / 1000)
        return readers

    def _collect(self, readers: Sequence[str], deadline: Deadline) -> dict[str, bytes]:
        """The updates that come in time, of nodes that are still there."""
        self.refresh()
        sources = [name for name in readers if name in self.in_round]
        if not sources:
            return {}
        if deadline.expired:
            deadline = Deadline(_GRACE_SECONDS)
        limit, expected = deadline.remaining(), len(sources)
        wait = self.wait_for(sources, "stream", "update", round=self.round, limit=limit, expected=expected)

        def on_arrival(source: str, data: bytes) -> None:
            # One that withdrew what was just taken sends it again; one given up as gone may have sent before that.
            wait.whom = [name for name in wait.whom if name != source]
            wait.arrived = [*(name for name in wait.arrived if name != source), source]
            logger.info("Round %d: update of %s received (%d of %d).", self.round, source, len(wait.arrived), expected)

        def on_presence(change: NodeState) -> list[str]:
            lost = self.on_presence_in_round(change, sources)
            wait.whom = [name for name in wait.whom if name not in lost]
            return lost

        return receive_streams(
            self.session,
            sources,
            deadline,
            label=self.label,
            on_event=self.on_event,
            on_presence=on_presence,
            on_arrival=on_arrival,
            wait=wait,
        )

    def _loss(self, node: str) -> str:
        """Why an update of `node` is missing."""
        return "late" if node in self.in_round else self.members[node].loss or "late"

    def _say_left_out(self, calculators: Sequence[str], updates: dict[str, Any]) -> None:
        limit = self.scheduler.calculation_timeout
        for name in calculators:
            if name in updates:
                continue
            loss = self._loss(name)
            if loss == "late":
                self.members[name].late = bool(self.members[name].joined)
                logger.warning("Round %d: %s left out: late, no update within %s s.", self.round, name, limit)
            else:
                logger.warning("Round %d: %s left out: %s.", self.round, name, loss)
            self._report_left_out([name], loss.split(" ")[0])

    def _report_left_out(self, nodes: list[str], reason: str) -> None:
        self.session.report_task(
            "left out", role=self.role, leads=True, round=self.round, attempt=self.nonce, left_out=nodes, reason=reason
        )

    def _close_round(self) -> None:
        present = self.present()
        if present:
            self.contractor.close_round(present, self.nonce, self.round)
        logger.info("Round %d closed.", self.round)

    # -- the end -------------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Tell the participants, then write and report the results."""
        started = now()
        self.refresh()
        told = [name for name, member in self.members.items() if member.announced and self._is_up(name)]
        if told:
            self.contractor.finish_task(told, self.nonce)
        scheduler = self.scheduler
        scheduler._close_writer()
        result_dir = scheduler._result_dir
        model = write_model(result_dir, scheduler._result_state_dict())
        report = write_report(result_dir, scheduler._log_dir, self.old_logs)
        self.contractor.upload_metric_report([self.node], report)
        self.contractor.upload_model([self.node], model)
        self.progress_file.discard()
        logger.debug("Results written in %.2f s.", now() - started)
        logger.info("Task %s finished: %d rounds. Results: %s", scheduler.task_id, self.round, result_dir)

    def _is_up(self, node: str) -> bool:
        state = self.session.presence.get(node)
        return state is not None and state.state == "up"


def too_few(round: int, updates: dict[str, Any], losses: dict[str, str], needed: int) -> TooFewUpdates:
    """The error of a round with too few updates."""
    missing = "; ".join(f"{name}: {loss}" for name, loss in losses.items())
    error = TooFewUpdates(
        f"Round {round} has {len(updates)} updates, at least {needed} needed. "
        + (f"Missing: {missing}." if missing else "No participant took part in it.")
    )
    error.because_of = list(losses)
    return error
