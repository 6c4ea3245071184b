"""The memory that the C library keeps for later, given back to the operating system."""

from __future__ import annotations

import ctypes

__all__ = ["give_back"]


def give_back() -> None:
    """What was freed goes back to the operating system, where the C library can do that (glibc). Takes milliseconds.

    By itself it keeps what was needed at most, for each thread apart: with many runs that come and go that grows on.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
