"""What a link and the hub say to each other, over one websocket.

A frame is a JSON array of one or more messages; each message is an object whose ``op`` says which one it is. A request
has an ``id``, unique in its process; the hub's answer carries the same ``id``. A *durable* request also has a
``counter``: per incarnation (one process's life) the durable requests are numbered 1, 2, 3 ... in the order of sending,
separately for the two files (`messages`: everything but `Records`; `logs`: `Records`). Each file keeps the highest
counter it stored, in the same transaction, so that a request sent again after a reconnect is answered but never stored
twice.

Order: the hub works through a link's messages one after the other and writes to a link what an event delivers there
before it writes that event's own acknowledgement.

After a reconnect a client says `Hello` with the same incarnation, claims each of its sessions again with their epochs,
watches again what it watched, and sends again, in order, what was not answered.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar, Union

import msgspec

from .errors import ErrorBody
from .journal import Body, Kind, StateBody, TaskBody
from .limits import Limits
from .numbers import Count, ProcessId

__all__ = [
    "PROTOCOL_VERSION",
    "AskOffers",
    "Cancel",
    "Challenge",
    "Claim",
    "Claimed",
    "Clean",
    "Cleaned",
    "ClientMessage",
    "Done",
    "EventItem",
    "Hello",
    "HubMessage",
    "NodeState",
    "Offer",
    "OfferChanged",
    "OfferItem",
    "OfferOutcome",
    "OfferState",
    "OfferStates",
    "OfferTarget",
    "OfferWish",
    "Presence",
    "PresenceState",
    "ProcessInfo",
    "Proof",
    "Receive",
    "Record",
    "Records",
    "RecordsStored",
    "Refused",
    "Release",
    "Report",
    "Send",
    "Settle",
    "Stored",
    "Stuck",
    "WatchNodes",
    "WatchStuck",
    "Watching",
    "Welcome",
    "Withdraw",
    "decode_client_frame",
    "decode_hub_frame",
    "encode_frame",
]

PROTOCOL_VERSION = 2

OfferState = Literal["offered", "reading", "taken", "denied", "withdrawn"]
OfferOutcome = Literal["taken", "denied", "returned"]
PresenceState = Literal["absent", "up", "ended", "failed", "stopped", "gone"]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


class _Message(msgspec.Struct, tag_field="op", tag=_snake, kw_only=True, omit_defaults=True, gc=False):
    """Base of all messages; the tag is the class's name in snake case.

    Nothing in a message refers back to it, so the garbage collector need not look at any: with thousands a second it
    would take a quarter of the hub's time.
    """


# -- handshake ---------------------------------------------------------------------------------------------------------


class ProcessInfo(msgspec.Struct, kw_only=True, omit_defaults=True, frozen=True):
    """The process behind a link."""

    incarnation: str
    """A random id, one per process life."""
    pid: ProcessId
    host: str
    """Names the machine and its boot, so that equal hosts share their process table."""
    started: float
    """When the process began, seconds since the epoch as the operating system gives it; tells a re-used pid."""
    notebook: str = ""
    """Path of the notebook or script, relative to the server's root where known."""
    kernel: str = ""
    """Kernel id, empty outside a kernel."""


class Hello(_Message):
    versions: Annotated[list[int], msgspec.Meta(max_length=16)]
    nonce: str
    process: ProcessInfo


class Challenge(_Message):
    nonce: str
    proof: str


class Proof(_Message):
    proof: str


class Welcome(_Message):
    version: int
    hub: str
    """The hub id; fixed for a data directory."""
    release: str
    """The hub's `alphamed_nb.__version__`."""
    limits: Limits
    ticket: str
    """Bearer token for the node door's HTTP (streams, reads); good while this link is open."""
    spool: str = ""
    """Absolute path of the spool folder."""
    spool_token: str = ""
    """What the file `token` in the spool folder says: a client that reads the same there shares the file system."""
    spool_reserve: int = 0
    """Bytes of the disk that streams leave free there, for messages and logs: also those a client writes itself."""
    messages_counter: int = 0
    """The highest counter of this incarnation stored in the messages file."""
    logs_counter: int = 0


# -- sessions ----------------------------------------------------------------------------------------------------------


class Claim(_Message):
    """Be `node` in `task`. Answer: `Claimed`, or `Refused` with `already_claimed`."""

    id: int
    task: str
    node: str
    nodes: list[str]
    context: str
    """The id of the `mock_context` this is for; log rows written in it before now are counted with this task."""
    cell: str = ""
    """Id of the notebook cell in which that was entered; empty where none is known."""
    epoch: int = 0
    """Resume the session with this epoch; 0: begin one, or join the one this incarnation holds."""
    renew: bool = False
    """End the session this incarnation holds and begin another, as a second `_run` in one context does."""


