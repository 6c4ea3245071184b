"""`FedAvgScheduler`: federated averaging."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...algorithms.averaging import average_state_dicts
from ...node.plain import plain_scalar
from ...node.waiting import Deadline, now
from ..data_channel import SharedFileDataChannel
from ..fs import get_runtime_dir, own_dir
from ..logs import logger
from ..mock import require_session
from ..rounds import Follower, Leader, Roles, Round
from .contractor import FedAvgContractor
from .errors import AggregatorFailed, TooFewUpdates
from .hooks import FedAvgHooks
from .recovery import ProgressFile
from .results import files_below, write_model, write_report
from .state_dicts import dump_state_dict, load_state_dict, portable_copy

__all__ = ["FedAvgScheduler"]

_ROLES = Roles("aggregator", "data holder", AggregatorFailed)


class FedAvgScheduler(FedAvgHooks):
    """Federated averaging: the initiator aggregates, the others hold data and train.

    Args:
        name: a name for the scheduler.
        max_rounds: the task is finished after so many rounds; 0: `is_task_finished` alone decides.
        merge_epochs: how often a node trains its data in a round.
        calculation_timeout: seconds the aggregator waits for the updates of a round; 0: no limit.
        schedule_timeout: seconds for the answers of a round's synchronisation, and between two warnings about who is
            missing; 0: no limit, no warnings.
        log_rounds: test after every so many rounds; 0: never.
        involve_aggregator: the aggregator trains too.
    """

    max_rounds: int
    merge_epochs: int
    calculation_timeout: float
    schedule_timeout: float
    log_rounds: int

    def __init__(
        self,
        name: str | None = None,
        max_rounds: int = 0,
        merge_epochs: int = 1,
        calculation_timeout: float = 300,
        schedule_timeout: float = 30,
        log_rounds: int = 0,
        involve_aggregator: bool = False,
    ) -> None:
        super().__init__()
        for what, value, least in (
            ("max_rounds", max_rounds, 0),
            ("merge_epochs", merge_epochs, 1),
            ("calculation_timeout", calculation_timeout, 0),
            ("schedule_timeout", schedule_timeout, 0),
            ("log_rounds", log_rounds, 0),
        ):
            number = plain_scalar(value)
            if not isinstance(number, int | float) or not number >= least:  # NaN is not either
                raise ValueError(f"{what} must be a number of at least {least}, got {value!r}.")
            setattr(self, what, number)
        self.name = name
        self.involve_aggregator = involve_aggregator

    def is_task_finished(self) -> bool:
        """Whether this round was the last one. Called on the aggregator, once after each round."""
        return self._is_reach_max_rounds()

    is_task_finished.by_max_rounds = True  # type: ignore[attr-defined]  # so an estimate can be shown

    def _is_reach_max_rounds(self) -> bool:
        return 0 < self.max_rounds <= self.current_round

    def _run(self, id: str, task_id: str, is_initiator: bool = False, recover: bool = False) -> None:
        self.id = id
        self.task_id = task_id
        self.is_initiator = is_initiator
        session = require_session(task_id, f"{type(self).__name__}._run()")
        self.contractor = FedAvgContractor(task_id)
        self.data_channel = SharedFileDataChannel(self.contractor)
        self._forget_built()
        logger.info("Node %s is up.", id)
        try:
            self._build_model_and_optimizer()
            self.validate_context()
            if is_initiator:
                self._lead(Leader(self, session, _ROLES, takes_part=self.involve_aggregator), recover)
            else:
                self._follow(Follower(self, session, _ROLES))
        finally:
            self._close_writer()

    # -- the algorithm -------------------------------------------------------------------------------------------------

    def _lead(self, leader: Leader, recover: bool) -> None:
        """The aggregator's part: every round, average what the data holders make of the model."""
        progress = ProgressFile(own_dir(get_runtime_dir(self.task_id)))
        finished, old_logs = self._begin(progress, recover)
        if finished:
            leader.finish()
        for round in leader.rounds(after=self.current_round):
            calculators = self._select_calculators(round.present)
            round.start(calculators)
            names = ", ".join(calculators) or "only the aggregator"
            logger.info("Round %d starts: calculators %s.", round.number, names)
            updates = self._hand_out_and_collect(leader, round)
            self._check_updates(updates, round.losses)
            leader.report("aggregating")
            # In this order, whoever was first: a sum of floats depends on it in its last bits.
            self._aggregate(dict(sorted(updates.items())))
            logger.info("Round %d: averaged %d updates.", round.number, len(updates))
            if self.log_rounds > 0 and round.number % self.log_rounds == 0:
                leader.report("testing")
                logger.info("Round %d: testing.", round.number)
                self.run_test()
            round.close()
            finished = bool(self.is_task_finished())
            progress.save(round.number, finished, self.state_dict())
            if self.max_rounds > 0:
                self.contractor.report_progress(min(100, 100 * round.number // self.max_rounds))
            if finished:
                leader.finish()
        self._write_results(old_logs)
        progress.discard()

    def _hand_out_and_collect(self, leader: Leader, round: Round) -> dict[str, Mapping[str, Any]]:
        """The updates of a round, by node id."""
        if round.members:
            round.send("parameters", dump_state_dict(self.state_dict()), limit=self.calculation_timeout)
        deadline = Deadline(self.calculation_timeout)
        updates: dict[str, Mapping[str, Any]] = {}
        if self.involve_aggregator:
            leader.report("training")
            self._train(round.number)
            updates[self.id] = portable_copy(self.state_dict())
        received = round.collect("update", deadline=deadline)
        return updates | {node: load_state_dict(data) for node, data in received.items()}

    def _follow(self, follower: Follower) -> None:
        """A data holder's part: every round, train the aggregator's model and send it back."""
        for round in follower.rounds():
            with round:
                if round.restarted:
                    self._reset_optimizer()
                self.load_state_dict(load_state_dict(round.receive("parameters")))
                follower.report("training")
                self._train(round.number)
                round.send("update", dump_state_dict(self.state_dict()))

    # -- beginning and end ---------------------------------------------------------------------------------------------

    def _begin(self, progress: ProgressFile, recover: bool) -> tuple[bool, Collection[Path]]:
        """Take up what an interrupted run has saved, or forget it.

        Returns:
            Whether the task had been finished, and the TensorBoard files that belong to another run.
        """
        saved = progress.load() if recover else None
        if saved is None:
            if recover:
                logger.warning("There is nothing to recover: the task starts with round 1.")
            progress.discard()
            return False, files_below(self._log_dir)
        self.load_state_dict(saved.state_dict)
        self.current_round = saved.round
        logger.info("Recovered round %d of an interrupted run.", saved.round)
        return saved.finished, ()

    def _write_results(self, old_logs: Collection[Path]) -> None:
        started = now()
        self._close_writer()
        model = write_model(self._result_dir, self._result_state_dict())
        report = write_report(self._result_dir, self._log_dir, old_logs)
        self.contractor.upload_metric_report([self.id], report)
        self.contractor.upload_model([self.id], model)
        logger.debug("Results written in %.2f s.", now() - started)
        logger.info("Task %s finished: %d rounds. Results: %s", self.task_id, self.current_round, self._result_dir)

    # -- what variants of the algorithm change -------------------------------------------------------------------------

    def _select_calculators(self, answered: Sequence[str]) -> list[str]:
        """Which of those that answered the synchronisation train in this round."""
        return list(answered)

    def _check_updates(self, updates: Mapping[str, Any], losses: Mapping[str, str]) -> None:
        """Raises `TooFewUpdates` if this round cannot be completed.

        Args:
            updates: by node id.
            losses: why there is none, for each participant without one.
        """
        if not updates:
            raise TooFewUpdates(self.current_round, updates, losses, needed=1)

    def _train(self, round: int) -> None:
        """This node's training of one round."""
        started = now()
        logger.info("Round %d: training.", round)
        for _ in range(self.merge_epochs):
            self.train_an_epoch()
        logger.info("Round %d: trained in %.1f s.", round, now() - started)

    def _aggregate(self, updates: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the model of the updates, by node id."""
        self.load_state_dict(average_state_dicts(list(updates.values())))

    def _result_state_dict(self) -> Mapping[str, Any]:
        """What is saved as the result."""
        return self.state_dict()
