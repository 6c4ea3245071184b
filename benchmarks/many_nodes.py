"""[hundred_nodes_round], [three_hundred_nodes_round]: a round of many nodes that are threads of one process.

The work that `thread_nodes` and `bare_rounds` do is done in a worker process (role `many` of :mod:`.workers`).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.helpers.servers import standalone_hub

from . import example
from .echo import echo_server
from .processes import node_processes
from .report import Figure, ratio_figure

HOLDERS = {"hundred_nodes_round": 100, "three_hundred_nodes_round": 300}
INPUTS, OUTPUTS = 100, 10
"""Of the model, which has 1,010 parameters."""
ROUNDS = 5
REPEATS = 3


def measure(names: Sequence[str]) -> Iterator[Figure]:
    for name in names:
        yield round_of_many(name, HOLDERS[name])


def round_of_many(name: str, holders: int) -> Figure:
    """Seconds of a round without training, over rounds 2 to 5, with everything logged that is logged by default.

    The floor: the same parameters and updates packed, sent to another process and back over a bare websocket, unpacked
    and averaged, one after the other, without a federation.
    """
    pairs = []
    with standalone_hub() as hub, echo_server() as port:
        for _ in range(REPEATS):
            calls = [("many", "thread_nodes", uuid.uuid4().hex, holders), ("many", "bare_rounds", port, holders)]
            with node_processes(hub, calls) as workers:
                seconds = []
                for worker in workers:
                    worker.go()
                    seconds.append(worker.read())
            pairs.append((seconds[0], seconds[1]))
    return ratio_figure(name, pairs, "s")


# -- in a worker process -----------------------------------------------------------------------------------------------


def thread_nodes(task: str, holders: str) -> float:
    """Seconds of a round of an aggregator and so many holders, each a thread of this process."""
    return seconds_of_a_round(run_threads(task, int(holders)).tested_at)


def run_threads(task: str, holders: int) -> Any:
    """Run all nodes to their end; returns the aggregator's scheduler."""
    from alphafed import mock_context

    nodes = ["aggregator", *(f"holder-{number}" for number in range(1, holders + 1))]
    schedulers = [example.empty_scheduler(ROUNDS, INPUTS, OUTPUTS) for _ in nodes]

    def run(node: str, scheduler: Any) -> None:
        with mock_context(id=node, nodes=nodes):
            scheduler._run(id=node, task_id=task, is_initiator=node == nodes[0])

    with ThreadPoolExecutor(len(nodes)) as threads:
        for done in [threads.submit(run, node, scheduler) for node, scheduler in zip(nodes, schedulers, strict=True)]:
            done.result()
    return schedulers[0]


def bare_rounds(port: str, holders: str) -> float:
    """Seconds of a round of the floor."""
    return asyncio.run(_bare_rounds(int(port), int(holders)))


async def _bare_rounds(port: int, holders: int) -> float:
    import torch
    import tornado.websocket

    from alphamed_nb.algorithms.averaging import average_state_dicts
    from alphamed_nb.alphafed.fed_avg.state_dicts import dump_state_dict, load_state_dict

    socket = await tornado.websocket.websocket_connect(f"ws://127.0.0.1:{port}/")

    async def there_and_back(data: bytes) -> bytes:
        await socket.write_message(data, binary=True)
        answer = await socket.read_message()
        assert isinstance(answer, bytes)
        return answer

    aggregator, *others = [torch.nn.Linear(INPUTS, OUTPUTS) for _ in range(holders + 1)]
    ended = []
    for _ in range(ROUNDS):
        parameters, updates = dump_state_dict(aggregator.state_dict()), []
        for holder in others:
            holder.load_state_dict(load_state_dict(await there_and_back(parameters)))
            updates.append(load_state_dict(await there_and_back(dump_state_dict(holder.state_dict()))))
        aggregator.load_state_dict(average_state_dicts(updates))
        ended.append(time.perf_counter())
    socket.close()
    return seconds_of_a_round(ended)


def seconds_of_a_round(ended: Sequence[float]) -> float:
    """By when each ended; without the first."""
    return (ended[-1] - ended[0]) / (len(ended) - 1)
