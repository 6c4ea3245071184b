"""What the core keeps in memory: tasks, their nodes, sessions, offers, and the processes behind the links.

Only data and look-ups; the rules that change them stand in the modules named after what they rule.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from ...protocol.errors import ErrorBody, Fenced
from ...protocol.limits import Limits
from ...protocol.messages import OfferState, PresenceState, ProcessInfo, Receive
from .effects import PutOffer, PutSession, PutTask
from .mailboxes import Mailbox, Room

__all__ = ["KEPT_PROCESSES", "KEPT_SETTLED_OFFERS", "HubState", "Member", "OfferRecord", "Process", "Session", "Task"]

KEPT_PROCESSES = 1000
"""So many processes without a link stay known, the latest: one that comes back must find its counter, also if the
commit of what it sent last is still under way."""

KEPT_SETTLED_OFFERS = 10_000
"""So many settled offers of a task stay known, the newest: their senders may ask for them after a reconnect."""


@dataclass(slots=True, eq=False)
class Process:
    """One process that has, or lately had, a link."""

    info: ProcessInfo
    link: str = ""
    """Empty while it has none."""
    counter: int = 0
    """Its highest durable request applied."""
    refused: dict[int, ErrorBody] = field(default_factory=dict)
    """Durable requests refused, by counter: sent again, they are refused again and not taken for stored ones."""
    sessions: dict[tuple[str, str], Session] = field(default_factory=dict)
    """Held ones, by (task, node)."""
    receives: dict[int, Session] = field(default_factory=dict)
    """Sessions with a waiting receive, by the receive's id."""
    contexts: dict[str, Task] = field(default_factory=dict)
    """Those that claimed something, with the task that they claimed first."""
    departed: int = 0
    """The first number that was not given yet when it lost its link."""


@dataclass(slots=True, eq=False)
class Session:
    """The latest session of one node in one task, held or ended."""

    task: Task
    member: Member
    process: Process
    epoch: int
    run: int
    nodes: list[str]
    since: float
    """When it began, seconds since the epoch."""
    ended: int = 0
    state: PresenceState = "up"
    round: int = 0
    error: str = ""
    cause: str = ""
    changed: int = 0
    """The journal number of its last change that others may know."""
    link: str = ""
    """The link it is on; empty while its link is lost, and once it has ended."""
    resume_until: float | None = None
    """While its link is lost: when that is over, seconds since the epoch. None after a load until `restored`."""
    receive: Receive | None = None
    """The wait that is not answered yet."""
    watches_all: bool = False
    watches: set[str] = field(default_factory=set)
    named: frozenset[str] = frozenset()
    """`nodes` as a set."""

    @property
    def held(self) -> bool:
        return self.ended == 0

    @property
    def began(self) -> int:
        """The journal number at which it began; a session's epoch is that number."""
        return self.epoch

    def stored(self) -> PutSession:
        return PutSession(
            task=self.task.name,
            node=self.member.name,
            epoch=self.epoch,
            run=self.run,
            began=self.epoch,
            ended=self.ended,
            state=self.state,
            nodes=self.nodes,
            process=self.process.info,
            round=self.round,
            error=self.error,
            cause=self.cause,
            since=self.since,
        )

    def forget_waits(self) -> None:
        """Its link is gone: the client asks and watches again once it is back."""
        if self.receive is not None:
            self.process.receives.pop(self.receive.id, None)
            self.receive = None
        self.watches_all = False
        self.watches = set()
        self.task.watchers.pop(self.member.name, None)


@dataclass(slots=True, eq=False)
class OfferRecord:
    """One data stream on its way from one source to one target."""

    offer: str
    seq: int
    task: Task
    run: int
    source: str
    source_epoch: int
    incarnation: str
    """The process that offered; empty when not known any more."""
    target: str
    stream: str
    size: int
    label: str
    round: int = 0
    name: str = ""
    state: OfferState = "offered"
    reader_epoch: int = 0
    cause: str = ""

    @property
    def settled(self) -> bool:
        return self.state not in ("offered", "reading")

    def stored(self) -> PutOffer:
        return PutOffer(
            offer=self.offer,
            seq=self.seq,
            task=self.task.name,
            run=self.run,
            source=self.source,
            source_epoch=self.source_epoch,
            target=self.target,
            stream=self.stream,
            size=self.size,
            label=self.label,
            state=self.state,
            reader_epoch=self.reader_epoch,
            cause=self.cause,
            round=self.round,
            name=self.name,
        )


class Member:
    """One node of one task: its latest session, its mailbox, and the offers on their way from and to it."""

    __slots__ = ("incoming", "mailbox", "name", "outgoing", "session")

    def __init__(self, name: str, room: Room) -> None:
        self.name = name
        self.session: Session | None = None
        self.mailbox = Mailbox(room)
        self.incoming: dict[str, OfferRecord] = {}
        """Not settled, in order of acceptance."""
        self.outgoing: dict[str, OfferRecord] = {}
        """Not settled."""

    @property
    def holder(self) -> Session | None:
        """The session, if it is held now."""
        session = self.session
        return session if session is not None and session.ended == 0 else None


