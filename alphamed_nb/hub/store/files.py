"""Files and directories that only the user may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..._own_files import NotOwn, open_own_file
from ...protocol.errors import StorageFailed

__all__ = [
    "check_private_file",
    "create_private_file",
    "make_private_directory",
    "open_private_file",
    "take_private_file",
]

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def make_private_directory(path: Path) -> None:
    """Create `path` and what is missing above it, each with mode 0700.

    Raises:
        StorageFailed: it cannot be created, is no directory, or belongs to somebody else.
    """
    try:
        missing = []
        at = path
        while not at.exists() and at != at.parent:
            missing.append(at)
            at = at.parent
        for directory in reversed(missing):
            try:
                directory.mkdir(mode=0o700)
            except FileExistsError:
                pass  # somebody was quicker; what it is gets checked below
        found = path.stat()
    except OSError as error:
        raise StorageFailed(f"The directory {path} cannot be used: {error.strerror or error}.") from error
    if not stat.S_ISDIR(found.st_mode):
        raise StorageFailed(f"{path} is not a directory.")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise StorageFailed(f"The directory {path} belongs to another user (uid {found.st_uid}).")


def create_private_file(path: Path) -> int:
    """A descriptor for reading and writing of a new file with mode 0600.

    Raises:
        FileExistsError: there is something at `path` already, be it a dangling link.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | _NO_FOLLOW | _BINARY, 0o600)


def open_private_file(path: Path, *, write: bool = False) -> int:
    """A descriptor of an existing regular file.

    Raises:
        FileNotFoundError: there is none.
        StorageFailed: it is a symbolic link, no regular file, or belongs to somebody else.
    """
    try:
        return open_own_file(path, write=write)
    except NotOwn as error:
        raise StorageFailed(f"{error}.") from error


def take_private_file(path: Path) -> int:
    """A descriptor for reading and writing of the file, which is created if it is missing; others lose their rights.

    Raises:
        StorageFailed: as :func:`open_private_file`, or the operating system refuses.
    """
    try:
        try:
            return create_private_file(path)
        except FileExistsError:
            fd = open_private_file(path, write=True)
        if hasattr(os, "fchmod"):
            os.fchmod(fd, 0o600)
        return fd
    except OSError as error:
        raise StorageFailed(f"The file {path} cannot be used: {error.strerror or error}.") from error


def check_private_file(path: Path) -> None:
    """See that the file is there and ours alone. Errors: those of :func:`take_private_file`."""
    os.close(take_private_file(path))
