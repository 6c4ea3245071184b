"""A standalone hub as a process of its own, and other processes that are nodes of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class HubProcess:
    """`python -m alphamed_nb.hub.standalone` on a data directory of its own; may be killed and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.data = folder / "data"
        self.file = folder / "hub.json"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, log: Path | None = None) -> HubProcess:
        """`log`: a file for what it logs; None: with our own errors."""
        command = [sys.executable, "-m", "alphamed_nb.hub.standalone", "--idle", "0"]
        command += ["--data-dir", str(self.data), "--hub-file", str(self.file), *self._options]
        with contextlib.ExitStack() as stack:
            errors = stack.enter_context(log.open("wb")) if log is not None else None
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
        assert self._process.stdout is not None
        said = json.loads(self._process.stdout.readline())
        assert "ready" in said, said
        return self

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def pause(self, stopped: bool) -> None:
        """SIGSTOP or SIGCONT: a hub that is slow."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if stopped else signal.SIGCONT)

    def stop(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def rows(self, file: str, kind: str | None = None) -> list[dict[str, Any]]:
        """Journal rows of `messages` or `logs`, as they are stored."""
        connection = sqlite3.connect(f"file:{self.data / file}.db?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            found = [dict(row) for row in connection.execute("select * from rows order by seq")]
        finally:
            connection.close()
        for row in found:
            row["body"] = json.loads(row["body"])
        return [row for row in found if kind is None or row["kind"] == kind]

    def logs(self, node: str = "") -> list[dict[str, Any]]:
        """The bodies of the log rows, in order."""
        return [row["body"] for row in self.rows("logs", "log") if not node or row["node"] == node]

    def spool_files(self) -> list[str]:
        return [path.name for path in (self.data / "spool").iterdir() if path.name != "token"]


def run_node(code: str, hub: HubProcess, *, timeout: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process that finds this hub."""
    return subprocess.run(
        [sys.executable, "-c", code], env=node_environment(hub, **variables), cwd=ROOT, timeout=timeout,
        capture_output=True, text=True,
    )  # fmt: skip


def start_node(code: str, hub: HubProcess, **variables: str) -> subprocess.Popen[str]:
    """The same, going on."""
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code], env=node_environment(hub, **variables), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE,
    )  # fmt: skip


def node_environment(hub: HubProcess, **variables: str) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"ALPHAMED_NB_HUB_FILE": str(hub.file), "PYTHONPATH": path} | variables


def eventually(predicate: Any, seconds: float = 20) -> None:
    """Wait for what another process does; only the failure is timed."""
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
