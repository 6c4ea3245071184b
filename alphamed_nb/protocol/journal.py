"""The rows of the hub's journal: everything the hub accepted, in one numbered order.

A row's `kind` says what it tells; :data:`KINDS` is the one table of them.

Nobody parses log text: what a view shows comes from these fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec

from .numbers import Count, Level, Number

__all__ = [
    "ACTIVITIES",
    "END_CAUSES",
    "END_STATES",
    "Activity",
    "EventBody",
    "Failure",
    "Frame",
    "HubBody",
    "KINDS",
    "Kind",
    "KindRule",
    "LogBody",
    "MetricBody",
    "OfferBody",
    "ReadBody",
    "Row",
    "SessionBody",
    "StateBody",
    "TaskBody",
    "Traceback",
    "Wait",
    "WaitKind",
]

Activity = Literal[
    "starting", "waiting", "receiving", "training", "sending", "aggregating", "testing", "finished", "failed",
    "stopped", "custom",
]  # fmt: skip
ACTIVITIES: tuple[str, ...] = Activity.__args__  # type: ignore[attr-defined]

WaitKind = Literal["join", "message", "stream", "any"]


class Body(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """As messages (see :mod:`.messages`), bodies are not looked at by the garbage collector."""


class Frame(Body):
    """One frame of a traceback."""

    function: str
    line: Number
    file: str = ""
    """Path, or IPython's name of the cell (`Cell In[3]`)."""
    cell: str = ""
    """Cell id, when the code stands in a notebook cell and the front end sent one."""
    code: str = ""
    """The source line."""
    user: bool = False
    """The user's own code, not a library's."""
    repeated: int = 0
    """So many more like this one and the one before it follow; they are left out, as Python does it."""
    left_out: int = 0
    """So many others follow in the middle of a long traceback; they are left out."""


class Traceback(Body):
    type: str
    """Name of the exception's class."""
    message: str
    text: str
    """The whole traceback as it is shown, may hold SGR colour sequences."""
    frames: list[Frame] = []


class Failure(Body):
    """Why a node failed, as others may know it."""

    type: str
    message: str = ""
    """Last line of the error."""
    place: str = ""
    """`file:line`, or `Cell In[n], line m`, of the innermost frame of the user's own code."""
    because_of: list[str] = []
    """The nodes without which it could not go on, where that is what the error says: if one of them had failed or was
    gone, this is a consequence of it."""


class Wait(Body):
    """What a node waits for. A later report of one wait, with the same `since`, leaves out what is as before."""

    kind: WaitKind = "any"
    """*join*: participants that have not checked in yet; *message*, *stream*: one of them; *any*: whatever comes."""
    name: str = ""
    """The event's type, also of a *join*, or the stream's name: `sync_state`, `update`."""
    round: int = 0
    """The round it belongs to; 0: none."""
    whom: list[str] = []
    """Node ids; empty: any node of the task."""
    since: float = 0.0
    """Seconds since the epoch, the node's clock."""
    limit: float | None = None
    """Seconds; None: for ever."""
    arrived: list[str] = []
    """Ids that came since the last report of this wait."""
    expected: int = 0
    """How many are awaited; 0: not counted."""


class EventBody(Body):
    targets: list[str]
    type: str
    message: str
    contract: msgspec.Raw
    """The content as it travelled; what is no finite number is written as `{"$number": "NaN"}`."""
    title: str = ""
    sent: float = 0.0
    """When the sender called, seconds since the epoch: from then to `Row.at` it took to store. 0: not known, as of a
    sender on another machine, whose clock is not the hub's."""
    size: int = 0
    """Bytes of the contract, where it is left out itself (`Follow.brief`)."""


class ReadBody(Body):
    event: int
    """The number of the event's row."""


class OfferBody(Body):
    offer: str
    source: str
    target: str
    state: Literal["offered", "reading", "taken", "denied", "withdrawn"]
    stream: str = ""
    size: int = 0
    label: str = ""
    """What the receiver must ask for, if it asks for any; means nothing to others."""
    round: int = 0
    """The round it belongs to; 0: none."""
    name: str = ""
    """What the stream holds: `parameters`, `update`; empty: its sender does not say."""
    cause: str = ""
    offered: int = 0
    """The number of the row in which it was first offered."""


class SessionBody(Body):
    change: Literal["began", "lost", "resumed", "ended"]
    epoch: int
    reason: str = ""
    """For *ended*: one of :data:`END_STATES`."""
    nodes: list[str] = []
    pid: int = 0
    host: str = ""
    notebook: str = ""
    kernel: str = ""
    cell: str = ""
    """For *began*: id of the notebook cell that entered the context."""
    context: str = ""


