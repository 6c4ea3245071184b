"""REST: one table of endpoints for both doors, and what each answers. `openapi.yaml` beside it describes them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from tornado.httputil import HTTPServerRequest

from ..._version import __version__
from ...protocol.errors import InvalidRequest, NotFound
from ...protocol.journal import Kind
from ...protocol.messages import PROTOCOL_VERSION
from ...protocol.names import check_name
from ...protocol.rest import HubStatus, HubStorage, LinePage, Removed, RowPage, RunEntry, TaskEntry
from ...protocol.snapshot import Snapshot
from ..journal import Journal
from ..reading.snapshots import Snapshots
from ..reading.storage import storage
from ..routing.pipeline import Pipeline
from ..service import HubService
from ..store.lines import LineQuery
from ..store.messages import RunInfo
from ..store.query import RowQuery

__all__ = ["ENDPOINTS", "Arguments", "Endpoint", "answer"]

_ALWAYS_ALLOWED = {"token", "no_track_activity", "_"}
"""What Jupyter's own front ends add to a query."""

_body = msgspec.json.Decoder(dict[str, str | int | list[str]]).decode


class Arguments:
    """The parameters of a request. Every value that makes no sense is an :class:`InvalidRequest` that says why."""

    def __init__(self, request: HTTPServerRequest, allowed: tuple[str, ...]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, values in request.query_arguments.items():
            if name not in allowed:
                if name in _ALWAYS_ALLOWED:
                    continue
                raise InvalidRequest(f"There is no parameter {name!r} here; there are {', '.join(allowed) or 'none'}.")
            try:
                self._values[name] = [value.decode() for value in values]
            except UnicodeDecodeError:
                raise InvalidRequest(f"{name!r} is not UTF-8.") from None
        if request.method == "POST":
            self._take_body(request.body, allowed)

    def _take_body(self, body: bytes, allowed: tuple[str, ...]) -> None:
        try:
            found = _body(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidRequest(f"The body must be a JSON object of parameters: {error}.") from None
        for name, value in found.items():
            if name not in allowed:
                raise InvalidRequest(f"There is no parameter {name[:40]!r} here; there are {', '.join(allowed)}.")
            values = [str(one) for one in (value if isinstance(value, list) else [value])]
            self._values[name] = [*self._values.get(name, []), *values]

    def text(self, name: str) -> str | None:
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise InvalidRequest(f"{name!r} is given {len(values)} times.")
        return values[0]

    def texts(self, name: str) -> tuple[str, ...]:
        """All values: the parameter may be given several times."""
        return tuple(self._values.get(name, ()))

    def task(self) -> str | None:
        """Raises `InvalidName`, as :meth:`nodes`, for what cannot be one."""
        value = self.text("task")
        return None if value is None else check_name(value, "task id")

    def nodes(self, name: str) -> tuple[str, ...]:
        return tuple(check_name(node, "node id") for node in self.texts(name))

    def number(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) < 19):
            raise InvalidRequest(f"{name!r} must be a whole number, got {value[:40]!r}.")
        return int(value)


@dataclass(frozen=True)
class Endpoint:
    method: Literal["GET", "POST", "DELETE"]
    """POST: a GET whose parameters may be too long for a URL: they are in a JSON object. It changes nothing."""
    path: str
    """A pattern; its groups are handed to `function` as strings, unquoted."""
    function: Callable[..., Awaitable[object]]
    answer: Any
    """The type of what it answers."""
    summary: str
    parameters: tuple[str, ...] = ()
    part: str = "journal"
    """Of the hub, by name: what `function` gets before the arguments and the groups; "": the hub itself."""


async def answer(endpoint: Endpoint, service: HubService, request: HTTPServerRequest, path: tuple[str, ...]) -> object:
    arguments = Arguments(request, endpoint.parameters)
    part = getattr(service, endpoint.part) if endpoint.part else service
    return await endpoint.function(part, arguments, *path)


# -- hub, tasks, runs --------------------------------------------------------------------------------------------------


async def _hub(service: HubService, arguments: Arguments) -> HubStatus:
    settings = service.settings
    return HubStatus(
        hub=service.hub_id,
        release=__version__,
        protocol=PROTOCOL_VERSION,
        kind=settings.kind,
        pid=os.getpid(),
        started=service.started,
        address=service.address,
        data_dir=str(service.directory.path),
        note=service.directory.note,
        number=service.journal.number,
        limits=settings.limits,
        links=len(service.links),
        viewers=len(service.viewers),
        retention_days=settings.retention_days,
        retention_bytes=settings.retention_bytes,
    )


async def _storage(journal: Journal, arguments: Arguments) -> HubStorage:
    return await storage(journal)


async def _tasks(journal: Journal, arguments: Arguments) -> list[TaskEntry]:
    tasks: dict[str, list[RunEntry]] = {}
    for run in await _run_entries(journal, None):
        tasks.setdefault(run.task, []).append(run)
    return [TaskEntry(task=task, live=any(run.live for run in runs), runs=runs) for task, runs in tasks.items()]


async def _task(journal: Journal, arguments: Arguments, task: str) -> TaskEntry:
    runs = await _runs(journal, arguments, task)
    return TaskEntry(task=task, live=any(run.live for run in runs), runs=runs)


async def _runs(journal: Journal, arguments: Arguments, task: str) -> list[RunEntry]:
    runs = await _run_entries(journal, check_name(task, "task id"))
    if not runs:
        raise NotFound(f"There is no task {task!r}.")
    return runs


async def _run(journal: Journal, arguments: Arguments, task: str, run: str) -> RunEntry:
    number = _run_number(run)
    for entry in await _runs(journal, arguments, task):
        if entry.run == number:
            return entry
    raise NotFound(f"Task {task!r} has no run {number}.")


async def _run_entries(journal: Journal, task: str | None) -> list[RunEntry]:
    found = await journal.threads.for_viewer(journal.messages.runs, task)
    return [_run_entry(run) for run in sorted(found, key=lambda run: (run.task, run.run))]


def _run_entry(run: RunInfo) -> RunEntry:
    return RunEntry(
        task=run.task,
        run=run.run,
        live=run.ended == 0,
        nodes=run.nodes,
        members=run.members,
        started=run.started,
        ended=run.ended,
        events=run.events,
        rows=run.rows,
        bytes=run.bytes,
    )


def _run_number(run: str) -> int:
    if not (run.isascii() and run.isdigit() and 0 < len(run) < 10):
        raise InvalidRequest(f"A run has a number, got {run[:40]!r}.")
    return int(run)


async def _remove_run(pipeline: Pipeline, arguments: Arguments, task: str, run: str) -> Removed:
    await pipeline.settle()
    entry = await _run(pipeline.journal, arguments, task, run)
    await pipeline.drop_run(task, entry.run, "removed by a person")
    return Removed(runs=1)


async def _remove_task(pipeline: Pipeline, arguments: Arguments, task: str) -> Removed:
    """All of its runs, or none: refused when one of them is going on."""
    await pipeline.settle()
    runs = await _runs(pipeline.journal, arguments, task)
    # The latest first: it is the one that may be going on, and then nothing is removed.
    for run in sorted(runs, key=lambda run: -run.run):
        await pipeline.drop_run(task, run.run, "removed by a person")
    return Removed(runs=len(runs))


# -- the journal -------------------------------------------------------------------------------------------------------

_PLACE = ("task", "run", "node", "without")
_PAGE = ("after", "before", "limit", "order")
_DEFAULT_LIMIT = 500
_DEFAULT_LINES = 200


def _query(arguments: Arguments, kinds: tuple[Kind, ...], **more: Any) -> RowQuery:
    order = arguments.text("order") or "oldest"
    if order not in ("oldest", "newest"):
        raise InvalidRequest(f"'order' must be oldest or newest, got {order[:40]!r}.")
    limit = arguments.number("limit")
    return RowQuery(
        task=arguments.task(),
        run=arguments.number("run"),
        node=arguments.nodes("node") or None,
        without=arguments.nodes("without"),
        kinds=kinds,
        after=arguments.number("after") or 0,
        before=arguments.number("before"),
        limit=_DEFAULT_LIMIT if limit is None else limit,
        newest_first=order == "newest",
        **more,
    )


async def _page(journal: Journal, query: RowQuery) -> RowPage:
    number = journal.number
    page = await journal.page(query)
    return RowPage(rows=page.rows, complete=page.complete, next=page.next, number=number)


async def _records(journal: Journal, arguments: Arguments) -> RowPage:
    query = _query(
        arguments,
        arguments.texts("kind"),
        level=arguments.number("level") or 0,
        text=arguments.text("text") or "",
        regex=arguments.text("regex") or "",
    )
    return await _page(journal, query)


async def _events(journal: Journal, arguments: Arguments) -> RowPage:
    return await _page(journal, _query(arguments, ("event", "read")))


async def _offers(journal: Journal, arguments: Arguments) -> RowPage:
    return await _page(journal, _query(arguments, ("offer",)))


async def _snapshot(snapshots: Snapshots, arguments: Arguments) -> Snapshot:
    task, run, number = arguments.task(), arguments.number("run"), arguments.number("number")
    if run is not None and task is None:
        raise InvalidRequest("'run' needs 'task': runs are numbered by task.")
    if number is None:
        return await snapshots.now(task, run)
    return await snapshots.as_of(number, task, run)


async def _lines(journal: Journal, arguments: Arguments) -> LinePage:
    task, run = arguments.task(), arguments.number("run")
    if task is None or run is None:
        raise InvalidRequest("'task' and 'run' are both needed.")
    offset, around, limit = (arguments.number(name) for name in ("offset", "around", "limit"))
    if offset is not None and around is not None:
        raise InvalidRequest("'offset' and 'around' are two ways to say the same: give one.")
    query = LineQuery(
        task=task,
        run=run,
        nodes=arguments.nodes("node"),
        without=arguments.nodes("without"),
        levels=arguments.texts("level"),
        offset=offset or 0,
        around=around,
        limit=_DEFAULT_LINES if limit is None else limit,
    )
    number = journal.number
    lines = await journal.threads.for_viewer(journal.logs.lines, query, number)
    return LinePage(rows=lines.rows, offset=lines.offset, total=lines.total, number=number)


_JOURNAL = (*_PLACE, *_PAGE)
_LINES = ("task", "run", "node", "without", "level", "offset", "around", "limit")
_RECORDS = (*_JOURNAL, "kind", "level", "text", "regex")

ENDPOINTS = (
    Endpoint("GET", r"api/hub", _hub, HubStatus, "The hub: who it is, its limits, how much is going on", part=""),
    Endpoint("GET", r"api/storage", _storage, HubStorage, "What the hub keeps, and what that takes on the disk"),
    Endpoint("GET", r"api/tasks", _tasks, list[TaskEntry], "All tasks, with their runs"),
    Endpoint("GET", r"api/tasks/([^/]+)", _task, TaskEntry, "One task, with its runs"),
    Endpoint(
        "DELETE",
        r"api/tasks/([^/]+)",
        _remove_task,
        Removed,
        "Remove all runs of a task, unless one is going on",
        part="pipeline",
    ),
    Endpoint("GET", r"api/tasks/([^/]+)/runs", _runs, list[RunEntry], "The runs of a task, the oldest first"),
    Endpoint("GET", r"api/tasks/([^/]+)/runs/([^/]+)", _run, RunEntry, "One run"),
    Endpoint(
        "DELETE",
        r"api/tasks/([^/]+)/runs/([^/]+)",
        _remove_run,
        Removed,
        "Remove a run that is not going on",
        part="pipeline",
    ),
    Endpoint(
        "GET",
        r"api/snapshot",
        _snapshot,
        Snapshot,
        "What the journal comes to, now or as of a number; go on with the rows after its number",
        ("task", "run", "number"),
        "snapshots",
    ),
    Endpoint(
        "GET",
        r"api/lines",
        _lines,
        LinePage,
        "Log records of one run by their place in it: a page anywhere, and how many there are",
        _LINES,
    ),
    Endpoint("POST", r"api/lines", _lines, LinePage, "The same, for a question that is too long for a URL", _LINES),
    Endpoint("GET", r"api/events", _events, RowPage, "Contract messages, and when they were read", _JOURNAL),
    Endpoint("GET", r"api/offers", _offers, RowPage, "Data streams: each change of each offer", _JOURNAL),
    Endpoint("GET", r"api/records", _records, RowPage, "Journal rows of any kind", _RECORDS),
    Endpoint(
        "POST", r"api/records", _records, RowPage, "The same, for a question that is too long for a URL", _RECORDS
    ),
)
