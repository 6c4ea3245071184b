"""Where the unix sockets of a run lie: the system allows their paths about 100 characters."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["socket_folder"]

_LONGEST_PATH = 103
"""Bytes; macOS allows this, Linux four more."""
_LONGEST_NAME = len("/9999/kernel-5")
"""What is appended to the folder."""
_SHORT = Path(os.sep, "tmp")


@contextmanager
def socket_folder(scratch: Path) -> Iterator[Path]:
    """A folder whose path is short enough: the scratch folder of a run, else one below `/tmp`.

    Raises:
        ValueError: there is none; says what to do.
    """
    if _fits(str(scratch)):
        yield scratch
        return
    try:
        short = tempfile.TemporaryDirectory(prefix="alphamed-nb-", dir=_SHORT)
    except OSError as error:
        raise ValueError(
            f"the folder for temporary files, {scratch.parent}, has a name too long for the sockets of a run, and none "
            f"can be made in {_SHORT} ({error.strerror}): set TMPDIR to a folder with a shorter name."
        ) from None
    with short as folder:
        yield Path(folder)


def _fits(folder: str) -> bool:
    return len(os.fsencode(folder)) + _LONGEST_NAME <= _LONGEST_PATH
