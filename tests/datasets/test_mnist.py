"""Where the files go, which data is taken, what is said, and that nothing of the user's is touched."""

from __future__ import annotations

import functools
import gzip
from pathlib import Path

import numpy as np
import pytest

from alphamed_nb.datasets import dataset_directory, mnist, prepare_mnist
from alphamed_nb.datasets.download import DownloadFailed
from alphamed_nb.datasets.idx import FILES, encode, read_files
from alphamed_nb.datasets.mnist import ABOUT, ENVIRONMENT_VARIABLE, NAMES

TASK = "task 1"


built_once = functools.cache(mnist.digits.build)
"""The real digits, made once for all tests here."""


@pytest.fixture(autouse=True)
def no_mnist_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT_VARIABLE, raising=False)

    def no_internet() -> None:
        raise DownloadFailed("no internet in tests")

    monkeypatch.setattr(mnist, "download", no_internet)
    monkeypatch.setattr(mnist.digits, "build", built_once)


def raw(root: Path, node: str) -> Path:
    return root / node / TASK / "dataset" / "MNIST" / "raw"


def make_mnist(folder: Path, parts: dict[str, int], *, zipped: bool = False) -> Path:
    """Write random digits; the first four pixels of each image are its number within the part."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for part, count in parts.items():
        images = random.integers(0, 256, (count, 28, 28)).astype(np.uint8)
        images[:, 0, :4] = np.arange(count, dtype=">u4").view(np.uint8).reshape(count, 4)
        for name, array in zip(FILES[part], (images, np.arange(count).astype(np.uint8) % 10), strict=True):
            content = encode(array)
            (folder / (name + ".gz" if zipped else name)).write_bytes(gzip.compress(content) if zipped else content)
    return folder


def test_torchvision_finds_them_and_downloads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import MNIST
    from torchvision.datasets import mnist as torchvision_mnist

    line = prepare_mnist(TASK, ["node 1"], tmp_path)
    assert "\n" not in line
    assert "Not MNIST" in line and "12,000 training" in line and "no internet in tests" in line

    def refuse(*arguments: object, **options: object) -> None:
        raise AssertionError("torchvision downloads")

    monkeypatch.setattr(torchvision_mnist, "download_and_extract_archive", refuse)
    root = str(dataset_directory(TASK, "node 1", tmp_path))
    training = MNIST(root=root, train=True, download=True)
    test = MNIST(root=root, train=False, download=True)
    assert (len(training), len(test)) == (12_000, 359)
    image, label = training[0]
    assert image.size == (28, 28) and label in range(10)


def test_every_node_gets_the_same_files(tmp_path: Path) -> None:
    prepare_mnist(TASK, ["a", "b"], tmp_path)
    for name in (ABOUT, *NAMES):
        assert (raw(tmp_path, "a") / name).read_bytes() == (raw(tmp_path, "b") / name).read_bytes()
    assert sorted(path.name for path in raw(tmp_path, "b").iterdir()) == sorted([ABOUT, *NAMES]), "nothing left over"


def test_a_node_that_comes_later_gets_the_same_without_a_new_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_mnist(TASK, ["a"], tmp_path)
    monkeypatch.setattr(mnist, "_choose", lambda *_: pytest.fail("chosen again"))
    assert "Taken from" in prepare_mnist(TASK, ["a", "b"], tmp_path)
    assert read_files(raw(tmp_path, "b"), "train") is not None


def test_nothing_is_done_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_mnist(TASK, ["a"], tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in raw(tmp_path, "a").iterdir()}
    monkeypatch.setattr(mnist, "_choose", lambda *_: pytest.fail("chosen again"))
    line = prepare_mnist(TASK, ["a"], tmp_path)
    assert line.startswith("Already there: Not MNIST")
    assert {path.name: path.stat().st_mtime_ns for path in raw(tmp_path, "a").iterdir()} == before


def test_copies_where_links_do_not_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(mnist.os, "link", no_links)
    prepare_mnist(TASK, ["a", "b"], tmp_path)
    assert read_files(raw(tmp_path, "b"), "t10k") is not None


def test_an_interrupted_preparation_is_done_again(tmp_path: Path) -> None:
    prepare_mnist(TASK, ["a"], tmp_path)
    (raw(tmp_path, "a") / NAMES[2]).unlink()
    line = prepare_mnist(TASK, ["a"], tmp_path)
    assert not line.startswith("Already there")
    assert read_files(raw(tmp_path, "a"), "t10k") is not None


def test_a_node_whose_files_are_partly_gone_gets_them_back_from_another(tmp_path: Path) -> None:
    prepare_mnist(TASK, ["a", "b"], tmp_path)
    (raw(tmp_path, "b") / NAMES[0]).unlink()
    prepare_mnist(TASK, ["a", "b"], tmp_path)
    assert sorted(path.name for path in raw(tmp_path, "b").iterdir()) == sorted([ABOUT, *NAMES]), "nothing left over"


def test_files_of_the_user_are_left_as_they_are(tmp_path: Path) -> None:
    folder = make_mnist(raw(tmp_path, "a"), {"train": 5, "t10k": 3})
    before = {name: (folder / name).read_bytes() for name in NAMES}
    assert "of your own" in prepare_mnist(TASK, ["a"], tmp_path)
    prepare_mnist(TASK, ["a", "b"], tmp_path)
    assert {name: (folder / name).read_bytes() for name in NAMES} == before
    assert not (folder / ABOUT).exists()
    assert (raw(tmp_path, "b") / ABOUT).exists(), "the user's own files are not handed to other nodes"


def test_half_of_the_users_files_is_an_error_that_names_them(tmp_path: Path) -> None:
    folder = make_mnist(raw(tmp_path, "a"), {"train": 5})
    with pytest.raises(FileNotFoundError, match="t10k-images-idx3-ubyte"):
        prepare_mnist(TASK, ["a"], tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES["train"])


def test_leftovers_of_a_failed_download_do_not_matter(tmp_path: Path) -> None:
    raw(tmp_path, "a").mkdir(parents=True)
    (raw(tmp_path, "a") / "train-images-idx3-ubyte.gz").write_bytes(b"half a file")
    prepare_mnist(TASK, ["a"], tmp_path)
    assert read_files(raw(tmp_path, "a"), "train") is not None


@pytest.mark.parametrize("place", [".", "MNIST/raw", "raw"])
@pytest.mark.parametrize("zipped", [False, True])
def test_real_mnist_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, zipped: bool) -> None:
    source = tmp_path / "source"
    make_mnist(source / place, {"train": 6, "t10k": 4}, zipped=zipped)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(source))
    line = prepare_mnist(TASK, ["a"], tmp_path)
    assert line == f"Real MNIST from {ENVIRONMENT_VARIABLE}: 6 training and 4 test images."
    given, placed = read_files(source / place, "t10k"), read_files(raw(tmp_path, "a"), "t10k")
    assert given is not None and placed is not None
    assert np.array_equal(given.images, placed.images) and np.array_equal(given.labels, placed.labels)


def test_a_folder_with_only_one_part_is_split_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_mnist(tmp_path / "source", {"t10k": 50}, zipped=True)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(source))
    line = prepare_mnist(TASK, ["a"], tmp_path)
    assert "only the test files are there" in line and "40 training and 10 test images, none in both" in line
    numbers = []
    for part, count in (("train", 40), ("t10k", 10)):
        digits = read_files(raw(tmp_path, "a"), part)
        assert digits is not None and len(digits.labels) == count
        own = digits.images[:, 0, :4].copy().view(">u4").reshape(-1)
        assert np.array_equal(own % 10, digits.labels), "labels stay with their images"
        numbers.append(set(own.tolist()))
    assert not numbers[0] & numbers[1] and len(numbers[0] | numbers[1]) == 50


def test_a_folder_without_mnist_is_an_error_not_a_fallback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=ENVIRONMENT_VARIABLE):
        prepare_mnist(TASK, ["a"], tmp_path)
    assert not raw(tmp_path, "a").exists()


def test_downloaded_mnist_is_said_to_be_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_mnist(tmp_path / "source", {"train": 6, "t10k": 4})
    parts = (read_files(source, "train"), read_files(source, "t10k"))
    monkeypatch.setattr(mnist, "download", lambda: parts)
    assert prepare_mnist(TASK, ["a"], tmp_path) == "Real MNIST, downloaded: 6 training and 4 test images."


def test_no_download_unless_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "download", lambda: pytest.fail("downloads"))
    assert "no download was asked for" in prepare_mnist(TASK, ["a"], tmp_path, allow_download=False)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "a\0"])
def test_ids_that_are_no_folder_names_are_refused(tmp_path: Path, name: str) -> None:
    for task, node in ((TASK, name), (name, "a")):
        with pytest.raises(ValueError, match="one folder name"):
            prepare_mnist(task, [node], tmp_path)
    assert not any(tmp_path.iterdir())


def test_nodes_must_be_a_list(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="list of node ids"):
        prepare_mnist(TASK, "abc", tmp_path)
    with pytest.raises(ValueError, match="at least one"):
        prepare_mnist(TASK, [], tmp_path)
