"""Nodes that are late, fail, stop or start again in the middle of a federated averaging task."""

import logging
import threading
from contextlib import contextmanager

import pytest
from averaging_task import AGGREGATOR, NODES, B, C, Counting, Gate

from alphamed_nb.alphafed import mock_context
from alphamed_nb.alphafed.fed_avg import FedAvgContractor
from alphamed_nb.alphafed.fed_avg.errors import AggregatorFailed, StateDictError, TooFewUpdates
from alphamed_nb.alphafed.rounds import Follower, members
from alphamed_nb.alphafed.rounds.leader import Round


def texts(records, level="INFO"):
    return [record.getMessage() for record in records if record.levelname == level]


@contextmanager
def said(text):
    """An event that is set once the library has logged this text."""
    event = threading.Event()

    class Listening(logging.Handler):
        def emit(self, record):
            if record.getMessage() == text:
                event.set()

    listening = Listening()
    logging.getLogger("alphafed").addHandler(listening)
    try:
        yield event
    finally:
        logging.getLogger("alphafed").removeHandler(listening)


def test_a_late_node_is_left_out_and_its_update_never_reaches_a_later_round(start_node, task, alphafed_log):
    late = Gate()
    aggregator = Counting(max_rounds=0, calculation_timeout=1, schedule_timeout=0)
    slow = Counting()
    slow.before_training = lambda scheduler: late() if scheduler.current_round == 1 else None

    def after_round(scheduler):
        if scheduler.current_round == 3:
            late.open.set()

    aggregator.after_round = after_round
    aggregator._is_reach_max_rounds = lambda: C in aggregator.averaged[aggregator.current_round]
    threads = [
        start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)),
        start_node(B, NODES, lambda: Counting().run(B, task)),
        start_node(C, NODES, lambda: slow.run(C, task)),
    ]
    for thread in threads:
        thread.value()
    last = aggregator.current_round
    assert last > 3
    # B alone adds 1 a round; the update C made in round 1 (a 3) is in none of them.
    for round in range(1, last):
        assert aggregator.averaged[round] == {B: float(round)}
    assert aggregator.averaged[last] == {B: float(last), C: last - 1 + 3.0}
    assert f"Round 1: {C} left out: late, no update within 1 s." in texts(alphafed_log, "WARNING")
    assert "Round 1: it was closed, what was under way for it is dropped." in texts(alphafed_log)


def test_an_update_is_withdrawn_when_its_round_was_closed(start_node, task, alphafed_log):
    """Before the aggregator receives anything again: it goes on only after that."""
    late = Gate()
    slow = Counting()
    slow.before_training = lambda scheduler: late() if scheduler.current_round == 1 else None

    def after_round(scheduler):
        if scheduler.current_round == 1:
            late.open.set()
            assert dropped.wait(20), "the update is still offered"

    aggregator = Counting(max_rounds=1, calculation_timeout=1)
    aggregator.after_round = after_round
    with said("Round 1: it was closed, what was under way for it is dropped.") as dropped:
        threads = [
            start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)),
            start_node(B, NODES, lambda: Counting().run(B, task)),
            start_node(C, NODES, lambda: slow.run(C, task)),
        ]
        for thread in threads:
            thread.value()
    assert aggregator.averaged == {1: {B: 1.0}}


@pytest.mark.parametrize("calculation_timeout", [0, 300])
def test_a_failed_calculator_is_not_waited_for(start_node, task, alphafed_log, calculation_timeout):
    def fail(scheduler):
        if scheduler.current_round == 2:
            assert collecting.wait(20)
            raise ValueError("in the middle")

    failing = Counting()
    failing.before_training = fail
    aggregator = Counting(max_rounds=3, calculation_timeout=calculation_timeout)
    with said(f"Round 2: update of {B} received (1 of 2).") as collecting:
        threads = [
            start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)),
            start_node(B, NODES, lambda: Counting().run(B, task)),
        ]
        failed = start_node(C, NODES, lambda: failing.run(C, task))
        for thread in threads:
            thread.value()
    with pytest.raises(ValueError, match="in the middle"):
        failed.value()
    assert aggregator.averaged == {1: {B: 1.0, C: 3.0}, 2: {B: 3.0}, 3: {B: 4.0}}
    assert f"Round 2: {C} left out: failed (ValueError)." in texts(alphafed_log, "WARNING")
    # The failing node says it in one line, without the error's own message.
    assert texts(alphafed_log, "ERROR") == [f"Node {C} failed in round 2: ValueError."]


