"""`FedAvgScheduler`: federated averaging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...algorithms.averaging import average_state_dicts
from ...node.plain import plain_scalar
from ...node.waiting import now
from ..data_channel import SharedFileDataChannel
from ..logs import logger
from ..mock import require_session
from .aggregator import Aggregator, too_few
from .contractor import FedAvgContractor
from .data_holder import DataHolder
from .hooks import FedAvgHooks

if TYPE_CHECKING:
    from ...node.session.session import Session

__all__ = ["FedAvgScheduler"]


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
                Aggregator(self, session).run(recover)
            else:
                DataHolder(self, session).run()
        finally:
            self._close_writer()

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
            raise too_few(self.current_round, dict(updates), dict(losses), needed=1)

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

    def _report_round(self, session: Session, attempt: str) -> None:
        session.report_task("round", role="aggregator", leads=True, round=self.current_round, attempt=attempt)
