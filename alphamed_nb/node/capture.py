"""What a node prints and logs, as records, while its output appears as usual. (Its scalars: :mod:`.scalars`.)

While a context is active (in a process of `alphamed-nb run`: from its start) `sys.stdout` and `sys.stderr` are tees
(:mod:`.tees`), the records of all loggers are seen before their handlers, and so are warnings. What a logging handler
prints meanwhile, or the showing of a warning, is not captured a second time.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import warnings
from functools import cache
from typing import Any, TextIO

from ..protocol.journal import LogBody
from . import active, forked, recording, scalars, tees
from .active import any_context, output_context
from .context import NodeContext
from .kernel_info import set_process_label
from .recording import is_unrecorded, log_body, record_outside_contexts, recorded_outside, report_line, unrecorded
from .reporting import pipe_sink
from .traceback_info import module_of, traceback_of

__all__ = ["flush_at_exit", "install_process_capture", "start", "stop"]

_LIBRARY_LOGGER = "alphamed_nb"
_NOT_THE_USERS = frozenset(
    {"IPKernelApp", "asyncio", "comm", "ipykernel", "jupyter_client", "tornado", "traitlets", "zmq"}
)
"""Loggers, by the first part of their names, of what carries a kernel: their records are about no node."""
_lock = threading.RLock()
_users = 0
_saved: dict[str, Any] = {}


# -- switching on and off ----------------------------------------------------------------------------------------------


def start() -> None:
    """A context was entered."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _install()


def stop() -> None:
    """A context was left."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            _uninstall()


def install_process_capture(label: str) -> None:
    """Capture from now to the end of the process, outside contexts too; `label` names the file this process runs."""
    set_process_label(label)
    if not recorded_outside():
        record_outside_contexts()
        atexit.register(tees.flush_lines)
        start()


@cache
def flush_at_exit() -> None:
    """Report at the end of the process what has no line end yet.

    To be called once the link was imported, so that this runs before the link's own end.
    """
    atexit.register(tees.flush_lines)


def _install() -> None:
    forked.enable(_children_target)
    tees.start()
    _saved["callHandlers"] = logging.Logger.callHandlers
    logging.Logger.callHandlers = _call_handlers  # type: ignore[assignment, method-assign]
    _saved["showwarning"] = warnings.showwarning
    warnings.showwarning = _show_warning
    scalars.start()


def _uninstall() -> None:
    scalars.stop()
    tees.stop()
    if logging.Logger.callHandlers is _call_handlers:
        logging.Logger.callHandlers = _saved["callHandlers"]  # type: ignore[method-assign]
    if warnings.showwarning is _show_warning:
        warnings.showwarning = _saved["showwarning"]


# -- loggers and warnings ----------------------------------------------------------------------------------------------


def _call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
    """Stands in for `logging.Logger.callHandlers`."""
    wanted = not is_unrecorded() and record.name.partition(".")[0] not in _NOT_THE_USERS
    with unrecorded():
        if wanted:
            _record(record)
        _saved["callHandlers"](logger, record)


def _record(record: logging.LogRecord) -> None:
    context = output_context()
    link = context._link if context is not None else None
    # The event loop's own chatter is no node's; what we say there ourselves is.
    foreign = link is not None and link.on_own_thread() and not record.name.startswith(_LIBRARY_LOGGER)
    if (context is not None or recorded_outside()) and not foreign:
        report_line(context, _log_body_of(context, record))


def _log_body_of(context: NodeContext | None, record: logging.LogRecord) -> LogBody:
    try:
        text = record.getMessage()
    except Exception as error:  # noqa: BLE001 - a wrong format string is the handlers' to complain about
        text = f"{record.msg!r} % {record.args!r} ({type(error).__name__}: {error})"
    if record.stack_info:
        text += "\n" + record.stack_info
    body = log_body(context, record.levelno, text, "log", record.created)
    body.logger, body.module, body.function, body.line = (
        record.name, module_of(record.pathname or "") or record.module, record.funcName or "", record.lineno,
    )  # fmt: skip
    exc = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if exc is not None:
        body.traceback = traceback_of(exc)
    elif record.exc_text:
        body.text += "\n" + record.exc_text
    return body


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
    line: str | None = None,
) -> None:  # fmt: skip
    """Stands in for `warnings.showwarning`."""
    if file is None and not is_unrecorded():
        context = output_context()
        body = log_body(context, logging.WARNING, f"{category.__name__}: {message}", "log")
        body.logger, body.module, body.line = "py.warnings", module_of(filename), lineno
        with unrecorded():
            report_line(context, body)
    with unrecorded():
        _saved["showwarning"](message, category, filename, lineno, file, line)


# -- forks -------------------------------------------------------------------------------------------------------------


def _children_target() -> Any:
    """Where the lines of a child forked now go: None when nothing is captured, or a socket takes each process's own."""
    if _users == 0 or pipe_sink() is not None:
        return None
    context = output_context() or any_context()
    link = context._link if context is not None else None
    if link is None:
        return None
    return link.records.put, link.loop


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    recording.reset_after_fork()
    tees.reset_after_fork()
    active.reset_lock_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