END_STATES: dict[str, Literal["ended", "failed", "stopped", "gone"]] = {
    "released": "ended",
    "failed": "failed",
    "stopped": "stopped",
    "died": "gone",
    "gone": "gone",
    "renewed": "ended",
    "taken over": "gone",
}
"""How a node stands whose session ended, by the reason."""
END_CAUSES = {"died": "its process ended", "gone": "connection lost", "taken over": "taken over"}
"""Why a node is gone, in words."""


class StateBody(Body):
    time: float
    """The node's clock, seconds since the epoch."""
    activity: Activity
    detail: str = ""
    """A user scheduler's own status string, shown as it is; more words otherwise."""
    role: str = ""
    """What it is in the task, in one word: `aggregator`, `data holder`, or any other."""
    round: int = 0
    attempt: str = ""
    """The aggregator's nonce: a new one for each of its starts inside a run."""
    wait: Wait | None = None
    failure: Failure | None = None


class TaskBody(Body):
    time: float
    change: Literal["started", "round", "left out", "ended"]
    scheduler: str = ""
    """The scheduler's class."""
    role: str = ""
    """As in :class:`StateBody`."""
    leads: bool = False
    """Its rounds are those of the task, whatever its role is called."""
    max_rounds: int = 0
    """0: not known, no estimate is shown."""
    round: int = 0
    attempt: str = ""
    result: Literal["", "finished", "failed", "stopped"] = ""
    left_out: list[str] = []
    reason: str = ""
    """For *left out*: late, failed or gone."""


class HubBody(Body):
    text: str


class LogBody(Body):
    time: float
    level: Level
    """As in `logging`: 10 to 50."""
    text: str
    source: Literal["log", "stdout", "stderr", "traceback", "dropped"] = "log"
    logger: str = ""
    module: str = ""
    function: str = ""
    line: Number = 0
    notebook: str = ""
    kernel: str = ""
    cell: str = ""
    round: Number = 0
    traceback: Traceback | None = None
    dropped: Count = 0
    """For *dropped*: how many records are missing here."""


class MetricBody(Body):
    time: float
    name: str
    value: float | None
    """None: not a finite number, for which JSON has no word; a log record names it."""
    step: Number = 0
    round: Number = 0
    writer: str = ""
    """The folder of the `SummaryWriter`, relative to the result directory (`.`: that itself); empty for progress."""


@dataclass(frozen=True)
class KindRule:
    """All that anybody asks about a kind of row. A new kind is an entry of :data:`KINDS` and a body."""

    body: type[Body]
    file: Literal["messages", "logs"]
    """Where its rows are kept. Those of the messages file come from the core, those of the logs file from nodes, as
    records that do not pass it."""
    folded: bool = False
    """How tasks and nodes stand depends on it. Only rows of the messages file can be folded."""
    skippable: bool = False
    """A viewer that is far behind does without it."""

    @cached_property
    def decode(self) -> Callable[[bytes | msgspec.Raw], Any]:
        """The body from its JSON. Raises `msgspec.MsgspecError` for what is none of this kind."""
        return msgspec.json.Decoder(self.body).decode


KINDS = {
    "event": KindRule(EventBody, "messages", folded=True),  # a contract message
    "read": KindRule(ReadBody, "messages", folded=True),  # an event was handed out to a node
    "offer": KindRule(OfferBody, "messages", folded=True),  # an offer changed
    "session": KindRule(SessionBody, "messages", folded=True),  # a session began, was lost, resumed or ended
    "state": KindRule(StateBody, "messages", folded=True),  # what a node reports of its state
    "task": KindRule(TaskBody, "messages", folded=True),  # a scheduler started or ended, and its rounds
    "hub": KindRule(HubBody, "messages"),  # what the hub itself did: retention, runs removed
    "log": KindRule(LogBody, "logs", skippable=True),  # log record, line of output, traceback, count of dropped records
    "metric": KindRule(MetricBody, "logs", skippable=True),  # a scalar, or progress
}

Kind = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(KINDS)})]
"""One of :data:`KINDS`."""


def _no_body() -> msgspec.Raw:
    # A factory, since a JSON schema cannot say a default that is raw JSON.
    return msgspec.Raw(b"null")


class Row(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """One row of the journal, as readers get it."""

    seq: int
    at: float
    """When the hub accepted it, seconds since the epoch."""
    kind: Kind
    node: str = ""
    """Who it is of: the sender of an event, the source of an offer, the reader of a read."""
    task: str = ""
    run: int = 0
    body: msgspec.Raw = msgspec.field(default_factory=_no_body)
    """The body's JSON; its type is `KINDS[kind].body`."""
