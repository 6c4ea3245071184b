"""A line on its way: the record that is made of it, and where that goes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Literal

import msgspec

from ...protocol.journal import LogBody, Traceback
from ...protocol.limits import Limits
from ...protocol.messages import Record
from ..kernel_info import cell_id, kernel_id, notebook_path
from ..plain import as_text, shortened
from ..waiting import wall_clock
from .author import Author
from .delivery import deliver
from .lines import split_text
from .pipe import run_pipe

__all__ = [
    "is_unrecorded",
    "log_body",
    "record_outside_contexts",
    "recorded_outside",
    "report_line",
    "report_traceback",
    "unrecorded",
]

Source = Literal["log", "stdout", "stderr", "traceback", "dropped"]

_HIGHEST_LEVEL = 1000
"""The hub takes none above."""
_LONG_LINE = 10_000
"""Characters of one line of a traceback: a message, say, that holds all of a data set."""
_LONG_CODE = 1000
"""Characters of one line of code."""

_quiet = threading.local()
_outside = False


def record_outside_contexts() -> None:
    """From now on lines that are no node's are reported too: those of a process of `alphamed-nb run`."""
    global _outside
    _outside = True


def recorded_outside() -> bool:
    """Whether a line that is no node's is reported."""
    return _outside


def is_unrecorded() -> bool:
    """Whether this thread is inside :class:`unrecorded`."""
    return getattr(_quiet, "on", False)


def report_line(context: Author | None, body: LogBody) -> None:
    """Send a record on its way. Outside every context only a process of `alphamed-nb run` reports."""
    if context is None:
        pipe = run_pipe() if _outside else None
        if pipe is not None:
            for part in _parts(body, Limits()):
                pipe.put(Record(node="", context="", kind="log", body=part), [])
        return
    link = context.way_out
    if link is None:
        return
    context.reported = True
    task = context.task_of_output()
    body.round = context.round_of(task)
    for part in _parts(body, link.limits):
        record = Record(node=context.id, context=context.context_id, task=task, kind="log", body=part)
        deliver(link, record, context.nodes)


def _parts(body: LogBody, limits: Limits) -> Sequence[LogBody]:
    """The records of a line, such as the hub takes them: a long text is split, its traceback cut."""
    text = body.text
    if not 0 <= body.level <= _HIGHEST_LEVEL:
        body.level = 0 if body.level < 0 else _HIGHEST_LEVEL
    if body.traceback is not None:
        body.traceback = _cut(body.traceback, limits)
    if type(text) is not str or not text.isascii():
        body.text = text = as_text(text, "the text of a log record")
    if len(text) * 4 <= limits.record_bytes:
        return (body,)  # almost all
    return [body if part is text else _part_of(body, part) for part in split_text(text, limits.record_bytes)]


def _cut(traceback: Traceback, limits: Limits) -> Traceback:
    """In the size that the hub takes. What says type and place stays, however long the message of the error is."""
    lines = traceback.text.splitlines(keepends=True)
    text = "".join(line if len(line) <= _LONG_LINE else shortened(line[:-1], _LONG_LINE) + line[-1] for line in lines)
    frames = [
        frame if len(frame.code) <= _LONG_CODE else msgspec.structs.replace(frame, code=frame.code[:_LONG_CODE])
        for frame in traceback.frames
    ]
    return Traceback(
        type=traceback.type,
        message=shortened(traceback.message, limits.text_characters),
        text=shortened(as_text(text, "a traceback"), limits.record_bytes),
        frames=frames,
    )


def _part_of(body: LogBody, text: str) -> LogBody:
    """One of several records of one long text; the traceback goes with the first one alone."""
    first = body.text.startswith(text)
    return LogBody(
        time=body.time, level=body.level, text=text, source=body.source, logger=body.logger, module=body.module,
        function=body.function, line=body.line, notebook=body.notebook, kernel=body.kernel, cell=body.cell,
        round=body.round, traceback=body.traceback if first else None,
    )  # fmt: skip


def log_body(context: Author | None, level: int, text: str, source: Source, time: float | None = None) -> LogBody:
    return LogBody(
        time=wall_clock() if time is None else time,
        level=level,
        text=text,
        source=source,
        notebook=notebook_path(),
        kernel=kernel_id(),
        cell=cell_id() or (context.entered_cell if context is not None else ""),
    )


def report_traceback(context: Author, traceback: Traceback) -> None:
    """The traceback of a failed node, once."""
    text = f"{traceback.type}: {traceback.message}" if traceback.message else traceback.type
    body = log_body(context, logging.ERROR, shortened(text, Limits().text_characters), "traceback")
    body.traceback = traceback
    report_line(context, body)


class unrecorded:  # noqa: N801  a context manager
    """What this thread prints inside is not reported: it was already. (A class, since it is entered twice for each
    line.)"""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = getattr(_quiet, "on", False)
        _quiet.on = True

    def __exit__(self, *exc: object) -> None:
        _quiet.on = self._before


def reset_after_fork() -> None:
    global _quiet
    _quiet = threading.local()
