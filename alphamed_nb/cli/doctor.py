"""``alphamed-nb doctor``: what is installed, which hub is used and why."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from typing import Any

from .._version import __version__

__all__ = ["add_parser"]

_PACKAGES = (
    ("ipython", "notebooks"),
    ("ipykernel", "notebooks"),
    ("jupyter_server", "the hub inside Jupyter"),
    ("jupyterlab", "the panel"),
    ("torch", "schedulers"),
    ("torchvision", "the examples"),
    ("tensorboard", "SummaryWriter"),
    ("scikit-learn", "handwritten digits without a download"),
    ("cloudpickle", "nodes in other processes"),
)


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "doctor", help="say what was found and why", description="Say what is installed, which hub is used and why."
    )
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    for title, lines in (("versions", _versions()), ("hub", _hub()), ("data", _data()), ("name alphafed", _alias())):
        print(title)
        for line in lines:
            print(f"  {line}")
    return 0


def _versions() -> Iterator[str]:
    yield f"alphamed_nb {__version__} in {os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}"
    yield f"Python {platform.python_version()} at {sys.executable}, {platform.platform()}"
    for name, purpose in _PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} is not installed ({purpose})"


def _hub() -> Iterator[str]:
    from ..node.link.discovery import explain

    yield from explain()


def _data() -> Iterator[str]:
    from ..hub.store.data_directory import holder_of
    from ..protocol.errors import StorageFailed
    from .clean import data_directories

    found = data_directories()
    if not found:
        yield "nothing is stored yet"
    for path in found:
        try:
            holder = holder_of(path)
        except StorageFailed as error:
            yield f"{path}: {error}"
            continue
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        used = f"used by {holder.kind} hub, pid {holder.pid}" if holder is not None else "not in use"
        yield f"{path}: {size / 1e6:,.1f} MB, {used}"


def _alias() -> Iterator[str]:
    from .. import alias

    if importlib.util.find_spec("alphafed") is not None and not alias.is_installed():
        spec = importlib.util.find_spec("alphafed")
        if spec is not None and spec.loader is not None:
            yield f"a package of that name is installed ({spec.origin}): it wins, and the mock environment is not used"
            return
    yield "served by alphamed_nb once `%load_ext alphamed_nb` has run"