def test_no_update_at_all_is_an_error_that_names_everybody(start_node, task):
    failing = {node: Counting() for node in (B, C)}
    for scheduler in failing.values():
        scheduler.before_training = lambda _: (_ for _ in ()).throw(ValueError("no data"))
    aggregator = start_node(AGGREGATOR, NODES, lambda: Counting(calculation_timeout=0).run(AGGREGATOR, task))
    holders = [start_node(node, NODES, lambda node=node: failing[node].run(node, task)) for node in failing]
    with pytest.raises(
        TooFewUpdates, match=rf"Round 1 .*{B}: failed \(ValueError\).*{C}: failed \(ValueError\)"
    ) as caught:
        aggregator.value()
    assert caught.value.because_of == [B, C]
    for holder in holders:
        with pytest.raises(ValueError, match="no data"):
            holder.value()


def test_holders_of_a_failed_aggregator_end_with_an_error_that_names_it(start_node, task):
    def fail(scheduler):
        raise RuntimeError("hidden")

    aggregator = Counting()
    aggregator.after_round = fail
    threads = [start_node(node, NODES, lambda node=node: Counting().run(node, task)) for node in (B, C)]
    failed = start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task))
    with pytest.raises(RuntimeError):
        failed.value()
    for thread in threads:
        with pytest.raises(
            AggregatorFailed, match=r"^The aggregator agg failed \(RuntimeError\) in round 1\.$"
        ) as caught:
            thread.value()
        assert caught.value.because_of == [AGGREGATOR]


def test_an_aggregator_started_again_without_recover_resets_the_round(start_node, task, alphafed_log):
    """The holders of a stopped one wait for its next announcement, and start at 1."""
    stopped = Counting(max_rounds=5)

    def stop(scheduler):
        if scheduler.current_round == 2:
            raise KeyboardInterrupt

    stopped.after_round = stop
    holders = {node: Counting() for node in (B, C)}
    threads = [start_node(node, NODES, lambda node=node: holders[node].run(node, task)) for node in holders]
    with pytest.raises(KeyboardInterrupt):
        start_node(AGGREGATOR, NODES, lambda: stopped.run(AGGREGATOR, task)).value()
    again = Counting(max_rounds=2)
    start_node(AGGREGATOR, NODES, lambda: again.run(AGGREGATOR, task)).value()
    for thread in threads:
        thread.value()
    assert again.averaged == {1: {B: 1.0, C: 3.0}, 2: {B: 3.0, C: 5.0}}
    assert [call for call in holders[B].calls if "train " in call] == ["train 1", "train 2"] * 2
    assert holders[B].calls.count("build_model") == 1


def test_a_holder_that_is_sending_follows_the_newer_attempt(start_node, task, monkeypatch):
    """The aggregator stops while both holders train; their updates belong to an attempt that is over."""
    training = {B: Gate(), C: Gate()}
    holders = {node: Counting() for node in training}
    for node, gate in training.items():
        holders[node].before_training = lambda scheduler, gate=gate: gate()
    first = Counting()
    threads = [start_node(node, NODES, lambda node=node: holders[node].run(node, task)) for node in holders]

    def stop_while_they_train():
        # Interrupted as the user would do it, in the middle of waiting for updates.
        def interrupted(*_, **__):
            for gate in training.values():
                assert gate.reached.wait(60)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Round, "collect", interrupted)
            first.run(AGGREGATOR, task)

    with pytest.raises(KeyboardInterrupt):
        start_node(AGGREGATOR, NODES, stop_while_they_train).value()
    again = Counting(max_rounds=1)
    aggregator = start_node(AGGREGATOR, NODES, lambda: again.run(AGGREGATOR, task))
    for gate in training.values():
        gate.open.set()
    aggregator.value()
    for thread in threads:
        thread.value()
    assert again.averaged == {1: {B: 1.0, C: 3.0}}
    assert holders[B].calls.count("train 1") == 2


