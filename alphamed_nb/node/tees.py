"""The streams that stand in for `sys.stdout` and `sys.stderr`: they pass all on, and report whole lines."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any, Literal, TextIO

from ..protocol.limits import Limits
from . import forked
from .active import context_by_id, output_context
from .context import NodeContext
from .lines import LineBuffer
from .recording import is_unrecorded, log_body, recorded_outside, report_line, unrecorded

__all__ = ["flush_context", "flush_lines", "start", "stop"]

_tees: dict[str, Any] = {}
# (context id, thread, stream name) -> the line that has not ended yet. Threads do not cut each other's lines.
_buffers: dict[tuple[str, int, str], LineBuffer] = {}


def start() -> None:
    for name in ("stdout", "stderr"):
        original = getattr(sys, name)
        if isinstance(original, _Tee):
            _tees[name] = original  # somebody had put another stream in its place when it was to go
        elif original is not None:
            _tees[name] = _Tee(original, name)
            setattr(sys, name, _tees[name])


def stop() -> None:
    for name, tee in _tees.items():
        # Somebody may have put another stream in its place meanwhile: then it stays there, and ours only passes on.
        if getattr(sys, name) is tee:
            setattr(sys, name, tee._original)
    _tees.clear()
    _buffers.clear()


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
            flush_lines()

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
    if is_unrecorded():
        return
    context = output_context()
    if context is None and not recorded_outside():
        return
    key = (context.context_id if context is not None else "", threading.get_ident(), name)
    buffer = _buffers.get(key)
    if buffer is None:
        buffer = _buffers[key] = LineBuffer(Limits().record_bytes)
    with unrecorded():  # an error in here must not come round again
        for line in buffer.feed(text):
            report_line(context, log_body(context, logging.INFO, line, name))


def flush_context(context: NodeContext | None) -> None:
    """Report the context's lines that have not ended yet."""
    context_id = context.context_id if context is not None else ""
    for key in [key for key in list(_buffers) if key[0] == context_id]:
        buffer = _buffers.pop(key, None)
        rest = buffer.rest() if buffer is not None else None
        if rest is not None:
            report_line(context, log_body(context, logging.INFO, rest, "stdout" if key[2] == "stdout" else "stderr"))


def flush_lines() -> None:
    """Report all lines that have not ended yet."""
    for context_id in {key[0] for key in list(_buffers)}:
        flush_context(context_by_id(context_id) if context_id else None)


def reset_after_fork() -> None:
    """The parent ends the lines it began."""
    _buffers.clear()
