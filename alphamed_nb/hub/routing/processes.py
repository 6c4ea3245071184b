"""Watches processes of this host, so that a node whose process died is known to be gone at once.

A process is watched with a pidfd where the system has one: the loop is told when it ends. Else it is looked at once a
second.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable

import psutil

from ...protocol.messages import ProcessInfo

__all__ = ["ProcessWatch", "process_is_gone", "resident_memory"]

logger = logging.getLogger(__name__)

_START_TOLERANCE = 2.0
"""Seconds by which two readings of one process's start may differ (the boot time moves when the clock is set)."""
_LOOK_SECONDS = 1.0
"""How often a process is looked at where there is no pidfd."""


def process_is_gone(process: ProcessInfo, host: str) -> bool:
    """True when it certainly does not run any more; False also when it cannot be told, as for another host."""
    if process.host != host or process.pid <= 0:
        return False
    try:
        found = psutil.Process(process.pid)
        if abs(found.create_time() - process.started) > _START_TOLERANCE:
            return True
        return found.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def resident_memory(processes: dict[str, int]) -> dict[str, int]:
    """Bytes in memory of each named process, by its pid; without those that have ended."""
    known: dict[int, int | None] = {}
    for pid in set(processes.values()):
        try:
            known[pid] = psutil.Process(pid).memory_info().rss
        except psutil.Error:
            known[pid] = None
    return {name: size for name, pid in processes.items() if (size := known[pid]) is not None}


class ProcessWatch:
    """Tells once when a watched process has ended.

    Args:
        on_ended: called in the loop with the process's incarnation.
        host: the :func:`.._host.host_identity` of the hub; processes of other hosts are not watched.
    """

    def __init__(self, on_ended: Callable[[str], None], host: str) -> None:
        self._on_ended = on_ended
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._descriptors: dict[str, int] = {}
        self._looked_at: dict[str, ProcessInfo] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, process: ProcessInfo) -> None:
        """Watch from now on; harmless when it is watched already. One that is gone is told in the next loop turn."""
        incarnation = process.incarnation
        if process.host != self._host or incarnation in self._descriptors or incarnation in self._looked_at:
            return
        descriptor = self._open(process)
        # Looked at after the descriptor is open: the pid may have been used again before that, not after.
        if process_is_gone(process, self._host):
            if descriptor is not None:
                os.close(descriptor)
            self._loop.call_soon(self._on_ended, incarnation)
            return
        if descriptor is None:
            self._looked_at[incarnation] = process
            self._look_later()
        else:
            self._descriptors[incarnation] = descriptor
            self._loop.add_reader(descriptor, self._ended, incarnation)

    def forget(self, incarnation: str) -> None:
        self._looked_at.pop(incarnation, None)
        descriptor = self._descriptors.pop(incarnation, None)
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)

    def close(self) -> None:
        for incarnation in [*self._descriptors, *self._looked_at]:
            self.forget(incarnation)
        if self._timer is not None:
            self._timer.cancel()

    def _open(self, process: ProcessInfo) -> int | None:
        pidfd_open = getattr(os, "pidfd_open", None)
        if pidfd_open is None or process.pid <= 0:
            return None
        try:
            descriptor: int = pidfd_open(process.pid)
        except ProcessLookupError:
            return None
        except OSError as error:
            logger.debug("No pidfd for process %d (%s); it is looked at once a second instead.", process.pid, error)
            return None
        return descriptor

    def _ended(self, incarnation: str) -> None:
        self.forget(incarnation)
        self._on_ended(incarnation)

    def _look_later(self) -> None:
        if self._timer is None and self._looked_at:
            self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        gone = [name for name, process in self._looked_at.items() if process_is_gone(process, self._host)]
        for incarnation in gone:
            self._loop.call_soon(self._ended, incarnation)
        self._look_later()
