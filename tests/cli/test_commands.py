"""The other commands, against a standalone hub that discovery finds."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TASK = (
    "from alphafed import logger, mock_context\n"
    "from alphafed.contractor import TaskMessageContractor\n"
    "with mock_context(id={node!r}, nodes=['a', 'b']):\n"
    "    contractor = TaskMessageContractor(task_id={task!r})\n    list(contractor.contract_events(timeout=0.1))\n"
    "    logger.debug('detail of %s', {node!r})\n    print({node!r}, 'says hello')\n"
    "    logger.error('trouble in {node}')\n"
)


# Both sessions are held at the same time, so that they are one run.
MEET = (
    "    import os, time\n    open({node!r} + '.up', 'w').close()\n"
    "    while not (os.path.exists('a.up') and os.path.exists('b.up')):\n        time.sleep(0.02)\n"
)


@pytest.fixture
def hub(command_line: Any) -> Iterator[Path]:
    process = command_line.start("hub")
    ready = json.loads(process.stdout.readline())
    yield Path(ready["ready"])
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_run_uses_the_hub_that_runs_and_logs_nodes_clean_read_it(command_line: Any, hub: Path) -> None:
    command_line.script("a.py", (TASK + MEET).format(node="a", task="T"))
    command_line.script("b.py", (TASK + MEET).format(node="b", task="T"))
    code, output = command_line("run", "a.py", "b.py")
    assert code == 0 and "the standalone hub" in output, output

    code, output = command_line("logs")
    assert code == 0, output
    for node, number in (("a", 0), ("b", 1)):
        line = rf"^\d\d:\d\d:\d\d\.\d{{3}}  {number} {node} +INFO  {node} says hello$"
        assert len(re.findall(line, output, re.M)) == 1, output
        assert output.count(f"detail of {node}") == 1 and output.count(f"trouble in {node}") == 1
    code, output = command_line("logs", "--node", "b", "--level", "error", "--task", "T", "--run", "1")
    assert code == 0 and "trouble in b" in output and "hello" not in output and "trouble in a" not in output, output
    code, output = command_line("logs", "--task", "nothing")
    assert code == 1 and "no run of task nothing" in output

    code, output = command_line("nodes")
    assert code == 0 and "task T" in output, output
    assert re.search(r"0 a +left", output) and re.search(r"1 b +left", output), output

    code, output = command_line("clean")
    assert code == 0 and "1 run removed" in output, output
    code, output = command_line("logs")
    assert code == 1 and "no run" in output


def test_a_terminal_that_lacks_characters_shows_everything_all_the_same(command_line: Any, hub: Path) -> None:
    command_line.script(
        "失.py",
        "from alphafed import mock_context\nwith mock_context(id='甲', nodes=['甲']):\n"
        "    print('说 🎉')\n    raise ValueError('错 🎉')\n",
    )
    code, output = command_line("run", "失.py", PYTHONIOENCODING="ascii")
    assert code == 1 and "\\u8bf4 \\U0001f389" in output and "ValueError at \\u5931.py:4  > traceback below" in output
    assert output.splitlines()[-3] == "  ValueError: \\u9519 \\U0001f389", output
    for command, shown in (("logs", "\\u8bf4"), ("nodes", "\\u7532  failed"), ("doctor", "served by alphamed_nb")):
        code, output = command_line(command, PYTHONIOENCODING="ascii")
        assert code == 0 and shown in output and "Traceback" not in output.replace("Traceback (most", ""), output


BREAKING = """
import net
from alphafed import mock_context
from alphafed.contractor import TaskMessageContractor
from alphafed.data_channel import SharedFileDataChannel
from alphamed_nb.alphafed.mock import require_session
from alphamed_nb.node.waiting import Deadline
with mock_context(id={node!r}, nodes=["ag", "h1", "h2"]):
    session = require_session("broken", "the test")
    session.watch({others})
    while any(session.presence[other].state != {state!r} for other in {others}):
        session.receive(Deadline(60), presence=True)
    {then}
