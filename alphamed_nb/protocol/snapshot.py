"""What a status view shows of the journal: the fold of all rows up to a number.

A view *as of* number N is the same fold stopped at N. Times are the hub's, seconds since the epoch; 0: not yet.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .journal import Activity, Failure, WaitKind
from .messages import PresenceState

__all__ = [
    "AttemptView",
    "FailureView",
    "Interval",
    "LeftOut",
    "NodeView",
    "RoundView",
    "RunView",
    "Snapshot",
    "TaskView",
    "TransferView",
    "WaitView",
]


class _View(msgspec.Struct, kw_only=True):
    pass


class Interval(msgspec.Struct, frozen=True, array_like=True):
    """A time in which a node did one thing."""

    activity: Activity
    detail: str
    round: int
    begin: float
    end: float
    """0: still going on."""
    seq: int
    """The number of the row that began it."""


class WaitView(_View):
    """What a node waits for, as in :class:`~.journal.Wait`."""

    kind: WaitKind
    name: str
    round: int
    whom: list[str]
    """Empty: any node of the task."""
    since: float
    """The hub's clock, also where the node's goes otherwise."""
    limit: float | None
    """Seconds; None: for ever."""
    arrived: list[str]
    """All that came so far."""
    expected: int
    """0: not counted."""


class NodeView(_View):
    """One node in one run."""

    node: str
    index: int
    """Its place in the task's list of nodes; -1: not in it."""
    state: PresenceState
    """`absent`: named in the list, but never up in this run."""
    lost: bool = False
    """Its link is lost; it may still resume."""
    epoch: int = 0
    """Of its latest session in this run; also the number at which that began."""
    since: float = 0.0
    ended: float = 0.0
    cause: str = ""
    pid: int = 0
    host: str = ""
    notebook: str = ""
    kernel: str = ""
    cell: str = ""
    """Id of the notebook cell in which its context was entered; empty where none is known."""
    nodes: list[str] = []
    """The list it came with, where that is not the run's own; else empty."""
    role: str = ""
    leads: bool = False
    scheduler: str = ""
    activity: Activity | None = None
    detail: str = ""
    round: int = 0
    attempt: str = ""
    wait: WaitView | None = None
    failure: Failure | None = None
    result: str = ""
    """How its scheduler ended: finished, failed or stopped."""
    reported: int = 0
    """The number of its latest `state` record."""
    intervals: list[Interval] = []
    """What it did, the oldest first. Of more than 2,000 the shortest neighbours are merged into one, called by the
    longer of the two: total time and order are kept."""
    levels: dict[int, int] = {}
    """How many log records of each level."""
    errors: list[int] = []
    """Numbers of its records of level ERROR and above, the latest 1,000."""
    error_times: list[float] = []
    """When all of these records, however many, were stored. Of those that lie close together only the first: there are
    at most 1,000 times, and each is that of a record."""
    messages_out: int = 0
    messages_in: int = 0
    """Events it has read."""
    addressed: int = 0
    """Events of this run that name it as a target."""
    streams_out: int = 0
    """Streams of it that were taken, counted by target."""
    streams_in: int = 0
    bytes_out: int = 0
    bytes_in: int = 0


class FailureView(_View):
    """Failures that are alike (of one type, at one place or with one message), as one."""

    nodes: list[str]
    """In the order in which they failed."""
    count: int
    """How many nodes, where `nodes` has not all of them."""
    at: float
    """When the first of them failed."""
    gone: bool
    """They did not say so, but are gone: the message is the cause, as in :class:`NodeView`."""
    type: str
    """Name of the exception's class; empty: not known."""
    message: str
    """Last line of the first one's error."""
    place: str
    """Of the first one, as in :class:`~.journal.Failure`."""
    because_of: list[str]
    """The nodes that had failed before, or were gone, of which this is a consequence; empty: of none."""


class LeftOut(msgspec.Struct, frozen=True):
    """A node that a round went on without."""

    node: str
    reason: str
    """late, failed or gone"""


class RoundView(_View):
    round: int
    seq: int
    """The number of the row that began it."""
    begin: float
    end: float = 0.0
    left_out: list[LeftOut] = []
    streams: int = 0
    """Data streams that were taken while it went on, counted by target."""
    bytes: int = 0
    """Of these streams."""
    updates: int = 0
    """From how many other nodes its leader took one."""
    expected: int = 0
    """Of how many other nodes: those that took one of its leader, whose stream it took, or that were left out."""


class AttemptView(_View):
    """One start of the node that leads: rounds are counted anew in each."""

    attempt: str
    """The leader's nonce; empty for a scheduler that has none."""
    leader: str
    scheduler: str
    max_rounds: int
    """0: not known."""
    seq: int
    begin: float
    end: float = 0.0
    """When it ended, or its leader's session did; 0: it goes on, as far as is known."""
    result: Literal["", "finished", "failed", "stopped"] = ""
    """Empty also where its leader did not come to say so."""
    rounds: list[RoundView] = []


class TransferView(_View):
    """An offer that is not settled."""

    offer: str
    source: str
    target: str
    state: Literal["offered", "reading"]
    size: int
    round: int
    name: str
    """As in :class:`~.journal.OfferBody`."""
    seq: int
    """The number of the row in which it was first offered."""
    since: float
    """Since when it is in that state."""


class RunView(_View):
    run: int
    seq: int
    """The number of its first row."""
    started: float
    ended: float
    """0: going on."""
    nodes: list[str]
    """The task's list: the initiator's, until it has started the first session's."""
    members: list[NodeView]
    """Those of the list first, in its order, then others as they came."""
    attempts: list[AttemptView]
    transfers: list[TransferView]
    failures: list[FailureView]
    """What broke: first what broke by itself, then the consequences, each in the order in which it happened. Of nodes
    that are gone only those of which a failure is a consequence."""
    events: int
    """Contract messages."""
    logs: int = 0
    """Log records."""
    dropped: int = 0
    """Records that never reached the hub, as far as it was told."""


class TaskView(_View):
    task: str
    runs: list[RunView]
    """The oldest first; views show the last one by default."""


class Snapshot(_View):
    number: int
    """The last row that is in it."""
    tasks: list[TaskView]
