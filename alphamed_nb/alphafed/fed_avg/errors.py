"""What can go wrong in a round, as exceptions."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["AggregatorFailed", "FedAvgError", "StateDictError", "TooFewUpdates"]


class FedAvgError(RuntimeError):
    """A federated averaging task cannot go on."""

    because_of: Sequence[str] = ()
    """The nodes without which it cannot, where it is for want of nodes."""


class TooFewUpdates(FedAvgError):  # noqa: N818
    """A round ended without enough updates; the message says what became of each calculator."""


class AggregatorFailed(FedAvgError):  # noqa: N818
    """The aggregator that this data holder follows has failed."""


class StateDictError(FedAvgError, TypeError):
    """A state dict holds something that cannot travel; the message names key and type."""