"""


def test_what_failed_first_leads_and_consequences_follow(command_line: Any, hub: Path) -> None:
    command_line.script("net.py", "def forward(node):\n    raise RuntimeError(f'shapes of {node}')\n")
    channel = "SharedFileDataChannel(TaskMessageContractor('broken'))"
    receive = f"{channel}.batch_receive_stream('ag', ['h1', 'h2'], timeout=0.1, ensure_all_succ=True)"
    command_line.script("ag.py", BREAKING.format(node="ag", others=["h1", "h2"], state="failed", then=receive))
    for node in ("h1", "h2"):
        then = f"net.forward({node!r})"
        command_line.script(f"{node}.py", BREAKING.format(node=node, others=["ag"], state="up", then=then))
    code, output = command_line("run", "ag.py", "h1.py", "h2.py")
    assert code == 1, output
    rows = re.findall(r"^  failed +(\d \w+) +\d+\.\d s  (.*)$", output, re.MULTILINE)
    assert sorted(rows[:2]) == [(mark, "RuntimeError at net.py:2") for mark in ("1 h1", "2 h2")], output
    mark, detail = rows[2]
    assert mark == "0 ag" and re.fullmatch(
        r"(waiting: )?DataChannelException at ag\.py:13, in consequence of (1 h1 and 2 h2|2 h2 and 1 h1)", detail
    ), output
    assert re.search(r"^(1 h1, 2 h2|2 h2, 1 h1): failed   0 ag: failed in consequence   ", output, re.MULTILINE), output
    # Those that are alike have one traceback, which comes first; of the other one only its message.
    assert output.count("Traceback (most recent call last)") == 2
    assert output.index("raise RuntimeError") < output.index("batch_receive_stream(")
    for node in ("h1", "h2"):
        assert output.count(f"RuntimeError: shapes of {node}") == 1

    code, output = command_line("nodes")
    assert code == 0, output
    rows = re.findall(r"^  (\d \w+) +(failed.*)$", output, re.MULTILINE)
    assert sorted(rows[:2]) == [(mark, "failed: RuntimeError at net.py:2") for mark in ("1 h1", "2 h2")], output
    assert re.fullmatch(r"failed in consequence of .* and .*: DataChannelException at ag\.py:13", rows[2][1]), output


def test_following_the_log(command_line: Any, hub: Path) -> None:
    process = command_line.start("logs", "--follow")
    command_line.script("a.py", TASK.format(node="a", task="T"))
    # The follower may connect before or after: it shows what is there, then what comes.
    code, output = command_line("run", "a.py")
    assert code == 0, output
    line = ""
    while "says hello" not in line:
        line = process.stdout.readline()
        assert line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


def test_clean_keeps_what_is_going_on_and_all_erases_what_is_not_in_use(command_line: Any, hub: Path) -> None:
    command_line.script("a.py", TASK.format(node="a", task="old"))
    assert command_line("run", "a.py")[0] == 0
    command_line.script("b.py", TASK.format(node="b", task="live") + "    import time; print('up'); time.sleep(100)\n")
    running = command_line.start("run", "b.py")
    while "up" not in running.stdout.readline().split():
        continue
    directory = hub.parent
    (directory.parent / "unused").mkdir()
    (directory.parent / "unused" / "logs.db").write_text("x")
    code, output = command_line("clean", "--all")
    assert code == 1 and "1 run removed" in output and "kept: live (run 1)" in output, output
    assert f"{directory} is in use" in output and not (directory.parent / "unused").exists()
    code, output = command_line("nodes")
    assert "task live" in output and "task old" not in output
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)


def test_without_a_hub_they_say_so_and_start_none(command_line: Any, tmp_path: Path) -> None:
    for command in ("logs", "nodes", "clean"):
        code, output = command_line(command)
        assert code == 1 and "No hub runs." in output, output
    assert not list(tmp_path.rglob("hub.json"))
    code, output = command_line("clean", "--all")
    assert code == 0


def test_doctor(command_line: Any, hub: Path) -> None:
    code, output = command_line("doctor", https_proxy="http://proxy:3128", http_proxy="http://proxy:3128", no_proxy="")
    assert code == 0
    assert re.search(r"^  used: the standalone hub: 127\.0\.0\.1:\d+", output, re.M), output
    assert "alphamed_nb 0." in output and "torch 2." in output and "http_proxy is set" in output
    assert re.search(r"standalone: [\d.,]+ MB, used by standalone hub, pid \d+", output)
    assert "served by alphamed_nb" in output


def test_doctor_names_a_hub_once_however_many_ways_lead_to_it(command_line: Any, hub: Path) -> None:
    (hub.parent.parent / "again").symlink_to(hub.parent)
    for way in (hub, hub.parent.parent / "again" / hub.name):
        _, output = command_line("doctor", ALPHAMED_NB_HUB_FILE=str(way))
        assert "used: the Jupyter server's hub" in output and len(re.findall(r"127\.0\.0\.1:\d+", output)) == 1, output


def test_doctor_names_a_real_alphafed(command_line: Any) -> None:
    (command_line.folder / "alphafed").mkdir()
    command_line.script("alphafed/__init__.py", "")
    path = f"{command_line.folder}:{command_line.environment['PYTHONPATH']}"
    code, output = command_line("doctor", PYTHONPATH=path)
    assert code == 0 and "it wins" in output, output


def test_data(command_line: Any) -> None:
    code, output = command_line("data", "--task", "T", "--nodes", "a, b", "--no-download")
    assert code == 0 and len(output.splitlines()) == 1, output
    for node in ("a", "b"):
        assert list((command_line.folder / node / "T" / "dataset").rglob("t10k-labels-idx1-ubyte*"))
    code, output = command_line("data", "--task", "../T", "--nodes", "a")
    assert code == 1 and "Traceback" not in output


def test_help_of_each_command(command_line: Any) -> None:
    code, output = command_line("--help")
    assert code == 0
    for command in ("run", "logs", "nodes", "doctor", "hub", "clean", "data"):
        assert re.search(rf"^    {command} ", output, re.M)
        assert command_line(command, "--help")[0] == 0
