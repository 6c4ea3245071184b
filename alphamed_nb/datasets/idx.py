"""The IDX files of MNIST: a header that gives type and sizes, then unsigned bytes."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["FILES", "Bytes", "Digits", "decode", "encode", "read_files"]

Bytes = npt.NDArray[np.uint8]

UNSIGNED_BYTE = 0x08


class Digits(NamedTuple):
    """Images, shape (n, 28, 28), 0 black to 255 white, and their labels, shape (n,), 0 to 9."""

    images: Bytes
    labels: Bytes


FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "t10k": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
"""Part ("train": training, "t10k": test) -> names of its image file and its label file."""


def encode(array: Bytes) -> bytes:
    """Return `array` as the content of an IDX file."""
    header = struct.pack(f">HBB{array.ndim}I", 0, UNSIGNED_BYTE, array.ndim, *array.shape)
    return header + np.ascontiguousarray(array, dtype=np.uint8).tobytes()


def decode(content: bytes, name: str) -> Bytes:
    """Return the array in the IDX file `content`; `name` is how an error calls it.

    Raises:
        ValueError: it is no IDX file of unsigned bytes, or not as long as its header says.
    """
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise ValueError(f"{name} is no IDX file of unsigned bytes.")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise ValueError(f"{name} ends within its header.")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    values = np.frombuffer(content, dtype=np.uint8, offset=start)
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ValueError(f"{name} has {values.size} values, its header says {' x '.join(map(str, shape))}.")
    return values.reshape(shape)


def read_files(folder: Path, part: str) -> Digits | None:
    """Read one part, plain or gzipped, from `folder`; None if neither of its two files is there.

    Raises:
        FileNotFoundError: only one of the two is there.
        ValueError: a file is damaged, or they do not belong together.
    """
    found = [_find(folder / name) for name in FILES[part]]
    if not any(found):
        return None
    for name, path in zip(FILES[part], found, strict=True):
        if path is None:
            raise FileNotFoundError(f"{folder} holds only one of the two files of its part: no {name}[.gz].")
    images, labels = (decode(_read(path), str(path)) for path in found if path is not None)
    if images.shape[1:] != (28, 28) or labels.shape != images.shape[:1]:
        raise ValueError(f"{folder}: {FILES[part][0]} has shape {images.shape}, its labels {labels.shape}.")
    return Digits(images, labels)


def _find(path: Path) -> Path | None:
    for candidate in (path, path.with_name(path.name + ".gz")):
        if candidate.is_file():
            return candidate
    return None


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content
