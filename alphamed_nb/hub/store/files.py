"""Files and directories that only the user may read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from ...protocol.errors import StorageFailed

__all__ = ["check_private_file", "create_private_file", "make_private_directory", "open_private_file"]

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
    flags = (os.O_RDWR if write else os.O_RDONLY) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(path, flags | os.O_CLOEXEC | _NO_FOLLOW | _BINARY)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise StorageFailed(f"{path} is a symbolic link; it must be a file of the hub's own.") from error
        raise
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise StorageFailed(f"{path} is not a regular file.")
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            raise StorageFailed(f"{path} belongs to another user (uid {found.st_uid}).")
    except BaseException:
        os.close(fd)
        raise
    return fd


def check_private_file(path: Path) -> None:
    """Create the file if it is missing, else see that it is one of ours, and take away what others may do with it.

    Raises:
        StorageFailed: as :func:`open_private_file`, or the operating system refuses.
    """
    try:
        try:
            fd = create_private_file(path)
        except FileExistsError:
            fd = open_private_file(path, write=True)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(fd, 0o600)
        finally:
            os.close(fd)
    except OSError as error:
        raise StorageFailed(f"The file {path} cannot be used: {error.strerror or error}.") from error
