"""What a node did when, in a bounded number of intervals."""

from __future__ import annotations

from collections.abc import Sequence

from ...protocol.snapshot import Interval

__all__ = ["MERGED_INTERVALS", "MOST_INTERVALS", "merged"]

MOST_INTERVALS = 2000
"""A node with more has its shortest ones merged."""
MERGED_INTERVALS = 1500
"""How many are left then: the next merge comes after 500 more, not with each one."""


def merged(intervals: Sequence[Interval], most: int) -> list[Interval]:
    """At most `most` intervals that cover the same time in the same order, the shortest neighbours put together.

    A merged interval is called by the one of its two parts that took longer (the first of two equal ones), has its
    round, and the number of the row that began the first part: what was done and for how long stays true of everything
    long enough to be seen. Intervals with time between them are no neighbours, so more than `most` may be left. One
    that is still going on is never merged.
    """
    left = list(intervals)
    while len(left) > most:
        pairs = _shortest_pairs(left, len(left) - most)
        if not pairs:
            break
        left = _joined(left, pairs)
    return left


def _shortest_pairs(intervals: list[Interval], count: int) -> set[int]:
    """Places of the first parts of so many pairs, none overlapping another."""
    lengths = sorted(
        (second.end - first.begin, place)
        for place, (first, second) in enumerate(zip(intervals, intervals[1:], strict=False))
        if first.end == second.begin and second.end
    )
    chosen: set[int] = set()
    for _, place in lengths:
        if len(chosen) == count:
            break
        if place - 1 not in chosen and place + 1 not in chosen:
            chosen.add(place)
    return chosen


def _joined(intervals: list[Interval], pairs: set[int]) -> list[Interval]:
    joined: list[Interval] = []
    place = 0
    while place < len(intervals):
        first = intervals[place]
        if place not in pairs:
            joined.append(first)
            place += 1
            continue
        second = intervals[place + 1]
        longer = first if first.end - first.begin >= second.end - second.begin else second
        joined.append(Interval(longer.activity, longer.detail, longer.round, first.begin, second.end, first.seq))
        place += 2
    return joined
