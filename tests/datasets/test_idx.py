"""IDX files: what is written is read back by us and by torchvision, and damaged files are refused by name."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from alphamed_nb.datasets.idx import FILES, decode, encode, read_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = np.arange(3 * 28 * 28, dtype=np.int64).astype(np.uint8).reshape(3, 28, 28)
    names = FILES["train"]
    (tmp_path / names[0]).write_bytes(encode(images))
    (tmp_path / names[1]).write_bytes(encode(np.array([7, 0, 9], dtype=np.uint8)))
    return tmp_path


def test_torchvision_reads_what_is_written(folder: Path) -> None:
    from torchvision.datasets.mnist import read_image_file, read_label_file

    digits = read_files(folder, "train")
    assert digits is not None
    assert np.array_equal(read_image_file(str(folder / FILES["train"][0])).numpy(), digits.images)
    assert read_label_file(str(folder / FILES["train"][1])).tolist() == [7, 0, 9] == digits.labels.tolist()


def test_gzipped_files_are_read(folder: Path) -> None:
    plain = read_files(folder, "train")
    for name in FILES["train"]:
        (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes()))
        (folder / name).unlink()
    zipped = read_files(folder, "train")
    assert plain is not None and zipped is not None
    assert np.array_equal(plain.images, zipped.images)


def test_a_missing_part_is_none_and_half_a_part_an_error(folder: Path) -> None:
    assert read_files(folder, "t10k") is None
    (folder / FILES["train"][1]).unlink()
    with pytest.raises(FileNotFoundError, match="train-labels-idx1-ubyte"):
        read_files(folder, "train")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no IDX file"),
        (b"PK\x03\x04" + bytes(20), "no IDX file"),
        (bytes([0, 0, 8, 3, 0, 0]), "within its header"),
        (encode(np.zeros((2, 3), dtype=np.uint8))[:-1], "its header says 2 x 3"),
    ],
)
def test_damaged_files_are_refused_by_name(content: bytes, what: str) -> None:
    with pytest.raises(ValueError, match=f"some-file .*{what}"):
        decode(content, "some-file")


def test_images_and_labels_must_belong_together(folder: Path) -> None:
    (folder / FILES["train"][1]).write_bytes(encode(np.zeros(4, dtype=np.uint8)))
    with pytest.raises(ValueError, match="its labels"):
        read_files(folder, "train")
