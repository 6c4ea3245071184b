"""[round_orchestration], [fedavg_wall], [round_growth]: the example's FedAvg, and what it costs beside its training."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.helpers.servers import Hub, jupyter_server

from .processes import node_processes
from .report import Figure, figure, ratio_figure

NODES = ["aggregator", "holder-1", "holder-2"]
ROUNDS = 5
REPEATS = 3
CORE = 0


def measure(names: Sequence[str]) -> Iterator[Figure]:
    if {"round_orchestration", "fedavg_wall"} & set(names):
        orchestration, walls = [], []
        with jupyter_server() as hub:
            _pin(hub.pid)
            for _ in range(REPEATS):
                task = uuid.uuid4().hex
                _prepare_data(hub, task)
                per_round, wall = _federated(hub, task)
                orchestration.append(per_round)
                walls.append((wall, _sequential(hub, task)))
        if "round_orchestration" in names:
            yield figure("round_orchestration", orchestration, "s")
        if "fedavg_wall" in names:
            yield ratio_figure("fedavg_wall", walls, "s")
    if "round_growth" in names:
        yield round_growth()


def _pin(pid: int) -> None:
    """All threads of a process to one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {CORE})


def _prepare_data(hub: Hub, task: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "alphamed_nb", "data", "--task", task, "--nodes", ",".join(NODES),
         "--root", str(hub.folder)],
        env=hub.environment, cwd=hub.folder, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _federated(hub: Hub, task: str) -> tuple[float, float]:
    """Orchestration per round (wall less slowest training and test), and the whole run; s.

    On one core the trainings of a round cannot overlap: the slowest one's seconds, by the clock, hold the other's too.
    """
    calls = [("federated_node", task, node, ",".join(NODES), ROUNDS) for node in NODES]
    with node_processes(hub, calls, core=CORE) as nodes:
        for node in nodes:
            node.go()
        answers = [node.read() for node in nodes]
    wall = max(each["end"] for each in answers) - min(each["begin"] for each in answers)
    epochs = [each["trained"] for each in answers[1:]]
    work = sum(max(times) for times in zip(*epochs, strict=True)) + sum(answers[0]["tested"])
    return (wall - work) / ROUNDS, wall


def _sequential(hub: Hub, task: str) -> float:
    done = subprocess.run(
        ["taskset", "-c", str(CORE), sys.executable, "-m", "benchmarks.example", task, ",".join(NODES), str(ROUNDS)],
        env=hub.environment | {"OMP_NUM_THREADS": "1"}, cwd=hub.folder, check=True, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return float(done.stdout.splitlines()[-1])


def round_growth() -> Figure:
    """Seconds of a round around the 200th over those of a round around the 5th, without training."""
    pairs = []
    with jupyter_server() as hub:
        for _ in range(REPEATS):
            task = uuid.uuid4().hex
            calls = [("empty_round_node", task, node, ",".join(NODES), 210) for node in NODES]
            with node_processes(hub, calls) as nodes:
                for node in nodes:
                    node.go()
                times = nodes[0].read()
                for node in nodes[1:]:
                    node.read()
            rounds = [after - before for before, after in zip(times, times[1:], strict=False)]
            pairs.append((statistics.median(rounds[189:209]), statistics.median(rounds[2:22])))
    return ratio_figure("round_growth", pairs, "s")
