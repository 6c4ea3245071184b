"""What all contract messages have in common: the event base class and how an event becomes JSON."""

from __future__ import annotations

import base64
import functools
import json
import types
import typing
from abc import ABC
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from ...node.plain import plain_scalar

__all__ = ["ContractEvent", "ContractException", "Contractor", "contract_of"]

_MISSING = object()


class ContractException(Exception):  # noqa: N818  the API's own spelling
    """A contract message cannot be sent as it is; the message says why."""


class Contractor(ABC):  # noqa: B024  a common ancestor to test against, it has nothing to implement
    """Base of everything that speaks to the other participants."""


@dataclass
class ContractEvent(ABC):  # noqa: B024  what subclasses have to define is only needed by receivers
    """Base of all contract messages.

    A subclass is a dataclass with a class attribute `TYPE`, unique within its algorithm, and with fields of its own. To
    be received it also implements `contract_to_event`.
    """

    TYPE: ClassVar[str] = ""

    type: str = field(init=False)

    def __new__(cls, *args: Any, **kwargs: Any) -> typing.Self:
        # Here and not in __post_init__, which subclasses may have of their own.
        if not isinstance(cls.TYPE, str) or not cls.TYPE:
            raise TypeError(f"{cls.__name__} cannot be created: it has no class attribute TYPE.")
        self = super().__new__(cls)
        self.type = cls.TYPE
        return self

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> ContractEvent:
        """The event a contract stands for; usually asserts on its content first."""
        raise NotImplementedError(f"{cls.__name__} cannot be received: it does not implement contract_to_event().")

    def event_to_contract(self) -> dict[str, Any]:
        """A dict ready for JSON with `type` and all fields.

        Numbers of numpy and the like, arrays without dimensions too, become Python's, subclasses of `str`, `int` and
        `float` what they stand for, `bytes` base64 text. NaN and the infinities stay what they are, and arrive so.

        Raises:
            ContractException: a value is of another type; override this method for those.
        """
        return _all_to_json(type(self).__name__, {found.name: getattr(self, found.name) for found in fields(self)})

    def validate(self) -> None:
        """Check the values against the annotations (generics by their origin).

        Raises:
            ContractException: a field is missing or of another type.
        """
        hints = _hints(type(self))
        for found in fields(self):
            value = getattr(self, found.name, _MISSING)
            name = f"{type(self).__name__}.{found.name}"
            if value is _MISSING:
                raise ContractException(f"{name} is missing.")
            annotation = hints.get(found.name, Any)
            if (
                type(value) is not annotation
                and not _fits(value, annotation)
                and not _fits(plain_scalar(value), annotation)
            ):
                wanted = getattr(annotation, "__name__", None) or str(annotation)
                raise ContractException(f"{name} must be of type {wanted}, got {type(value).__name__}: {value!r:.200}.")


def contract_of(event: ContractEvent) -> dict[str, Any]:
    """What `event` is as a contract, ready for JSON whatever its own `event_to_contract` returns.

    Raises:
        ContractException: a field is missing or of the wrong type, or holds what has no JSON form.
    """
    event.validate()
    name, contract = type(event).__name__, event.event_to_contract()
    if not isinstance(contract, dict):
        raise ContractException(f"{name}.event_to_contract() must return a dict, got {type(contract).__name__}.")
    if type(event).event_to_contract is ContractEvent.event_to_contract:
        return contract
    return _all_to_json(name, contract)


def _all_to_json(name: str, values: dict[Any, Any]) -> dict[str, Any]:
    return {_key(name, key): _to_json(f"{name}.{key}", value) for key, value in values.items()}


def _to_json(name: str, value: Any) -> Any:
    if type(value) is int or (type(value) is str and value.isascii()):
        return value  # as nearly all are
    value = plain_scalar(value)
    if value is None or isinstance(value, bool):
        return value
    # Of a subclass only what it stands for: a name of an Enum of strings is that string.
    if isinstance(value, str):
        return _text(name, str.__str__(value))
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, list | tuple):
        return [_to_json(f"{name}[{index}]", item) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {_key(name, key): _to_json(f"{name}[{key!r}]", item) for key, item in value.items()}
    raise ContractException(
        f"{name} is of type {type(value).__name__}, which has no JSON form: override event_to_contract() to convert it."
    )


def _text(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ContractException(
            f"{name} is a str that is not text ({text!r:.200}), as the name of a file in another encoding: send "
            "it as bytes, os.fsencode() gives them."
        ) from None
    return text


def _key(name: str, key: Any) -> str:
    """As Python's `json` writes keys."""
    key = plain_scalar(key)
    if isinstance(key, str):
        return _text(f"A key of {name}", str.__str__(key))
    if key is None or isinstance(key, int | float):
        return json.dumps(key)
    raise ContractException(f"{name} has the key {key!r} of type {type(key).__name__}: JSON has strings as keys.")


# Resolving takes ten times as long as all else that is done to send an event. What cannot be resolved is not kept: a
# name may be defined later.
_resolved = functools.lru_cache(maxsize=256)(typing.get_type_hints)


def _hints(kind: type) -> dict[str, Any]:
    """The annotations of a class, each resolved by itself: one that cannot be is not checked."""
    try:
        return _resolved(kind)
    except (NameError, TypeError, SyntaxError, AttributeError):
        found: dict[str, Any] = {}
        for base in reversed(kind.__mro__):
            found.update(
                {
                    name: hint
                    for name, hint in base.__dict__.get("__annotations__", {}).items()
                    if not isinstance(hint, str)
                }
            )
        return found


def _fits(value: Any, annotation: Any) -> bool:
    if annotation is Any or isinstance(annotation, typing.TypeVar):
        return True
    if annotation is None or annotation is type(None):
        return value is None
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, member) for member in typing.get_args(annotation))
    if origin is typing.Literal:
        return value in typing.get_args(annotation)
    if origin is typing.Annotated:
        return _fits(value, typing.get_args(annotation)[0])
    wanted = origin if origin is not None else annotation
    if wanted is float:
        return isinstance(value, int | float)
    return isinstance(value, wanted) if isinstance(wanted, type) else True
