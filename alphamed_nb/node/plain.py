"""What user code hands over, made plain in its own thread, before anything of it leaves the process.

Frames are JSON, and the hub checks each field's type: there is no place for a `numpy.str_`, an enum, or a text that is
no UTF-8. A subclass of str, int or float, and a scalar of numpy or torch, count as what they stand for; anything else
is an error that names the parameter and the type it got.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from numbers import Real
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from ..protocol.errors import InvalidName
from ..protocol.journal import KINDS, LogBody, Traceback
from ..protocol.limits import Limits
from ..protocol.messages import Record
from ..protocol.names import check_name
from ..protocol.numbers import MAX_NUMBER

__all__ = [
    "as_integer",
    "as_name",
    "as_names",
    "as_number",
    "as_seconds",
    "as_text",
    "make_plain",
    "plain_scalar",
    "record_content",
    "shortened",
]


def as_text(value: object, what: str) -> str:
    """A plain `str`; what is no UTF-8 in it (half of a surrogate pair) is written with a backslash.

    Args:
        value: as the user gave it.
        what: the parameter's name, for the error.

    Raises:
        TypeError: it is no text.
    """
    if type(value) is str and value.isascii():
        return value  # nearly all are
    text = plain_scalar(value)
    if not isinstance(text, str):
        raise _wrong(what, "a string", value)
    return _utf8(str.__str__(text))


def as_integer(value: object, what: str) -> int:
    """A plain `int`. Raises TypeError for anything else, a bool too, and ValueError for one that is too large."""
    number = plain_scalar(value)
    if not isinstance(number, int) or isinstance(number, bool):
        raise _wrong(what, "an integer", value)
    if abs(number) >= MAX_NUMBER:
        raise ValueError(f"{what} is out of range: it must be between -2**53 and 2**53.")
    return operator.index(number)


def as_number(value: object, what: str) -> float:
    """A plain `float`. Raises TypeError for what is no number, or a bool."""
    number = plain_scalar(value)
    if isinstance(number, bool) or not isinstance(number, Real):
        raise _wrong(what, "a number", value)
    try:
        return float(number)
    except OverflowError:
        raise ValueError(f"{what} is out of range.") from None


def as_seconds(value: object, what: str) -> float | None:
    """Seconds, or None where none were given. Raises TypeError for what is no number, ValueError for NaN."""
    if value is None:
        return None
    seconds = as_number(value, what)
    if math.isnan(seconds):
        raise ValueError(f"{what} must be a number of seconds, got NaN.")
    return seconds


def as_name(value: object, what: str, kind: str = "node id") -> str:
    """A plain `str` that can be an id (:func:`~..protocol.names.check_name`).

    Args:
        value: as the user gave it.
        what: the parameter's name.
        kind: what the id is of.

    Raises:
        InvalidName: it cannot be one; the message says why.
    """
    try:
        return _checked_name(value, kind) if type(value) is str else str.__str__(check_name(plain_scalar(value), kind))
    except InvalidName as error:
        raise InvalidName(f"{what}: {error.message}") from None


def as_names(value: object, what: str) -> list[str]:
    """Node ids as plain strings; one alone counts as a list of it. Raises TypeError or InvalidName."""
    if isinstance(value, str):
        return [as_name(value, what)]
    if type(value) is not list and not isinstance(value, Iterable):
        raise _wrong(what, "a list of node ids", value)
    return [as_name(name, f"{what}[{index}]") for index, name in enumerate(value)]


_checked_name = lru_cache(maxsize=4096)(check_name)
"""The same few names come with every message."""


def shortened(text: str, most: int) -> str:
    """The text in at most so many characters: begin and end are kept, and what is left out is counted between."""
    if len(text) <= most:
        return text
    said = f" ... [{len(text) - most:,} characters and some more are left out here] ... "
    kept = max(0, most - len(said))
    return (text[: kept - kept // 2] + said + text[len(text) - kept // 2 :])[:most]


def plain_scalar(value: Any) -> Any:
    """What a value of numpy, torch or the like stands for, in an array without dimensions too; any other as it is."""
    if isinstance(value, str | bytes) or getattr(value, "ndim", None) != 0 or not hasattr(value, "item"):
        return value
    found = value.item()
    if isinstance(found, bool | int | float | str | bytes):
        return found
    return float(found) if isinstance(found, Real) else value


def _utf8(text: str) -> str:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-8", "backslashreplace").decode()
    return text


def _wrong(what: str, wanted: str, value: object) -> TypeError:
    return TypeError(f"{what} must be {wanted}, got {type(value).__name__}.")


# -- whole messages ----------------------------------------------------------------------------------------------------


def make_plain(message: Any, limits: Limits) -> None:
    """Have each field of a message hold what its type says, in place; texts are cut to what the hub takes.

    The calls of the API check the user's own parameters, by their names; this misses none.

    Raises:
        TypeError, ValueError: a field holds something else.
    """
    _walk(message, type(message).__name__, limits, _STRICT)


def record_content(record: Record[Any], limits: Limits) -> bytes:
    """The JSON of a record, such as the hub takes it.

    Logging must not fail: what does not fit is made to. Thousands are made a second, nearly all of them plain: what
    reads back as a record is one.
    """
    try:
        content = _encode(record)
        _decoder_of(record.kind)(content)
        plain = len(content) <= limits.text_characters
    except (TypeError, ValueError, OverflowError):
        plain = False
    if plain:
        return content
    _walk(record.body, "", limits, _LENIENT)
    return _encode(record)


@cache
def _decoder_of(kind: str) -> Callable[[bytes], Any]:
    """Of records of this kind."""
    record: Any = Record
    return msgspec.json.Decoder(record[KINDS[kind].body]).decode


def _any_text(value: object, what: str) -> str:
    try:
        return _utf8(str.__str__(str(plain_scalar(value))))
    except Exception:  # noqa: BLE001 - a broken __str__ must not cost the line
        return f"<{type(value).__name__}>"


def _any_integer(value: object, what: str) -> int:
    value = plain_scalar(value)
    return max(-MAX_NUMBER, min(MAX_NUMBER, operator.index(value))) if isinstance(value, int) else 0


def _any_number(value: object, what: str) -> float:
    try:
        return as_number(value, what)
    except (TypeError, ValueError):
        return 0.0


_encode = msgspec.json.Encoder().encode

_Conversions = dict[type, Callable[[object, str], Any]]
_STRICT: _Conversions = {str: as_text, int: as_integer, float: as_number}
_LENIENT: _Conversions = {str: _any_text, int: _any_integer, float: _any_number}

_LONG = {(LogBody, "text"), (Traceback, "text")}
"""Who makes these has cut them to a size of their own."""


def _walk(struct: Any, path: str, limits: Limits, conversions: _Conversions) -> None:
    kind: type = type(struct)
    fields = _fields(kind)
    most = limits.text_characters
    # Almost all is plain already, and there are thousands of records a second.
    for name in fields.texts:
        value = getattr(struct, name)
        if type(value) is not str or not value.isascii() or len(value) > most:
            text = conversions[str](value, f"{path}.{name}")
            setattr(struct, name, text if (kind, name) in _LONG else shortened(text, most))
    for name in fields.integers:
        value = getattr(struct, name)
        if type(value) is not int or not -MAX_NUMBER <= value <= MAX_NUMBER:
            setattr(struct, name, conversions[int](value, f"{path}.{name}"))
    for name, optional in fields.numbers:
        value = getattr(struct, name)
        if type(value) is not float or not math.isfinite(value):
            setattr(struct, name, _finite(value, f"{path}.{name}", conversions, optional=optional))
    for name in fields.lists_of_texts:
        items = getattr(struct, name)
        if items and not _all_plain(items, most):
            texts = [conversions[str](item, f"{path}.{name}[{index}]") for index, item in enumerate(items)]
            setattr(struct, name, [shortened(text, most) for text in texts])
    for name in fields.structs:
        inner = getattr(struct, name)
        if inner is not None:
            _walk(inner, f"{path}.{name}", limits, conversions)
    for name in fields.lists_of_structs:
        for index, inner in enumerate(getattr(struct, name)):
            _walk(inner, f"{path}.{name}[{index}]", limits, conversions)


def _all_plain(texts: list[Any], most: int) -> bool:
    """Whether they can stay as they are. A list of all nodes comes with many a message."""
    return {*map(type, texts)} == {str} and "".join(texts).isascii() and max(map(len, texts)) <= most


def _finite(value: object, what: str, conversions: _Conversions, *, optional: bool) -> float | None:
    """JSON has no word for others: None where the field may be, an error, or 0 in a record."""
    if value is None and optional:
        return None
    found: float = conversions[float](value, what)
    if math.isfinite(found):
        return found
    if optional:
        return None
    if conversions is _LENIENT:
        return 0.0
    raise ValueError(f"{what} must be a finite number, got {found}.")


class _Fields(NamedTuple):
    """The fields of one kind of struct, by what they hold."""

    texts: list[str]
    integers: list[str]
    numbers: list[tuple[str, bool]]
    """With whether it may be None."""
    lists_of_texts: list[str]
    structs: list[str]
    lists_of_structs: list[str]


@cache
def _fields(struct: type) -> _Fields:
    found = _Fields([], [], [], [], [], [])
    hints = get_type_hints(struct)
    for name in struct.__struct_fields__:  # type: ignore[attr-defined]
        choices = get_args(hints[name]) if get_origin(hints[name]) in (Union, UnionType) else (hints[name],)
        for choice in choices:
            several = get_origin(choice) is list
            of = get_args(choice)[0] if several else choice
            if of is str:
                (found.lists_of_texts if several else found.texts).append(name)
            elif of is int:
                found.integers.append(name)
            elif of is float:
                found.numbers.append((name, type(None) in choices))
            elif isinstance(of, type) and issubclass(of, msgspec.Struct):
                (found.lists_of_structs if several else found.structs).append(name)
    return found
