"""The directory of one hub, owned by it for its life."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from ...protocol.errors import StorageFailed
from .file_lock import try_lock
from .files import check_private_file, create_private_file, make_private_directory, open_private_file

__all__ = ["DataDirectory", "Holder", "erase", "file_system_of", "holder_of"]

_LOCK = "lock"
_HUB_ID = "hub-id"
_TRIES = 5
_MOST = 99
"""Directories beside each other that are tried."""
_NETWORK = (
    "nfs", "cifs", "smb", "9p", "afp", "afs", "webdav", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse",
    "lustre", "gpfs", "beegfs", "gluster", "fuse.gluster", "ceph", "fuse.ceph", "ocfs2", "gfs2", "pvfs2", "orangefs",
)  # fmt: skip
"""How names of file systems begin that processes of several machines may share."""


class Holder(msgspec.Struct, kw_only=True, frozen=True):
    """The hub that owns a directory, as it said so itself."""

    pid: int
    kind: str
    """jupyter, standalone or run."""
    started: float
    """Seconds since the epoch."""
    address: str = ""
    """Empty until its listener is bound."""


class DataDirectory:
    """A directory that this process owns until :meth:`release` or its end."""

    def __init__(self, path: Path, lock: int, me: Holder, *, holder: Holder | None, note: str) -> None:
        """Use :meth:`acquire`."""
        self.path = path
        self._lock = lock
        self._me = me
        self.holder = holder
        """Who has the directory that was asked for, when that is another hub."""
        self.note = note
        """One line for the log when this is not the directory that was asked for; else empty."""
        self.hub_id = _hub_id(path)
        """Fixed for the directory."""
        self.messages = path / "messages.db"
        self.logs = path / "logs.db"
        self.spool = path / "spool"

    @classmethod
    def acquire(
        cls, base: Path, kind: str, *, now: float, file_system: Callable[[Path], str] | None = None
    ) -> DataDirectory:
        """Own `base`, or when another hub does, the first free one of `base-2`, `base-3` and so on.

        On a network file system, where SQLite's write-ahead log is not safe, a local directory takes its place.

        Args:
            kind: what this hub is: jupyter, standalone or run.
            now: seconds since the epoch, as the start of this hub.
            file_system: tells the type of the file system of a path; :func:`file_system_of` unless given.

        Raises:
            StorageFailed: the directory cannot be used: not ours, holds something else, or all are taken.
        """
        base = Path(os.path.abspath(base.expanduser()))
        notes = []
        file_type = (file_system or file_system_of)(base)
        if file_type.startswith(_NETWORK):
            local = _local_directory(base)
            notes.append(f"{base} is on a network file system ({file_type}); the hub keeps its data in {local}")
            base = local
        me = Holder(pid=os.getpid(), kind=kind, started=now)
        holder: Holder | None = None
        for number in range(1, _MOST + 1):
            path = base if number == 1 else base.with_name(f"{base.name}-{number}")
            if _is_foreign(path):
                if number > 1:
                    continue
                raise StorageFailed(
                    f"{path} holds other things and is no data directory of alphamed_nb. Name an empty or a new one."
                )
            _prepare(path)
            lock, found = _take(path)
            if lock is None:
                holder = holder if number > 1 else found
                continue
            if number > 1:
                notes.append(f"{base} is in use by {_words(holder)}; this hub keeps its data in {path}")
            directory = cls(path, lock, me, holder=holder, note="; ".join(notes))
            directory._write()
            return directory
        raise StorageFailed(f"{base} and {_MOST - 1} directories beside it are all in use by other hubs.")

    def announce(self, address: str) -> None:
        """Say at which address this hub listens, for others that ask who holds the directory."""
        self._me = msgspec.structs.replace(self._me, address=address)
        self._write()

    def release(self) -> None:
        """Let others have the directory. Harmless when released."""
        if self._lock >= 0:
            # The file stays: who removes a lock file may remove the one that somebody else has just locked.
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = -1

    def _write(self) -> None:
        text = msgspec.json.encode(self._me)
        os.lseek(self._lock, 0, os.SEEK_SET)
        os.write(self._lock, text.ljust(300))  # blanks cover a longer text; a reader never finds it empty in between


def holder_of(path: Path) -> Holder | None:
    """Who says that it holds the directory; None when nobody does, or has not said so yet."""
    try:
        fd = open_private_file(path / _LOCK, write=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StorageFailed(f"{path / _LOCK} cannot be read: {error.strerror or error}.") from error
    try:
        if try_lock(fd):
            return None  # what it says is of a hub that has ended
        os.lseek(fd, 0, os.SEEK_SET)
        text = os.read(fd, 4096)
    finally:
        os.close(fd)
    try:
        return msgspec.json.decode(text, type=Holder)
    except msgspec.MsgspecError:
        return None  # it is just being written


def erase(path: Path) -> str:
    """Remove a data directory with all that is in it, as its owner, so that no hub can begin there meanwhile.

    Returns:
        Who has it, in words, when that is a hub: then it stays. Else an empty text.

    Raises:
        StorageFailed: it cannot be removed.
    """
    if path.is_symlink():
        raise StorageFailed(f"{path} is a symbolic link; remove it yourself.")
    check_private_file(path / _LOCK)
    lock, holder = _take(path)
    if lock is None:
        return _words(holder)
    try:
        for entry in os.scandir(path):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            elif entry.name != _LOCK:
                os.unlink(entry.path)
        os.unlink(
            path / _LOCK
        )  # last; who has just opened it sees that it is not there any more, and makes another one
        with contextlib.suppress(OSError):  # somebody has just made another one: it is theirs, and empty
            path.rmdir()
    except OSError as error:
        raise StorageFailed(f"{path} cannot be erased: {error.strerror or error}.") from error
    finally:
        os.close(lock)
    return ""


def file_system_of(path: Path) -> str:
    """The type of the file system that `path` is on, or would be on, in lower case; empty when unknown."""
    import psutil

    real = os.path.realpath(path)
    best = ("", "")
    for part in psutil.disk_partitions(all=True):
        point = part.mountpoint
        inside = real == point or real.startswith(point.rstrip(os.sep) + os.sep)
        if inside and len(point) >= len(best[0]):  # of two mounted on one point the later one is seen
            best = (point, part.fstype.lower())
    return best[1]


def _lasting_folder() -> Path:
    """Where everybody may keep files on this machine: over a restart of it where there is such a folder."""
    lasting = Path("/var/tmp")
    return lasting if os.access(lasting, os.W_OK) else Path(tempfile.gettempdir())


def _local_directory(base: Path) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else os.getlogin()
    name = hashlib.sha256(str(base).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    mine = _lasting_folder() / f"alphamed_nb-{user}"
    # Anybody can create names there: a link or a directory of somebody else's must not get our data.
    if mine.is_symlink():
        raise StorageFailed(f"{mine} is a symbolic link; it must be a directory of your own.")
    make_private_directory(mine)
    mine.chmod(0o700)
    return mine / name


def _is_foreign(path: Path) -> bool:
    """Somebody uses the directory for something else; we neither mix our files in nor change its mode."""
    try:
        names = set(os.listdir(path))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageFailed(f"The directory {path} cannot be used: {error.strerror or error}.") from error
    return bool(names) and not names & {_LOCK, _HUB_ID}


def _prepare(path: Path) -> None:
    """Make the directory ours and private."""
    make_private_directory(path)
    try:
        path.chmod(0o700)
        check_private_file(path / _LOCK)
    except OSError as error:
        raise StorageFailed(f"The directory {path} cannot be used: {error.strerror or error}.") from error


def _take(path: Path) -> tuple[int | None, Holder | None]:
    """The descriptor that holds the lock; None, and who has it, when another process does."""
    holder = None
    for _ in range(_TRIES):
        fd = -1
        try:
            check_private_file(path / _LOCK)
            fd = open_private_file(path / _LOCK, write=True)
            if try_lock(fd):
                if _is_still(path / _LOCK, fd):
                    return fd, None
                os.close(fd)  # the directory was erased meanwhile
                make_private_directory(path)
                continue
        except OSError as error:
            if fd >= 0:
                os.close(fd)
            raise StorageFailed(f"{path / _LOCK} cannot be locked: {error.strerror or error}.") from error
        os.close(fd)
        holder = holder_of(path)
        if holder is not None:
            break
        # Nobody says it is theirs: somebody looked at it (holder_of locks for a moment), or has just begun.
    return None, holder


def _is_still(path: Path, fd: int) -> bool:
    """Whether the open file is the one that others find there."""
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _hub_id(path: Path) -> str:
    """The id kept in the directory; made when there is none. The caller holds the lock."""
    file = path / _HUB_ID
    try:
        try:
            with os.fdopen(open_private_file(file)) as existing:
                found = existing.read(200).strip()
            if len(found) == 32 and set(found) <= set("0123456789abcdef"):
                return found
            file.unlink()  # a hub was killed while it wrote it
        except FileNotFoundError:
            pass  # the first hub here
        made = secrets.token_hex(16)
        with os.fdopen(create_private_file(file), "w") as new:
            new.write(made)
        return made
    except OSError as error:
        raise StorageFailed(f"{file} cannot be used: {error.strerror or error}.") from error


def _words(holder: Holder | None) -> str:
    if holder is None:
        return "another hub"
    where = f" at {holder.address}" if holder.address else ""
    return f"another hub ({holder.kind}, pid {holder.pid}{where})"