class Task:
    __slots__ = (
        "_room", "changed", "contexts", "held", "known", "members", "name", "nodes", "run", "settled", "started",
        "stuck", "watchers",
    )  # fmt: skip

    def __init__(self, name: str, room: Room) -> None:
        self.name = name
        self._room = room
        self.run = 0
        """The current run, or the last one; 0: there was none."""
        self.started = 0.0
        self.nodes: list[str] = []
        """The initiator's list, until then the first claimant's of the run."""
        self.members: dict[str, Member] = {}
        self.known: dict[str, None] = {}
        """Ids that ever held a session, or were named as nodes or as targets, in order of appearance."""
        self.held: dict[str, Session] = {}
        """Held sessions by node; the run is going on while there is one."""
        self.watchers: dict[str, Session] = {}
        """Sessions that watch presence, by node."""
        self.settled: deque[OfferRecord] = deque()
        self.changed = 0
        """The number of its last row since it was loaded."""
        self.contexts: dict[str, Process] = {}
        """Those of `HubState.contexts` that belong to it, with their processes."""
        self.stuck: frozenset[tuple[str, int, int]] = frozenset()
        """The last situation in which it was reported as stuck."""

    def member(self, node: str) -> Member:
        """The member, made when it is named for the first time."""
        found = self.members.get(node)
        if found is None:
            found = self.members[node] = Member(node, self._room)
            self.known[node] = None
        return found

    def stored(self, ended: float = 0.0) -> PutTask:
        return PutTask(task=self.name, run=self.run, nodes=self.nodes, started=self.started, ended=ended)


class HubState:
    """Everything the rules work on, and the one sequence of numbers."""

    def __init__(self, next_seq: int, resume_seconds: float, limits: Limits, host: str, unread_bytes: int) -> None:
        self.next_seq = next_seq
        self.room = Room(unread_bytes)
        self.host = host
        """The machine it is on: the clocks of processes there are its own."""
        self.resume_seconds = resume_seconds
        self.limits = limits
        self.tasks: dict[str, Task] = {}
        self.processes: dict[str, Process] = {}
        self.links: dict[str, Process] = {}
        self.departed: dict[str, Process] = {}
        """Those of `processes` without a link, in the order in which they lost it."""
        self.offers: dict[str, OfferRecord] = {}
        self.streams: dict[str, int] = {}
        """For each stream the number of its offers that are not settled."""
        self.contexts: dict[str, tuple[str, int]] = {}
        self.stuck_watchers: dict[str, None] = {}
        """Links that want to be told of stuck tasks."""
        self._timers: list[tuple[float, int, Session]] = []
        self._timer_count = 0

    def take_seq(self, n: int = 1) -> int:
        seq = self.next_seq
        self.next_seq = seq + n
        return seq

    def task(self, name: str) -> Task:
        """A task in memory. Raises LookupError for one that is not loaded."""
        try:
            return self.tasks[name]
        except KeyError:
            raise LookupError(f"task {name!r} must be loaded before it is claimed") from None

    def session(self, process: Process, task: str, node: str, epoch: int, *, resumed: bool = True) -> Session:
        """The held session that a request comes from.

        Args:
            resumed: False for a request that a session may also make before it has resumed over this link.

        Raises:
            Fenced: it has ended, or somebody else holds the node; the message says who.
        """
        session = process.sessions.get((task, node))
        if session is not None and session.epoch == epoch and (session.link == process.link or not resumed):
            return session
        found = self.tasks.get(task)
        holder = found.held.get(node) if found is not None else None
        if holder is not None and holder.process is not process:
            info = holder.process.info
            place = info.notebook or "another process"
            raise Fenced(
                f"Node {node!r} of task {task!r} is now held by {place} (pid {info.pid}): "
                "this process was away, and another one has taken the node over.",
                node=node, task=task, pid=info.pid, notebook=info.notebook,
            )  # fmt: skip
        raise Fenced(f"This session of node {node!r} in task {task!r} has ended.", node=node, task=task)

    # -- processes -----------------------------------------------------------------------------------------------------

    def depart(self, process: Process) -> None:
        """A process has no link; the one that has been away longest is forgotten if there are too many."""
        self.departed[process.info.incarnation] = process
        process.departed = self.next_seq
        if len(self.departed) > KEPT_PROCESSES:
            oldest = next((found for found in self.departed.values() if not found.sessions), None)
            if oldest is not None:
                self.forget(oldest)

    def forget(self, process: Process) -> None:
        incarnation = process.info.incarnation
        self.departed.pop(incarnation, None)
        self.processes.pop(incarnation, None)
        for context, task in process.contexts.items():
            del self.contexts[context]
            del task.contexts[context]

    # -- time-outs -----------------------------------------------------------------------------------------------------

    def set_timer(self, at: float, session: Session) -> None:
        """The session ends at that time unless it resumes."""
        self._timer_count += 1
        heapq.heappush(self._timers, (at, self._timer_count, session))

    def next_timer(self) -> float | None:
        while self._timers and not _means_something(self._timers[0]):
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def pop_timer(self, now: float) -> Session | None:
        """The session of the earliest time-out that has come, if any."""
        at = self.next_timer()
        if at is None or at > now:
            return None
        return heapq.heappop(self._timers)[2]


def _means_something(timer: tuple[float, int, Session]) -> bool:
    """A session that resumed meanwhile has no time-out any more."""
    at, _, session = timer
    return session.held and not session.link and session.resume_until == at
