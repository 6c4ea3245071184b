"""Which messages are refused before the core sees them: bad names, sizes over the limits, numbers no store can hold.

Nobody behind it checks these again.

Types are checked when a frame is decoded, and the numbers of records with them; this is what types cannot say, or what
is to refuse one request and not its whole link.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from ...protocol.errors import InvalidName, InvalidRequest, TooLarge
from ...protocol.journal import KINDS, LogBody, MetricBody
from ...protocol.limits import Limits
from ...protocol.messages import (
    Claim,
    Clean,
    ClientMessage,
    Offer,
    Record,
    Records,
    Send,
    Settle,
    WatchNodes,
    Withdraw,
)
from ...protocol.names import check_name
from ...protocol.numbers import MAX_NUMBER

__all__ = ["check_hex_id", "check_message"]

TEXT_CHARACTERS = Limits().text_characters
"""Any text but those of a log record."""

_HEX_ID = re.compile(r"[0-9a-f]{1,64}\Z")


def check_hex_id(value: str, what: str) -> str:
    """Return `value` if it is an opaque id, so that it can be a file name. Raises :class:`InvalidName`."""
    if not _HEX_ID.match(value):
        raise InvalidName(f"{value[:80]!r} cannot be a {what}: it must be 1 to 64 lower-case hexadecimal digits.")
    return value


def check_message(message: ClientMessage, limits: Limits) -> None:
    """Raise the :class:`HubError` to answer with, if the message must be refused."""
    if type(message) is not Records:
        _check_fields(message, type(message).__name__)
    check = _CHECKS.get(type(message))
    if check is not None:
        check(message, limits)


def _check_claim(message: Claim, limits: Limits) -> None:
    check_name(message.task, "task id")
    check_name(message.node)
    _check_targets(message.nodes, limits, "nodes of a claim")
    _check_bytes(message.context, 256, "context id")
    _check_bytes(message.cell, 256, "cell id")


def _check_clean(message: Clean, limits: Limits) -> None:
    check_name(message.node)


def _check_send(message: Send, limits: Limits) -> None:
    content = memoryview(message.contract)
    size = len(content)
    if size > limits.contract_bytes:
        raise TooLarge(
            f"The contract message is {size:,} bytes of JSON; the hub takes {limits.contract_bytes:,}. "
            "Send large data through a data channel.",
            limit=limits.contract_bytes,
            size=size,
        )
    if content[0] != ord("{"):
        raise InvalidRequest("The content of a contract message must be a JSON object.")
    if message.targets != ["*"]:
        _check_targets(message.targets, limits, "targets of a message")
    if not message.targets:
        raise InvalidRequest("A contract message needs at least one target.")
    _check_bytes(message.message, 256, "message id")


def _check_offer(message: Offer, limits: Limits) -> None:
    if not message.offers:
        raise InvalidRequest("An Offer needs at least one target.")
    _check_targets([offer.target for offer in message.offers], limits, "targets of an offer")
    for offer in message.offers:
        check_hex_id(offer.offer, "offer id")
    if message.stream:
        check_hex_id(message.stream, "stream id")
    if not 0 <= message.size <= limits.stream_bytes:
        raise TooLarge(
            f"The data stream is {message.size:,} bytes; the hub takes {limits.stream_bytes:,}.",
            limit=limits.stream_bytes,
            size=message.size,
        )


def _check_withdraw(message: Withdraw, limits: Limits) -> None:
    if len(message.offers) > limits.targets:
        raise TooLarge(f"{len(message.offers):,} offers in one Withdraw; the hub takes {limits.targets:,}.")


def _check_watch(message: WatchNodes, limits: Limits) -> None:
    for node in message.of or ():
        _known_name(node, "node id")


def _check_settle(message: Settle, limits: Limits) -> None:
    check_hex_id(message.offer, "offer id")


def _check_records(message: Records, limits: Limits) -> None:
    if len(message.records) > limits.records_per_frame:
        raise TooLarge(
            f"{len(message.records):,} records in one message; the hub takes {limits.records_per_frame:,}.",
            limit=limits.records_per_frame,
        )
    for record in message.records:
        _check_record(record, limits)


def _check_record(record: Record[msgspec.Raw], limits: Limits) -> None:
    """By hand, since there are thousands a second; their numbers are looked at where they are decoded.

    What it lets through is kept as it came.
    """
    _known_name(record.node, "node id")
    if record.task:
        _known_name(record.task, "task id")
    if len(record.context) > 256:
        raise TooLarge("A context id is longer than 256 characters.", limit=256)
    rule = KINDS.get(record.kind)
    if rule is None or rule.file != "logs":
        kinds = ", ".join(kind for kind, rule in KINDS.items() if rule.file == "logs")
        raise InvalidRequest(f"There are no records of a kind {record.kind[:40]!r}; there are {kinds}.")
    try:
        body = rule.decode(record.body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InvalidRequest(f"The body of a {record.kind} record is not what the protocol allows: {error}") from None
    _SIZES.get(record.kind, _check_size)(record, body, limits)


def _check_size(record: Record[msgspec.Raw], body: Any, limits: Limits) -> None:
    if len(record.body) > limits.record_bytes:
        raise TooLarge(
            f"A {record.kind} record is longer than {limits.record_bytes:,} bytes of JSON.", limit=limits.record_bytes
        )


def _check_log_size(record: Record[msgspec.Raw], body: LogBody, limits: Limits) -> None:
    # Characters first: it is cheap, and no text has more than four times as many bytes.
    if len(body.text) * 4 > limits.record_bytes and len(body.text.encode()) > limits.record_bytes:
        raise TooLarge(
            f"A log record is longer than {limits.record_bytes:,} bytes of UTF-8.", limit=limits.record_bytes
        )
    if body.traceback is not None and len(body.traceback.text) > 4 * limits.record_bytes:
        raise TooLarge(f"A traceback is longer than {4 * limits.record_bytes:,} characters.")


def _check_metric_size(record: Record[msgspec.Raw], body: MetricBody, limits: Limits) -> None:
    if len(body.name) > 1024 or len(body.writer) > 4096:
        raise TooLarge("A metric record has a name longer than 1,024, or a writer longer than 4,096 characters.")


_SIZES: dict[str, Callable[[Record[msgspec.Raw], Any, Limits], None]] = {
    "log": _check_log_size,
    "metric": _check_metric_size,
}
"""Of what may be longer, or must be shorter, than any other record."""


def _check_targets(names: list[str], limits: Limits, what: str) -> None:
    if len(names) > limits.targets:
        raise TooLarge(f"{len(names):,} {what}; the hub takes {limits.targets:,}.", limit=limits.targets)
    for name in names:
        _known_name(name, "node id")


def _check_bytes(text: str, most: int, what: str) -> None:
    if len(text.encode()) > most:
        raise TooLarge(f"A {what} is longer than {most} bytes.", limit=most)


@lru_cache(maxsize=4096)
def _known_name(name: str, what: str) -> None:
    """As `check_name`, remembered: the same few names come with every message."""
    check_name(name, what)


_CHECKS: dict[type, Callable[[Any, Limits], None]] = {
    Claim: _check_claim,
    Clean: _check_clean,
    Send: _check_send,
    Offer: _check_offer,
    Withdraw: _check_withdraw,
    Settle: _check_settle,
    WatchNodes: _check_watch,
    Records: _check_records,
}


# -- numbers and texts of a message, by its type -----------------------------------------------------------------------


def _check_fields(value: Any, path: str) -> None:
    """Check every number and text in a struct, and in structs in it."""
    kind = type(value)
    found = _FIELDS.get(kind)
    if found is None:
        found = _FIELDS[kind] = _fields(kind)
    numbers, texts, structs, lists = found
    for name in numbers:
        number = getattr(value, name)
        if number is not None and not -1 <= number < MAX_NUMBER:
            raise InvalidRequest(f"{path}.{name} is {number}: out of range.")
    for name in texts:
        if len(getattr(value, name)) > TEXT_CHARACTERS:
            raise TooLarge(f"{path}.{name} is longer than {TEXT_CHARACTERS:,} characters.", limit=TEXT_CHARACTERS)
    for name in structs:
        inner = getattr(value, name)
        if inner is not None:
            _check_fields(inner, f"{path}.{name}")
    for name in lists:
        for inner in getattr(value, name):
            _check_fields(inner, f"{path}.{name}")


_Fields = tuple[list[str], list[str], list[str], list[str]]
_FIELDS: dict[type, _Fields] = {}


def _fields(struct: type) -> _Fields:
    """The names of the fields of `struct` that hold a number, a text, another struct, and a list of structs."""
    found: _Fields = ([], [], [], [])
    for name, hint in get_type_hints(struct).items():
        if name not in struct.__struct_fields__:  # type: ignore[attr-defined]
            continue
        for choice in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
            inner = get_args(choice)[0] if get_origin(choice) is list else None
            if choice is int:
                found[0].append(name)
            elif choice is str:
                found[1].append(name)
            elif isinstance(choice, type) and issubclass(choice, msgspec.Struct):
                found[2].append(name)
            elif isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                found[3].append(name)
    return found
