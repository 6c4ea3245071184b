"""Federated averaging with every node a process of its own, and with processes that are killed."""

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import averaging_node
import pytest
from averaging_task import AGGREGATOR, NODES, B, C
from servers import REPOSITORY


class NodeProcess:
    def __init__(self, nodes, node, task, folder, **options):
        self.node = node
        name = os.urandom(4).hex()
        self._output, self._log, end = (folder / f"{name}.{kind}" for kind in ("out", "log", "end"))
        os.mkfifo(end)
        asked = {"node": node, "task": task, "folder": str(folder), "name": name, "options": options}
        nodes.stdin.write(json.dumps(asked) + "\n")
        nodes.stdin.flush()
        self._end = end.open()
        self._pid = int(self._end.readline())
        self._ended = False

    def end(self, code=0):
        """Wait until it ends with this exit code; its last line and what it logged."""
        assert select.select([self._end], [], [], 60)[0], f"{self.node} did not end:\n{self._log.read_text()}"
        self._ended = True
        log = self._log.read_text()
        assert int(self._end.readline()) == code, log
        return (json.loads(self._output.read_text().splitlines()[-1]) if code == 0 else {}) | {"log": log}

    def close(self):
        if not self._ended:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
        self._end.read()
        self._end.close()


@pytest.fixture(scope="module")
def nodes(hub_file):
    """The process that all nodes of these tests are forked from."""
    path = [str(REPOSITORY), str(Path(averaging_node.__file__).parent), os.environ.get("PYTHONPATH", "")]
    with subprocess.Popen(
        [sys.executable, averaging_node.__file__], stdin=subprocess.PIPE, text=True,
        env=os.environ | {"ALPHAMED_NB_HUB_FILE": hub_file, "PYTHONPATH": os.pathsep.join(filter(None, path))},
    ) as process:  # fmt: skip
        yield process
        process.stdin.close()


@pytest.fixture
def start(nodes, in_hub, task):
    started = []

    def start(node, **options):
        started.append(NodeProcess(nodes, node, task, in_hub, **options))
        return started[-1]

    yield start
    for each in started:
        each.close()


TWO_ROUNDS = {"1": {B: 1.0, C: 3.0}, "2": {B: 3.0, C: 5.0}}


def test_three_processes(start, in_hub, task):
    processes = {node: start(node) for node in reversed(NODES)}
    ended = {node: processes[node].end() for node in NODES}
    assert ended[AGGREGATOR]["averaged"] == TWO_ROUNDS and ended[AGGREGATOR]["weight"] == 4.0
    assert (in_hub / AGGREGATOR / task / "result" / "model.pt").exists()
    assert (in_hub / AGGREGATOR / task / "result" / "report.zip").exists()
    for node in NODES:
        assert f"Node {node} is up." in ended[node]["log"]
    # Again with the same ids in new processes.
    again = {node: start(node) for node in NODES}
    assert {node: again[node].end()["weight"] for node in NODES}[AGGREGATOR] == 4.0


def test_a_killed_holder_is_gone_at_once_and_joins_again(start):
    aggregator = start(AGGREGATOR, max_rounds=0, until=C, calculation_timeout=0)
    other, killed = start(B), start(C, die_training=2)
    killed.end(-signal.SIGKILL)
    again = start(C)
    ended = aggregator.end()
    other.end()
    last = max(map(int, ended["averaged"]))
    assert ended["averaged"]["1"] == {B: 1.0, C: 3.0} and ended["averaged"]["2"] == {B: 3.0}
    assert f"train {last}" in again.end()["calls"]
    assert f"Round 2: {C} left out: gone" in ended["log"]


def test_a_killed_aggregator_started_again_without_recover_starts_at_1(start):
    holders = [start(B), start(C)]
    start(AGGREGATOR, max_rounds=3, die_after=2).end(-signal.SIGKILL)
    ended = start(AGGREGATOR).end()
    assert ended["averaged"] == TWO_ROUNDS
    for holder in holders:
        assert [call for call in holder.end()["calls"] if "train " in call] == ["train 1", "train 2"] * 2


def test_a_killed_aggregator_recovers(start):
    holders = [start(B), start(C)]
    start(AGGREGATOR, max_rounds=3, die_after=3).end(-signal.SIGKILL)  # round 2 is the last that was saved
    ended = start(AGGREGATOR, max_rounds=3, recover=True).end()
    assert ended["averaged"] == {"3": {B: 5.0, C: 7.0}}
    for holder in holders:
        assert [call for call in holder.end()["calls"] if "train " in call] == [
            "train 1",
            "train 2",
            "train 3",
            "train 3",
        ]
