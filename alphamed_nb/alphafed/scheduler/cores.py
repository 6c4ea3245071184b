"""Sharing the machine's cores among the nodes that train on it at the same time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["fair_share_of_cores"]

_lock = threading.Lock()
_sharing: list[int] = []
"""The threads of this process that are nodes now."""
_given = _all = 0
"""The share that was given last, and what there was before the first one."""


@contextmanager
def fair_share_of_cores(nodes: int) -> Iterator[None]:
    """Let torch use, in this process and meanwhile, no more threads than this node's share of the cores.

    Every participant runs on this machine, and each torch takes all cores by default: three nodes with two threads each
    on two cores made a small training step about 4 times slower. Whoever sets OMP_NUM_THREADS decides alone. It does
    nothing where torch is not imported.

    Torch keeps a number for each thread, and gives a new thread the last one that any has set.

    Args:
        nodes: how many nodes share the cores; 0 counts as 1.
    """
    torch = sys.modules.get("torch")
    if torch is None or os.environ.get("OMP_NUM_THREADS"):
        yield
        return
    before = _give(torch, (os.cpu_count() or 1) // max(1, nodes))
    try:
        yield
    finally:
        _give_back(torch, before)


def _give(torch: Any, share: int) -> int:
    """Returns what is to be given back: a thread that began meanwhile has another's share, not what is its own."""
    global _given, _all
    with _lock:
        before: int = torch.get_num_threads()
        if not _sharing:
            _all = before
        elif before == _given and threading.get_ident() not in _sharing:
            before = _all
        _sharing.append(threading.get_ident())
        _given = max(1, min(before, share))
        torch.set_num_threads(_given)
        return before


def _give_back(torch: Any, before: int) -> None:
    with _lock:
        _sharing.remove(threading.get_ident())
        torch.set_num_threads(before)
