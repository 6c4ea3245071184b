"""What a node prints and logs, as records, while its output appears as usual. (Its scalars: :mod:`.scalars`.)

While a context is active (in a process of `alphamed-nb run`: from its start) `sys.stdout` and `sys.stderr` are tees,
the records of all loggers are seen before their handlers, and so are warnings. What a logging handler prints meanwhile,
or the showing of a warning, is not captured a second time.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, Literal, TextIO

from ..protocol.journal import LogBody, Traceback
from ..protocol.limits import Limits
from ..protocol.messages import Record
from . import forked, scalars
from .context import NodeContext, context_by_id, output_context, reset_locks_after_fork
from .kernel_info import cell_id, kernel_id, notebook_path, set_process_label
from .lines import LineBuffer, split_text
from .reporting import deliver, pipe_sink
from .traceback_info import module_of, traceback_of
from .waiting import wall_clock

__all__ = [
    "flush_capture",
    "flush_context",
    "install_process_capture",
    "report_traceback",
    "start",
    "stop",
    "unrecorded",
]

Source = Literal["log", "stdout", "stderr", "traceback", "dropped"]

_LIBRARY_LOGGER = "alphamed_nb"
_NOT_THE_USERS = frozenset(
    {"IPKernelApp", "asyncio", "comm", "ipykernel", "jupyter_client", "tornado", "traitlets", "zmq"}
)
"""Loggers, by the first part of their names, of what carries a kernel: their records are about no node."""
_lock = threading.RLock()
_users = 0
_process_wide = False
_saved: dict[str, Any] = {}
_tees: dict[str, Any] = {}
_quiet = threading.local()
# (context id, thread, stream name) -> the line that has not ended yet. Threads do not cut each other's lines.
_buffers: dict[tuple[str, int, str], LineBuffer] = {}


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
    global _process_wide
    set_process_label(label)
    if not _process_wide:
        _process_wide = True
        atexit.register(flush_capture)
        start()


def _install() -> None:
    forked.enable(_children_target)
    for name in ("stdout", "stderr"):
        original = getattr(sys, name)
        if isinstance(original, _Tee):
            _tees[name] = original  # somebody had put another stream in its place when it was to go
        elif original is not None:
            _tees[name] = _Tee(original, name)
            setattr(sys, name, _tees[name])
    _saved["callHandlers"] = logging.Logger.callHandlers
    logging.Logger.callHandlers = _call_handlers  # type: ignore[assignment, method-assign]
    _saved["showwarning"] = warnings.showwarning
    warnings.showwarning = _show_warning
    scalars.start()


def _uninstall() -> None:
    scalars.stop()
    for name, tee in _tees.items():
        # Somebody may have put another stream in its place meanwhile: then it stays there, and ours only passes on.
        if getattr(sys, name) is tee:
            setattr(sys, name, tee._original)
    _tees.clear()
    if logging.Logger.callHandlers is _call_handlers:
        logging.Logger.callHandlers = _saved["callHandlers"]  # type: ignore[method-assign]
    if warnings.showwarning is _show_warning:
        warnings.showwarning = _saved["showwarning"]
    _buffers.clear()


# -- where a record goes -----------------------------------------------------------------------------------------------


def _report(context: NodeContext | None, body: LogBody) -> None:
    """Send a record on its way. Outside every context only a process of `alphamed-nb run` reports."""
    if context is None:
        sink = pipe_sink() if _process_wide else None
        if sink is not None:
            sink.put(Record(node="", context="", log=body), [])
        return
    link = context._link
    if link is None:
        return
    context.reported = True
    task = context.task_of_output()
    body.round = context.round_of(task)
    limit = link.limits.record_bytes
    for text in split_text(body.text, limit):
        part = body if text is body.text else _part_of(body, text)
        deliver(link, Record(node=context.id, context=context.context_id, task=task, log=part), context.nodes)


def _part_of(body: LogBody, text: str) -> LogBody:
    """One of several records of one long text; the traceback goes with the first one alone."""
    first = body.text.startswith(text)
    return LogBody(
        time=body.time, level=body.level, text=text, source=body.source, logger=body.logger, module=body.module,
        function=body.function, line=body.line, notebook=body.notebook, kernel=body.kernel, cell=body.cell,
        round=body.round, traceback=body.traceback if first else None,
    )  # fmt: skip


def _body(context: NodeContext | None, level: int, text: str, source: Source, time: float | None = None) -> LogBody:
    return LogBody(
        time=wall_clock() if time is None else time,
        level=level,
        text=text,
        source=source,
        notebook=notebook_path(),
        kernel=kernel_id(),
        cell=cell_id() or (context.entered_cell if context is not None else ""),
    )


def report_traceback(context: NodeContext, traceback: Traceback) -> None:
    """The traceback of a failed node, once."""
    text = f"{traceback.type}: {traceback.message}" if traceback.message else traceback.type
    body = _body(context, logging.ERROR, text, "traceback")
    body.traceback = traceback
    _report(context, body)


class unrecorded:  # noqa: N801  a context manager
    """What this thread prints inside is not reported: it was already. (A class, since it is entered twice for each
    line.)"""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = getattr(_quiet, "on", False)
        _quiet.on = True

    def __exit__(self, *exc: object) -> None:
        _quiet.on = self._before


# -- streams -----------------------------------------------------------------------------------------------------------


class _Tee:
    """Passes everything on to the stream it stands for, and reports whole lines."""

    def __init__(self, original: TextIO, name: Literal["stdout", "stderr"]) -> None:
        object.__setattr__(self, "_original", original)
        object.__setattr__(self, "_name", name)

    def write(self, text: str) -> int:
        written: int = self._original.write(text)
        if _tees.get(self._name) is self and isinstance(text, str):
            _feed(self._name, text)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        self._original.flush()
        if forked.parent_pipe() is not None:
            # The last thing multiprocessing does in a child is to flush: what has no line end yet goes now.
            flush_capture()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "write":
            # IPython puts a `write` of its own before the one it finds. Before the stream's, ours would call itself.
            object.__setattr__(self, name, value)
        else:
            setattr(self._original, name, value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._original)

    def __enter__(self) -> _Tee:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def __repr__(self) -> str:
        return f"<alphamed_nb's {self._name} over {self._original!r}>"


def _feed(name: Literal["stdout", "stderr"], text: str) -> None:
    if getattr(_quiet, "on", False):
        return
    context = output_context()
    if context is None and not _process_wide:
        return
    key = (context.context_id if context is not None else "", threading.get_ident(), name)
    buffer = _buffers.get(key)
    if buffer is None:
        buffer = _buffers[key] = LineBuffer(Limits().record_bytes)
    with unrecorded():  # an error in here must not come round again
        for line in buffer.feed(text):
            _report(context, _body(context, logging.INFO, line, name))


def flush_context(context: NodeContext | None) -> None:
    """Report the context's lines that have not ended yet."""
    context_id = context.context_id if context is not None else ""
    for key in [key for key in list(_buffers) if key[0] == context_id]:
        buffer = _buffers.pop(key, None)
        rest = buffer.rest() if buffer is not None else None
        if rest is not None:
            _report(context, _body(context, logging.INFO, rest, "stdout" if key[2] == "stdout" else "stderr"))


