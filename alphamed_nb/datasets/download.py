"""Real MNIST from the sites that torchvision uses, with a limit on the time it may take."""

from __future__ import annotations

import gzip
import hashlib
import time
import urllib.request
from collections.abc import Sequence

from .idx import FILES, Digits, decode

__all__ = ["DownloadFailed", "download"]

# MNIST.mirrors and MNIST.resources of torchvision.datasets once more (a test compares them): importing torchvision
# takes seconds, which is long for finding out that there is no internet.
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/")
RESOURCES = (
    ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
    ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
    ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
)

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 120.0


class DownloadFailed(Exception):
    """MNIST could not be fetched; the text says why."""


def download(
    mirrors: Sequence[str] = MIRRORS,
    resources: Sequence[tuple[str, str]] = RESOURCES,
    *,
    total_seconds: float = TOTAL_SECONDS,
) -> tuple[Digits, Digits]:
    """Fetch MNIST's training and test images.

    Args:
        mirrors: addresses of folders, tried in turn.
        resources: (name, MD5) of the four files.
        total_seconds: give up when all of it takes longer.

    Raises:
        DownloadFailed: no mirror answered in time with the right files.
    """
    end = time.monotonic() + total_seconds
    contents: dict[str, bytes] = {}
    for name, digest in resources:
        contents[name.removesuffix(".gz")] = _fetch(mirrors, name, digest, end)
    training, test = (
        Digits(decode(contents[images], images), decode(contents[labels], labels)) for images, labels in FILES.values()
    )
    return training, test


def _fetch(mirrors: Sequence[str], name: str, digest: str, end: float) -> bytes:
    problems = []
    for mirror in mirrors:
        try:
            content = _read(mirror.rstrip("/") + "/" + name, end)
        except (OSError, ValueError) as error:  # URLError, a time-out, a refused connection
            problems.append(str(getattr(error, "reason", error)))
            continue
        if hashlib.md5(content, usedforsecurity=False).hexdigest() == digest:
            return gzip.decompress(content)
        problems.append("not the file it should be (its MD5 differs)")
    raise DownloadFailed("; ".join(dict.fromkeys(problems)) or "no download site is known")


def _read(address: str, end: float) -> bytes:
    pieces = []
    with urllib.request.urlopen(address, timeout=CONNECT_SECONDS) as response:
        while piece := response.read(1 << 16):
            pieces.append(piece)
            if time.monotonic() > end:
                raise TimeoutError("the download took too long")
    return b"".join(pieces)
