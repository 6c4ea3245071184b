"""Files that nodes and hub believe or lock: they count only if they are this user's. Imports nothing of ours.

What another user of the machine puts into a folder that a group may write belongs to that user, whatever its name.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["NotOwn", "open_own_file", "read_own_file"]

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotOwn(OSError):
    """There is something at a path, but no file of this user's own; the text names the path and says why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} {why}")


def open_own_file(path: Path, *, write: bool = False) -> int:
    """A descriptor of an existing regular file of this user.

    Raises:
        FileNotFoundError: there is none.
        NotOwn: it is a symbolic link, no regular file, or belongs to somebody else.
    """
    # Not blocking: somebody may have put a pipe there.
    flags = (os.O_RDWR if write else os.O_RDONLY) | getattr(os, "O_NONBLOCK", 0)
    try:
        fd = os.open(path, flags | os.O_CLOEXEC | _NO_FOLLOW | _BINARY)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotOwn(path, "is a symbolic link; it must be the file itself") from None
        raise
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise NotOwn(path, "is not a regular file")
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            raise NotOwn(path, f"belongs to another user (uid {found.st_uid})")
    except BaseException:
        os.close(fd)
        raise
    return fd


def read_own_file(path: Path) -> bytes:
    """What a file says that nobody else can have written.

    Raises:
        NotOwn: as :func:`open_own_file`, or others may write it.
        OSError: it cannot be read.
    """
    with open(open_own_file(path), "rb", buffering=0) as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if hasattr(os, "getuid") and mode & _OTHERS_WRITE:
            raise NotOwn(
                path, f"can be written by other users (mode {mode:04o}); `chmod go-w` it if what it says is right"
            )
        return file.readall()
