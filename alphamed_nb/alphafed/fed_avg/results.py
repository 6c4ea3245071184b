"""The results of a task, in the result directory of the aggregator."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch

__all__ = ["MODEL_FILE", "REPORT_FILE", "files_below", "write_model", "write_report"]

MODEL_FILE = "model.pt"
REPORT_FILE = "report.zip"


def files_below(folder: str | os.PathLike[str]) -> set[Path]:
    """All files in a folder and its folders; none if there is no such folder."""
    return {path for path in Path(folder).rglob("*") if path.is_file()}


def write_model(result_dir: str, state_dict: Mapping[str, Any]) -> str:
    """`torch.save` of the state dict; returns the path."""
    path = os.path.join(result_dir, MODEL_FILE)
    torch.save(state_dict, f"{path}.new")
    os.replace(f"{path}.new", path)
    return path


def write_report(result_dir: str, log_dir: str, leave_out: Collection[Path] = ()) -> str:
    """Pack the TensorBoard files, with paths relative to the result directory; returns the path.

    Args:
        leave_out: files of an earlier run.
    """
    path = os.path.join(result_dir, REPORT_FILE)
    with zipfile.ZipFile(f"{path}.new", "w", zipfile.ZIP_DEFLATED) as report:
        for file in sorted(files_below(log_dir) - set(leave_out)):
            report.write(file, file.relative_to(result_dir))
    os.replace(f"{path}.new", path)
    return path
