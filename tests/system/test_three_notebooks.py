"""Three notebooks of one real Jupyter server: any order of starts, kills, interrupts and restarts."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.kernels import Execution, Kernel
from tests.helpers.servers import Hub
from tests.helpers.tiny_task import NODES, node_cell

from .conftest import PREPARE  # type: ignore[import-not-found]

AGGREGATOR, FIRST, SECOND = NODES


async def _run_in_order(
    kernels: dict[str, Kernel], order: tuple[str, ...], task: str, **options: Any
) -> dict[str, str]:
    """Start the next node only when the one before it is up (and the last one therefore waits for by everybody)."""
    running = {}
    for node in order:
        running[node] = await kernels[node].begin(node_cell(node, task, **options))
        await running[node].says("is up")
    return {node: await execution.result() for node, execution in running.items()}


def _assert_three_rounds(texts: dict[str, str]) -> None:
    for node, text in texts.items():
        assert "rounds done: 3" in text, text
        if node != AGGREGATOR:
            assert [text.count(f"training round {r}\n") for r in (1, 2, 3)] == [1, 1, 1]
    assert [texts[AGGREGATOR].count(f"tested round {r}\n") for r in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.parametrize("order", list(itertools.permutations(NODES)))
def test_the_notebooks_may_be_started_in_any_order(
    order: tuple[str, ...], kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    _assert_three_rounds(wait_for(_run_in_order(kernels, order, uuid.uuid4().hex)))


def test_the_same_ids_may_run_again_and_again(kernels: dict[str, Kernel], wait_for: Callable[..., Any]) -> None:
    task = uuid.uuid4().hex
    for order in (NODES, NODES[::-1], NODES):
        _assert_three_rounds(wait_for(_run_in_order(kernels, tuple(order), task)))


async def _interrupt_all(kernels: dict[str, Kernel], task: str) -> None:
    running = {node: await kernels[node].begin(node_cell(node, task, max_rounds=1000)) for node in NODES}
    await running[AGGREGATOR].says("tested round 2")
    for node in NODES:
        await kernels[node].interrupt()
    for execution in running.values():
        await execution.done.wait()
        assert "KeyboardInterrupt" in execution.error


@pytest.mark.parametrize(
    ("order", "restart"),
    [
        *((order, False) for order in itertools.permutations(NODES)),
        ((AGGREGATOR, FIRST, SECOND), True),
        ((FIRST, SECOND, AGGREGATOR), True),
        ((SECOND, AGGREGATOR, FIRST), True),
    ],
)
def test_what_an_interrupted_run_left_over_disturbs_nothing(
    order: tuple[str, ...], restart: bool, kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> dict[str, str]:
        task = uuid.uuid4().hex
        await _interrupt_all(kernels, task)
        if restart:
            for kernel in kernels.values():
                await kernel.restart()
            await asyncio.gather(*(kernel.execute(PREPARE) for kernel in kernels.values()))
        return await _run_in_order(kernels, order, task)

    _assert_three_rounds(wait_for(scenario()))


async def _begin_all(kernels: dict[str, Kernel], task: str, **options: Any) -> dict[str, Execution]:
    return {node: await kernels[node].begin(node_cell(node, task, **options)) for node in NODES}


def test_a_holder_restarted_midway_joins_at_the_next_round(
    hub: Hub, kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> tuple[str, str]:
        task = uuid.uuid4().hex
        options: dict[str, Any] = {"max_rounds": 0, "until": "enough", "seconds": 0.1, "calculation_timeout": 0}
        running = await _begin_all(kernels, task, **options)
        await running[SECOND].says("training round 2")
        await kernels[SECOND].restart()
        again = await kernels[SECOND].begin(PREPARE + node_cell(SECOND, task, **options))
        await again.says("training round")
        (hub.folder / "enough").touch()
        await running[FIRST].result()
        return await running[AGGREGATOR].result(), await again.result()

    aggregator, holder = wait_for(scenario())
    assert "training round 1\n" not in holder
    assert f"training round {aggregator.rpartition('rounds done: ')[2].strip()}\n" in holder


def test_an_aggregator_restarted_without_recover_starts_everybody_at_round_1(
    kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> tuple[str, str, str]:
        task = uuid.uuid4().hex
        options: dict[str, Any] = {"seconds": 0.1}
        running = await _begin_all(kernels, task, **options)
        await running[FIRST].says("training round 2")
        await kernels[AGGREGATOR].restart()
        again = await kernels[AGGREGATOR].begin(PREPARE + node_cell(AGGREGATOR, task, **options))
        return await again.result(), await running[FIRST].result(), await running[SECOND].result()

    aggregator, first, second = wait_for(scenario())
    assert [aggregator.count(f"tested round {r}\n") for r in (1, 2, 3)] == [1, 1, 1]
    for text in (first, second):
        rounds = [line for line in text.splitlines() if line.startswith("training round")]
        assert rounds.count("training round 1") == 2
        assert rounds[-3:] == ["training round 1", "training round 2", "training round 3"]


def test_an_aggregator_restarted_with_recover_goes_on_where_it_was(
    kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> tuple[str, str]:
        task = uuid.uuid4().hex
        options: dict[str, Any] = {"seconds": 0.1, "max_rounds": 5}
        running = await _begin_all(kernels, task, **options)
        await running[FIRST].says("training round 4")
        await kernels[AGGREGATOR].restart()
        again = await kernels[AGGREGATOR].begin(PREPARE + node_cell(AGGREGATOR, task, recover=True, **options))
        await running[SECOND].result()
        return await again.result(), await running[FIRST].result()

    aggregator, first = wait_for(scenario())
    assert "tested round 1\n" not in aggregator
    assert "tested round 5\n" in aggregator
    assert first.count("training round 1\n") == 1


def test_nobody_waits_for_a_holder_that_failed_although_there_is_no_time_limit(
    kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> tuple[str, str, Execution]:
        task = uuid.uuid4().hex
        running = {
            node: await kernels[node].begin(
                node_cell(node, task, calculation_timeout=0, fail_in=2 if node == SECOND else 0)
            )
            for node in NODES
        }
        await running[SECOND].done.wait()
        return await running[AGGREGATOR].result(), await running[FIRST].result(), running[SECOND]

    aggregator, first, second = wait_for(scenario())
    assert "ValueError" in second.error and "this holder fails in round 2" in second.error
    assert "tested round 3\n" in aggregator
    assert f"Round 2: {SECOND} left out: failed (ValueError)" in aggregator
    assert "training round 3\n" in first
    assert "this holder fails in round 2" not in aggregator, "the message is told once, by the node that failed"


def test_nobody_waits_for_a_holder_whose_kernel_was_killed(
    kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> str:
        task = uuid.uuid4().hex
        pid = int(await kernels[SECOND].execute("import os; print(os.getpid())"))
        running = await _begin_all(kernels, task, calculation_timeout=0, max_rounds=4, seconds=0.3)
        await running[SECOND].says("training round 2")
        os.kill(pid, signal.SIGKILL)
        text = await running[AGGREGATOR].result()
        await running[FIRST].result()
        await kernels[SECOND].restart()
        await kernels[SECOND].execute(PREPARE)
        return text

    text = wait_for(scenario())
    assert "tested round 4\n" in text
    assert f"Round 2: {SECOND} left out: gone" in text


def test_holders_of_a_failed_aggregator_end_with_an_error_that_names_it(
    kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    async def scenario() -> dict[str, Execution]:
        task = uuid.uuid4().hex
        await kernels[AGGREGATOR].execute(
            "class FailsAfterTwo(tiny.TinyAvg):\n"
            "    def is_task_finished(self):\n"
            "        if self.current_round == 2:\n"
            "            raise OSError('no space left')\n"
            "        return super().is_task_finished()\n"
            "tiny_class, tiny.TinyAvg = tiny.TinyAvg, FailsAfterTwo"
        )
        running = await _begin_all(kernels, task)
        for execution in running.values():
            await execution.done.wait()
        await kernels[AGGREGATOR].execute("tiny.TinyAvg = tiny_class")
        return running

    running = wait_for(scenario())
    assert "no space left" in running[AGGREGATOR].error
    for node in (FIRST, SECOND):
        assert AGGREGATOR in running[node].error
        assert "OSError" in running[node].error
        assert "no space left" not in running[node].error


def test_a_restarted_kernel_continues_after_the_last_event_it_consumed(
    kernels: dict[str, Kernel], wait_for: Callable[..., Any]
) -> None:
    setup = """