def flush_capture() -> None:
    """Report all lines that have not ended yet."""
    for context_id in {key[0] for key in list(_buffers)}:
        flush_context(context_by_id(context_id) if context_id else None)


# -- loggers and warnings ----------------------------------------------------------------------------------------------


def _call_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
    """Stands in for `logging.Logger.callHandlers`."""
    if not getattr(_quiet, "on", False) and record.name.partition(".")[0] not in _NOT_THE_USERS:
        context = output_context()
        link = context._link if context is not None else None
        # The event loop's own chatter is no node's; what we say there ourselves is.
        foreign = link is not None and link.on_own_thread() and not record.name.startswith(_LIBRARY_LOGGER)
        if (context is not None or _process_wide) and not foreign:
            with unrecorded():
                _report(context, _body_of_log(context, record))
    with unrecorded():
        _saved["callHandlers"](logger, record)


def _body_of_log(context: NodeContext | None, record: logging.LogRecord) -> LogBody:
    try:
        text = record.getMessage()
    except Exception as error:  # noqa: BLE001 - a wrong format string is the handlers' to complain about
        text = f"{record.msg!r} % {record.args!r} ({type(error).__name__}: {error})"
    if record.stack_info:
        text += "\n" + record.stack_info
    body = _body(context, record.levelno, text, "log", record.created)
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
    if file is None and not getattr(_quiet, "on", False):
        context = output_context()
        body = _body(context, logging.WARNING, f"{category.__name__}: {message}", "log")
        body.logger, body.module, body.line = "py.warnings", module_of(filename), lineno
        with unrecorded():
            _report(context, body)
    with unrecorded():
        _saved["showwarning"](message, category, filename, lineno, file, line)


# -- forks -------------------------------------------------------------------------------------------------------------


def _children_target() -> Any:
    """Where the lines of a child forked now go: None when nothing is captured, or a socket takes each process's own."""
    if _users == 0 or pipe_sink() is not None:
        return None
    context = output_context() or _any_context()
    link = context._link if context is not None else None
    if link is None:
        return None
    return link.records.put, link.loop


def _any_context() -> NodeContext | None:
    from .context import _active

    return _active[0] if _active else None


def _after_fork_in_child() -> None:
    global _lock, _quiet
    _lock = threading.RLock()
    _quiet = threading.local()
    _buffers.clear()  # the parent ends the lines it began
    reset_locks_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
