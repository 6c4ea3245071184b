"""What REST answers with. The OpenAPI file `hub/server/openapi.yaml` describes the paths."""

from __future__ import annotations

import msgspec

from .hub_file import HubKind
from .journal import Row
from .limits import Limits

__all__ = ["HubStatus", "HubStorage", "LinePage", "Removed", "RowPage", "RunEntry", "TaskEntry"]


class _Answer(msgspec.Struct, kw_only=True):
    pass


class HubStatus(_Answer):
    """`api/hub`"""

    hub: str
    release: str
    protocol: int
    kind: HubKind
    pid: int
    started: float
    """Seconds since the epoch."""
    address: str
    """Of the node door."""
    data_dir: str
    note: str
    """Why the data directory is not the one that was asked for; empty otherwise."""
    number: int
    """The highest journal number that readers may see."""
    limits: Limits
    links: int
    viewers: int
    retention_days: float
    retention_bytes: int


class HubStorage(_Answer):
    """`api/storage`: what the hub keeps, and what that takes on the disk"""

    messages_bytes: int
    """The file of messages, with what is still in its write-ahead log."""
    logs_bytes: int
    """The same of log and metric records."""
    streams_bytes: int
    """Data streams that are not settled."""
    files_bytes: int
    """Files of `upload_file` whose time is not over."""
    free_bytes: int
    """What is left on that disk."""
    tasks: int
    runs: int
    live_runs: int
    """Of them: those going on."""
    events: int
    """Contract messages."""
    records: int
    """Log and metric records, also of contexts that claimed no task."""
    run_bytes: int
    """What all of it counts for when runs are dropped for their size."""


class RunEntry(_Answer):
    task: str
    run: int
    live: bool
    nodes: list[str]
    """The task's list of nodes in this run."""
    members: list[str]
    """Who held a session in it."""
    started: float
    ended: float
    """0 while it is going on."""
    events: int
    rows: int
    """Without log and metric records."""
    bytes: int


class TaskEntry(_Answer):
    task: str
    live: bool
    runs: list[RunEntry]
    """The oldest first."""


class RowPage(_Answer):
    """A page of the journal."""

    rows: list[Row]
    complete: bool
    """Nothing more matches in the range that was asked for."""
    next: int
    """If not: go on with `after=next` (with `before=next` when the newest come first)."""
    number: int
    """The highest journal number that readers may see."""


class LinePage(_Answer):
    """Log records of one run by their place among those that were asked for, counted from 0."""

    rows: list[Row]
    """In the order of their numbers, all of kind `log`."""
    offset: int
    """The place of the first of them."""
    total: int
    """How many match now."""
    number: int
    """The highest journal number that readers may see."""


class Removed(_Answer):
    runs: int
