"""Data streams as files of the spool folder: written once, read by every receiver."""

from __future__ import annotations

import math
import os
import re
import secrets
import shutil
from pathlib import Path

from ...protocol.errors import InvalidRequest, NotFound, StorageFailed
from .files import create_private_file, make_private_directory, open_private_file

__all__ = ["SpoolFolder"]

_STREAM = re.compile(r"[0-9a-f]{1,64}")
_TOKEN_FILE = "token"


class SpoolFolder:
    """The folder where streams wait until all their offers are settled.

    A process that reads the same `token` in its file `token` shares this file system, so it may write and read streams
    here itself.
    """

    def __init__(self, path: Path, *, reserve: int = 512 * 1024 * 1024) -> None:
        """Creates the folder if it is missing, and writes a fresh token.

        Args:
            reserve: bytes of the disk that streams leave free, for messages and logs.

        Raises:
            StorageFailed: the folder cannot be used.
        """
        make_private_directory(path)
        self.path = path
        self._reserve = reserve
        self.token = secrets.token_hex(32)
        try:
            path.chmod(0o700)
            # Written beside and moved: a reader finds the old token or the new one, never a part.
            beside = path / f"{_TOKEN_FILE}.{secrets.token_hex(8)}"
            fd = create_private_file(beside)
            with os.fdopen(fd, "w") as file:
                file.write(self.token)
            beside.replace(path / _TOKEN_FILE)
        except OSError as error:
            raise StorageFailed(f"The spool folder {path} cannot be used: {error.strerror or error}.") from error

    def create(self, stream: str, size: int = 0) -> int:
        """A descriptor for writing a new stream; the caller closes it.

        Raises:
            InvalidRequest: not a stream id, or there is such a stream.
            StorageFailed: too little room, or the operating system refuses.
        """
        path = self._path_of(stream)
        self.require_space(size)
        try:
            return create_private_file(path)
        except FileExistsError as error:
            raise InvalidRequest(f"There is a stream {stream} already.") from error
        except OSError as error:
            raise StorageFailed(f"The stream {stream} cannot be stored: {error.strerror or error}.") from error

    def open(self, stream: str) -> int:
        """A descriptor for reading a stream; the caller closes it.

        Raises:
            InvalidRequest: not a stream id.
            NotFound: there is no such stream (any more).
            StorageFailed: what is there is not a file of ours.
        """
        try:
            return open_private_file(self._path_of(stream))
        except FileNotFoundError as error:
            raise NotFound(f"There is no stream {stream} (any more).") from error
        except OSError as error:
            raise StorageFailed(f"The stream {stream} cannot be read: {error.strerror or error}.") from error

    def size(self, stream: str) -> int:
        """Bytes of a stream. Raises as :meth:`open`."""
        fd = self.open(stream)
        try:
            return os.fstat(fd).st_size
        finally:
            os.close(fd)

    def remove(self, stream: str) -> None:
        """Remove a stream; one that is not there is fine. Who has it open may still read it.

        Raises:
            InvalidRequest: not a stream id.
            StorageFailed: the operating system refuses.
        """
        path = self._path_of(stream)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(f"The stream {stream} cannot be removed: {error.strerror or error}.") from error

    def require_space(self, size: int) -> None:
        """See that `size` more bytes fit.

        Raises:
            StorageFailed: fewer than `reserve` bytes would stay free; says how many there are.
        """
        free = shutil.disk_usage(self.path).free
        if free - size < self._reserve:
            raise StorageFailed(
                f"The disk is too full for a stream of {size} bytes: {free} bytes are free in {self.path}, "
                f"and {self._reserve} of them are kept for messages and logs.",
                free=free,
                reserve=self._reserve,
            )

    def used(self) -> int:
        """Bytes of all streams that are there."""
        total = 0
        for entry in os.scandir(self.path):
            if _STREAM.fullmatch(entry.name):
                try:
                    total += entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue  # it was settled meanwhile
        return total

    def sweep(self, keep: set[str], *, older_than: float = math.inf) -> list[str]:
        """Remove the streams that are not in `keep`, and return their ids. Other files are left alone.

        Args:
            older_than: seconds since the epoch; a file last changed then or later stays: somebody may be writing it.
        """
        removed = []
        for entry in os.scandir(self.path):
            if not _STREAM.fullmatch(entry.name) or entry.name in keep:
                continue
            try:
                if entry.stat(follow_symlinks=False).st_mtime < older_than:
                    os.unlink(entry.path)
                    removed.append(entry.name)
            except FileNotFoundError:
                continue  # its owner was quicker
        return removed

    def _path_of(self, stream: str) -> Path:
        if not isinstance(stream, str) or not _STREAM.fullmatch(stream):
            raise InvalidRequest(f"{stream!r:.80} is not a stream id: 1 to 64 hexadecimal digits, lower case.")
        return self.path / stream
