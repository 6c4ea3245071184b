"""What readers are shown beyond plain rows: how nodes stand, and what the hub keeps."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec

from ...protocol.errors import InvalidRequest, NotFound
from ...protocol.journal import StateBody, Wait
from ...protocol.rest import HubStorage, NodeEntry
from ..core.router import Core
from ..core.status import SessionStatus
from ..journal import Journal
from ..store.query import RowQuery
from ..store.retention import figures
from .snapshots import Snapshots

__all__ = ["node_entries", "storage"]

_decode_state = msgspec.json.Decoder(StateBody).decode


async def node_entries(
    core: Core, journal: Journal, snapshots: Snapshots, task: str | None, run: int | None
) -> list[NodeEntry]:
    """How the nodes stand: of one task, or of every task whose run is going on.

    Args:
        task: one that the core knows.
        run: a run's number; None: the latest of the task.
    """
    if task is None:
        if run is not None:
            raise InvalidRequest("'run' needs 'task': runs are numbered by task.")
        tasks = sorted({session.task for session in core.status() if session.held})
    else:
        tasks = [task]
    entries: list[NodeEntry] = []
    for name in tasks:
        entries.extend(await _of_task(core, journal, snapshots, name, run))
    return entries


async def _of_task(core: Core, journal: Journal, snapshots: Snapshots, task: str, run: int | None) -> list[NodeEntry]:
    runs = await journal.threads.for_viewer(journal.messages.runs, task)
    wanted = max((info.run for info in runs), default=0) if run is None else run
    info = next((info for info in runs if info.run == wanted), None)
    if info is None:
        raise NotFound(f"Task {task!r} has no run {wanted}." if wanted else f"There is no task {task!r}.")
    sessions = {session.node: session for session in core.status() if session.task == task}
    names = list(dict.fromkeys([*info.nodes, *info.members]))
    reports = await asyncio.gather(*(_report(journal, task, wanted, name) for name in names))
    if any(report is not None and report.wait is not None and not report.wait.name for report in reports):
        await _complete_waits(snapshots, task, wanted, dict(zip(names, reports, strict=True)))
    return [
        _entry(task, wanted, name, info.nodes, sessions.get(name), report)
        for name, report in zip(names, reports, strict=True)
    ]


async def _report(journal: Journal, task: str, run: int, node: str) -> StateBody | None:
    query = RowQuery(task=task, run=run, node=node, kinds=("state",), limit=1, newest_first=True)
    page = await journal.threads.for_viewer(journal.messages.page, query)
    try:
        return _decode_state(page.rows[0].body) if page.rows else None
    except msgspec.MsgspecError:
        return None  # damaged


async def _complete_waits(snapshots: Snapshots, task: str, run: int, reports: dict[str, StateBody | None]) -> None:
    """The latest report of a wait may say only who came since the one before it: what all of them come to."""
    snapshot = await snapshots.now(task, run)
    waits = {node.node: node.wait for found in snapshot.tasks for of in found.runs for node in of.members}
    for name, report in reports.items():
        wait = waits.get(name)
        if report is not None and report.wait is not None and wait is not None:
            report.wait = Wait(**msgspec.structs.asdict(wait))


def _entry(
    task: str, run: int, node: str, nodes: list[str], session: SessionStatus | None, report: StateBody | None
) -> NodeEntry:
    index = nodes.index(node) if node in nodes else -1
    if session is None or session.run != run:
        return NodeEntry(
            task=task, run=run, node=node, index=index, epoch=0, state="absent", lost=False, since=0.0, notebook="",
            kernel="", pid=0, host="", report=report, error="", cause="", unread=0, offers=0,
        )  # fmt: skip
    process = session.process
    return NodeEntry(
        task=task,
        run=run,
        node=node,
        index=index,
        epoch=session.epoch,
        state=session.state,
        lost=session.lost,
        since=session.since,
        notebook=process.notebook,
        kernel=process.kernel,
        pid=process.pid,
        host=process.host,
        report=report,
        error=session.error,
        cause=session.cause,
        unread=session.unread,
        offers=session.offers,
    )


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
