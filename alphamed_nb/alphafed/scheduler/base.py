"""`Scheduler`: what built-in and user-written schedulers have in common."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import Any

from ...node.plain import as_text
from ..logs import logger
from ..mock import NotInMockMode, is_mock_mode
from .running import current_run, reported_run

__all__ = ["Scheduler"]


class Scheduler(ABC):
    """One node's part of a federated task.

    A subclass implements `_run`. The outermost call of it is reported to the hub: class, role, start, end, result and
    failure, for users' own schedulers too.
    """

    id: str = ""
    """The id of this node; set by `_run`."""
    task_id: str = ""
    """The id of the task; set by `_run`."""
    is_initiator: bool = False
    status: str = ""

    def __init__(self) -> None:
        super().__init__()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        run = cls.__dict__.get("_run")
        if isinstance(run, classmethod):
            cls._run = classmethod(reported_run(run.__func__))  # type: ignore[assignment]
        elif inspect.isfunction(run):
            cls._run = reported_run(run)  # type: ignore[method-assign]

    def __getattribute__(self, name: str) -> Any:
        # `_run` may also come from a class that is no scheduler, or have been assigned later, to a class or an object.
        value = super().__getattribute__(name)
        return reported_run(value, self) if name == "_run" else value

    @abstractmethod
    def _run(self, id: str, task_id: str, is_initiator: bool = False, recover: bool = False) -> None:
        """Do this node's part; returns when the task has ended.

        Args:
            id: this node's id, the one of the `mock_context`.
            task_id: the task.
            is_initiator: whether this node has started the task.
            recover: continue an interrupted run from what it saved.
        """

    def submit(self, task_id: str) -> None:
        """Package and upload the scheduler. Does nothing in mock mode."""
        self._platform_only("submit", task_id)

    def launch_task(self, task_id: str) -> None:
        """Start the task. Does nothing in mock mode."""
        self._platform_only("launch_task", task_id)

    def push_log(self, message: str) -> None:
        """Write a line into the task log. Works once `task_id` is set."""
        if not isinstance(message, str) or not message:
            raise ValueError(f"push_log() needs a text that is not empty, got {message!r}.")
        if self.task_id:
            logger.info(message, stacklevel=2, extra={"task_id": self.task_id})
        else:
            logger.warning("There is no task yet for the log line: %s", message, stacklevel=2)

    def _switch_status(self, status: str) -> None:
        """Set `status`, log it at DEBUG and report it as the node's state."""
        self.status = as_text(status, "status")
        logger.debug("status: %s", status, stacklevel=2)
        run = current_run(self)
        if run is not None:
            run.report_custom_state(self.status, self)

    def _platform_only(self, what: str, task_id: str) -> None:
        if not is_mock_mode():
            raise NotInMockMode(
                f"{type(self).__name__}.{what}() needs the AlphaMed platform, which is not here. "
                "In mock mode it does nothing: call `_run` on each node instead."
            )
        logger.info("%s of task %s does nothing in mock mode: call `_run` on each node instead.", what, task_id)
