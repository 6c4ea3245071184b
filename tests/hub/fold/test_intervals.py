"""Many short intervals become few, and nothing of the time is lost."""

from __future__ import annotations

import random

from alphamed_nb.hub.fold.intervals import MERGED_INTERVALS, MOST_INTERVALS, merged
from alphamed_nb.hub.fold.node_fold import NodeFold
from alphamed_nb.protocol.journal import StateBody
from alphamed_nb.protocol.snapshot import Interval


def chain(*lengths: float, begin: float = 0.0, first: int = 1) -> list[Interval]:
    """One after the other; the activity says which it is."""
    intervals = []
    for place, length in enumerate(lengths):
        activity = "training" if place % 2 == 0 else "waiting"
        intervals.append(Interval(activity, "", place, begin, begin + length, first + place))
        begin += length
    return intervals


def test_few_stay_as_they_are():
    intervals = chain(1, 2, 3)
    assert merged(intervals, 3) == intervals


def test_the_shortest_neighbours_become_one_called_by_the_longer():
    assert merged(chain(9, 1, 2, 9), 3) == [
        Interval("training", "", 0, 0, 9, 1),
        Interval("training", "", 2, 9, 12, 2),
        Interval("waiting", "", 3, 12, 21, 4),
    ]


def test_what_goes_on_and_what_is_apart_is_never_merged():
    going_on = Interval("waiting", "", 0, 2, 0.0, 9)
    assert merged([*chain(2), going_on], 1) == [*chain(2), going_on]
    apart = [*chain(1), *chain(1, begin=5, first=2)]
    assert merged(apart, 1) == apart


def test_total_time_and_order_are_kept():
    rng = random.Random(3)
    intervals = chain(*(rng.choice([0.001, 0.1, 5.0]) for _ in range(3000)))
    few = merged(intervals, 100)
    assert len(few) == 100
    assert few[0].begin == intervals[0].begin and few[-1].end == intervals[-1].end
    assert all(first.end == second.begin for first, second in zip(few, few[1:], strict=False))
    assert [item.seq for item in few] == sorted({item.seq for item in few})


def test_what_is_long_enough_to_be_seen_keeps_its_name():
    lengths = [100.0 if place % 100 == 0 else 0.01 for place in range(3000)]
    few = merged(chain(*lengths), 200)
    assert sum(item.activity == "training" and item.end - item.begin >= 100 for item in few) == 30


def test_a_node_never_has_many():
    fold = NodeFold("a")
    for seq in range(1, 5 * MOST_INTERVALS):
        fold.state_row(seq, float(seq), StateBody(time=1.0, activity="training", round=seq))
        assert fold.intervals_from(0) == 0
        if seq % 100 == 0:
            assert len(fold.view(-1).intervals) <= MOST_INTERVALS + 1
    intervals = fold.view(-1).intervals
    assert len(intervals) >= MERGED_INTERVALS
    assert (intervals[0].begin, intervals[-1].begin, intervals[-1].end) == (1.0, float(seq), 0.0)


def test_only_what_changed_after_a_number_is_told():
    fold = NodeFold("a")
    told: list[Interval] = []
    for seq in range(1, 8 * MOST_INTERVALS):
        fold.state_row(seq, float(seq), StateBody(time=1.0, activity="training", round=seq // 3))
        if seq % 7 == 0:
            told[fold.intervals_from(seq - 7) :] = fold.view(-1, seq - 7).intervals
            same = told == fold.view(-1).intervals
            assert same, seq  # not the lists themselves: to show how two long ones differ takes minutes
    assert len(told) < seq // 3  # some were merged
