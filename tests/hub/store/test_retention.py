"""Which runs are dropped: by age, by size, oldest end first, never a live one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alphamed_nb.hub.store.logs import LogFigures
from alphamed_nb.hub.store.messages import RunInfo
from alphamed_nb.hub.store.retention import DAY, RunFigures, figures, runs_to_drop

NOW = 100 * DAY


def run(name: str, days_ago: float, size: int = 10, *, live: bool = False) -> RunFigures:
    return RunFigures(task=name, run=1, last=0 if live else NOW - days_ago * DAY, bytes=size, live=live)


@pytest.mark.parametrize(
    "runs, expected",
    [
        ([], ""),
        ([run("a", 6), run("b", 8), run("c", 9)], "cb"),
        ([run("a", 1, 60), run("b", 2, 60), run("c", 3, 60)], "cb"),
        ([run("a", 1, 60), run("b", 2, 40)], ""),
        ([run("a", 1, 60), run("b", 0, 1000, live=True)], "a"),
        ([run("a", 30, 1000, live=True)], ""),
        ([run("a", 8, 95), run("b", 1, 90), run("c", 2, 10)], "a"),
    ],
)
def test_what_is_dropped(runs, expected):
    assert "".join(it.task for it in runs_to_drop(runs, now=NOW, max_age=7 * DAY, max_bytes=100)) == expected


@given(st.lists(st.builds(run, st.text("ab", min_size=1), st.floats(0, 20), st.integers(0, 200), live=st.booleans())))
def test_what_stays_is_within_bounds_or_live(runs):
    dropped = runs_to_drop(runs, now=NOW, max_age=7 * DAY, max_bytes=100)
    left = [it for it in runs if not any(it is gone for gone in dropped)]
    assert not any(it.live for it in dropped)
    ended = [it for it in left if not it.live]
    assert all(it.last >= NOW - 7 * DAY for it in ended)
    assert sum(it.bytes for it in left) <= 100 or not ended
    if dropped and ended:
        assert max(it.last for it in dropped) <= min(it.last for it in ended)


def test_figures_of_both_files_are_put_together():
    def info(name: str, ended: float) -> RunInfo:
        return RunInfo(
            task=name, run=1, nodes=[], members=[], started=1.0, ended=ended, rows=1, events=1, bytes=100
        )  # fmt: skip

    def logs(name: str, last: float, context: str = "") -> LogFigures:
        return LogFigures(
            task=name, run=1 if name else 0, context=context, node="", rows=1, bytes=7, first=0.0, last=last
        )

    found = figures(
        [info("a", 50.0), info("b", 0.0)],
        [logs("a", 60.0), logs("orphan", 70.0), logs("", NOW - 2 * DAY, "old"), logs("", NOW - DAY / 2, "young")],
        now=NOW,
    )
    assert [(it.task or it.context, it.bytes, it.last, it.live) for it in found] == [
        ("a", 107, 50.0, False),
        ("b", 100, 0.0, True),
        ("orphan", 7, 70.0, False),
        ("old", 7, NOW - 2 * DAY, False),
        ("young", 7, NOW - DAY / 2, True),
    ]
