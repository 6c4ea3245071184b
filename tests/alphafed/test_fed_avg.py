"""Federated averaging between three nodes of one process, through a real hub."""

import logging
import math
import os
import threading
import zipfile
from contextlib import nullcontext
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from averaging_task import AGGREGATOR, NODES, STEP, B, C, Counting
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from alphamed_nb.alphafed.fed_avg import FedAvgScheduler
from alphamed_nb.alphafed.fed_avg.errors import AggregatorFailed, TooFewUpdates


@pytest.fixture
def run_all(start_node, task):
    """Run one scheduler on each node at the same time; returns them by node."""

    def run(make=Counting, nodes=NODES, told=NODES, **options):
        schedulers = {node: make() for node in nodes}
        threads = {
            node: start_node(node, told, lambda node=node: schedulers[node].run(node, task, **options))
            for node in nodes
        }
        for thread in threads.values():
            thread.value()
        return schedulers

    return run


def texts(records):
    return [record.getMessage() for record in records]


# -- the process -------------------------------------------------------------------------------------------------------


def test_every_round_averages_the_holders_updates(run_all):
    schedulers = run_all(lambda: Counting(max_rounds=3, merge_epochs=2))
    # Each round: both holders start from the average w and make w + 2 * step; the average of these is w + 2 + 6 / 2.
    assert schedulers[AGGREGATOR].averaged == {1: {B: 2.0, C: 6.0}, 2: {B: 6.0, C: 10.0}, 3: {B: 10.0, C: 14.0}}
    assert schedulers[AGGREGATOR].weight == 12.0
    assert [schedulers[node].current_round for node in NODES] == [3, 3, 3]


def test_hooks_are_called_as_often_as_promised(run_all):
    schedulers = run_all(lambda: Counting(max_rounds=4, log_rounds=2))
    assert schedulers[AGGREGATOR].calls == [
        "build_model", "build_optimizer", "finished? 1", "build_test_dataloader", "test 2", "finished? 2",
        "finished? 3", "test 4", "finished? 4",
    ]  # fmt: skip
    assert schedulers[B].calls == [
        "build_model", "build_optimizer", "build_train_dataloader", "train 1", "train 2", "train 3", "train 4",
    ]  # fmt: skip


def test_an_involved_aggregator_counts_as_one_update(run_all):
    schedulers = run_all(lambda: Counting(max_rounds=1, involve_aggregator=True))
    assert schedulers[AGGREGATOR].averaged == {1: STEP}
    assert schedulers[AGGREGATOR].weight == pytest.approx(104 / 3)


def test_updates_are_averaged_in_the_order_of_the_node_ids_whoever_is_first(start_node, task):
    """A sum of floats depends on its order in the last bits: the same task gives the same model again."""
    first_came = threading.Event()
    schedulers = {node: Counting(max_rounds=1) for node in NODES}
    schedulers[B].before_training = lambda scheduler: first_came.wait(60)

    class Listening(logging.Handler):
        def emit(self, record):
            if f"update of {C} received" in record.getMessage():
                first_came.set()

    listening = Listening()
    logging.getLogger("alphafed").addHandler(listening)
    try:
        threads = [start_node(n, NODES, lambda n=n: schedulers[n].run(n, task)) for n in NODES]
        for thread in threads:
            thread.value()
    finally:
        logging.getLogger("alphafed").removeHandler(listening)
    assert first_came.is_set() and list(schedulers[AGGREGATOR].averaged[1]) == [B, C]


def test_results_are_written_by_the_aggregator(run_all, task, in_hub):
    def make():
        scheduler = Counting(max_rounds=1, log_rounds=1)
        scheduler.run_test = lambda: (
            scheduler.tb_writer.add_scalar("accuracy", 0.5, scheduler.current_round),
            scheduler.tb_writer.add_scalars("loss", {"train": torch.tensor(1.0), "test": 2.0}, scheduler.current_round),
        )
        return scheduler

    run_all(make)
    result = in_hub / AGGREGATOR / task / "result"
    state = torch.load(result / "model.pt", weights_only=True)
    assert state["weight"].item() == 2.0
    with zipfile.ZipFile(result / "report.zip") as report:
        names = report.namelist()
    assert names and all(name.startswith("tb_logs/") and "tfevents" in name for name in names)
    assert not (in_hub / B / task / "result" / "model.pt").exists()


