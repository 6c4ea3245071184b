"""A stand-in for MNIST made from scikit-learn's 1,797 real handwritten digits (8 x 8 pixels, 17 grey values).

The originals are parted first: every training image comes from a training original, every test image from a test
original. Then each is scaled to 20 x 20 and padded to 28 x 28, as MNIST's digits are. A test original gives one test
image and is not varied. A training original gives one image as it is, and several that are slightly turned, sheared,
stretched and moved. The parting is random and by class; writers are not kept apart, so a model is tested on
other digits of the same writers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .idx import Bytes, Digits

__all__ = ["TRAINING_IMAGES", "Parts", "build", "part_originals"]

TRAINING_IMAGES = 12_000
TEST_SHARE = 0.2
SEED = 20_240_101

SIZE = 28
SCALE = 20 / 8
MARGIN = 4

Floats = npt.NDArray[np.float32]


class Parts(NamedTuple):
    """Indices into scikit-learn's digits."""

    training: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]


def part_originals(labels: npt.NDArray[np.int64]) -> Parts:
    """Part the originals: of each class the same share are test originals; always in the same way."""
    random = np.random.default_rng(SEED)
    training, test = [], []
    for digit in range(10):
        members = random.permutation(np.flatnonzero(labels == digit))
        count = round(len(members) * TEST_SHARE)
        test.append(members[:count])
        training.append(members[count:])
    return Parts(random.permutation(np.concatenate(training)), random.permutation(np.concatenate(test)))


def build(training_images: int = TRAINING_IMAGES) -> tuple[Digits, Digits, Parts]:
    """Return training images, test images, and the originals they come from; the same at every call.

    Training image i comes from training original ``parts.training[i % len(parts.training)]``, test image i from
    ``parts.test[i]``.
    """
    from sklearn.datasets import load_digits  # slow to import

    loaded = load_digits()
    labels = loaded.target.astype(np.int64)
    originals: Floats = (loaded.images / 16).astype(np.float32)
    parts = part_originals(labels)
    sources = parts.training[np.arange(training_images) % len(parts.training)]
    random = np.random.default_rng(SEED + 1)
    changes = _slight_changes(training_images, random)
    changes[: len(parts.training)] = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
    return (
        Digits(_render(originals[sources], changes), labels[sources].astype(np.uint8)),
        Digits(_render(originals[parts.test]), labels[parts.test].astype(np.uint8)),
        parts,
    )


def _slight_changes(count: int, random: np.random.Generator) -> Floats:
    """Draw affine changes, shape (count, 2, 3): where in the unchanged image a pixel of the changed one is found."""
    angle = np.deg2rad(random.uniform(-10, 10, count))
    shear = random.uniform(-0.15, 0.15, count)
    stretch = random.uniform(0.9, 1.1, (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    changes = np.empty((count, 2, 3), dtype=np.float32)
    changes[:, 0, 0] = cos * stretch[0]
    changes[:, 0, 1] = (-sin + shear * cos) * stretch[0]
    changes[:, 1, 0] = sin * stretch[1]
    changes[:, 1, 1] = (cos + shear * sin) * stretch[1]
    changes[:, :, 2] = random.uniform(-1.5, 1.5, (count, 2))
    return changes


def _render(originals: Floats, changes: Floats | None = None, chunk: int = 1000) -> Bytes:
    """Scale 8 x 8 originals (0 to 1) to 28 x 28 images with a margin, changed by `changes`; linear interpolation."""
    count = len(originals)
    images = np.empty((count, SIZE, SIZE), dtype=np.uint8)
    padded = np.pad(originals, ((0, 0), (1, 1), (1, 1)))
    centre = (SIZE - 1) / 2
    grid = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij")).reshape(2, -1).astype(np.float32)
    for start in range(0, count, chunk):
        part = padded[start : start + chunk]
        places = (grid - centre)[None]
        if changes is not None:
            change = changes[start : start + chunk]
            places = change[:, :, :2] @ places + change[:, :, 2:]
        # From pixels of the image to pixels of the padded original, whose border pixels are black.
        places = np.clip((places + centre - MARGIN + 0.5) / SCALE - 0.5 + 1, 0, 9 - 1e-4)
        corner = places.astype(np.int64)
        row, column = corner[:, 0], corner[:, 1]
        down, right = (places - corner).transpose(1, 0, 2)
        which = np.arange(len(part))[:, None]
        values = (
            part[which, row, column] * (1 - down) * (1 - right)
            + part[which, row + 1, column] * down * (1 - right)
            + part[which, row, column + 1] * (1 - down) * right
            + part[which, row + 1, column + 1] * down * right
        )
        images[start : start + chunk] = np.rint(values * 255).astype(np.uint8).reshape(-1, SIZE, SIZE)
    return images
