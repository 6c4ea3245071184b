"""A federated task small enough to run many times: a linear model on 64 made-up samples."""

from __future__ import annotations

import textwrap
from pathlib import Path

NODES = ["aggregator", "holder-1", "holder-2"]

SCHEDULER = """
import os
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from alphafed.fed_avg import FedAvgScheduler


class Descent(torch.optim.Optimizer):
    # Whatever torch's own optimizers do first imports torch._dynamo: that takes a new kernel as long as torch itself.
    def __init__(self, parameters):
        self.param_groups = [{"params": list(parameters)}]

    def state_dict(self):
        return {}

    def load_state_dict(self, state):
        pass

    def step(self):
        with torch.no_grad():
            for parameter in self.param_groups[0]["params"]:
                parameter -= 0.1 * parameter.grad
                parameter.grad = None


class TinyAvg(FedAvgScheduler):
    def __init__(self, fail_in=0, seconds=0.0, until="", **options):
        super().__init__(**options)
        self.fail_in = fail_in
        self.seconds = seconds
        self.until = until  # a file: the task is finished once it is there

    def build_model(self):
        torch.manual_seed(0)
        return nn.Linear(4, 2)

    def build_optimizer(self, model):
        return Descent(model.parameters())

    def build_train_dataloader(self):
        inputs = torch.randn(64, 4, generator=torch.Generator().manual_seed(1))
        return DataLoader(TensorDataset(inputs, (inputs.sum(1) > 0).long()), batch_size=16)

    def build_test_dataloader(self):
        return self.build_train_dataloader()

    def train_an_epoch(self):
        print(f"training round {self.current_round}")
        if self.current_round == self.fail_in:
            raise ValueError(f"this holder fails in round {self.fail_in}")
        time.sleep(self.seconds)
        self.model.train()
        for inputs, labels in self.train_loader:
            nn.functional.cross_entropy(self.model(inputs), labels).backward()
            self.optimizer.step()

    def is_task_finished(self):
        return os.path.exists(self.until) if self.until else super().is_task_finished()

    def run_test(self):
        print(f"tested round {self.current_round}")
"""


def write_scheduler(folder: Path) -> None:
    """Put `tiny.py` where the nodes run."""
    (folder / "tiny.py").write_text(SCHEDULER)


def node_cell(
    node: str, task: str, *, nodes: list[str] = NODES, recover: bool = False, context: str = "", **options: object
) -> str:
    """The cell of one node, as the seed document writes it. The first of `nodes` is the initiator.

    `context`: more arguments for `mock_context`; `options`: the scheduler's.
    """
    options = {"max_rounds": 3, "log_rounds": 1, "schedule_timeout": 5} | options
    arguments = ", ".join(f"{key}={value!r}" for key, value in options.items())
    initiator = f"is_initiator={node == nodes[0]}" + (", recover=True" if recover else "")
    return textwrap.dedent(f"""
        from alphafed import mock_context
        from tiny import TinyAvg

        scheduler = TinyAvg({arguments})
        with mock_context(id={node!r}, nodes={nodes!r}{", " + context if context else ""}):
            scheduler._run(id={node!r}, task_id={task!r}, {initiator})
        print("rounds done:", scheduler.current_round)
        """)