from dataclasses import dataclass
from alphafed import mock_context
from alphafed.contractor import ContractEvent, TaskMessageContractor, TaskMessageEventFactory

@dataclass
class Number(ContractEvent):
    TYPE = "number"
    value: int

    @classmethod
    def contract_to_event(cls, contract):
        return cls(value=contract["value"])

class Factory(TaskMessageEventFactory):
    _CLASS_MAP = {Number.TYPE: Number, **TaskMessageEventFactory._CLASS_MAP}

class Numbers(TaskMessageContractor):
    def __init__(self, task_id):
        super().__init__(task_id=task_id)
        self._event_factory = Factory
"""

    async def scenario() -> list[str]:
        task = uuid.uuid4().hex
        await kernels[FIRST].execute(
            setup
            + f"""
with mock_context(id="a", nodes=["a", "b"]):
    for value in range(20):
        Numbers({task!r})._new_contract(["b"], Number(value))
"""
        )
        reading = (
            setup
            + f"""
import os, signal, time
with mock_context(id="b", nodes=["a", "b"]):
    for event in Numbers({task!r}).contract_events(timeout=5):
        print("got", event.value, flush=True)
        if event.value == STOP:
            break
"""
        )
        texts = []
        for stop in (6, 12):
            texts.append(await kernels[SECOND].execute(f"STOP = {stop}\n" + reading))
            await kernels[SECOND].restart()
            await kernels[SECOND].execute(PREPARE)
        texts.append(await kernels[SECOND].execute("STOP = 19\n" + reading))
        return texts

    texts = wait_for(scenario())
    values = [[int(line.split()[1]) for line in text.splitlines() if line.startswith("got")] for text in texts]
    assert values == [list(range(7)), list(range(7, 13)), list(range(13, 20))]
