"""What the core wants done. The core itself performs nothing: it takes a request and returns an :class:`Outcome`.

`changes` are for the messages file and go there in one transaction, the outcome of one request never split. `outputs`
are performed in order, only after the changes of this and of every earlier outcome are committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Union

from ...protocol.errors import HubError
from ...protocol.journal import Row
from ...protocol.messages import ProcessInfo

__all__ = [
    "Abandon",
    "AddMail",
    "AdoptContext",
    "Change",
    "CloseLink",
    "Deliver",
    "DropRun",
    "LoadMail",
    "Outcome",
    "Output",
    "PutCounter",
    "PutOffer",
    "PutSession",
    "PutTask",
    "RemoveStream",
    "SetPosition",
    "StoreRow",
]


# -- changes of the messages file --------------------------------------------------------------------------------------


@dataclass(slots=True)
class StoreRow:
    """Append a row to the journal."""

    row: Row


@dataclass(slots=True)
class AddMail:
    """The event `seq` waits for these nodes."""

    seq: int
    task: str
    targets: list[str]


@dataclass(slots=True)
class SetPosition:
    task: str
    node: str
    position: int


@dataclass(slots=True)
class PutOffer:
    """The present state of an offer, inserted or replaced. `row.seq` orders offers by acceptance."""

    offer: str
    seq: int
    task: str
    run: int
    source: str
    source_epoch: int
    target: str
    stream: str
    size: int
    label: str
    state: str
    reader_epoch: int = 0
    cause: str = ""
    round: int = 0
    name: str = ""


@dataclass(slots=True)
class PutSession:
    """The present state of the latest session of (task, node), inserted or replaced.

    `ended` is 0 while it is held, then the journal number of its end; a session that was held when the hub died is
    found so again.
    """

    task: str
    node: str
    epoch: int
    run: int
    began: int
    ended: int
    state: str
    """A `PresenceState`."""
    nodes: list[str]
    process: ProcessInfo
    round: int = 0
    error: str = ""
    cause: str = ""
    since: float = 0.0
    """When it began, seconds since the epoch."""


@dataclass(slots=True)
class PutTask:
    """The present state of a task and its current run; `ended` (seconds) is 0 while the run is going on.

    `nodes` is the task's list: the initiator's, until then the first claimant's.
    """

    task: str
    run: int
    nodes: list[str]
    started: float
    ended: float = 0.0


@dataclass(slots=True)
class PutCounter:
    incarnation: str
    counter: int


@dataclass(slots=True)
class DropRun:
    """Remove a run: journal rows in both files, mail of its events, offers, ended sessions of it.

    Its streams are `RemoveStream` outputs. The task and its nodes' positions stay: numbers only grow.
    """

    task: str
    run: int


@dataclass(slots=True)
class Abandon:
    """The task cannot be read: its run and whatever is held in it has ended, with the row `seq`, `at` that time."""

    task: str
    seq: int
    at: float


Change = Union[StoreRow, AddMail, SetPosition, PutOffer, PutSession, PutTask, PutCounter, DropRun, Abandon]


# -- outputs -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Deliver:
    """Write a protocol message to a link."""

    link: str
    message: Any


@dataclass(slots=True)
class CloseLink:
    """Write `Refused(id=0, error)` to a link and close it."""

    link: str
    error: HubError


@dataclass(slots=True)
class RemoveStream:
    """Every offer of this stream is settled: its spool file may go."""

    stream: str


@dataclass(slots=True)
class AdoptContext:
    """Log rows of this context that name no task belong to this run (logs file)."""

    context: str
    task: str
    run: int


@dataclass(slots=True, eq=False)
class LoadMail:
    """Read these events of a mailbox from the disk, and hand them to `Core.mail_loaded`: it is their turn."""

    task: str
    node: str
    numbers: list[int]
    """In order."""
    most_bytes: int
    """With contents of more than this no further event is read; the first one always is."""


Output = Union[Deliver, CloseLink, RemoveStream, AdoptContext, LoadMail]


@dataclass(slots=True)
class Outcome:
    changes: list[Change] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes or self.outputs)
