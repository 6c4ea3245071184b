"""[request_answer], [routed_messages], [blocking_messages]: contract messages through the hub in a Jupyter server."""

from __future__ import annotations

import asyncio
import json
import statistics
import uuid
from collections.abc import Iterator, Sequence

from tests.helpers.kernels import Kernel
from tests.helpers.servers import jupyter_server

from .echo import echo_server, round_trips
from .processes import node_processes
from .report import Figure, figure, ratio_figure

SENDERS = 10
REPEATS = 7


def measure(names: Sequence[str]) -> Iterator[Figure]:
    if "request_answer" in names:
        yield asyncio.run(request_answer())
    for name, how, count in (("routed_messages", "pipelined", 1000), ("blocking_messages", "blocking", 300)):
        if name in names:
            yield message_rate(name, how, count)


async def request_answer() -> Figure:
    """Two kernels of one server; subject and floor in turn, 200 round trips each time; ms."""
    task = uuid.uuid4().hex
    with jupyter_server() as hub, echo_server() as port:
        kernels = [await Kernel.start(hub), await Kernel.start(hub)]
        answering = await kernels[1].begin(f"from benchmarks import workers; workers.answerer({task!r}, 'b', 'a')")
        await kernels[0].execute(_ASKER.format(task=task))
        pairs = []
        for _ in range(REPEATS):
            times = json.loads(await kernels[0].execute("print(json.dumps(ask(200)))"))
            floor = await round_trips(port, 200)
            pairs.append((statistics.median(times), statistics.median(floor)))
        await kernels[0].execute("end()")
        await answering.result()
        for kernel in kernels:
            await kernel.shut_down()
    return ratio_figure("request_answer", pairs, "ms")


_ASKER = """
import json, time
from benchmarks.workers import _contractor
from alphafed import mock_context

contractor, note = _contractor({task!r})

def ask(count):
    times = []
    with mock_context(id="a", nodes=["a", "b"]):
        for _ in range(count):
            begin = time.perf_counter()
            contractor._new_contract(["b"], note("x" * 150))
            for event in contractor.contract_events():
                break
            times.append((time.perf_counter() - begin) * 1000)
    return times

def end():
    with mock_context(id="a", nodes=["a", "b"]):
        contractor._new_contract(["b"], note("end"))
"""


def message_rate(name: str, how: str, count: int) -> Figure:
    """10 senders to 10 receivers, 200-byte events, each stored and acknowledged before the clock stops; per second."""
    rates = []
    with jupyter_server() as hub:
        task = uuid.uuid4().hex
        calls = [("sender", task, f"sender {i}", f"receiver {i}") for i in range(SENDERS)]
        with node_processes(hub, calls) as senders:
            for _ in range(REPEATS):
                for sender in senders:
                    sender.go({"how": how, "count": count})
                spans = [sender.read() for sender in senders]
                seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
                rates.append(SENDERS * count / seconds)
    return figure(name, rates, "1/s")