class Claimed(_Message):
    id: int
    epoch: int
    """Fences the session: every request of it carries this number."""
    run: int
    began: int
    """The journal number at which the session began; events with a smaller one were accepted before it."""
    position: int
    """The number of the last event this node consumed."""
    resumed: bool = False
    warnings: list[str] = []


class Release(_Message):
    """End the session. Answer: `Done`. `position` gives events back that were handed over but not consumed."""

    id: int
    task: str
    node: str
    epoch: int
    position: int = -1
    state: Literal["ended", "failed", "stopped"] = "ended"


class Clean(_Message):
    """Drop every ended run in which `node` itself held a session. Answer: `Cleaned`."""

    id: int
    node: str


class Cleaned(_Message):
    id: int
    runs: int


# -- contract messages -------------------------------------------------------------------------------------------------


class Send(_Message):
    """Send a contract message. Durable. Answer: `Stored`."""

    id: int
    counter: int
    task: str
    node: str
    epoch: int
    message: str
    """The message id, made by the sender."""
    targets: list[str]
    """Node ids, or `["*"]`: all `nodes` of the sender and itself (without `nodes`: all ids known in the task)."""
    type: str
    contract: msgspec.Raw
    title: str = ""
    sent: float = 0.0
    """When the sender called, its own clock, seconds since the epoch: a request sent again keeps it. 0: not said."""


class Stored(_Message):
    id: int
    seq: int = 0
    """The journal number of the message; 0 when a request sent again had been stored before."""
    warnings: list[str] = []


class OfferWish(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which offers a receive takes."""

    sources: list[str] = []
    """Still wanted: the first offer of each is taken. Empty, with `any_source`: the first of all."""
    any_source: bool = False
    satisfied: list[str] = []
    """Sources already had in this receive: their further offers are left for later."""
    holding: list[str] = []
    """Offers this receive has been given so far; one that the hub gave and that is not here is given again."""
    label: str = ""
    """If set, an offer with another label is denied: it belongs to another round."""


class Receive(_Message):
    """Wait for the next item, event or offer, in the order of acceptance. Answered by one `EventItem` or `OfferItem`.

    The number of an event is stored as the node's position before the event is handed out (in one transaction with the
    event itself when the receiver is already waiting). An offer is *reading* once handed out. An offer of a source that
    is neither wanted nor satisfied is denied on the way. A session has one `Receive` at a time.
    """

    id: int
    task: str
    node: str
    epoch: int
    position: int
    """The number of the last event the client got: the next one is given, also if an earlier answer was lost."""
    events: bool = True
    offers: OfferWish | None = None
    peek: bool = False
    """Give the next event after `position` but store nothing: it stays for the next real receive."""
    limited: bool = True
    """False: this wait has no time limit (part of how a hub sees that a task is stuck)."""


class Cancel(_Message):
    """The wait of `Receive` number `receive` is over. Not answered: an item that crosses it stays with the client."""

    receive: int


class EventItem(_Message):
    id: int
    """The `Receive` this answers."""
    seq: int
    sender: str
    type: str
    contract: msgspec.Raw
    message: str
    at: float


class OfferItem(_Message):
    id: int
    seq: int
    offer: str
    source: str
    stream: str
    size: int
    label: str = ""


# -- data streams ------------------------------------------------------------------------------------------------------


class OfferTarget(msgspec.Struct):
    offer: str
    """The offer's id (session id in the API), made by the sender; hex."""
    target: str


class Offer(_Message):
    """Offer one stream to one or more targets; the offers are accepted together. Durable. Answer: `Stored`.

    `stream` names a spool file already written; empty for an offer without bytes (`apply_sending_data` called by user
    code), which a receive leaves alone. `label` decides who takes it (:class:`OfferWish`); `round` and `name` tell
    readers what it is.
    """

    id: int
    counter: int
    task: str
    node: str
    epoch: int
    offers: list[OfferTarget]
    stream: str = ""
    size: int = 0
    label: str = ""
    round: int = 0
    name: str = ""


class OfferChanged(_Message):
    """Pushed to the session that offered, at each change."""

    task: str
    node: str
    """The offering node."""
    offer: str
    target: str
    state: OfferState
    cause: str = ""
    for_target: bool = False
    """True in the copy for the receiving node, when the hub denied the offer on its behalf."""


