from __future__ import annotations

import threading

import pytest

from alphamed_nb.node.waiting import Deadline, Signal, earliest, now, wait_until


def test_none_and_zero_never_pass() -> None:
    for deadline in (Deadline(), Deadline(None), Deadline(0)):
        assert deadline.never and not deadline.expired and deadline.remaining() is None


def test_a_deadline_passes() -> None:
    assert not Deadline(1000).expired and 990 < (Deadline(1000).remaining() or 0) <= 1000
    assert Deadline(-1).expired and Deadline(-1).remaining() == 0
    assert Deadline.passed().expired and not Deadline.passed().never


def test_within_takes_the_earlier_one() -> None:
    assert (Deadline().within(5).remaining() or 0) <= 5
    assert (Deadline(1).within(5).remaining() or 0) <= 1
    assert Deadline().within(0).expired  # no time at all, not: for ever


def test_earliest() -> None:
    soon = Deadline(1)
    assert earliest(Deadline(), Deadline(5), soon) is soon
    assert earliest().never and earliest(Deadline()).never


@pytest.mark.parametrize("make", [Signal, threading.Condition])
def test_a_true_predicate_is_seen_also_after_the_deadline(make) -> None:
    assert wait_until(make(), lambda: True, Deadline.passed())
    assert not wait_until(make(), lambda: False, Deadline.passed())
    assert not wait_until(make(), lambda: False, Deadline(0.01))


def test_a_signal_wakes_and_is_remembered() -> None:
    signal, seen = Signal(), []
    signal.set()
    signal.set()  # twice is once
    waiter = threading.Thread(target=lambda: seen.append(wait_until(signal, lambda: bool(seen) or len(hint) > 0)))
    hint: list[int] = []
    waiter.start()
    hint.append(1)
    signal.set()
    waiter.join(10)
    assert seen == [True]


def test_a_condition_wakes() -> None:
    condition, done = threading.Condition(), []

    def finish() -> None:
        with condition:
            done.append(1)
            condition.notify_all()

    threading.Timer(0.05, finish).start()
    begun = now()
    assert wait_until(condition, lambda: done, Deadline(30)) and now() - begun < 25


def test_a_condition_that_is_held_already() -> None:
    condition = threading.Condition()
    with condition:
        assert not wait_until(condition, lambda: False, Deadline(0.01))
