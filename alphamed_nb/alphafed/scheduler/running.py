"""What surrounds the outermost `_run` of a scheduler: the checks before, and the reports to the hub."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from ...node.active import current_context
from ...node.context import NodeContext
from ...node.output.tracebacks import failure_of
from ...node.plain import as_integer
from ...node.session.session import Session
from ...protocol.errors import HubError
from ..logs import logger
from .cores import fair_share_of_cores

__all__ = ["Runnable", "WrongNode", "current_run", "reported_run"]

_WRAPPED = "_alphamed_nb_reported"
_RUN = "_alphamed_nb_run"


class Runnable(Protocol):
    """A scheduler, as far as it is known here."""

    id: str
    task_id: str


class WrongNode(ValueError):
    """`_run` was called for another node than the one the context is."""


def reported_run(function: Callable[..., Any], owner: Runnable | None = None) -> Callable[..., Any]:
    """`function`, a `_run`, reported to the hub when it is the outermost one. Wraps nothing twice.

    Args:
        function: what is no function or method, a stand-in of a test say, is returned as it is.
        owner: whose `_run` it is; None: of its first argument, a scheduler or, for a class method, a class.
    """
    if getattr(function, _WRAPPED, False) or not inspect.isroutine(function):
        return function
    signature = inspect.signature(function)
    takes_recover = "recover" in signature.parameters or any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values()
    )

    @functools.wraps(function)
    def _run(*args: Any, **kwargs: Any) -> Any:
        if not takes_recover and kwargs.get("recover") is False:
            del kwargs["recover"]  # a user's own `_run` may lack it
        scheduler = owner if owner is not None else args[0] if args else None
        context = current_context()
        if context is None or scheduler is None or current_run(scheduler) is not None:
            return function(*args, **kwargs)
        arguments = signature.bind(*args, **kwargs)
        arguments.apply_defaults()
        given = arguments.arguments
        node, task = given.get("id"), given.get("task_id")
        if node is None or task is None:
            return function(*args, **kwargs)  # no `_run` as the API knows it
        if node != context.id:
            raise WrongNode(
                f"{_class_of(scheduler).__name__}._run() was called with id={node!r}, but the active mock_context has "
                f"id={context.id!r}. Give both the same id."
            )
        with _running(scheduler, context, task, leads=bool(given.get("is_initiator"))):
            return function(*args, **kwargs)

    setattr(_run, _WRAPPED, True)
    return _run


class Run:
    """The outermost `_run` under way of one (task, node)."""

    def __init__(self, session: Session, scheduler: Runnable, *, leads: bool) -> None:
        self.session = session
        self.scheduler = scheduler
        self.leads = leads
        self.role = "aggregator" if leads else "data holder"
        self.attempt = ""
        """The aggregator's nonce, once it is known."""

    def report_started(self) -> None:
        self.session.report_task(
            "started",
            scheduler=_class_of(self.scheduler).__name__,
            role=self.role,
            leads=self.leads,
            max_rounds=_known_max_rounds(self.scheduler),
        )
        self.session.report_state("starting", role=self.role)

    def report_custom_state(self, status: str, scheduler: Runnable) -> None:
        self.session.report_state(
            "custom", role=self.role, round=_round_of(scheduler), attempt=self.attempt, detail=status
        )

    def last_round(self) -> int:
        """The round in which the run ends; what is no number there must not hide why it ends."""
        try:
            return _round_of(self.scheduler)
        except (TypeError, ValueError):
            return self.session.last_state.round if self.session.last_state is not None else 0

    def report_ended(self, result: Literal["finished", "failed", "stopped"], error: BaseException | None) -> None:
        name, role, attempt = _class_of(self.scheduler).__name__, self.role, self.attempt
        round = self.last_round()
        failure = failure_of(error) if result == "failed" and error is not None else None
        try:
            self.session.report_task(
                "ended", scheduler=name, result=result, role=role, leads=self.leads, round=round, attempt=attempt
            )
            self.session.report_state(result, failure=failure, role=role, round=round, attempt=attempt)
        except HubError as refused:
            # The session may be fenced or the hub away; the error that ended the run must not be hidden by that.
            logger.warning("The end of the run could not be reported: %s", refused)


_lock = threading.Lock()
_runs: dict[tuple[str, str], Run] = {}
"""The outermost `_run` under way, by (task, node)."""
_last_epoch: dict[tuple[str, str], int] = {}
"""The session in which the last `_run` of (task, node) took place: another one in it begins a session of its own."""


def current_run(scheduler: Runnable) -> Run | None:
    """The run that `scheduler`, or one that it was called by, is in."""
    own: Run | None = scheduler.__dict__.get(_RUN)
    return own or _runs.get((scheduler.task_id, scheduler.id))


@contextmanager
def _running(scheduler: Runnable, context: NodeContext, task: str, *, leads: bool) -> Iterator[None]:
    session = context.session(task)
    key = (session.task, session.node)
    with _lock:
        outermost = key not in _runs
        if outermost:
            _runs[key] = run = Run(session, scheduler, leads=leads)
            if not isinstance(scheduler, type):  # a class may run as several nodes at a time
                setattr(scheduler, _RUN, run)
    if not outermost:  # called by another `_run`: that one reports
        yield
        return
    try:
        if _last_epoch.get(key) == session.epoch:
            session.renew()
        with context.running(session.task), fair_share_of_cores(len(context.nodes)):
            yield from _reported(run)
    finally:
        _last_epoch[key] = session.epoch
        with _lock:
            if not isinstance(scheduler, type):
                delattr(scheduler, _RUN)
            del _runs[key]


def _reported(run: Run) -> Iterator[None]:
    node = run.session.node
    try:
        run.report_started()
        yield
    except (Exception, SystemExit) as error:
        # One line; whoever shows the propagated exception shows its message and traceback.
        logger.error("Node %s failed in round %d: %s.", node, run.last_round(), type(error).__name__)
        run.report_ended("failed", error)
        raise
    except BaseException as error:
        logger.info("Node %s was stopped in round %d.", node, run.last_round())
        run.report_ended("stopped", error)
        raise
    else:
        run.report_ended("finished", None)


def _class_of(scheduler: Runnable | type[Runnable]) -> type[Runnable]:
    return scheduler if isinstance(scheduler, type) else type(scheduler)


def _round_of(scheduler: Runnable) -> int:
    """Raises TypeError for what is no integer, ValueError for one that is out of range."""
    value = getattr(scheduler, "current_round", None)
    return 0 if value is None else max(0, as_integer(value, "current_round"))


def _known_max_rounds(scheduler: Runnable) -> int:
    """0 if the scheduler itself decides when the task is finished."""
    decides = getattr(_class_of(scheduler), "is_task_finished", None)
    if decides is not None and not getattr(decides, "by_max_rounds", False):
        return 0
    try:
        return max(0, as_integer(getattr(scheduler, "max_rounds", 0), "max_rounds"))
    except (TypeError, ValueError):
        return 0  # an attribute of the user's own
