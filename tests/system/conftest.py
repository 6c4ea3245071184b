"""One real Jupyter server with the hub in it, and three kernels that are kept warm, for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.helpers.kernels import Kernel
from tests.helpers.servers import Hub, jupyter_server
from tests.helpers.tiny_task import NODES, write_scheduler

PREPARE = "%load_ext alphamed_nb\nimport torch, tiny\ntorch.set_num_threads(1)"


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def wait_for(loop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end, at most five minutes."""
    return lambda coroutine: loop.run_until_complete(asyncio.wait_for(coroutine, 300))


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with jupyter_server() as hub:
        write_scheduler(hub.folder)
        yield hub


@pytest.fixture(scope="module")
def kernels(hub: Hub, loop: asyncio.AbstractEventLoop) -> Iterator[dict[str, Kernel]]:
    """A kernel for each node of the tiny task, the scheduler's modules imported."""

    async def start() -> dict[str, Kernel]:
        kernels = {node: await Kernel.start(hub, f"{node}.ipynb") for node in NODES}
        await asyncio.gather(*(kernel.execute(PREPARE) for kernel in kernels.values()))
        return kernels

    async def end(kernels: dict[str, Kernel]) -> None:
        for kernel in kernels.values():
            await kernel.shut_down()

    kernels = loop.run_until_complete(start())
    yield kernels
    loop.run_until_complete(end(kernels))