class Withdraw(_Message):
    """Withdraw those of the offers that are not settled. Durable. Answer: `OfferStates` with what each one became."""

    id: int
    counter: int
    task: str
    node: str
    epoch: int
    offers: list[str]


class AskOffers(_Message):
    """Answer: `OfferStates`. A sender asks after a reconnect."""

    id: int
    offers: list[str]


class OfferStates(_Message):
    id: int
    states: dict[str, OfferState]
    causes: dict[str, str] = {}


class Settle(_Message):
    """The receiver of an offer says what became of it. Durable. Answer: `OfferStates` (a withdrawal may have won).

    *returned* makes it *offered* again: a batch that timed out gives back what it took.
    """

    id: int
    counter: int
    task: str
    node: str
    epoch: int
    offer: str
    outcome: OfferOutcome
    cause: str = ""


# -- presence and reports ----------------------------------------------------------------------------------------------


class WatchNodes(_Message):
    """Be told the presence of other nodes of the task. Answer: `Watching`, then a `Presence` at each change."""

    id: int
    task: str
    node: str
    epoch: int
    of: list[str] | None = None
    """None: every node of the task."""


class NodeState(msgspec.Struct, kw_only=True, omit_defaults=True, frozen=True):
    """How one node stands, as others may know it."""

    node: str
    state: PresenceState
    epoch: int = 0
    seq: int = 0
    """The journal number of the change."""
    began: int = 0
    """The number at which the node's latest session began."""
    round: int = 0
    error: str = ""
    """Exception type of a failure."""
    cause: str = ""
    """In words, for a node that is gone: "its process ended", "connection lost"."""


class Watching(_Message):
    id: int
    present: list[NodeState]


class Presence(_Message):
    """Pushed to each watching session. No event: never waits in a mailbox."""

    task: str
    node: str
    """The watching node."""
    change: NodeState


class Report(_Message):
    """State and task records of one session. Durable. Answer: `Stored`."""

    id: int
    counter: int
    task: str
    node: str
    epoch: int
    state: StateBody | None = None
    record: TaskBody | None = None


BodyT = TypeVar("BodyT", bound=Body | msgspec.Raw)


class Record(msgspec.Struct, Generic[BodyT], kw_only=True, omit_defaults=True, gc=False):
    """One record on its way to the journal: a row of the logs file."""

    node: str
    context: str
    task: str = ""
    kind: Kind
    body: BodyT
    """Of the type `KINDS[kind].body`; its JSON, when the record was decoded."""


class Records(_Message):
    """Records. Durable, with a counter of its own (the logs file). Answer: `RecordsStored`."""

    counter: Count
    records: list[Record[msgspec.Raw]]


class RecordsStored(_Message):
    counter: int
    """All `Records` up to this one are stored."""


class WatchStuck(_Message):
    """Be told whenever a task is stuck (`alphamed-nb run`). Answer: `Done`, then `Stuck` each time."""

    id: int


class Stuck(_Message):
    """Every live session of the task waits without limit, and nothing is on its way to any of them."""

    task: str
    nodes: list[str]
    seq: int


# -- answers -----------------------------------------------------------------------------------------------------------


class Done(_Message):
    id: int


class Refused(_Message):
    """A request was refused (`id` of it), or, with id 0, the whole link is: the hub closes it after this."""

    id: int
    error: ErrorBody


ClientMessage = Union[
    Hello, Proof, Claim, Release, Clean, Send, Receive, Cancel, Offer, Withdraw, AskOffers, Settle, WatchNodes, Report,
    Records, WatchStuck,
]  # fmt: skip
HubMessage = Union[
    Challenge, Welcome, Claimed, Cleaned, Stored, EventItem, OfferItem, OfferChanged, OfferStates, Watching, Presence,
    RecordsStored, Stuck, Done, Refused,
]  # fmt: skip

_encoder = msgspec.json.Encoder()
_client_decoder = msgspec.json.Decoder(Annotated[list[ClientMessage], msgspec.Meta(min_length=1)])
_hub_decoder = msgspec.json.Decoder(list[HubMessage])


def encode_frame(messages: list[Any]) -> bytes:
    """One frame: the JSON array of these messages, UTF-8 (sent as a websocket *text* frame)."""
    return _encoder.encode(messages)


def decode_client_frame(frame: bytes | str) -> list[ClientMessage]:
    """Raises `msgspec.MsgspecError` (ValidationError or DecodeError) for what is not a frame."""
    return _client_decoder.decode(frame)


def decode_hub_frame(frame: bytes | str) -> list[HubMessage]:
    return _hub_decoder.decode(frame)