@pytest.mark.parametrize("removed", [False, True])
def test_results_lie_where_the_node_began_wherever_it_works_later(run_all, task, in_hub, monkeypatch, removed):
    """As tools do that give each job a folder; or the folder of a job is cleaned away while it runs."""
    from alphamed_nb.node.output import scalars
    from alphamed_nb.node.session import reports

    reported = []
    for module in (reports, scalars):
        monkeypatch.setattr(module, "deliver", lambda link, record, nodes: reported.append(record.body))

    class Wandering(Counting):
        def run_test(self):
            os.makedirs("outputs", exist_ok=True)
            os.chdir("outputs")
            if removed:
                os.rmdir(os.getcwd())
            self.tb_writer.add_scalar("accuracy", 0.5, self.current_round)

    schedulers = run_all(lambda: Wandering(max_rounds=2, log_rounds=2 if removed else 1))
    root = in_hub / AGGREGATOR / task
    assert torch.load(root / "result" / "model.pt", weights_only=True)["weight"].item() == 4.0
    with zipfile.ZipFile(root / "result" / "report.zip") as report:
        assert report.namelist()
    assert list((root / "runtime").iterdir()) == [] and not list(in_hub.glob("outputs/**/*.*"))
    places = [(each.writer, each.name, each.step) for each in reported if each.writer]
    assert places == [("tb_logs", "accuracy", round) for round in ((2,) if removed else (1, 2))]
    assert schedulers[AGGREGATOR]._tb_writer is None


@pytest.mark.parametrize("error", [ValueError("the user's own"), None])
def test_curves_that_cannot_be_written_hide_no_error_and_cost_no_model(run_all, task, in_hub, alphafed_log, error):
    """Their folder is gone, say, or the disk full."""

    class Curves(Counting):
        def run_test(self):
            self.tb_writer.close = Mock(side_effect=FileNotFoundError("no such folder"))
            if error is not None:
                raise error

    with pytest.raises(ValueError, match="the user's own") if error is not None else nullcontext():
        run_all(lambda: Curves(max_rounds=1, log_rounds=1, involve_aggregator=True), [AGGREGATOR], [AGGREGATOR])
    assert len([text for text in texts(alphafed_log) if "not complete: FileNotFoundError: no such folder" in text]) == 1
    assert (in_hub / AGGREGATOR / task / "result" / "model.pt").exists() is (error is None)


def test_scalars_become_metric_records(run_all, monkeypatch):
    from alphamed_nb.node.output import scalars
    from alphamed_nb.node.session import reports

    reported = []
    for module in (reports, scalars):
        monkeypatch.setattr(module, "deliver", lambda link, record, nodes: reported.append(record))

    def make():
        scheduler = Counting(max_rounds=2, log_rounds=1)
        scheduler.run_test = lambda: (
            scheduler.tb_writer.add_scalar("accuracy", torch.tensor(0.5), scheduler.current_round),
            scheduler.tb_writer.add_scalars("loss", {"test": 2.0}, scheduler.current_round),
        )
        return scheduler

    run_all(make)
    metrics = [record.body for record in reported]
    scalars_of_writer = [(each.name, each.value, each.step, each.round) for each in metrics if each.writer == "tb_logs"]
    assert scalars_of_writer == [
        (name, value, round, round) for round in (1, 2) for name, value in (("accuracy", 0.5), ("loss/test", 2.0))
    ]
    assert {record.node for record in reported if record.body.writer} == {AGGREGATOR}
    assert [(each.name, each.value) for each in metrics if not each.writer][-1] == ("progress", 100.0)


