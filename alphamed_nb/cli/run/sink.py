"""The pipe of one file of a run: what its processes write to their stdout and stderr, and their records in between."""

from __future__ import annotations

import array
import asyncio
import codecs
import fcntl
import os
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...node.output.lines import LineBuffer
from ...protocol.limits import Limits
from ...protocol.run_pipe import FromNode, PipeReader

__all__ = ["Sink"]

_READ_BYTES = 256 * 1024


class Sink:
    """Reads the pipe while it is open.

    Args:
        path: where it is made.
        take_record: called on the loop's thread with each record, in the order in which they were written.
        take_line: the same for each line of output that passed Python's own streams, or comes from another program.
    """

    def __init__(self, path: Path, take_record: Callable[[FromNode], None], take_line: Callable[[str], None]) -> None:
        self.path = path
        self._take_record = take_record
        self.take_line = take_line
        self._reader = PipeReader()
        self._lines = LineBuffer(Limits().record_bytes)
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._reading: int | None = None
        self._paused = False

    @contextmanager
    def opened(self) -> Iterator[int]:
        """From making the pipe to its end: a descriptor for processes to write to.

        The end is when the caller says so, not when everybody has closed it: what a process wrote before it ended is
        read, and one that stays behind does not keep a run from ending.
        """
        os.mkfifo(self.path, 0o600)
        self._reading = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        writing = os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)
        self.pause(self._paused)
        try:
            yield writing
        finally:
            self.drain()
            self._take_lines(self._decoder.decode(self._reader.rest(), final=True))
            if (rest := self._lines.rest()) is not None:
                self.take_line(rest)
            asyncio.get_running_loop().remove_reader(self._reading)
            os.close(self._reading)
            self._reading = None
            os.close(writing)

    def pause(self, paused: bool) -> None:
        """Stop reading, or go on: the processes wait meanwhile, once the pipe is full."""
        self._paused = paused
        if self._reading is None:
            return
        loop = asyncio.get_running_loop()
        if paused:
            loop.remove_reader(self._reading)
        else:
            loop.add_reader(self._reading, self._read, _READ_BYTES)

    def drain(self) -> None:
        """Take all that has been written so far."""
        if self._reading is None:
            return
        waiting = array.array("i", [0])
        fcntl.ioctl(self._reading, termios.FIONREAD, waiting)
        while waiting[0] > 0:
            waiting[0] -= self._read(waiting[0])

    def _read(self, most: int) -> int:
        assert self._reading is not None
        try:
            content = os.read(self._reading, most)
        except BlockingIOError:
            return most  # somebody else has taken it
        for each in self._reader.feed(content):
            if isinstance(each, FromNode):
                self._take_record(each)
            else:
                self._take_lines(self._decoder.decode(each))
        return len(content) or most

    def _take_lines(self, text: str) -> None:
        for line in self._lines.feed(text):
            self.take_line(line)
