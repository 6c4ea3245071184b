"""Sharing the machine's cores among the nodes that train on it at the same time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["fair_share_of_cores"]


@contextmanager
def fair_share_of_cores(nodes: int) -> Iterator[None]:
    """Let torch use, in this process and meanwhile, no more threads than this node's share of the cores.

    Every participant runs on this machine, and each torch takes all cores by default: three nodes with two threads each
    on two cores made a small training step about 4 times slower. Whoever sets OMP_NUM_THREADS decides alone. It does
    nothing where torch is not imported.

    Args:
        nodes: how many nodes share the cores; 0 counts as 1.
    """
    torch = sys.modules.get("torch")
    if torch is None or os.environ.get("OMP_NUM_THREADS"):
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(before, (os.cpu_count() or 1) // max(1, nodes))))
    try:
        yield
    finally:
        torch.set_num_threads(before)
