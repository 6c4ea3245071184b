"""The content of a contract message as JSON: what it holds arrives as it was sent.

JSON has no word for NaN and the infinities, and most of its readers refuse the words that Python's `json` writes. Here
each is an object with the one key `$number`: `{"$number": "NaN"}`, `"Infinity"` or `"-Infinity"`. A dict of the
sender's own that has this one key stands in such an object itself: `{"$number": {"$number": ...}}`. Only the two ends
of a message know this form. The hub keeps, and readers see, the JSON as it is.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

__all__ = ["decode_contract", "encode_contract"]

_KEY = "$number"
_NAMES = {math.inf: "Infinity", -math.inf: "-Infinity"}
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def encode_contract(contract: dict[str, Any]) -> bytes:
    """The JSON of a contract, in which dicts have strings as keys."""
    raw = _encode(contract)
    # Nearly no contract needs a second look: msgspec writes null for what is no finite number.
    return _encode(_written(contract)) if b"null" in raw or _KEY.encode() in raw else raw


def decode_contract(raw: bytes | msgspec.Raw) -> Any:
    """The contract that :func:`encode_contract` got."""
    content = bytes(raw)
    found = _decode(content)
    return _read(found) if _KEY.encode() in content else found


def _written(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {_KEY: _NAMES.get(value, "NaN")}
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, dict):
        content = {key: _written(item) for key, item in value.items()}
        return {_KEY: content} if content.keys() == {_KEY} else content
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, dict):
        content = value.get(_KEY) if len(value) == 1 else None
        if isinstance(content, str) and content in _NUMBERS:
            return _NUMBERS[content]
        return {key: _read(item) for key, item in (content if isinstance(content, dict) else value).items()}
    return value
