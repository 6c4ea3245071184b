"""The way of log and metric records out of the process.

Usually over the link (:mod:`.record_queue`). In a process of `alphamed-nb run`: :class:`PipeSink`, a unix socket to
which each record is written before `print` or `log` returns.
"""

from __future__ import annotations

import math
import os
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from ..protocol.journal import MetricBody
from ..protocol.limits import Limits
from ..protocol.messages import Record
from . import forked
from .kernel_info import notebook_path
from .plain import LARGEST, as_text, record_content
from .waiting import wall_clock

if TYPE_CHECKING:
    from .link import Link

__all__ = [
    "REPORT_SOCKET_VARIABLE",
    "PipeSink",
    "SinkRecord",
    "decode_sink_record",
    "deliver",
    "metric_body",
    "pipe_sink",
]

REPORT_SOCKET_VARIABLE = "ALPHAMED_NB_REPORT_SOCKET"

_METRIC_NAME = 1024
_METRIC_WRITER = 4096
"""Of a metric, so many characters of its name and writer are taken by the hub."""

_encode = msgspec.json.Encoder().encode


def metric_body(name: str, value: float, step: int = 0, *, round: int = 0, writer: str = "") -> MetricBody:
    """A scalar of a `SummaryWriter`, or a progress value (`writer` is empty), such as every hub takes it."""
    return MetricBody(
        time=wall_clock(),
        name=as_text(name, "the name of a scalar")[:_METRIC_NAME],
        value=value if math.isfinite(value) else None,
        step=max(-LARGEST, min(LARGEST, step)),
        round=round,
        writer=as_text(writer, "the folder of a SummaryWriter")[:_METRIC_WRITER],
    )


def deliver(link: Link, record: Record, nodes: list[str]) -> None:
    """Send a record on its way: through the parent of a forked child, the socket of `alphamed-nb run`, or the link."""
    if (sink := pipe_sink()) is not None:
        sink.put(record, nodes)
    elif (parent := forked.parent_pipe()) is not None:
        parent.put(record)
    else:
        link.records.put(record)


# -- processes of `alphamed-nb run` ------------------------------------------------------------------------------------


class SinkRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a process of `alphamed-nb run` writes to its report socket: JSON after its length (4 bytes, big-endian)."""

    label: str
    """The file the process runs."""
    record: Record
    """`node` is empty for a line printed outside every `mock_context`."""
    nodes: list[str] = []
    """The `nodes` of the context it was made in."""


_sink_decoder = msgspec.json.Decoder(SinkRecord)


def decode_sink_record(content: bytes) -> SinkRecord:
    """Raises `msgspec.MsgspecError` for anything else."""
    return _sink_decoder.decode(content)


class PipeSink:
    """Writes each record to a unix socket before it returns."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._pid = 0
        self._socket: socket.socket | None = None
        self._broken = False

    def put(self, record: Record, nodes: list[str]) -> None:
        """Write a record; `nodes` are those of its context."""
        plain: Any = msgspec.Raw(record_content(record, Limits()))
        content = _encode(SinkRecord(label=notebook_path(), record=plain, nodes=nodes))
        message = struct.pack(">I", len(content)) + content
        if self._pid != os.getpid():
            # A forked child has a connection of its own, so that its records and its parent's do not mix.
            self._lock, self._pid, self._socket, self._broken = threading.RLock(), os.getpid(), None, False
        with self._lock:
            if self._broken:
                return
            try:
                if self._socket is None:
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    self._socket.connect(self._path)
                self._socket.sendall(message)
            except OSError:
                self._broken = True  # `alphamed-nb run` is gone, and with it who would read this
            except BaseException:
                # An interrupt may have cut the message: what follows goes through a new connection.
                if self._socket is not None:
                    self._socket.close()
                self._socket = None
                raise


_path = os.environ.get(REPORT_SOCKET_VARIABLE)
_sink = PipeSink(_path) if _path else None


def pipe_sink() -> PipeSink | None:
    """Where the records of this process go if `alphamed-nb run` started it; else None."""
    return _sink
