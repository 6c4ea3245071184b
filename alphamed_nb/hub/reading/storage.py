"""What the hub keeps, and how much of it."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...protocol.rest import HubStorage
from ..journal import Journal
from ..store.retention import figures

__all__ = ["storage"]


async def storage(journal: Journal) -> HubStorage:
    """What the hub keeps, and what that takes on the disk. Raises `StorageFailed`."""
    return await journal.threads.for_viewer(_storage, journal, journal.clock())


def _storage(journal: Journal, now: float) -> HubStorage:
    directory = journal.directory
    runs, logs = journal.messages.runs(), journal.logs.figures()
    kept = figures(runs, logs, now=now)
    of_tasks = [run for run in kept if run.task]
    return HubStorage(
        messages_bytes=_database_bytes(directory.messages),
        logs_bytes=_database_bytes(directory.logs),
        streams_bytes=journal.spool.used(),
        files_bytes=journal.files.used(),
        free_bytes=shutil.disk_usage(directory.path).free,
        tasks=len({run.task for run in of_tasks}),
        runs=len(of_tasks),
        live_runs=sum(run.live for run in of_tasks),
        events=sum(run.events for run in runs),
        records=sum(log.rows for log in logs),
        run_bytes=sum(run.bytes for run in kept),
    )


def _database_bytes(path: Path) -> int:
    """What a SQLite file takes, its write-ahead log included."""
    size = path.stat().st_size
    try:
        return size + path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return size  # SQLite has just moved it into the file
