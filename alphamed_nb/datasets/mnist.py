"""Which digits the nodes get, and putting them in place.

In this order: real MNIST from the folder that ``ALPHAMED_MNIST_DIR`` names; real MNIST downloaded; scikit-learn's
digits in MNIST's layout. Whichever it is, the files have torchvision's names and format and lie in
``<node>/<task>/dataset/MNIST/raw``, and :func:`prepare_mnist` says in one line which data they are.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from . import digits
from .download import DownloadFailed, download
from .idx import FILES, Digits, encode, read_files

__all__ = ["ABOUT", "ENVIRONMENT_VARIABLE", "dataset_directory", "prepare_directories", "prepare_mnist"]

ENVIRONMENT_VARIABLE = "ALPHAMED_MNIST_DIR"

ABOUT = "ABOUT.txt"
"""Written before the other files into every folder that is filled here: which data it is, and that we put it there."""

SPLIT_SEED = 20_240_102
SPLIT_TRAINING_SHARE = 0.8

NAMES = [name for names in FILES.values() for name in names]


class Data(NamedTuple):
    """The four files, ready to be written, and what they hold in one line."""

    line: str
    contents: dict[str, bytes]


def dataset_directory(task_id: str, node: str, root: str | os.PathLike[str] = ".") -> Path:
    """Return where `node` looks for the data of the task: what ``get_dataset_dir(task_id)`` is on that node.

    Raises:
        ValueError: an id cannot be the name of one folder.
    """
    for name in (task_id, node):
        if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
            raise ValueError(f"{name!r} cannot be a node id or task id: it must be usable as one folder name.")
    return Path(root) / node / task_id / "dataset"


def prepare_mnist(
    task_id: str, nodes: Iterable[str], root: str | os.PathLike[str] = ".", *, allow_download: bool = True
) -> str:
    """Put MNIST's files where these nodes will look, unless they are there already.

    Args:
        task_id: the task whose data it is.
        nodes: ids of the nodes.
        root: the folder that holds the notebooks.
        allow_download: whether real MNIST may be fetched from the internet.

    Returns:
        One line that says which data it is.

    Raises:
        FileNotFoundError: ``ALPHAMED_MNIST_DIR`` is set and names no folder with MNIST's files, or a node's folder
            holds some of the four files, put there by someone else.
        ValueError: an id cannot be a folder name, or a file in ``ALPHAMED_MNIST_DIR`` is damaged.
    """
    if isinstance(nodes, str):
        raise ValueError(f"nodes must be a list of node ids, got the string {nodes!r}.")
    directories = [dataset_directory(task_id, node, root) for node in nodes]
    if not directories:
        raise ValueError("nodes must hold at least one node id.")
    return prepare_directories(directories, os.environ, allow_download=allow_download)


def prepare_directories(directories: list[Path], environment: Mapping[str, str], *, allow_download: bool = True) -> str:
    """:func:`prepare_mnist` for dataset directories (the ``root`` of torchvision's MNIST) instead of nodes."""
    folders = [directory / "MNIST" / "raw" for directory in directories]
    present = {folder: line for folder in folders if (line := _present(folder)) is not None}
    missing = [folder for folder in folders if folder not in present]
    if not missing:
        return "Already there: " + " ".join(dict.fromkeys(present.values()))
    ours = [folder for folder in present if (folder / ABOUT).is_file()]
    if ours:  # the other nodes get the very same
        _link_all(ours[0], missing)
        return f"{present[ours[0]]} Taken from {ours[0]}."
    data, reason = _choose(environment, allow_download)
    _write_all(data, missing[0])
    _link_all(missing[0], missing[1:])
    return f"{data.line} {reason}".strip()


def _present(raw: Path) -> str | None:
    """Return what is said about the files in `raw`, or None if they have to be put there."""
    found = [name for name in NAMES if (raw / name).is_file()]
    about = raw / ABOUT
    if about.is_file():
        return about.read_text(encoding="utf-8").strip() if len(found) == len(NAMES) else None
    if len(found) == len(NAMES):
        return "MNIST files of your own, left as they are."
    if found:
        raise FileNotFoundError(
            f"{raw} holds {', '.join(found)} but not {', '.join(name for name in NAMES if name not in found)}. "
            "Add the missing files or remove the others."
        )
    return None


def _choose(environment: Mapping[str, str], allow_download: bool) -> tuple[Data, str]:
    """Return the data, and if they are no MNIST, the reason."""
    folder = environment.get(ENVIRONMENT_VARIABLE)
    if folder:
        return _from_folder(Path(folder).expanduser()), ""
    reason = "no download was asked for"
    if allow_download:
        try:
            training, test = download()
        except DownloadFailed as error:
            reason = f"a download failed: {error}"
        else:
            return _data(f"Real MNIST, downloaded: {_counts(training, test)}.", training, test), ""
    training, test, parts = digits.build()
    line = (
        f"Not MNIST but scikit-learn's handwritten digits in its layout: {len(training.labels):,} training images made "
        f"from {len(parts.training):,} originals, {len(test.labels)} test images, each from another original."
    )
    return _data(line, training, test), f"({ENVIRONMENT_VARIABLE} is not set; {reason}.)"


def _from_folder(folder: Path) -> Data:
    for place in (folder, folder / "MNIST" / "raw", folder / "raw"):
        training, test = read_files(place, "train"), read_files(place, "t10k")
        if training is not None and test is not None:
            return _data(f"Real MNIST from {ENVIRONMENT_VARIABLE}: {_counts(training, test)}.", training, test)
        one = training or test
        if one is not None:
            kind = "training" if training else "test"
            training, test = _split(one)
            line = (
                f"Real MNIST from {ENVIRONMENT_VARIABLE}, of which only the {kind} files are there, split at random: "
                f"{_counts(training, test)}, none in both."
            )
            return _data(line, training, test)
    raise FileNotFoundError(
        f"{ENVIRONMENT_VARIABLE} is {str(folder)!r}: no MNIST files there ({', '.join(NAMES)}, each plain or .gz)."
    )


def _data(line: str, training: Digits, test: Digits) -> Data:
    arrays = [*zip(FILES["train"], training, strict=True), *zip(FILES["t10k"], test, strict=True)]
    return Data(line, {name: encode(array) for name, array in arrays})


def _split(data: Digits) -> tuple[Digits, Digits]:
    order = np.random.default_rng(SPLIT_SEED).permutation(len(data.labels))
    count = round(len(order) * SPLIT_TRAINING_SHARE)
    training, test = (Digits(data.images[part], data.labels[part]) for part in (order[:count], order[count:]))
    return training, test


def _counts(training: Digits, test: Digits) -> str:
    return f"{len(training.labels):,} training and {len(test.labels):,} test images"


def _write_all(data: Data, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {ABOUT: data.line.encode() + b"\n", **data.contents}.items():
        _write(folder / name, content)


def _link_all(source: Path, folders: list[Path]) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (ABOUT, *NAMES):
            _link(source / name, folder / name)


def _write(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    beside = _beside(path)
    try:
        with open(beside, "xb") as file:
            file.write(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _link(source: Path, path: Path) -> None:
    beside = _beside(path)
    try:
        os.link(source, beside)
    except OSError:  # another file system, or one without links
        _write(path, source.read_bytes())
        return
    try:
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)  # os.replace leaves it when both are links to the same file


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")
