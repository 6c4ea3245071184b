"""The merged log, read from a real hub: pages, the last lines, and what comes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_process import ROOT, HubProcess, node_environment, run_node

NODE = """
from alphamed_nb.node.context import NodeContext
with NodeContext("a", ["a"]) as context:
    context.session("T")
    for number in range({first}, {end}):
        print("line", number)
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path).start()
    yield hub
    hub.stop()


def logs(hub: HubProcess, *options: str) -> list[str]:
    command = [sys.executable, "-m", "alphamed_nb", "logs", *options]
    done = subprocess.run(command, env=node_environment(hub), cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def said(lines: list[str]) -> list[int]:
    return [int(line.rpartition("line ")[2]) for line in lines]


def test_pages_and_tails(hub: HubProcess) -> None:
    assert run_node(NODE.format(first=0, end=4500), hub).returncode == 0
    assert said(logs(hub)) == list(range(4500))
    for tail in (1, 2000, 2001, 4499):
        first, *others = logs(hub, "--tail", str(tail))
        assert first == "Earlier lines are left out." and said(others) == list(range(4500 - tail, 4500))
    assert said(logs(hub, "--tail", "4500")) == said(logs(hub, "--tail", "9999")) == list(range(4500))
    assert said(logs(hub, "--text", "LINE 123")) == [123, *range(1230, 1240)]


def test_following_goes_on_where_it_was_when_the_hub_is_back(hub: HubProcess) -> None:
    assert run_node(NODE.format(first=0, end=2), hub).returncode == 0
    follower = subprocess.Popen(
        [sys.executable, "-u", "-m", "alphamed_nb", "logs", "--follow", "--text", "line"],
        env=node_environment(hub), cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert follower.stdout is not None
    try:
        assert said([follower.stdout.readline() for _ in range(2)]) == [0, 1]
        assert run_node(NODE.format(first=2, end=4), hub).returncode == 0
        assert said([follower.stdout.readline() for _ in range(2)]) == [2, 3]  # live: to be known after the restart
        hub.kill()
        assert follower.stdout.readline() == "The hub is away; this goes on when it is back.\n"
        hub.start()
        assert run_node(NODE.format(first=4, end=6), hub).returncode == 0
        assert said([follower.stdout.readline() for _ in range(2)]) == [4, 5]
        follower.send_signal(signal.SIGINT)
        assert follower.communicate(timeout=20)[0] == "" and follower.returncode == 130
    finally:
        follower.kill()
