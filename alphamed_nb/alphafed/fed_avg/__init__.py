"""Federated averaging: every round the data holders train, and the aggregator averages what they made."""

from .contractor import FedAvgContractor, FedAvgEventFactory
from .errors import FedAvgError
from .scheduler import FedAvgScheduler

__all__ = ["FedAvgContractor", "FedAvgError", "FedAvgEventFactory", "FedAvgScheduler"]
