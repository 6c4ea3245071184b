"""State dicts as bytes, safe to load: nothing but data travels.

Allowed are tensors, numbers, strings, None, lists and dicts of these, and numpy arrays and scalars. Whether all of a
state dict is so is decided here, at the sender, by key and type: what passes can be loaded and averaged.
"""

from __future__ import annotations

import io
import numbers
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from .errors import StateDictError
from .tensor_bytes import are_tensor_bytes, from_tensor_bytes, to_tensor_bytes

__all__ = ["dump_state_dict", "load_state_dict", "load_state_dict_file", "portable_copy"]


def _no_bytes() -> bytes:
    """What empty arrays and texts of numpy name instead of their content."""
    return b""


_DTYPE_CLASSES = [
    found for found in vars(np.dtypes).values() if isinstance(found, type) and issubclass(found, np.dtype)
]
_MAKE_ARRAY, _MAKE_SCALAR = np.zeros(0).__reduce__()[0], np.float64(0).__reduce__()[0]
_SAFE_GLOBALS: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    np.ndarray,
    np.dtype,
    *_DTYPE_CLASSES,
    # As numpy 1 and numpy 2 call them: the node that sent it may have the other one.
    *((_MAKE_ARRAY, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
    *((_MAKE_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    (_no_bytes, "builtins.bytes"),
]
_WHOLE_NUMBERS = {
    torch.bool,
    *(torch.int8, torch.int16, torch.int32, torch.int64),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
}
_LARGEST_BITS = 8 * 255 - 1
"""Of a Python int: a longer one is pickled in a way that a safe loader does not read."""


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
    copied = portable_copy(state_dict)
    content = to_tensor_bytes(copied)
    if content is not None:
        return content
    buffer = io.BytesIO()
    torch.save(copied, buffer)
    return buffer.getvalue()


def load_state_dict(data: bytes) -> dict[str, Any]:
    """The state dict of bytes from another node; runs no code that they may name.

    Raises:
        pickle.UnpicklingError, StateDictError: the bytes hold something else than data.
    """
    if are_tensor_bytes(data):
        return from_tensor_bytes(data)
    return load_state_dict_file(io.BytesIO(data))


def load_state_dict_file(file: BinaryIO) -> dict[str, Any]:
    with torch.serialization.safe_globals(_SAFE_GLOBALS):
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(loaded, dict):
        raise StateDictError(f"A state dict was expected, got {type(loaded).__name__}.")
    return loaded


def _copy(key: str, value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        with torch._C.DisableTorchFunctionSubclass():
            return _copy_tensor(key, value)
    if isinstance(value, np.ndarray | np.generic):
        return _copy_array(key, value)
    if value is None:
        return None
    if isinstance(value, Mapping):
        return _copy_mapping(key, value)
    if isinstance(value, list):
        return [_copy(f"{key}[{index}]", item) for index, item in enumerate(value)]
    plain = _plain(value)
    if plain is None:
        raise _refusal(key, f"of type {type(value).__name__}", f"only {_ALLOWED} can")
    if isinstance(plain, int) and plain.bit_length() > _LARGEST_BITS:
        raise _refusal(key, f"an int of {plain.bit_length()} bits", "make it a string")
    return plain


_ALLOWED = "tensors, numbers, strings, None, numpy arrays, and lists and dicts of these"


def _refusal(key: str, what: str, hint: str) -> StateDictError:
    return StateDictError(f"{key!r} of the state dict is {what}, which cannot travel: {hint}.")


def _plain(value: Any) -> str | bool | int | float | None:
    """The number or string that `value` is, or of which its class is a kind; None if it is none."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, float) else None


def _copy_tensor(key: str, value: torch.Tensor) -> torch.Tensor:
    if is_lazy(value):
        raise _refusal(key, "a parameter without values yet", "run the model once before it is exchanged")
    if value.is_quantized:
        raise _refusal(key, f"a quantized tensor ({value.dtype})", "dequantize() it")
    if value.is_nested or value.layout not in (torch.strided, torch.sparse_coo):
        layout = "nested" if value.is_nested else value.layout
        raise _refusal(key, f"a tensor with layout {layout}", "make it a dense one, as to_dense() does")
    # Of a subclass only the numbers: it would have to be known wherever they are loaded.
    plain = value.detach()
    if type(plain) is not torch.Tensor:
        raise _refusal(key, f"of type {type(value).__name__}", "no plain tensor can be made of it")
    if not (plain.is_floating_point() or plain.is_complex() or plain.dtype in _WHOLE_NUMBERS):
        raise _refusal(key, f"a tensor of {value.dtype}", "these are no numbers to average")
    try:
        return plain.to(device="cpu", copy=True)
    except NotImplementedError as error:
        what = f"a tensor of {value.dtype} on the device {value.device}"
        raise _refusal(key, what, "torch cannot copy it") from error


def _copy_array(key: str, value: Any) -> Any:
    if value.dtype.kind not in "biufcSU":
        raise _refusal(key, f"an array of {value.dtype}", "only numbers, booleans and text can")
    if np.ma.is_masked(value):
        raise _refusal(key, f"a {type(value).__name__} of which values are masked", "fill them, as filled() does")
    # An array of a subclass, as of a file mapped into memory, becomes a plain one, in the byte order that loading gives
    # it in any case; a scalar stays a scalar.
    return np.array(value, value.dtype.newbyteorder("=")) if isinstance(value, np.ndarray) else value.copy()


def _copy_mapping(key: str, value: Mapping[Any, Any]) -> dict[Any, Any]:
    # A torch state dict is an OrderedDict with format versions in `_metadata`, which load_state_dict() looks at.
    metadata = getattr(value, "_metadata", None)
    result: dict[Any, Any] = OrderedDict() if isinstance(metadata, dict) else {}
    for name, item in value.items():
        plain = _plain(name)
        if plain is None:
            raise StateDictError(f"{key or 'the state dict'!r} has a key of type {type(name).__name__}: {name!r}.")
        result[plain] = _copy(f"{key}.{plain}" if key else str(plain), item)
    if isinstance(metadata, dict):
        result._metadata = _copy("_metadata", dict(metadata))  # type: ignore[attr-defined]
    return result
