"""Node processes of a benchmark, each driven line by line (see :mod:`.workers`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.helpers.servers import Hub


class NodeProcess:
    """A worker in a process of its own: it says `ready`, waits for `go`, answers."""

    def __init__(self, hub: Hub, role: str, *arguments: object, core: int | None = None) -> None:
        command = [sys.executable, "-m", "benchmarks.workers", role, *map(str, arguments)]
        if core is not None:
            command = ["taskset", "-c", str(core), *command]
        self.process = subprocess.Popen(
            command, env=hub.environment | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}, cwd=hub.folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=None if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL,
        )  # fmt: skip

    def read(self) -> Any:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("@"):
                return json.loads(line[1:])
        raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}; BENCH_VERBOSE=1 shows why")

    def go(self, value: object = None) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def node_processes(hub: Hub, calls: Sequence[Sequence[object]], core: int | None = None) -> Iterator[list[NodeProcess]]:
    """Start all, hand them over once each has said `ready`, end all."""
    started = [NodeProcess(hub, str(role), *arguments, core=core) for role, *arguments in calls]
    try:
        for each in started:
            each.read()
        yield started
    finally:
        for each in started:
            each.end()