def test_the_older_name_of_the_test_hook(run_all):
    class Older(Counting):
        run_test = FedAvgScheduler.run_test

        def test(self):
            self.calls.append("older test")

    schedulers = run_all(lambda: Older(max_rounds=1, log_rounds=1))
    assert "older test" in schedulers[AGGREGATOR].calls


def test_neither_test_hook_is_needed_to_create_a_scheduler():
    class Plain(Counting):
        run_test = FedAvgScheduler.run_test

    with pytest.raises(NotImplementedError, match="run_test"):
        Plain().run_test()


def test_a_required_hook_is_needed():
    class Incomplete(FedAvgScheduler):
        pass

    with pytest.raises(TypeError, match="build_model"):
        Incomplete()


def test_the_constructor_calls_no_hook_and_checks_its_arguments():
    assert Counting().calls == []
    for wrong in (-1, "3", math.nan, np.nan, None):
        with pytest.raises(ValueError, match="max_rounds must be a number of at least 0, got"):
            Counting(max_rounds=wrong)
    given = Counting(max_rounds=np.int64(3), calculation_timeout=np.float32(0.5), schedule_timeout=math.inf)
    assert (type(given.max_rounds), type(given.calculation_timeout)) == (int, float)
    assert (given.max_rounds, given.calculation_timeout, given.schedule_timeout) == (3, 0.5, math.inf)


def test_is_task_finished_of_the_user_decides(run_all):
    class ThreeRounds(Counting):
        def is_task_finished(self):
            return self.current_round == 3

    assert run_all(lambda: ThreeRounds(max_rounds=0))[AGGREGATOR].current_round == 3


def test_equals_the_average_computed_centrally(run_all):
    """Real training: FedAvg of two holders is the mean of the two models trained from the same start."""
    seeding = threading.Lock()  # the nodes are threads of one process, with one random generator

    class Real(FedAvgScheduler):
        def build_model(self):
            with seeding:
                torch.manual_seed(0)
                return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))

        def build_optimizer(self, model):
            return torch.optim.SGD(model.parameters(), lr=0.1)

        def build_train_dataloader(self):
            generator = torch.Generator().manual_seed(NODES.index(self.id))
            inputs = torch.randn(32, 4, generator=generator)
            return DataLoader(TensorDataset(inputs, (inputs.sum(1) > 0).long()), batch_size=8)

        def build_test_dataloader(self):
            return None

        def train_an_epoch(self):
            for inputs, labels in self.train_loader:
                self.optimizer.zero_grad()
                nn.functional.cross_entropy(self.model(inputs), labels).backward()
                self.optimizer.step()

        def run(self, node, task, **options):
            self._run(id=node, task_id=task, is_initiator=node == AGGREGATOR, **options)

    federated = run_all(lambda: Real(max_rounds=3))[AGGREGATOR].model.state_dict()

    locals_ = {}
    for node in (B, C):
        locals_[node] = Real()
        locals_[node].id = node
        locals_[node]._build_model_and_optimizer()
    for _ in range(3):
        for each in locals_.values():
            each.train_an_epoch()
        states = [each.model.state_dict() for each in locals_.values()]
        mean = {key: torch.stack([state[key].double() for state in states]).mean(0).float() for key in states[0]}
        for each in locals_.values():
            each.model.load_state_dict(mean)
    for key, value in mean.items():
        torch.testing.assert_close(federated[key], value, rtol=1e-6, atol=1e-7)


# -- again and recovered -----------------------------------------------------------------------------------------------


def test_a_second_run_on_the_same_objects_starts_afresh(start_node, task):
    schedulers = {node: Counting(max_rounds=2) for node in NODES}

    def twice(node):
        schedulers[node].run(node, task)
        first = list(schedulers[node].calls), schedulers[node].weight
        schedulers[node].calls.clear()
        schedulers[node].run(node, task)
        return first, (list(schedulers[node].calls), schedulers[node].weight)

    threads = [start_node(node, NODES, lambda node=node: twice(node)) for node in NODES]
    for thread in threads:
        first, second = thread.value()
        assert first == second


