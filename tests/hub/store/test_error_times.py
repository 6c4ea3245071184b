"""Times of errors: few, true, and near to every error."""

from __future__ import annotations

import random

import pytest

from alphamed_nb.hub.store.error_times import MOST_TIMES, ErrorTimes


class Asked:
    """Times of journal numbers, and how often one was asked for."""

    def __init__(self, times: dict[int, float]) -> None:
        self.times = times
        self.count = 0

    def __call__(self, number: int) -> float:
        self.count += 1
        return self.times[number]


def near(marks: list[float], at: float) -> float:
    return min(abs(mark - at) for mark in marks)


def test_few_errors_keep_their_own_times():
    times = ErrorTimes()
    times.add([3, 7, 9], Asked({3: 1.5, 7: 1.5, 9: 4.25}))
    assert (times.times, times.count, times.last) == ([1.5, 4.25], 3, 9)
    times.add([], Asked({}))
    times.add([12], Asked({12: 5.0}))
    assert (times.times, times.count, times.last) == ([1.5, 4.25, 5.0], 4, 12)


@pytest.mark.parametrize("steps", [1, 50])
def test_of_many_errors_each_time_is_true_and_none_is_far_from_an_error(steps: int):
    dice = random.Random(5)
    at, all_times = 1000.0, {}
    for number in range(1, 20_001):
        at += dice.choice([0.0, 0.001, 0.01, 0.5]) if number % 4000 else 300.0
        all_times[number] = at
    times, asked = ErrorTimes(), Asked(all_times)
    numbers = list(all_times)
    size = len(numbers) // steps
    for first in range(0, len(numbers), size):
        times.add(numbers[first : first + size], asked)
    assert times.count == 20_000 and 100 < len(times.times) <= MOST_TIMES
    assert set(times.times) <= set(all_times.values()) and times.times == sorted(times.times)
    span = at - 1000.0
    assert max(near(times.times, each) for each in all_times.values()) <= span / (MOST_TIMES / 4)


def test_errors_of_one_moment_are_not_asked_for_one_by_one():
    asked = Asked({number: float(number // 100_000) for number in range(1, 400_001)})
    times = ErrorTimes()
    times.add(list(asked.times), asked)
    assert times.times == [0.0, 1.0, 2.0, 3.0, 4.0] and asked.count < 500


def test_a_clock_that_was_set_back_makes_no_time_false():
    asked = Asked({1: 50.0, 2: 60.0, 3: 10.0, 4: 11.0})
    times = ErrorTimes()
    times.add([1, 2, 3, 4], asked)
    assert times.times == [10.0, 11.0, 50.0, 60.0]
