"""State dicts as bytes, safe to load: nothing but data travels.

Allowed are tensors, numbers, strings, None, lists and dicts of these, and numpy arrays and scalars.
"""

from __future__ import annotations

import io
import numbers
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
import torch

from .errors import StateDictError

__all__ = ["dump_state_dict", "load_state_dict", "load_state_dict_file", "portable_copy"]

_DTYPE_CLASSES = [
    found for found in vars(np.dtypes).values() if isinstance(found, type) and issubclass(found, np.dtype)
]
_SAFE_GLOBALS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    np.ndarray,
    np.dtype,
    np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    np._core.multiarray.scalar,  # type: ignore[attr-defined]
    *_DTYPE_CLASSES,
]


def portable_copy(state_dict: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that shares no memory with the model, with all tensors on the CPU.

    Raises:
        StateDictError: it holds something else than data, named with key and type.
    """
    if not isinstance(state_dict, Mapping):
        raise StateDictError(f"state_dict() must return a dict, got {type(state_dict).__name__}.")
    copied: dict[str, Any] = _copy("", state_dict)
    return copied


def dump_state_dict(state_dict: Mapping[str, Any]) -> bytes:
    """The bytes of a state dict. Raises `StateDictError` as `portable_copy` does."""
    buffer = io.BytesIO()
    torch.save(portable_copy(state_dict), buffer)
    return buffer.getvalue()


def load_state_dict(data: bytes) -> dict[str, Any]:
    """The state dict of bytes from another node; runs no code that they may name.

    Raises:
        pickle.UnpicklingError: the bytes hold something else than data.
    """
    return load_state_dict_file(io.BytesIO(data))


def load_state_dict_file(file: BinaryIO) -> dict[str, Any]:
    with torch.serialization.safe_globals(_SAFE_GLOBALS):
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(loaded, dict):
        raise StateDictError(f"A state dict was expected, got {type(loaded).__name__}.")
    return loaded


def _copy(key: str, value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().to(device="cpu", copy=True)
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind not in "biufcSU":
            raise StateDictError(f"{key!r} of the state dict is an array of {value.dtype}, which cannot travel.")
        return value.copy()
    if value is None or type(value) in (str, bool, int, float):
        return value
    if isinstance(value, Mapping):
        return _copy_mapping(key, value)
    if type(value) is list:
        return [_copy(f"{key}[{index}]", item) for index, item in enumerate(value)]
    if isinstance(value, numbers.Integral):
        return int(value)
    raise StateDictError(
        f"{key!r} of the state dict is of type {type(value).__name__}, which cannot travel: only tensors, numbers, "
        "strings, None, numpy arrays, and lists and dicts of these can."
    )


def _copy_mapping(key: str, value: Mapping[Any, Any]) -> dict[Any, Any]:
    # A torch state dict is an OrderedDict with format versions in `_metadata`, which load_state_dict() looks at.
    metadata = getattr(value, "_metadata", None)
    result: dict[Any, Any] = OrderedDict() if isinstance(metadata, dict) else {}
    for name, item in value.items():
        if type(name) not in (str, int, float, bool):
            raise StateDictError(f"{key or 'the state dict'!r} has a key of type {type(name).__name__}: {name!r}.")
        result[name] = _copy(f"{key}.{name}" if key else str(name), item)
    if isinstance(metadata, dict):
        result._metadata = _copy("_metadata", dict(metadata))  # type: ignore[attr-defined]
    return result