def test_left_over_messages_of_an_interrupted_run_do_not_disturb(start_node, run_all, task):
    """The holders of an earlier attempt have messages waiting that they never read."""

    class Interrupted(Counting):
        def train_an_epoch(self):
            raise KeyboardInterrupt

    def left_over():
        scheduler = Interrupted()
        with pytest.raises(KeyboardInterrupt):
            scheduler.run(B, task)

    def aggregator():
        scheduler = Counting(calculation_timeout=1)
        with pytest.raises(TooFewUpdates):
            scheduler.run(AGGREGATOR, task)

    nodes = [AGGREGATOR, B]
    threads = [start_node(B, nodes, left_over), start_node(AGGREGATOR, nodes, aggregator)]
    for thread in threads:
        thread.value()
    schedulers = run_all(lambda: Counting(max_rounds=2))
    assert schedulers[AGGREGATOR].averaged == {1: {B: 1.0, C: 3.0}, 2: {B: 3.0, C: 5.0}}


def test_recover_continues_with_the_saved_round_and_parameters(run_all):
    class FailingRun(Counting):
        def is_task_finished(self):
            if self.current_round == 3:
                raise ValueError("stop here")  # round 2 is what was saved last
            return False

        def run(self, node, task, **options):
            if node == AGGREGATOR:
                with pytest.raises(ValueError, match="stop here"):
                    super().run(node, task, **options)
            else:
                with pytest.raises(AggregatorFailed, match="agg failed \\(ValueError\\)"):
                    super().run(node, task, **options)

    run_all(FailingRun)
    schedulers = run_all(lambda: Counting(max_rounds=4), recover=True)
    # After round 2 the average was 4; round 3 is done again from there.
    assert schedulers[AGGREGATOR].averaged == {3: {B: 5.0, C: 7.0}, 4: {B: 7.0, C: 9.0}}
    assert [call for call in schedulers[B].calls if "train " in call] == ["train 3", "train 4"]


def test_without_recover_stale_progress_is_discarded(run_all, task, in_hub):
    class Failing(Counting):
        def run(self, node, task, **options):
            with pytest.raises((ValueError, AggregatorFailed)):
                super().run(node, task, **options)

        def is_task_finished(self):
            if self.current_round == 2:
                raise ValueError
            return False

    run_all(Failing)
    progress = in_hub / AGGREGATOR / task / "runtime" / "fed_avg_progress.pt"
    assert progress.exists()
    found = []

    class Looking(Counting):
        def train_an_epoch(self):
            found.append((self.current_round, progress.exists()))
            super().train_an_epoch()

    assert run_all(Looking)[AGGREGATOR].averaged == {1: {B: 1.0, C: 3.0}, 2: {B: 3.0, C: 5.0}}
    assert sorted(found) == [(1, False)] * 2 + [(2, True)] * 2
    assert not progress.exists()


def test_recover_with_nothing_saved_says_so_and_starts_at_1(run_all, alphafed_log):
    assert sorted(run_all(recover=True)[AGGREGATOR].averaged) == [1, 2]
    assert "There is nothing to recover: the task starts with round 1." in texts(alphafed_log)


def test_a_finished_task_that_was_killed_before_its_results_is_only_finished(run_all, monkeypatch):
    from alphamed_nb.alphafed.fed_avg import scheduler

    class Killed(Counting):
        def run(self, node, task, **options):
            if node != AGGREGATOR:
                return super().run(node, task, **options)
            with monkeypatch.context() as patch:
                patch.setattr(scheduler, "write_model", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
                with pytest.raises(OSError, match="disk full"):
                    super().run(node, task, **options)
            return self

    run_all(Killed)
    again = run_all(nodes=[AGGREGATOR], recover=True)[AGGREGATOR]
    assert again.averaged == {} and again.weight == 4.0
    assert not [call for call in again.calls if call.startswith("finished?")]
