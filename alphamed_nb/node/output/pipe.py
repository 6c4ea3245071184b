"""Pipes through which records leave a process: that of `alphamed-nb run`, which is its stdout and stderr too, and that
of a forked child to its parent."""

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

__all__ = ["RecordPipe", "RunPipe", "run_pipe"]


class RecordPipe:
    """The writing end: a record is written before `put` returns. A forked child goes on with its parent's."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor
        self._numbers = itertools.count()
        self._broken = False

    def put(self, record: Record[Any], nodes: list[str]) -> None:
        """Write a record; `nodes` are those of its context."""
        plain: Any = msgspec.Raw(record_content(record, Limits()))
        self._write(FromNode(record=plain, nodes=nodes))

    def _write(self, sent: FromNode) -> None:
        number = os.getpid() << 32 | next(self._numbers) & 0xFFFFFFFF
        for frame in frames(sent, number, select.PIPE_BUF):
            if self._broken:
                return
            try:
                if self._descriptor is None:
                    self._descriptor = self._open()
                os.write(self._descriptor, frame)
            except OSError:
                self._broken = True  # the reading process is gone, and with it who would want this

    def _open(self) -> int:
        raise NotImplementedError


class RunPipe(RecordPipe):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def _open(self) -> int:
        # Without a reader that fails at once instead of waiting for one.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(descriptor, True)
        return descriptor

    def entered(self, node: str, context: str, nodes: list[str]) -> None:
        """Say that a context was entered: lines may never come."""
        record = Record(node=node, context=context, kind="", body=msgspec.Raw(b"null"))
        self._write(FromNode(record=record, nodes=nodes))

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
