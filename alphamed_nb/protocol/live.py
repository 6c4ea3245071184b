"""What the live feed (`live`, a websocket) says: one question, then what it asks for as it comes.

Either question is answered by :class:`Following`; a new one replaces the one before. Each frame is one object, whose
``op`` says which.

* :class:`Follow` asks for journal rows: :class:`Rows`, at most ten times a second.
* :class:`Watch` asks how tasks and nodes stand: :class:`Overview`, at most four times a second, with what changed since
  the one before. An overview never needs the rows themselves.
"""

from __future__ import annotations

from typing import Union

import msgspec

from .journal import Activity, Kind, Row
from .messages import PresenceState
from .snapshot import AttemptView, FailureView, NodeView, TransferView

__all__ = [
    "Follow",
    "FollowRefused",
    "Following",
    "LiveMessage",
    "LiveQuestion",
    "MemberChange",
    "MemberGlance",
    "Overview",
    "Problem",
    "Rows",
    "RunChange",
    "TaskGlance",
    "Watch",
]


class _Message(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="op"):
    pass


class Follow(_Message, tag="follow"):
    after: int | None = None
    """Rows with a larger number; None: those that come from now on."""
    task: str | None = None
    run: int | None = None
    nodes: list[str] = []
    """Empty: all."""
    kinds: list[Kind] = []
    """Empty: all."""
    level: int = 0
    """Log rows below this level are left out."""
    text: str = ""
    """Log rows must contain it, whatever the case."""
    brief: bool = False
    """Without the contents of contract messages: what a diagram shows of 100,000 of them."""


class Watch(_Message, tag="watch"):
    """How all tasks stand in short, and one run in full."""

    task: str | None = None
    """None: only the short form of every task."""
    run: int | None = None
    """None: the task's latest, and each later one from its beginning."""
    memory: bool = False
    """Also measure the memory of the run's processes, every two seconds."""


LiveQuestion = Union[Follow, Watch]


class Following(_Message, tag="following"):
    hub: str
    """The hub id: numbers of another hub mean nothing here."""
    number: int
    """The highest number that readers may see now; a snapshot as of it can be continued with the rows after it."""


class Rows(_Message, tag="rows"):
    rows: list[Row]
    upto: int
    """All that matches up to this number has been sent, or skipped."""
    skipped: int = 0
    """So many log and metric rows before these were left out, since the viewer was too slow: they can be read with
    `api/records`. With a `text`, those without it are counted, too."""


class MemberGlance(msgspec.Struct, frozen=True, array_like=True):
    """One node of a task's latest run, as a status line needs it."""

    node: str
    index: int
    state: PresenceState
    lost: bool
    activity: Activity | None
    since: float
    """Since when it does that, the hub's clock, seconds since the epoch."""
    whom: list[str]
    """Whom it waits for; empty also for: any node."""
    waits: bool


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What broke in a run."""

    seq: int
    """The number of the log record that tells the first failure; 0: there is none."""
    failures: list[FailureView]
    """In the order of a run's; the first 4, and of each the first 50 nodes."""


class TaskGlance(msgspec.Struct, frozen=True, kw_only=True):
    """A task in short, by its latest run."""

    task: str
    runs: list[int]
    """All that are kept, the oldest first."""
    run: int
    live: bool
    scheduler: str
    started: float
    ended: float
    """0: going on."""
    round: int
    max_rounds: int
    result: str
    """finished, failed or stopped: how the latest attempt ended; empty while it goes on, and where it never did."""
    states: dict[str, int]
    """How many nodes are in each state: an activity, or absent, gone, failed, stopped, ended."""
    members: list[MemberGlance]
    """All of up to 50 nodes; of more, those that failed, are gone, or were never up (50 at most)."""
    errors: list[int]
    """Numbers of the latest 100 records of level ERROR and above."""
    problem: Problem | None
    score: tuple[str, float] | None
    """The last value of the metric whose name holds `accuracy`, with its name."""


class MemberChange(msgspec.Struct, frozen=True, kw_only=True):
    node: NodeView
    """`intervals` holds only those from number `intervals_from` on: they replace what the viewer has from there
    on."""
    intervals_from: int


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in the watched run since the last overview."""

    task: str
    run: int
    whole: bool
    """Forget what was known of the run: this is all of it."""
    seq: int
    """The number of the run's first row."""
    started: float
    ended: float
    nodes: list[str]
    members: list[MemberChange]
    """Only those that changed."""
    attempts: list[AttemptView]
    transfers: list[TransferView]
    failures: list[FailureView]
    events: int
    logs: int
    """Log records."""
    dropped: int
    """Records that never reached the hub, as far as it was told."""


class Overview(_Message, tag="overview"):
    number: int
    """As of this number."""
    at: float
    """The hub's clock, seconds since the epoch."""
    tasks: list[TaskGlance] = []
    """Those that changed; in the first overview all."""
    removed: list[str] = []
    """Tasks of which no run is left."""
    run: RunChange | None = None
    memory: dict[str, int] = {}
    """Node -> resident memory of its process, bytes; only nodes that are up on the hub's machine. Of all of them, when
    one has changed by more than 1 %; empty: as before."""


class FollowRefused(_Message, tag="refused"):
    code: str
    message: str


LiveMessage = Union[Following, Rows, Overview, FollowRefused]
