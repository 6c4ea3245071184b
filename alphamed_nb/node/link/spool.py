"""The bytes of data streams: a file in the hub's spool folder on the same host, HTTP elsewhere."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ..._own_files import read_own_file
from ...protocol.errors import NotFound, StorageFailed, TooLarge

if TYPE_CHECKING:
    from ...protocol.messages import Welcome
    from ..waiting import Deadline
    from .link import Link

__all__ = ["StreamFile", "fetch_stream"]

_CHUNK = 64 * 1024 * 1024
_shared: tuple[Welcome | None, Path | None] = None, None
"""What the hub said when it welcomed this process, and the folder that this was found to be."""
_unsent: set[Path] = set()
"""Spool files written here whose offer the hub has not accepted: removed at the latest when the process ends."""


def shared_spool(link: Link) -> Path | None:
    """The spool folder, if this process sees the very same files as the hub."""
    welcome = link.welcome
    if welcome is None or not welcome.spool or not welcome.spool_token:
        return None
    folder = Path(welcome.spool)
    try:
        return folder if read_own_file(folder / "token").decode().strip() == welcome.spool_token else None
    except (OSError, ValueError):
        return None


def _spool_of(link: Link) -> Path | None:
    """As `shared_spool`, found out once a connection."""
    global _shared
    welcome, folder = _shared
    if folder is None or welcome is not link.welcome:
        welcome = link.welcome
        folder = shared_spool(link)
        if welcome is link.welcome:
            _shared = welcome, folder
    return folder


class StreamFile:
    """A stream written for the hub; its file is the sender's until the offer of it is accepted."""

    def __init__(self, link: Link, data: bytes) -> None:
        """Write it.

        Raises:
            TooLarge: over the hub's limit.
            StorageFailed: the disk is full, for instance.
        """
        link.wait_connected()
        if len(data) > link.limits.stream_bytes:
            raise TooLarge(f"{len(data):,} bytes in one stream; the hub takes {link.limits.stream_bytes:,}.")
        self.name = os.urandom(16).hex()
        self.size = len(data)
        self._path: Path | None = None
        folder = _spool_of(link)
        if folder is None:
            from .http import hub_fetch

            hub_fetch(link, "PUT", f"streams/{self.name}", bytes(data))
            return
        assert link.welcome is not None
        _check_space(folder, self.size, link.welcome.spool_reserve)
        self._path = folder / self.name
        _unsent.add(self._path)
        try:
            _write(self._path, data)
        except OSError as error:
            self.discard()
            what = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else str(error)
            raise StorageFailed(f"A stream of {len(data):,} bytes could not be written to {folder}: {what}.") from error
        except BaseException:
            self.discard()
            raise

    def accepted(self) -> None:
        """The hub accepted the offer: the file is the hub's now."""
        if self._path is not None:
            _unsent.discard(self._path)
            self._path = None

    def discard(self) -> None:
        """It will not be offered."""
        if self._path is not None:
            _remove(self._path)
            self._path = None


def _check_space(folder: Path, size: int, reserve: int) -> None:
    """As the hub does for what it writes itself."""
    free = shutil.disk_usage(folder).free
    if free - size < reserve:
        raise StorageFailed(
            f"The disk is too full for a stream of {size:,} bytes: {free:,} bytes are free in {folder}, "
            f"and {reserve:,} of them are kept for messages and logs."
        )


def _write(path: Path, data: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(number, rest[:_CHUNK]) :]
    finally:
        os.close(number)


def _read(number: int, size: int) -> bytes:
    """The bytes of an open file, and one more if it is longer. A short one in one call: each lets other threads in."""
    parts = [os.read(number, min(size + 1, _CHUNK))]
    got = len(parts[0])
    while got < size and (part := os.read(number, min(size + 1 - got, _CHUNK))):
        parts.append(part)
        got += len(part)
    return b"".join(parts)


def _remove(path: Path) -> None:
    _unsent.discard(path)
    path.unlink(missing_ok=True)


def remove_unsent() -> None:
    """The process ends."""
    for path in list(_unsent):
        _remove(path)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unsent.clear)


def fetch_stream(link: Link, stream: str, size: int, deadline: Deadline | None = None) -> bytes:
    """The bytes of an offered stream.

    Raises:
        NotFound: it is gone: withdrawn meanwhile, for instance.
    """
    folder = _spool_of(link)
    if folder is None:
        from .http import hub_fetch

        data = hub_fetch(link, "GET", f"streams/{stream}", None, deadline)
    else:
        try:
            number = os.open(folder / os.path.basename(stream), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            raise NotFound("The stream is gone: its sender gave up.") from None
        try:
            data = _read(number, size)
        finally:
            os.close(number)
    if len(data) != size:
        raise NotFound(f"The stream has {len(data):,} bytes instead of {size:,}: its sender gave up while writing.")
    return data