def test_a_holder_that_starts_again_joins_at_the_next_round(start_node, task):
    aggregator = Counting(max_rounds=0)

    def stop(scheduler):
        if scheduler.current_round == 2:
            raise KeyboardInterrupt

    stopping = Counting()
    stopping.before_training = stop
    aggregator._is_reach_max_rounds = lambda: (
        aggregator.current_round > 2 and C in aggregator.averaged[aggregator.current_round]
    )
    main = start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task))
    other = start_node(B, NODES, lambda: Counting().run(B, task))
    with pytest.raises(KeyboardInterrupt):
        start_node(C, NODES, lambda: stopping.run(C, task)).value()
    again = Counting()
    start_node(C, NODES, lambda: again.run(C, task)).value()
    main.value()
    other.value()
    assert aggregator.averaged[2] == {B: 3.0}  # it was gone before it had an update
    assert again.calls.count(f"train {aggregator.current_round}") == 1


def test_an_announcement_of_an_earlier_run_is_not_followed(start_node, task, alphafed_log):
    with mock_context(id=AGGREGATOR, nodes=NODES):
        FedAvgContractor(task).announce([C], "an old nonce", 5, AGGREGATOR)
    holder = start_node(C, NODES, lambda: Counting(schedule_timeout=0.2).run(C, task))
    while not texts(alphafed_log, "WARNING"):  # it has read what was there
        holder.join(0.05)
    aggregator = Counting()
    others = [
        start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)),
        start_node(B, NODES, lambda: Counting().run(B, task)),
    ]
    for thread in [holder, *others]:
        thread.value()
    assert not any("at round 5" in text for text in texts(alphafed_log))
    assert aggregator.averaged[1] == {B: 1.0, C: 3.0}


def test_events_of_another_attempt_mean_nothing(start_node, task):
    aggregator = Counting(max_rounds=3)

    def foreign_events(scheduler):
        scheduler.contractor.finish_task([B], "another nonce")
        scheduler.contractor.sync_state([C], "another nonce", 9, AGGREGATOR)

    aggregator.after_round = foreign_events
    holders = {node: Counting() for node in (B, C)}
    threads = [start_node(node, NODES, lambda node=node: holders[node].run(node, task)) for node in holders]
    start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)).value()
    for thread in threads:
        thread.value()
    assert [len(updates) for updates in aggregator.averaged.values()] == [2, 2, 2]
    assert [holder.current_round for holder in holders.values()] == [3, 3]


def test_answers_to_another_attempt_mean_nothing(start_node, task):
    """A node that answers with another nonce has not joined."""

    def answer_wrongly():
        contractor = FedAvgContractor(task)
        next(contractor.contract_events())
        contractor.checkin(AGGREGATOR, "another nonce", C)
        assert list(contractor.contract_events(timeout=0.5)) == []  # nobody asks it anything more

    aggregator = Counting()
    threads = [
        start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)),
        start_node(B, NODES, lambda: Counting().run(B, task)),
    ]
    start_node(C, NODES, answer_wrongly).value()
    for thread in [*threads, start_node(C, NODES, lambda: Counting().run(C, task))]:
        thread.value()
    assert aggregator.averaged[1] == {B: 1.0, C: 3.0}


