"""The logs file: rows, their contexts, and what a run takes."""

from __future__ import annotations

import pytest
from store_files import Commits, log, metric

from alphamed_nb.hub.store.logs import LogStore
from alphamed_nb.hub.store.query import RowQuery


class Opened:
    def __init__(self, path) -> None:
        self.path = path
        self.commits = Commits()
        self.store = LogStore(path, **self.commits.callbacks)

    def put(self, *rows, context: str = "c", counter=None) -> int:
        return self.commits.wait(self.store.append([(row, context) for row in rows], counter))

    def again(self) -> None:
        self.store.close()
        self.store = LogStore(self.path, **self.commits.callbacks)

    def seqs(self, **query) -> list[int]:
        return [row.seq for row in self.store.rows(RowQuery(**query))]


@pytest.fixture
def opened(tmp_path):
    it = Opened(tmp_path / "logs.db")
    yield it
    it.store.close()


def test_rows_come_out_as_they_went_in(opened):
    line, value = log(4, 'a «quoted» \x1b[31m"line"\n医院'), metric(7)
    opened.put(line, value, counter=("p", 2))
    for _ in range(2):
        assert opened.store.rows(RowQuery()) == [line, value]
        assert (opened.store.counter("p"), opened.store.highest_seq()) == (2, 7)
        opened.again()


def test_rows_written_before_their_context_claimed_a_task_go_to_its_first_one(opened):
    opened.put(log(1, task="", run=0), log(2, task="", run=0), context="c")
    opened.put(log(3, task="", run=0), context="other")
    assert opened.seqs(task="", context="c") == [1, 2]
    opened.commits.wait(opened.store.adopt("c", "t", 4))
    opened.again()
    # Still on its way while the claim was made; and the context goes on to a second task.
    opened.put(log(5, task="", run=0), context="c")
    opened.commits.wait(opened.store.adopt("c", "u", 1))
    opened.put(log(6, task="", run=0), context="c")
    assert opened.seqs(task="t", run=4) == [1, 2, 5, 6]
    assert opened.seqs(task="u") == []
    assert opened.seqs(task="") == [3]
    figures = {(it.task, it.run, it.context, it.node): it.rows for it in opened.store.figures()}
    assert figures == {("t", 4, "", ""): 4, ("", 0, "other", "a"): 1}


def test_one_commit_keeps_the_order_of_rows_and_adoptions(opened):
    opened.store.append([(log(1, task="", run=0), "c")])
    opened.store.adopt("c", "t", 1)
    opened.store.append([(log(2, task="", run=0), "c")])
    opened.store.drop_run("t", 1)
    opened.put(log(3, task="", run=0), context="c")
    assert opened.seqs(task="t") == []
    assert opened.seqs() == [3]


def test_figures_say_what_each_run_takes_and_since_when(opened):
    opened.put(log(1), log(2), log(9), log(5, run=2, text="x" * 5000))
    by_run = {it.run: it for it in opened.store.figures()}
    assert (by_run[1].rows, by_run[1].first, by_run[1].last) == (3, 1.0, 9.0)
    assert by_run[1].bytes < 2000 < 5000 < by_run[2].bytes


def test_a_dropped_run_and_a_dropped_context_are_gone_at_once(opened):
    opened.put(log(1), log(2, run=2))
    opened.put(log(3, task="", run=0), context="loose")
    opened.put(log(4, task="", run=0), context="other")
    opened.commits.wait(opened.store.drop_run("t", 1))
    opened.commits.wait(opened.store.drop_context("loose"))
    assert opened.seqs() == [2, 4]
    assert {(it.task, it.context) for it in opened.store.figures()} == {("t", ""), ("", "other")}
    opened.again()
    assert opened.seqs() == [2, 4]
    assert opened.store.highest_seq() == 4


def test_many_lines_of_many_nodes_are_all_found_in_order(opened):
    nodes = [f"node {n}" for n in range(10)]
    for at in range(0, 20_000, 500):
        opened.store.append([(log(seq + 1, f"line {seq}", node=nodes[seq % 10]), "c") for seq in range(at, at + 500)])
    opened.again()
    for n in (0, 9):
        found: list[int] = []
        while True:
            page = opened.store.page(RowQuery(node=nodes[n], after=found[-1] if found else 0, limit=300))
            found += [row.seq for row in page.rows]
            if page.complete:
                break
        assert found == list(range(n + 1, 20_001, 10))
