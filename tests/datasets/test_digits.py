"""The built-in digits: no original in both parts, the same at every call, shaped like MNIST."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from alphamed_nb.datasets.digits import TRAINING_IMAGES, Parts, build, part_originals
from alphamed_nb.datasets.idx import Digits

Built = tuple[Digits, Digits, Parts]


@pytest.fixture(scope="module")
def built() -> Built:
    return build()


def rendered(original: np.ndarray) -> np.ndarray:
    """Scale an original with another tool than the product's, to compare with."""
    image = Image.fromarray((original / 16 * 255).astype(np.uint8)).resize((20, 20), Image.Resampling.BILINEAR)
    return np.pad(np.asarray(image), 4).reshape(-1)


def normed(images: np.ndarray) -> np.ndarray:
    rows = images.reshape(len(images), -1).astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_no_original_is_in_both_parts(built: Built) -> None:
    training, test, parts = built
    assert not set(parts.training.tolist()) & set(parts.test.tolist())
    assert sorted([*parts.training.tolist(), *parts.test.tolist()]) == list(range(1797))
    # And the images say so themselves: each unchanged one is most like the original it is said to come from.
    originals = normed(np.array([rendered(original) for original in load_digits().images]))
    for images, sources in ((training.images[: len(parts.training)], parts.training), (test.images, parts.test)):
        assert np.array_equal((normed(images) @ originals.T).argmax(axis=1), sources)


def test_every_image_has_the_label_of_its_original(built: Built) -> None:
    training, test, parts = built
    labels = load_digits().target
    sources = parts.training[np.arange(len(training.labels)) % len(parts.training)]
    assert np.array_equal(training.labels, labels[sources])
    assert np.array_equal(test.labels, labels[parts.test])


def test_sizes_and_classes(built: Built) -> None:
    training, test, parts = built
    assert training.images.shape == (TRAINING_IMAGES, 28, 28)
    assert test.images.shape == (len(parts.test), 28, 28)
    for digits in (training, test):
        assert digits.images.dtype == digits.labels.dtype == np.uint8
        share = np.bincount(digits.labels, minlength=10) / len(digits.labels)
        assert 0.08 < share.min() and share.max() < 0.12
    assert not test.images[:, :3].any() and not test.images[:, :, 25:].any(), "test images keep their margin"


def test_training_images_are_varied_and_test_images_are_not(built: Built) -> None:
    training, test, parts = built
    first = training.images[len(parts.training) :]
    same = training.images[: len(first)][: len(parts.training)]
    assert not any(np.array_equal(a, b) for a, b in zip(same, first, strict=False))
    assert len(np.unique(test.images, axis=0)) == len(test.images)


def test_the_same_at_every_call(built: Built) -> None:
    again = build()
    for one, other in zip(built, again, strict=True):
        for a, b in zip(one, other, strict=True):
            assert hashlib.sha256(a.tobytes()).digest() == hashlib.sha256(b.tobytes()).digest()


def test_each_class_gives_the_same_share_of_test_originals() -> None:
    labels = np.repeat(np.arange(10), 50)
    parts = part_originals(labels)
    assert np.bincount(labels[parts.test]).tolist() == [10] * 10
