"""The build backend: setuptools, plus the data files that it leaves out of editable installs.

``[options.data_files]`` of setup.cfg says what is installed outside the package, for instance the file that switches
the server extension on. setuptools ships these files in an ordinary wheel and drops them from an editable one, which
would leave the extension silently absent after ``pip install -e .``; :func:`build_editable` puts them back.
"""

from __future__ import annotations

import base64
import configparser
import glob
import hashlib
import os
import zipfile
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401  the rest of the backend's interface, as it is
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = ["build_editable", "build_sdist", "build_wheel"]

ROOT = Path(__file__).resolve().parent.parent


def build_editable(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """Build setuptools' editable wheel and add the data files to it. Returns the wheel's file name."""
    name = build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
    add_data_files(Path(wheel_directory) / name, data_files(ROOT))
    return name


def data_files(root: Path) -> dict[str, Path]:
    """Return setup.cfg's data files: path below the installation's prefix -> file in the source tree."""
    config = configparser.RawConfigParser()
    config.optionxform = str  # type: ignore[assignment,method-assign]  # folder names keep their case
    config.read(root / "setup.cfg", encoding="utf-8")
    found: dict[str, Path] = {}
    for folder, patterns in config["options.data_files"].items():
        for pattern in patterns.split():
            for file in sorted(glob.glob(pattern, root_dir=root, recursive=True)):
                found[f"{folder}/{Path(file).name}"] = root / file
    return found


def add_data_files(wheel: Path, files: dict[str, Path]) -> None:
    """Add `files` to the wheel, under ``<name>-<version>.data/data``, with their lines in RECORD."""
    stem = "-".join(wheel.name.split("-")[:2])
    changed = wheel.with_suffix(".tmp")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        record = f"{stem}.dist-info/RECORD"
        lines = old.read(record).decode()
        for item in old.infolist():
            if item.filename != record:
                new.writestr(item, old.read(item))
        for target, file in files.items():
            content = file.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            member = f"{stem}.data/data/{target}"
            new.writestr(member, content)
            lines += f"{member},sha256={digest},{len(content)}\n"
        new.writestr(record, lines)
    os.replace(changed, wheel)
