"""Which strings may be node ids and task ids: any that can be one folder name."""

from __future__ import annotations

import unicodedata

from .errors import InvalidName

__all__ = ["MAX_NAME_BYTES", "check_name"]

MAX_NAME_BYTES = 200


def check_name(value: object, what: str = "node id") -> str:
    """Return `value` if it can be an id.

    Args:
        value: the candidate; must be a `str`.
        what: how the error calls it, for instance ``"task id"``.

    Raises:
        InvalidName: empty, ``.``, ``..``, with ``/``, ``\\``, a control character or a lone surrogate, or longer than
            200 bytes of UTF-8; the message says which.
    """
    if not isinstance(value, str):
        raise InvalidName(f"A {what} must be a string, got {type(value).__name__}.")
    if not value:
        raise InvalidName(f"A {what} must not be empty.")
    if value in (".", ".."):
        raise InvalidName(f"{value!r} cannot be a {what}: it must be usable as one folder name.")
    for character in value:
        if character in "/\\":
            raise InvalidName(f"{value[:80]!r} cannot be a {what}: it contains {character!r}, which separates folders.")
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise InvalidName(f"{value[:80]!r} cannot be a {what}: it contains the control character {character!r}.")
    if len(value.encode()) > MAX_NAME_BYTES:
        raise InvalidName(f"{value[:40]!r}... cannot be a {what}: it is longer than {MAX_NAME_BYTES} bytes of UTF-8.")
    return value
