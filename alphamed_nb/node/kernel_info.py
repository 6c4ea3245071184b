"""Which process, notebook, kernel and cell this is."""

from __future__ import annotations

import os
import secrets
import sys
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from .._host import host_identity
from ..protocol.messages import ProcessInfo
from .plain import as_text

__all__ = ["cell_id", "forget_after_fork", "ipython", "kernel_id", "notebook_path", "process_info"]

_LONGEST_CELL_ID = 256
"""Bytes of UTF-8; the hub takes no longer one."""

# Filled by install_process_capture: what to call this process where no notebook names it.
_process_label = ""


def ipython() -> Any:
    """The running IPython shell, or None. IPython is not imported for it."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _kernel() -> Any:
    return getattr(ipython(), "kernel", None)


def kernel_id() -> str:
    """Id of the kernel this process is, as the server's sessions service knows it; empty outside a kernel."""
    kernel = _kernel()
    if kernel is None:
        return ""
    return _kernel_of(getattr(getattr(kernel, "parent", None), "connection_file", "") or "")


@cache
def _kernel_of(connection_file: str) -> str:
    """A server calls its connection files kernel-<kernel id>.json."""
    file = Path(connection_file).name
    return file.removeprefix("kernel-").removesuffix(".json") if file.startswith("kernel-") else ""


def notebook_path() -> str:
    """Path of the notebook, or of the script that runs; empty where neither is known."""
    if _process_label:
        return _process_label
    if _kernel() is not None:
        # Outside a kernel the variable may be inherited from one, and would lie.
        return _as_text(os.environ.get("JPY_SESSION_NAME", ""))
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return _name_of(main) if main else ""


@cache
def _as_text(path: str) -> str:
    return as_text(path, "a path")


@cache
def _name_of(path: str) -> str:
    return as_text(os.path.basename(path), "a path")


def set_process_label(label: str) -> None:
    """Call this process by this name (a file that `alphamed-nb run` runs)."""
    global _process_label
    _process_label = as_text(label, "the name of a file")


def cell_id() -> str:
    """Id of the cell that is being executed, where the front end sends one."""
    kernel = _kernel()
    if kernel is None:
        return ""
    try:
        parent = kernel.get_parent("shell")
    except (AttributeError, TypeError, LookupError):
        return ""
    metadata = parent.get("metadata") if isinstance(parent, dict) else None
    found = metadata.get("cellId", "") if isinstance(metadata, dict) else ""
    if not isinstance(found, str):
        return ""
    cell = as_text(found, "a cell id")
    return cell if len(cell.encode()) <= _LONGEST_CELL_ID else ""


def _end_of(path: str) -> str:
    """The path, or its last 2,000 bytes of UTF-8: a hub takes little before a link has proved itself."""
    return path.encode("utf-8", "backslashreplace")[-2000:].decode("utf-8", "ignore")


_process: ProcessInfo | None = None


def process_info() -> ProcessInfo:
    """This process; its incarnation is drawn once a process life."""
    global _process
    if _process is None:
        _process = ProcessInfo(
            incarnation=secrets.token_hex(16),
            pid=os.getpid(),
            host=host_identity(),
            started=psutil.Process().create_time(),
            notebook=_end_of(notebook_path()),
            kernel=kernel_id(),
        )
    return _process


def forget_after_fork() -> None:
    """A forked child is a process of its own."""
    global _process
    _process = None
