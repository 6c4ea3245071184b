"""`DataChecker`: verifies a node's data before it takes part in a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ..logs import logger
from ..mock import NotInMockMode, is_mock_mode

__all__ = ["DataChecker"]


class DataChecker(ABC):
    """A subclass implements `verify_data`."""

    def __init__(self, task_id: str | None = None) -> None:
        super().__init__()
        self.task_id = task_id

    @abstractmethod
    def verify_data(self) -> tuple[bool, str] | bool:
        """Whether the data are fit for the task, and why not."""

    def submit(self, task_id: str | None = None) -> None:
        """Package and upload the checker. Does nothing in mock mode."""
        self._platform_only("submit")

    def execute_verification(self, *args: Any, **kwargs: Any) -> None:
        """Verify the data on the platform. Does nothing in mock mode."""
        self._platform_only("execute_verification")

    def _platform_only(self, what: str) -> None:
        if not is_mock_mode():
            raise NotInMockMode(f"{type(self).__name__}.{what}() needs the AlphaMed platform, which is not here.")
        logger.info("%s does nothing in mock mode.", what)
