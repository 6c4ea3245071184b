"""[log_records]: log records from 10 nodes into the hub of a Jupyter server, every one found again in order."""

from __future__ import annotations

import statistics
import urllib.parse
import uuid
from collections.abc import Iterator, Sequence

from tests.helpers.servers import Hub, jupyter_server

from .processes import node_processes
from .report import Figure, figure

NODES = 10
LINES = 20_000
REPEATS = 3


def measure(names: Sequence[str]) -> Iterator[Figure]:
    rates, floors, asked = [], [], []
    with jupyter_server() as hub:
        for _ in range(REPEATS):
            rate, idle, busy = _flood(hub)
            rates.append(rate)
            floors.append(idle)
            asked.append(busy)
    yield figure("log_records", rates, "1/s")
    yield figure("request_answer_meanwhile", asked, "ms", floors)


def _flood(hub: Hub) -> tuple[float, float, float]:
    """Records per second; request and answer idle and meanwhile, ms."""
    task, other = uuid.uuid4().hex, uuid.uuid4().hex
    calls: list[Sequence[object]] = [("log_writer", task, f"node {i}") for i in range(NODES)]
    calls += [("asker", other, "a", "b"), ("answerer", other, "b", "a")]
    with node_processes(hub, calls) as processes:
        *writers, asker, answerer = processes
        asker.go(300)
        idle = statistics.median(asker.read())
        for writer in writers:
            writer.go(LINES)
        asker.go(300)
        busy = statistics.median(asker.read())
        spans = [writer.read() for writer in writers]
        asker.go(1)
        asker.read()
        for i in range(NODES):
            _check(hub, task, f"node {i}")
        answerer.process.terminate()
    seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
    return NODES * LINES / seconds, idle, busy


def _check(hub: Hub, task: str, node: str) -> None:
    """Every line of this node is in the journal, in order, once."""
    expected, after = 0, 0
    while True:
        query = urllib.parse.urlencode({"task": task, "node": node, "kind": "log", "after": after, "limit": 5000})
        rows = hub.request("GET", f"alphamed-nb/api/records?{query}")["rows"]
        if not rows:
            break
        for row in rows:
            if row["body"]["text"].startswith(f"line {expected} of "):
                expected += 1
            elif row["body"]["text"].startswith("line "):
                raise RuntimeError(f"{node}: expected line {expected}, found {row['body']['text']!r}")
        after = rows[-1]["seq"]
    if expected != LINES:
        raise RuntimeError(f"{node}: {expected} of {LINES} lines are in the journal")
