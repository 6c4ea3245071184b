"""A real Jupyter server with the hub in it, and a standalone hub, each a process with directories of its own.

Used by tests and by the benchmarks.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent.parent
STARTING_SECONDS = 60


def own_environment(folder: Path) -> dict[str, str]:
    """An environment in which nothing of this machine's user is seen or touched."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER_", "JPY_", "ALPHAMED_NB_"))
    }
    return environment | {
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, [environment.get("PYTHONPATH")])]),
    }


@dataclass
class Hub:
    """A hub in a process of its own. `folder` is where nodes run; `environment` makes them find this hub."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    url: str = ""
    token: str = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def request(self, method: str, path: str, body: object = None) -> Any:
        """One REST call to the Jupyter server; the parsed JSON answer. Raises `urllib.error.HTTPError`."""
        call = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(call) as answer:
            text = answer.read()
            return json.loads(text) if text else None


def _free_port() -> int:
    """Older servers do not say which port they chose. Should it be taken by then, they take another, and say so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class ServerPlace:
    """Where a Jupyter server keeps its things, so that it can be started again in the same place."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    options: list[str] = field(default_factory=list)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def start(self) -> Hub:
        """Start it, on a free port, all settings of the hub the defaults, and wait until it serves."""
        self.work.mkdir(exist_ok=True)
        environment = own_environment(self.folder)
        log = self.folder / f"server-{secrets.token_hex(4)}.log"
        command = [
            sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", "--ip=127.0.0.1",
            f"--port={_free_port()}", f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.work}",
            "--ServerApp.jpserver_extensions=alphamed_nb=True", *self.options,
        ]  # fmt: skip
        with log.open("w") as output:
            server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)
        runtime = self.folder / "runtime"
        until = time.monotonic() + STARTING_SECONDS
        while time.monotonic() < until and server.poll() is None:
            for hub_file in runtime.glob("alphamed-nb-*.json"):
                info = runtime / f"jpserver-{server.pid}.json"
                if info.exists() and json.loads(hub_file.read_text())["pid"] == server.pid:
                    found = json.loads(info.read_text())
                    return Hub(
                        self.work,
                        environment | {"ALPHAMED_NB_HUB_FILE": str(hub_file)},
                        server,
                        url=found["url"],
                        token=self.token,
                    )
            time.sleep(0.05)
        server.kill()
        raise RuntimeError(f"The Jupyter server did not come up:\n{log.read_text()}")


@contextmanager
def jupyter_server(*options: str) -> Iterator[Hub]:
    with tempfile.TemporaryDirectory(prefix="alphamed-nb-", ignore_cleanup_errors=True) as name:
        hub = ServerPlace(Path(name), options=list(options)).start()
        try:
            yield hub
        finally:
            hub.process.terminate()
            hub.process.wait(30)


def start_standalone(folder: Path, *options: str) -> Hub:
    """A standalone hub with its data and its hub file in `folder`; called again there, the same hub restarts."""
    environment = own_environment(folder)
    hub_file = folder / "hub.json"
    command = [
        sys.executable, "-m", "alphamed_nb.hub.standalone", "--data-dir", str(folder / "hub"),
        "--hub-file", str(hub_file), *options,
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=folder, text=True)
    assert process.stdout is not None
    if not process.stdout.readline():
        raise RuntimeError(f"The hub did not come up, exit code {process.wait()}.")
    return Hub(folder, environment | {"ALPHAMED_NB_HUB_FILE": str(hub_file)}, process)


@contextmanager
def standalone_hub(*options: str) -> Iterator[Hub]:
    with tempfile.TemporaryDirectory(prefix="alphamed-nb-", ignore_cleanup_errors=True) as name:
        hub = start_standalone(Path(name), *options)
        try:
            yield hub
        finally:
            hub.process.terminate()
            hub.process.wait(30)
