"""The example's scheduler with a clock in it, its training done sequentially as the floor, and one without work."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path
from typing import Any

from alphamed_nb import alphafed  # noqa: F401  (serves the name alphafed)

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fedavg"


def _demo_class() -> Any:
    sys.path.insert(0, str(EXAMPLE))
    try:
        from scheduler import DemoAvg  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(EXAMPLE))
    return DemoAvg


def timed_scheduler(rounds: int) -> Any:
    """The example's, keeping the seconds of each `train_an_epoch` and `run_test`; one warm training step taken."""
    demo = _demo_class()

    class TimedAvg(demo):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(max_rounds=rounds, log_rounds=1, calculation_timeout=60)
            self.trained: list[float] = []
            self.tested: list[float] = []

        def train_an_epoch(self) -> None:
            begin = time.perf_counter()
            super().train_an_epoch()
            self.trained.append(time.perf_counter() - begin)

        def run_test(self) -> None:
            begin = time.perf_counter()
            super().run_test()
            self.tested.append(time.perf_counter() - begin)

    scheduler = TimedAvg()
    _warm_up(scheduler)
    return scheduler


def _warm_up(scheduler: Any) -> None:
    """Have behind it what every process of Python with torch pays once, whether it is a federation's node or not.

    The first training step imports some 890 modules, and the first full garbage collection after them looks at all they
    made: some 0.3 s, in all nodes within the same moment.
    """
    import torch

    model = scheduler.build_model()
    optimizer = scheduler.build_optimizer(model)
    model(torch.zeros(2, 1, 28, 28)).sum().backward()
    optimizer.step()
    gc.collect()


def sequential(task: str, nodes: list[str], rounds: int) -> float:
    """Seconds of the same training, averaging and tests in this process, without any federation."""
    import torch
    from alphafed import mock_context

    from alphamed_nb.algorithms.averaging import average_state_dicts

    torch.set_num_threads(1)
    schedulers = []
    for node in nodes:
        scheduler = timed_scheduler(rounds)
        scheduler.id, scheduler.task_id = node, task
        scheduler.push_log = lambda message: None
        schedulers.append(scheduler)
    begin = time.perf_counter()
    for scheduler in schedulers:
        scheduler.model = scheduler.build_model()
        scheduler.optimizer = scheduler.build_optimizer(scheduler.model)
    aggregator, *holders = schedulers
    for _ in range(rounds):
        updates = []
        for scheduler in holders:
            with mock_context(id=scheduler.id, nodes=nodes):
                scheduler.load_state_dict(aggregator.state_dict())
                scheduler.model.train()
                scheduler.train_an_epoch()
            updates.append({key: value.clone() for key, value in scheduler.state_dict().items()})
        aggregator.load_state_dict(average_state_dicts(updates))
        with mock_context(id=aggregator.id, nodes=nodes), torch.no_grad():
            aggregator.model.eval()
            aggregator.run_test()
    return time.perf_counter() - begin


def empty_scheduler(rounds: int, inputs: int = 1, outputs: int = 1) -> Any:
    """A small linear model and no training: what is left is the federation itself."""
    import torch
    from alphafed.fed_avg import FedAvgScheduler

    class EmptyAvg(FedAvgScheduler):
        def __init__(self) -> None:
            super().__init__(max_rounds=rounds, log_rounds=1)
            self.tested_at: list[float] = []

        def build_model(self) -> Any:
            return torch.nn.Linear(inputs, outputs)

        def build_optimizer(self, model: Any) -> Any:
            return torch.optim.SGD(model.parameters(), lr=0.1)

        def build_train_dataloader(self) -> Any:
            return None

        def build_test_dataloader(self) -> Any:
            return None

        def train_an_epoch(self) -> None:
            pass

        def run_test(self) -> None:
            self.tested_at.append(time.perf_counter())

    return EmptyAvg()


if __name__ == "__main__":
    print(sequential(sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])))
