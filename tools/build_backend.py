"""The build backend: setuptools, after the panel is built, plus the data files that it leaves out of editable installs.

``[options.data_files]`` of setup.cfg says what is installed outside the package: the file that switches the server
extension on, and the panel. setuptools ships these files in an ordinary wheel and drops them from an editable one,
which would leave both extensions silently absent after ``pip install -e .``; :func:`build_editable` puts them back.
"""

from __future__ import annotations

import base64
import configparser
import glob
import hashlib
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import front_end
from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401  the rest of the backend's interface, as it is
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = ["build_editable", "build_sdist", "build_wheel"]

ROOT = Path(__file__).resolve().parent.parent


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    node = [] if front_end.is_built(ROOT) or front_end.find_npm() else [front_end.WHEEL]
    return [*build_meta.get_requires_for_build_wheel(config_settings), *node]


get_requires_for_build_editable = get_requires_for_build_sdist = get_requires_for_build_wheel


def build_wheel(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    front_end.build(ROOT)
    shutil.rmtree(ROOT / "build", ignore_errors=True)  # else modules that were removed since are in the wheel
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    front_end.build(ROOT)
    return build_meta.build_sdist(sdist_directory, config_settings)


def build_editable(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """Build setuptools' editable wheel and add the data files to it. Returns the wheel's file name."""
    front_end.build(ROOT)
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
