"""A federated averaging task whose every step can be foretold: training adds the node's number to one weight."""

from __future__ import annotations

import threading

import torch
from torch import nn

from alphamed_nb.alphafed.fed_avg import FedAvgScheduler

AGGREGATOR, B, C = "agg", "holder b", "holder-c"
NODES = [AGGREGATOR, B, C]
STEP = {AGGREGATOR: 100.0, B: 1.0, C: 3.0}


class Counting(FedAvgScheduler):
    """Starts with 0; a node's epoch adds its step. Keeps what happened."""

    def __init__(self, **options):
        super().__init__(**{"max_rounds": 2, "calculation_timeout": 20, "schedule_timeout": 5, **options})
        self.calls: list[str] = []
        self.before_training = lambda scheduler: None
        self.after_round = lambda scheduler: None
        self.averaged: dict[int, dict[str, float]] = {}
        """On the aggregator: by round, each node's update."""

    def build_model(self):
        self.calls.append("build_model")
        model = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(model.weight)
        return model

    def build_optimizer(self, model):
        assert model is self.model
        self.calls.append("build_optimizer")
        return torch.optim.SGD(model.parameters(), lr=1.0)

    def build_train_dataloader(self):
        self.calls.append("build_train_dataloader")
        return [1]

    def build_test_dataloader(self):
        self.calls.append("build_test_dataloader")
        return None

    def train_an_epoch(self):
        self.before_training(self)
        assert self.train_loader == [1]
        self.calls.append(f"train {self.current_round}")
        with torch.no_grad():
            self.model.weight += STEP[self.id]

    def run_test(self):
        assert self.test_loader is None
        self.calls.append(f"test {self.current_round}")

    def is_task_finished(self):
        self.calls.append(f"finished? {self.current_round}")
        self.after_round(self)
        return super().is_task_finished()

    def _aggregate(self, updates):
        self.averaged[self.current_round] = {node: state["weight"].item() for node, state in updates.items()}
        super()._aggregate(updates)

    @property
    def weight(self) -> float:
        return self.model.weight.item()

    def run(self, node: str, task: str, **options):
        """`_run` as this node; returns the scheduler."""
        self._run(id=node, task_id=task, is_initiator=node == AGGREGATOR, **options)
        return self


class Gate:
    """Holds a thread until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self.open.wait(60), "the gate was never opened"
