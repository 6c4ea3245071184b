"""The unix socket to which the processes of a run write their records, each before `print` or `log` returns there."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec

from ...node.reporting import SinkRecord, decode_sink_record

__all__ = ["Sink"]

_LENGTH = struct.Struct(">I")
_READ_BYTES = 256 * 1024


class Sink:
    """Listens until closed.

    Args:
        path: of the socket; see :func:`.sockets.socket_folder`.
        take: called on the loop's thread with each record, in the order in which its connection wrote them.
    """

    def __init__(self, path: Path, take: Callable[[SinkRecord], None]) -> None:
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._buffers: dict[socket.socket, bytearray] = {}
        self._loop.add_reader(self._listener, self._accept)
        self._paused = False

    def pause(self, paused: bool) -> None:
        """Stop reading, or go on: the processes wait meanwhile, once the system's buffers are full."""
        self._paused = paused
        for connection in self._buffers:
            if paused:
                self._loop.remove_reader(connection)
            else:
                self._loop.add_reader(connection, self._read, connection)

    def drain(self) -> None:
        """Take all that has been written so far: what a process wrote before it ended is here already."""
        self._accept()
        for connection in list(self._buffers):
            while self._read(connection):
                continue

    def close(self) -> None:
        self.drain()
        self._loop.remove_reader(self._listener)
        self._listener.close()
        for connection in list(self._buffers):
            self._drop(connection)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            self._buffers[connection] = bytearray()
            if not self._paused:
                self._loop.add_reader(connection, self._read, connection)

    def _read(self, connection: socket.socket) -> bool:
        """Take what can be read at once; False if there was nothing, or the connection has ended."""
        try:
            content = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            content = b""
        if not content:
            self._drop(connection)
            return False
        buffer = self._buffers[connection]
        buffer += content
        start = 0
        while len(buffer) - start >= _LENGTH.size:
            end = start + _LENGTH.size + _LENGTH.unpack_from(buffer, start)[0]
            if len(buffer) < end:
                break
            try:
                record = decode_sink_record(bytes(buffer[start + _LENGTH.size : end]))
            except msgspec.MsgspecError:
                # Not written by our own code; what follows cannot be trusted to be records either.
                self._drop(connection)
                return False
            self._take(record)
            start = end
        del buffer[:start]
        return True

    def _drop(self, connection: socket.socket) -> None:
        self._loop.remove_reader(connection)
        connection.close()
        self._buffers.pop(connection, None)
