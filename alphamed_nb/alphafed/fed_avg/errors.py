"""What can go wrong in federated averaging, as exceptions."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..rounds.errors import LeaderFailed, RoundsError

__all__ = ["AggregatorFailed", "FedAvgError", "StateDictError", "TooFewUpdates"]


class FedAvgError(RoundsError):
    """A federated averaging task cannot go on."""


class TooFewUpdates(FedAvgError):  # noqa: N818
    """A round ended without enough updates.

    Args:
        round: its number.
        updates: the ids of those whose updates it has.
        losses: what became of each other participant, in words.
        needed: how many updates are needed.
    """

    def __init__(self, round: int, updates: Collection[str], losses: Mapping[str, str], needed: int) -> None:
        missing = "; ".join(f"{name}: {loss}" for name, loss in losses.items())
        super().__init__(
            f"Round {round} has {len(updates)} updates, at least {needed} needed. "
            + (f"Missing: {missing}." if missing else "No participant took part in it.")
        )
        self.because_of = list(losses)


class AggregatorFailed(FedAvgError, LeaderFailed):  # noqa: N818
    """The aggregator that this data holder follows has failed."""


class StateDictError(FedAvgError, TypeError):
    """A state dict holds something that cannot travel; the message names key and type."""
