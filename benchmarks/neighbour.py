"""[neighbour]: what the hub costs everybody else on the Jupyter server's event loop."""

from __future__ import annotations

import asyncio
import statistics
import time
import uuid
from collections.abc import Iterator, Sequence

from tests.helpers.kernels import Kernel
from tests.helpers.servers import Hub, jupyter_server, standalone_hub

from .processes import node_processes
from .report import Figure, ratio_figure

REPEATS = 5


def measure(names: Sequence[str]) -> Iterator[Figure]:
    yield asyncio.run(neighbour())


async def neighbour() -> Figure:
    """An unrelated kernel's execute round trip (ms) while two processes send 2,500 events/s each through the hub of its
    own server, over the same while they send them through a hub in another process; in turn."""
    with jupyter_server() as here, standalone_hub() as elsewhere:
        kernel = await Kernel.start(here)
        kernel.acknowledges_at_once = True
        await kernel.execute("1 + 1")
        pairs = []
        for _ in range(REPEATS):
            pairs.append((await _under_load(kernel, here), await _under_load(kernel, elsewhere)))
        await kernel.shut_down()
    return ratio_figure("neighbour", pairs, "ms")


async def _under_load(kernel: Kernel, hub: Hub) -> float:
    task = uuid.uuid4().hex
    calls = [("steady_sender", task, f"sender {i}", f"receiver {i}", 2500) for i in range(2)]
    with node_processes(hub, calls) as senders:
        for sender in senders:
            sender.go()
        await asyncio.sleep(0.5)
        times = []
        for _ in range(60):
            begin = time.perf_counter()
            await kernel.execute("1 + 1")
            times.append((time.perf_counter() - begin) * 1000)
        for sender in senders:
            sender.go()
        for sender in senders:
            done = sender.read()
            reached = done["sent"] / done["seconds"]
            if reached < 2250:
                raise RuntimeError(
                    f"a sender reached only {reached:.0f} of 2,500 events/s: the figure would say nothing"
                )
    return statistics.median(times)
