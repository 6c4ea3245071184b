"""What a node prints and logs, as records, while its output appears as usual. (Its scalars: :mod:`.scalars`.)

While a context is active (in a process of `alphamed-nb run`: from its start) we listen to `sys.stdout` and `sys.stderr`
(:mod:`.stdout`), the records of all loggers are seen before their handlers, and so are warnings. What a logging handler
prints of a record that was seen, at once or later and in whatever thread, is not captured a second time, nor is the
showing of a warning.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import threading
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any, TextIO

from ...protocol.journal import LogBody
from ..kernel_info import ipython, set_process_label
from . import forked, records, scalars, stdout
from .author import Author, any_author, output_author
from .pipe import run_pipe
from .records import is_unrecorded, log_body, record_outside_contexts, recorded_outside, report_line, unrecorded
from .tracebacks import module_of, traceback_of

__all__ = ["flush_at_exit", "install_process_capture", "start", "stop"]

_LIBRARY_LOGGER = "alphamed_nb"
_NOT_THE_USERS = frozenset(
    {"IPKernelApp", "asyncio", "comm", "ipykernel", "jupyter_client", "tornado", "traitlets", "zmq"}
)
"""Loggers, by the first part of their names, of what carries a kernel: their records are about no node."""
_SEEN = "_alphamed_nb_seen"
"""Attribute of a log record; copies of it have it too, also in other processes."""
_lock = threading.RLock()
_users = 0
_hooks: list[_Hook] = []


# -- switching on and off ----------------------------------------------------------------------------------------------


def start() -> None:
    """A context was entered."""
    global _users
    with _lock:
        _users += 1
        if _users == 1:
            _install()
        else:
            stdout.follow()


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
        atexit.register(stdout.end)
        start()


@cache
def flush_at_exit() -> None:
    """Report at the end of the process what has no line end yet.

    To be called once the link was imported, so that this runs before the link's own end.
    """
    atexit.register(stdout.end)


def _install() -> None:
    forked.enable(_children_target)
    stdout.start()
    _hooks.extend(
        (
            _Hook(logging.Logger, "callHandlers", _call_handlers),
            _Hook(logging.Handler, "handle", _handle),
            _Hook(warnings, "showwarning", _show_warning),
        )
    )
    scalars.start()


def _uninstall() -> None:
    scalars.stop()
    stdout.stop()
    while _hooks:
        _hooks.pop().remove()


class _Hook:
    """Puts a function of ours in the place of another.

    Each hook knows its own original, and passes on alone what an outer one has seen, or while there is no context. So
    libraries may wrap it, keep it, or put it back later, and the next one may be put around what they left: no chain
    leads back into itself.
    """

    def __init__(self, owner: Any, name: str, ours: Callable[..., Any]) -> None:
        self._owner = owner
        self._name = name
        self._original = original = getattr(owner, name)

        @functools.wraps(original)
        def hook(*args: Any, **kwargs: Any) -> Any:
            return ours(original, *args, **kwargs) if _users else original(*args, **kwargs)

        self._hook = hook
        setattr(owner, name, hook)

    def remove(self) -> None:
        if getattr(self._owner, self._name) is self._hook:
            setattr(self._owner, self._name, self._original)


# -- loggers and warnings ----------------------------------------------------------------------------------------------


def _call_handlers(original: Callable[..., None], logger: logging.Logger, record: logging.LogRecord) -> None:
    """Around `logging.Logger.callHandlers`."""
    if not hasattr(record, _SEEN):
        setattr(record, _SEEN, True)
        if not is_unrecorded() and _is_a_line(record):
            with unrecorded():
                _record(record)
    original(logger, record)


def _handle(original: Callable[..., Any], handler: logging.Handler, record: logging.LogRecord) -> Any:
    """Around `logging.Handler.handle`, through which queues and buffers too hand on what they kept."""
    if not hasattr(record, _SEEN):
        return original(handler, record)
    with unrecorded():
        return original(handler, record)


def _is_a_line(record: logging.LogRecord) -> bool:
    if not record.msg and record.name.rpartition(".")[2].startswith("__"):
        return False  # data for a tool, without words: torch.__trace
    return ipython() is None or record.name.partition(".")[0] not in _NOT_THE_USERS


def _record(record: logging.LogRecord) -> None:
    context = output_author()
    link = context.way_out if context is not None else None
    # The event loop's own chatter is no node's; what we say there ourselves is.
    foreign = link is not None and link.on_own_thread() and not record.name.startswith(_LIBRARY_LOGGER)
    if (context is not None or recorded_outside()) and not foreign:
        report_line(context, _log_body_of(context, record))


def _log_body_of(context: Author | None, record: logging.LogRecord) -> LogBody:
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
    original: Callable[..., None], message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Around `warnings.showwarning`."""
    if file is None and not is_unrecorded():
        context = output_author()
        body = log_body(context, logging.WARNING, f"{category.__name__}: {message}", "log")
        body.logger, body.module, body.line = "py.warnings", module_of(filename), lineno
        with unrecorded():
            report_line(context, body)
    with unrecorded():
        original(message, category, filename, lineno, file, line)


# -- forks -------------------------------------------------------------------------------------------------------------


def _children_target() -> forked.Target | None:
    """Where the lines of a child forked now go. None: nothing is captured, or it writes into a run's pipe itself."""
    if _users == 0 or run_pipe() is not None:
        return None
    context = output_author() or any_author()
    link = context.way_out if context is not None else None
    return (link.put, link.loop) if link is not None else None


def _after_fork_in_child() -> None:
    global _lock
    _lock = threading.RLock()
    records.reset_after_fork()
    stdout.reset_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