def test_an_update_of_another_round_is_denied(start_node, task, monkeypatch):
    """A holder that, against the protocol, still offers an old update while a later round collects."""
    label = Follower.label

    def stale_label(self, stage, step):
        stale = self.node == C and self.round == 2 and stage == "update"
        return f"{self.nonce}/1/{stage}/{step}" if stale else label(self, stage, step)

    monkeypatch.setattr(Follower, "label", stale_label)
    aggregator = Counting(calculation_timeout=1)
    threads = [start_node(node, NODES, lambda node=node: Counting().run(node, task)) for node in (B, C)]
    start_node(AGGREGATOR, NODES, lambda: aggregator.run(AGGREGATOR, task)).value()
    for thread in threads:
        thread.value()
    assert aggregator.averaged == {1: {B: 1.0, C: 3.0}, 2: {B: 3.0}}


def test_started_in_any_order_and_missing_ones_are_named(start_node, task, alphafed_log):
    aggregator = start_node(AGGREGATOR, NODES, lambda: Counting(schedule_timeout=0.2).run(AGGREGATOR, task))
    first = start_node(B, NODES, lambda: Counting(schedule_timeout=0.2).run(B, task))
    while not any("joined" in text for text in texts(alphafed_log)) or not texts(alphafed_log, "WARNING"):
        aggregator.join(0.05)
    start_node(C, NODES, lambda: Counting().run(C, task)).value()
    aggregator.value()
    first.value()
    assert f"Still waiting for participants to join ({C}: not up)." in texts(alphafed_log, "WARNING")


def test_a_holder_says_what_it_waits_for(start_node, task, alphafed_log):
    holder = start_node(B, NODES, lambda: Counting(schedule_timeout=0.2).run(B, task))
    while not texts(alphafed_log, "WARNING"):
        holder.join(0.05)
    others = [start_node(node, NODES, lambda node=node: Counting().run(node, task)) for node in (AGGREGATOR, C)]
    for thread in [holder, *others]:
        thread.value()
    waits = f"waits for the initiator to announce the task; not up: {AGGREGATOR}, {C}."
    assert f"Node {B} {waits}" in texts(alphafed_log)
    assert f"Node {B} still {waits}" in texts(alphafed_log, "WARNING")


def test_without_nodes_whoever_has_a_session_takes_part(start_node, task, monkeypatch):
    monkeypatch.setattr(members, "_QUIET_SECONDS", 0.5)
    aggregator = Counting(max_rounds=2)
    threads = [
        start_node(AGGREGATOR, None, lambda: aggregator.run(AGGREGATOR, task)),
        start_node(B, None, lambda: Counting().run(B, task)),
        start_node(C, None, lambda: Counting().run(C, task)),
    ]
    for thread in threads:
        thread.value()
    assert aggregator.averaged[2].keys() == {B, C}


def test_what_cannot_travel_is_an_error_at_the_sender(start_node, task):
    class Odd(Counting):
        def state_dict(self):
            return {"weight": self.model.weight, "head": {1, 2}}

    threads = {
        AGGREGATOR: start_node(AGGREGATOR, NODES[:2], lambda: Counting(calculation_timeout=0).run(AGGREGATOR, task)),
        B: start_node(B, NODES[:2], lambda: Odd().run(B, task)),
    }
    with pytest.raises(StateDictError, match="'head' of the state dict is of type set"):
        threads[B].value()
    with pytest.raises(TooFewUpdates, match=r"failed \(StateDictError\)"):
        threads[AGGREGATOR].value()


def test_a_node_that_does_not_validate_does_not_join(start_node, task):
    class Invalid(Counting):
        def validate_context(self):
            super().validate_context()
            assert self.is_initiator is False and self.train_loader
            raise ValueError("not my data")

    with pytest.raises(ValueError, match="not my data"):
        start_node(B, NODES, lambda: Invalid().run(B, task)).value()


def test_a_model_that_is_none_is_refused(start_node, task):
    class NoModel(Counting):
        def build_optimizer(self, model):
            return None

    with pytest.raises(RuntimeError, match="build_optimizer"):
        start_node(B, NODES, lambda: NoModel().run(B, task)).value()
