"""The unweighted mean of state dicts, key by key."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

__all__ = ["AveragingError", "average_state_dicts"]

_logger = logging.getLogger("alphafed")


class AveragingError(ValueError):
    """The state dicts do not fit together; the message names the key."""


def average_state_dicts(state_dicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mean over `state_dicts`, key by key, each counting the same.

    Floating-point entries (tensors, numpy arrays, numbers) are summed in double precision and returned in their own
    type. Integer and boolean entries are truncated towards zero, with one WARNING that names their keys. Strings and
    None must be equal everywhere and stay. Lists and dicts are averaged element by element. The result shares no memory
    with the arguments, and the arguments are not changed.

    Args:
        state_dicts: at least one; all with the same keys, types and shapes.

    Returns:
        A new dict with the keys in the order of the first one. A `_metadata` attribute of the first one is kept.

    Raises:
        AveragingError: nothing to average, or the dicts differ in keys, types or shapes.
    """
    if not state_dicts:
        raise AveragingError("There is no state dict to average.")
    truncated: list[str] = []
    result = _average("", list(state_dicts), truncated)
    if truncated:
        _logger.warning("Integer values are averaged with truncation: %s.", ", ".join(truncated))
    assert isinstance(result, dict)
    return result


def _average(key: str, values: list[Any], truncated: list[str]) -> Any:
    first = values[0]
    if isinstance(first, torch.Tensor):
        _check_all(key, values, torch.Tensor)
        return _average_tensors(key, values, truncated)
    if isinstance(first, np.ndarray | np.generic):
        _check_all(key, values, (np.ndarray, np.generic))
        return _average_arrays(key, values, truncated)
    if isinstance(first, bool | int | float):
        _check_all(key, values, (bool, int, float))
        return _average_numbers(key, values, truncated)
    if first is None or isinstance(first, str):
        if any(value != first for value in values):
            raise AveragingError(f"{key!r} is not a number and differs between the state dicts.")
        return first
    if isinstance(first, Mapping):
        return _average_mappings(key, values, truncated)
    if isinstance(first, list):
        _check_all(key, values, list)
        if len({len(value) for value in values}) > 1:
            raise AveragingError(f"{key!r} has different lengths: {sorted({len(value) for value in values})}.")
        return [_average(f"{key}[{i}]", [value[i] for value in values], truncated) for i in range(len(first))]
    raise AveragingError(f"{key!r} is a {type(first).__name__}, which cannot be averaged.")


def _average_mappings(key: str, values: list[Any], truncated: list[str]) -> dict[Any, Any]:
    _check_all(key, values, Mapping)
    first = values[0]
    for other in values[1:]:
        different = first.keys() ^ other.keys()
        if different:
            names = ", ".join(sorted(map(str, different)))
            raise AveragingError(f"The state dicts differ in their keys: {names} (in {key or 'the state dict'!r}).")
    prefix = f"{key}." if key else ""
    result: dict[Any, Any] = type(first)() if isinstance(first, dict) else {}
    for name in first:
        result[name] = _average(f"{prefix}{name}", [value[name] for value in values], truncated)
    metadata = getattr(first, "_metadata", None)
    if metadata is not None:
        result._metadata = metadata  # type: ignore[attr-defined]  # the format versions torch keeps on state dicts
    return result


def _average_tensors(key: str, values: list[torch.Tensor], truncated: list[str]) -> torch.Tensor:
    first = values[0]
    _check_same(key, "shape", [tuple(value.shape) for value in values])
    _check_same(key, "type", [value.dtype for value in values])
    if not (first.dtype.is_floating_point or first.dtype.is_complex):
        truncated.append(key)
        mean = _truncated_mean([value.detach().to_dense().cpu().numpy() for value in values])
        whole = torch.from_numpy(mean).to(first.device)
        return whole.to_sparse() if first.is_sparse else whole
    wide = torch.complex128 if first.dtype.is_complex else torch.float64
    total = first.detach().to(wide, copy=True)
    for value in values[1:]:
        total += value.detach().to(device=total.device, dtype=wide)
    return (total / len(values)).to(first.dtype)


def _average_arrays(key: str, values: list[Any], truncated: list[str]) -> Any:
    first = values[0]
    _check_same(key, "shape", [value.shape for value in values])
    _check_same(key, "type", [value.dtype for value in values])
    if first.dtype.kind in "biu":
        truncated.append(key)
        mean = _truncated_mean(values)
    elif first.dtype.kind in "fc":
        wide = np.promote_types(first.dtype, np.float64)
        mean = np.asarray(np.mean(np.stack(values).astype(wide), axis=0)).astype(first.dtype)
    elif first.dtype.kind in "SU" and all(np.array_equal(value, first) for value in values):
        mean = np.array(first)
    else:
        raise AveragingError(f"{key!r} is an array of {first.dtype}, which cannot be averaged.")
    return mean if isinstance(first, np.ndarray) else mean[()]


def _truncated_mean(values: list[Any]) -> np.ndarray[Any, Any]:
    """The mean of whole numbers, truncated towards zero, in their type; exact also where their sum is not in its range.

    Rounded down, the mean is the sum of the quotients and of what the remainders make together. If the sum of the
    quotients leaves the range, adding the rest brings it back.
    """
    stacked = np.stack(values)
    wide = stacked.astype(np.uint64 if stacked.dtype.kind == "u" else np.int64)
    count = wide.dtype.type(len(values))
    quotients, remainders = np.divmod(wide, count)
    # Kept as arrays: scalars warn of what overflows.
    more, rest = np.divmod(np.sum(remainders, axis=0, keepdims=True), count)
    mean = np.sum(quotients, axis=0, keepdims=True) + more
    mean += ((mean < 0) & (rest != 0)).astype(mean.dtype)
    return np.asarray(mean[0], dtype=stacked.dtype)


def _average_numbers(key: str, values: list[Any], truncated: list[str]) -> Any:
    if any(isinstance(value, float) for value in values):
        return sum(values) / len(values)  # fsum() raises where numbers are infinite or their sum is
    truncated.append(key)
    total = sum(values)
    return type(values[0])(abs(total) // len(values) * (1 if total >= 0 else -1))


def _check_all(key: str, values: list[Any], kinds: Any) -> None:
    for value in values:
        if not isinstance(value, kinds):
            raise AveragingError(f"{key!r} is a {type(values[0]).__name__} here and a {type(value).__name__} there.")


def _check_same(key: str, what: str, found: list[Any]) -> None:
    if any(other != found[0] for other in found[1:]):
        raise AveragingError(
            f"{key!r} has a different {what}: {', '.join(str(item) for item in dict.fromkeys(found))}."
        )
