"""What is written to `sys.stdout` and `sys.stderr` goes on as it would, and is reported in whole lines.

The streams stay what they are and where they are: it is their way to write that is listened to. So it does not matter
when and how somebody came by them, as `from sys import stdout` or as a logging handler made long ago.
"""

from __future__ import annotations

import codecs
import io
import logging
import sys
import threading
from typing import Any, Literal

from ...protocol.limits import Limits
from .author import Author, author_by_id, output_author
from .lines import LineBuffer
from .pipe import run_pipe
from .records import is_unrecorded, log_body, recorded_outside, report_line, unrecorded

__all__ = ["end", "flush_context", "flush_lines", "follow", "start", "stop"]

Name = Literal["stdout", "stderr"]

logger = logging.getLogger("alphamed_nb")

_listeners: list[_Listener] = []
# (context id, thread, stream name) -> the line that has not ended yet. Threads do not cut each other's lines.
_unfinished: dict[tuple[str, int, str], _Unfinished] = {}


def start() -> None:
    names: tuple[Name, ...] = ("stdout", "stderr")
    for name in names:
        stream = getattr(sys, name)
        if stream is None or any(listener.stream is stream for listener in _listeners):
            continue
        try:
            _listeners.append(_listener_on(stream, name))
        except (AttributeError, TypeError):
            kind = type(stream).__name__
            logger.warning("What is printed is not recorded: sys.%s is a %s, which takes no attributes.", name, kind)


def follow() -> None:
    """A further context was entered: what is written to a stream that somebody has put on ours must not wait there."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and any(listener.owner is stream.buffer for listener in _listeners):
            stream.reconfigure(write_through=True)


def end() -> None:
    """The process ends: what has no line end is reported, and what Python or others still flush is not kept back."""
    flush_lines()
    for listener in [listener for listener in _listeners if isinstance(listener, _InRun)]:
        _listeners.remove(listener)
        listener.remove()


def stop() -> None:
    while _listeners:
        _listeners.pop().remove()
    _unfinished.clear()


def _listener_on(stream: Any, name: Name) -> _Listener:
    if "echo" in vars(stream):
        return _Echo(stream, name)
    pipe = run_pipe()
    if pipe is not None and pipe.takes(stream):
        return _InRun(stream, name)
    return _Listener(stream, name)


# -- where they listen -------------------------------------------------------------------------------------------------


class _Listener:
    """Listens in the place of the stream's own `write`.

    Somebody may put another there meanwhile and later ours back, when it has been removed: then it only passes on.
    """

    _attribute = "write"

    def __init__(self, stream: Any, name: Name) -> None:
        self.stream = stream
        self._name = name
        self.owner = self._listened_to()
        self._had_own = self._attribute in vars(self.owner)
        """Whether the object itself had it, not its class."""
        self._before = getattr(self.owner, self._attribute)
        self._ours = self._replacement()
        # Not setattr: a stream that wraps another may pass that on, too.
        object.__setattr__(self.owner, self._attribute, self._ours)

    def remove(self) -> None:
        if vars(self.owner).get(self._attribute) is not self._ours:
            return
        if self._had_own:
            object.__setattr__(self.owner, self._attribute, self._before)
        else:
            object.__delattr__(self.owner, self._attribute)

    def _listened_to(self) -> Any:
        return self.stream

    def _replacement(self) -> Any:
        return self._write

    def _write(self, text: Any) -> Any:
        written = self._before(text)
        self._hear(text)
        return written

    def _hear(self, text: Any) -> None:
        if self in _listeners and isinstance(text, str) and not is_unrecorded():
            context = output_author()
            if context is not None or recorded_outside():
                _feed(context, self._name, text)


class _Echo(_Listener):
    """A stream of a kernel tells its echo each text, whoever writes it. IPython replaces its `write` in each cell."""

    _attribute = "echo"

    def _replacement(self) -> Any:
        return self

    def write(self, text: str) -> None:
        if self._before is not None:
            self._before.write(text)
        self._hear(text)

    def flush(self) -> None:
        if self._before is not None:
            self._before.flush()


class _InRun(_Listener):
    """In `alphamed-nb run` a text goes into the same pipe as its record: it goes there once.

    It is listened to where the text has become bytes, since some write these, or put a stream of their own there.
    """

    def _listened_to(self) -> Any:
        if not isinstance(self.stream, io.TextIOWrapper):
            return self.stream
        self.stream.flush()
        self._through = self.stream.write_through
        self.stream.reconfigure(write_through=True)  # in the thread and context that writes
        return self.stream.buffer

    def remove(self) -> None:
        super().remove()
        if self.owner is not self.stream:
            self.stream.reconfigure(write_through=self._through)

    def _write(self, text: Any) -> Any:
        context = output_author()
        if self not in _listeners or (context is None and not recorded_outside()):
            written = self._before(text)
            self.owner.flush()  # lest it stands after what is reported later
            return written
        if not is_unrecorded():  # else it has been reported already
            _feed(context, self._name, text)
        return len(text) if isinstance(text, str) else memoryview(text).nbytes


# -- lines -------------------------------------------------------------------------------------------------------------


class _Unfinished:
    """The line that a thread of a node writes to a stream."""

    def __init__(self) -> None:
        self._lines = LineBuffer(Limits().record_bytes)
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def feed(self, text: Any) -> list[str]:
        return self._lines.feed(text if isinstance(text, str) else self._decoder.decode(bytes(text)))

    def rest(self) -> str | None:
        """What there is of it, at the end."""
        ended = self._lines.feed(self._decoder.decode(b"", final=True))
        return self._lines.rest() or (ended[0] if ended else None)


def _feed(context: Author | None, name: Name, text: Any) -> None:
    key = (context.context_id if context is not None else "", threading.get_ident(), name)
    line = _unfinished.get(key)
    if line is None:
        line = _unfinished[key] = _Unfinished()
    ended = line.feed(text)
    if ended:
        with unrecorded():  # an error in here must not come round again
            for each in ended:
                report_line(context, log_body(context, logging.INFO, each, name))


def flush_context(context: Author | None) -> None:
    """Report the context's lines that have not ended yet."""
    context_id = context.context_id if context is not None else ""
    for key in [key for key in list(_unfinished) if key[0] == context_id]:
        line = _unfinished.pop(key, None)
        rest = line.rest() if line is not None else None
        if rest is not None:
            report_line(context, log_body(context, logging.INFO, rest, "stdout" if key[2] == "stdout" else "stderr"))


def flush_lines() -> None:
    """Report all lines that have not ended yet."""
    for context_id in {key[0] for key in list(_unfinished)}:
        flush_context(author_by_id(context_id) if context_id else None)


def reset_after_fork() -> None:
    """The parent ends the lines it began. A child of multiprocessing never comes to the end of Python itself."""
    _unfinished.clear()
    utilities = sys.modules.get("multiprocessing.util")
    if utilities is not None:
        utilities.register_after_fork(end, lambda end: utilities.Finalize(None, end, exitpriority=-1000))
