"""The least that every environment must do: a hub in Jupyter, and two notebooks that are nodes. Needs no torch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.helpers.kernels import Kernel
from tests.helpers.servers import Hub

PREPARE = """
%load_ext alphamed_nb
from alphafed.contractor import TaskMessageContractor
from alphafed.data_channel import SharedFileDataChannel
contractor = TaskMessageContractor(task_id="two")
channel = SharedFileDataChannel(contractor)
"""
FIRST = """%%mock_node --id first --nodes first,second
print("taken by", channel.send_stream(source="first", target="second", data_stream=bytes(3_000_000)))
source, answer = channel.receive_stream(receiver="first", source="second", timeout=60)
print(source, "sent", len(answer), set(answer))
"""
SECOND = """%%mock_node --id second --nodes first,second
source, stream = channel.receive_stream(receiver="second", source="first", timeout=60)
print(source, "sent", len(stream), set(stream))
print("taken by", channel.send_stream(source="second", target="first", data_stream=bytes([7]) * 2_000_000))
"""


def test_two_notebooks_exchange_streams(hub: Hub, wait_for: Callable[..., Any]) -> None:
    async def scenario() -> list[str]:
        kernels = await asyncio.gather(*(Kernel.start(hub, f"{node}.ipynb") for node in ("first", "second")))
        await asyncio.gather(*(kernel.execute(PREPARE) for kernel in kernels))
        try:
            return await asyncio.gather(kernels[0].execute(FIRST), kernels[1].execute(SECOND))
        finally:
            await asyncio.gather(*(kernel.shut_down() for kernel in kernels))

    first, second = wait_for(scenario())
    assert "taken by second\n" in first and "second sent 2000000 {7}\n" in first, first
    assert "first sent 3000000 {0}\n" in second and "taken by first\n" in second, second
    (task,) = hub.request("GET", "alphamed-nb/api/snapshot?task=two")["tasks"]
    assert sorted(member["node"] for member in task["runs"][0]["members"]) == ["first", "second"], task
