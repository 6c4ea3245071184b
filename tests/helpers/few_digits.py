"""Fewer of the real digits than the example trains with, for tests that are about something else than learning."""

from __future__ import annotations

import functools
from pathlib import Path

from alphamed_nb.datasets.digits import build
from alphamed_nb.datasets.idx import FILES, encode

TRAINING_IMAGES = 1_437
"""Each training original as it is; the example trains with 12,000 images made from them."""


@functools.cache
def _files() -> dict[str, bytes]:
    training, test, _ = build(TRAINING_IMAGES)
    parts = {"train": training, "t10k": test}
    return {
        name: encode(array) for part, names in FILES.items() for name, array in zip(names, parts[part], strict=True)
    }


def few_digits(folder: Path) -> dict[str, str]:
    """Write them into `folder`; the environment in which `prepare_mnist` takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _files().items():
        (folder / name).write_bytes(content)
    return {"ALPHAMED_MNIST_DIR": str(folder)}
