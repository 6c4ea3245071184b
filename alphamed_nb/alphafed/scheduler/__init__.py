"""The base of all schedulers: a class whose `_run` is one node's part of a task."""

from .base import Scheduler
from .data_checker import DataChecker

__all__ = ["DataChecker", "Scheduler"]
