"""State dicts of dense tensors, as those of most models are, as bytes: `torch.load` takes forty times as long for small
ones.

A line that says what it is, the length of the header (4 bytes), the header in JSON, and the numbers of each tensor.
(The library safetensors keeps neither the order of keys nor tensors that share memory, and takes ten times as long to
write.)
"""

from __future__ import annotations

import math
import sys
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import msgspec
import torch

from .errors import StateDictError

__all__ = ["are_tensor_bytes", "from_tensor_bytes", "to_tensor_bytes"]

_BEGIN = f"alphamed_nb tensors 1 {sys.byteorder}\n".encode()
_KINDS = {
    str(kind).removeprefix("torch."): kind
    for kind in (
        *(torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool),
        *(torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64),
    )
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class _Header(msgspec.Struct):
    tensors: list[tuple[str, str, list[int]]]
    """Key, type of numbers, shape."""
    metadata: dict[str, dict[str, int]] | None
    """The format versions that torch keeps on state dicts of its own."""


_decode = msgspec.json.Decoder(_Header).decode


def are_tensor_bytes(data: bytes) -> bool:
    return data.startswith(_BEGIN)


def to_tensor_bytes(state_dict: Mapping[Any, Any]) -> bytes | None:
    """None if it is no such state dict: something else has to write it.

    Args:
        state_dict: its tensors are on the CPU and have no history.
    """
    tensors, parts = [], []
    for key, value in state_dict.items():
        if type(value) is not torch.Tensor or value.dtype not in _NAMES or not isinstance(key, str):
            return None
        if value.layout is not torch.strided or not value.is_contiguous():
            return None
        tensors.append((key, _NAMES[value.dtype], list(value.shape)))
        parts.append(value.reshape(-1).view(torch.uint8).numpy())
    try:
        metadata = msgspec.convert(getattr(state_dict, "_metadata", None), dict[str, dict[str, int]] | None)
        header = msgspec.json.encode(_Header(tensors, metadata))
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None
    return b"".join((_BEGIN, len(header).to_bytes(4, "little"), header, *parts))


def from_tensor_bytes(data: bytes) -> dict[str, Any]:
    """The state dict again. Raises StateDictError for what no sender of ours has written."""
    rest = memoryview(data)[len(_BEGIN) :]
    size = int.from_bytes(rest[:4], "little")
    try:
        header = _decode(rest[4 : 4 + size])
        rest = rest[4 + size :]
        found: dict[str, Any] = OrderedDict() if header.metadata is not None else {}
        for key, name, shape in header.tensors:
            kind = _KINDS[name]
            size = math.prod(shape) * kind.itemsize
            content, rest = bytearray(rest[:size]), rest[size:]
            flat = torch.frombuffer(content, dtype=kind) if content else torch.empty(0, dtype=kind)
            found[key] = flat.reshape(shape)
    except (msgspec.MsgspecError, KeyError, ValueError, RuntimeError) as error:
        raise StateDictError(f"The bytes are no state dict: {error}") from None
    if rest:
        raise StateDictError(f"The bytes are no state dict: {len(rest):,} of them are too many.")
    if header.metadata is not None:
        found._metadata = header.metadata  # type: ignore[attr-defined]
    return found
