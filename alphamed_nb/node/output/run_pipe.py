"""The way out of a process of `alphamed-nb run`: the pipe that is its stdout and stderr too."""

from __future__ import annotations

import itertools
import os
import select
from typing import Any

import msgspec

from ...protocol.limits import Limits
from ...protocol.messages import Record
from ...protocol.run_pipe import RUN_PIPE_VARIABLE, FromNode, frames
from ..plain import record_content

__all__ = ["RunPipe", "run_pipe"]


class RunPipe:
    """Writes each record before it returns. A forked child goes on with what its parent has opened."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._numbers = itertools.count()
        self._descriptor: int | None = None
        self._broken = False

    def put(self, record: Record, nodes: list[str]) -> None:
        """Write a record; `nodes` are those of its context."""
        number = os.getpid() << 32 | next(self._numbers) & 0xFFFFFFFF
        plain: Any = msgspec.Raw(record_content(record, Limits()))
        for frame in frames(FromNode(record=plain, nodes=nodes), number, select.PIPE_BUF):
            if self._broken:
                return
            try:
                if self._descriptor is None:
                    # Without a reader that fails at once instead of waiting for one.
                    self._descriptor = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
                    os.set_blocking(self._descriptor, True)
                os.write(self._descriptor, frame)
            except OSError:
                self._broken = True  # `alphamed-nb run` is gone, and with it who would read this

    def takes(self, stream: Any) -> bool:
        """Whether what is written to the stream ends in this pipe."""
        try:
            return os.path.samestat(os.fstat(stream.fileno()), os.stat(self._path))
        except (AttributeError, OSError, ValueError):
            return False  # no file, closed, or the pipe is gone


_path = os.environ.get(RUN_PIPE_VARIABLE)
_pipe = RunPipe(_path) if _path else None


def run_pipe() -> RunPipe | None:
    """Where the records of this process go if `alphamed-nb run` started it, or one that it started; else None."""
    return _pipe
