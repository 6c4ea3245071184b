"""Many nodes as threads of one process: what a round costs grows with their number, and not faster."""

import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import torch

from alphamed_nb.alphafed import mock_context
from alphamed_nb.alphafed.fed_avg import FedAvgScheduler
from alphamed_nb.node.link.link import Link
from alphamed_nb.node.output.record_queue import RecordQueue
from alphamed_nb.protocol.messages import Receive

ROUNDS = 3
FEW, MANY = 6, 24


class Idle(FedAvgScheduler):
    """Trains nothing. `counted` is set while its rounds 2 to `ROUNDS` go on."""

    def __init__(self, counted):
        super().__init__(max_rounds=ROUNDS, log_rounds=1)
        self.counted = counted

    def build_model(self):
        return torch.nn.Linear(2, 1)

    def build_optimizer(self, model):
        return torch.optim.SGD(model.parameters(), lr=0.1)

    def build_train_dataloader(self):
        return None

    build_test_dataloader = build_train_dataloader

    def train_an_epoch(self):
        pass

    def run_test(self):
        if self.current_round == 1:
            self.counted.set()
            sys.setprofile(self.counted.call)
        elif self.current_round == ROUNDS:
            self.counted.clear()
            sys.setprofile(None)


class Counted(threading.Event):
    """What is counted while it is set."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def call(self, frame, event, arg):
        """Of each function of the package, by the thread of the aggregator. Each step of a generator is one."""
        code = frame.f_code
        if event == "call" and "alphamed_nb" in code.co_filename:
            self.counts[f"{code.co_filename}:{code.co_firstlineno} {code.co_name}"] += 1


@pytest.fixture
def run(in_hub, monkeypatch):
    counted = Counted()
    post, put = Link.post, RecordQueue.put

    def counting_post(link, message, *more):
        if counted.is_set():
            counted.counts["messages"] += 1
            if not isinstance(message, Receive):  # which names the sources that are waited for
                counted.counts["bytes"] += len(msgspec.json.encode(message))
        return post(link, message, *more)

    def counting_put(queue, record):
        counted.counts["lines"] += counted.is_set()
        return put(queue, record)

    monkeypatch.setattr(Link, "post", counting_post)
    monkeypatch.setattr(RecordQueue, "put", counting_put)

    def run(holders):
        counted.counts = Counter()
        nodes = ["aggregator", *(f"holder-{number:02}" for number in range(holders))]

        def node(name):
            with mock_context(id=name, nodes=nodes):
                Idle(counted)._run(id=name, task_id=f"{holders} holders", is_initiator=name == "aggregator")

        with ThreadPoolExecutor(len(nodes)) as threads:
            for ended in [threads.submit(node, name) for name in nodes]:
                ended.result()
        return counted.counts

    return run


def test_what_a_round_costs_grows_no_faster_than_its_nodes(run):
    few, many = run(FEW), run(MANY)
    assert few["lines"] >= (ROUNDS - 1) * FEW * 8
    grown = {what: (few[what], count) for what, count in many.items() if count > few[what] * MANY / FEW * 1.2 + 20}
    assert not grown
