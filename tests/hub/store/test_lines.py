"""The index of log records: counts, errors, and any page of a run, always as the rows themselves say."""

from __future__ import annotations

import random
import sqlite3

import msgspec
import pytest
from store_files import Commits, log, raw

from alphamed_nb.hub.store import lines as reading
from alphamed_nb.hub.store.lines import LineQuery
from alphamed_nb.hub.store.logs import LogStore
from alphamed_nb.hub.store.query import RowQuery
from alphamed_nb.hub.store.tallies import LEVELS, RunTally
from alphamed_nb.protocol.errors import InvalidRequest
from alphamed_nb.protocol.journal import LogBody, MetricBody, Row

EVERYTHING = 2**62


class Opened:
    def __init__(self, path) -> None:
        self.path = path
        self.commits = Commits()
        self.store = LogStore(path, **self.commits.callbacks)

    def put(self, *rows, context: str = "c") -> None:
        self.commits.wait(self.store.append([(row, context) for row in rows]))

    def again(self) -> None:
        self.store.close()
        self.store = LogStore(self.path, **self.commits.callbacks)

    def tally(self, run: int = 1, upto: int = EVERYTHING, task: str = "t") -> RunTally:
        return self.store.tallies(upto, task, run).get((task, run), RunTally())

    def lines(self, upto: int = EVERYTHING, **query):
        return self.store.lines(LineQuery(**{"task": "t", "run": 1, **query}), upto)

    def seqs(self, upto: int = EVERYTHING, **query) -> list[int]:
        return [row.seq for row in self.lines(upto, **query).rows]


@pytest.fixture
def opened(tmp_path):
    it = Opened(tmp_path / "logs.db")
    yield it
    it.store.close()


def metric(seq: int, name: str, value: float | None, *, task: str = "t", run: int = 1) -> Row:
    body = raw(MetricBody(time=1.0, name=name, value=value))
    return Row(seq=seq, at=1.0, kind="metric", node="a", task=task, run=run, body=body)


def some_rows(count: int = 40_000) -> list[Row]:
    """Several nodes, levels and runs, with gaps between the numbers, over several blocks of them."""
    rng = random.Random(7)
    rows, seq = [], 0
    for _ in range(count):
        seq += rng.choice([1, 1, 1, 2, 5])
        node = rng.choices(["a", "b", "c"], [80, 19, 1])[0]
        level = rng.choices([10, 20, 25, 30, 40, 50], [20, 70, 5, 4, 0.9, 0.1])[0]
        rows.append(log(seq, f"line {seq}", node=node, level=level, run=rng.choices([1, 2], [9, 1])[0]))
        if rng.random() < 0.1:
            seq += 1
            rows.append(metric(seq, "loss", 0.5))
    return rows


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A store with :func:`some_rows`, and those of run 1 that are lines."""
    it = Opened(tmp_path_factory.mktemp("lines") / "logs.db")
    rows = some_rows()
    rng = random.Random(1)
    at = 0
    while at < len(rows):
        size = rng.choice([1, 10, 500, 3000])
        it.put(*rows[at : at + size])
        at += size
    yield it, [row for row in rows if row.kind == "log" and row.run == 1]
    it.store.close()


def level_of(row: Row) -> int:
    return msgspec.json.decode(row.body, type=LogBody).level


def matching(rows: list[Row], nodes=(), levels=(), upto: int = EVERYTHING, without=()) -> list[Row]:
    def fits(row: Row) -> bool:
        level = level_of(row)
        named = not levels or any(LEVELS[name][0] <= level < LEVELS[name][1] for name in levels)
        asked = (not nodes or row.node in nodes) and row.node not in without
        return named and asked and row.seq <= upto

    return [row for row in rows if fits(row)]


@pytest.mark.parametrize(
    ("nodes", "levels", "without"),
    [
        ((), (), ()), (("a",), (), ()), (("c",), (), ()), (("a", "c", "a"), (), ()), ((), ("error",), ()),
        ((), ("warning", "error"), ()), ((), ("debug",), ()), (("b", "c"), ("info", "error"), ()),
        (("nobody",), (), ()), (("c",), ("error",), ()),
        ((), (), ("a",)), ((), ("error",), ("c", "nobody")), ((), ("info",), ("a", "b")), ((), (), ("a", "b", "c")),
        ((), (), ("nobody",)), (("a", "b"), (), ("b",)), (("a", "b", "c"), ("warning",), ("b",)),
    ],
)  # fmt: skip
def test_every_page_is_what_the_rows_say(filled, nodes, levels, without):
    store, rows = filled
    for upto in (EVERYTHING, rows[-1].seq // 2, rows[5].seq, 0):
        expected = matching(rows, nodes, levels, upto, without)
        places = {0, 1, len(expected) // 3, len(expected) - 100, len(expected) - 1, len(expected), len(expected) + 9}
        for offset in sorted(place for place in places if place >= 0):
            page = store.lines(upto, nodes=nodes, levels=levels, without=without, offset=offset, limit=150)
            assert (page.rows, page.offset) == (expected[offset : offset + 150], offset)
            assert page.total == len(expected)


def test_a_page_around_a_number(filled):
    store, rows = filled
    few = matching(rows, ("b",), ("warning", "error"))
    rest = matching(rows, without=("a",))
    for all_rows, query in (
        (rows, {}),
        (few, {"nodes": ("b",), "levels": ("warning", "error")}),
        (rest, {"without": ("a",)}),
    ):
        for place in (0, 3, len(all_rows) // 2, len(all_rows) - 1):
            for number in (all_rows[place].seq, all_rows[place - 1].seq + 1 if place else 0):
                page = store.lines(around=number, limit=50, **query)
                assert page.offset == max(0, place - 25)
                assert page.rows == all_rows[page.offset : page.offset + 50]
        beyond = store.lines(around=all_rows[-1].seq + 1, limit=50, **query)
        assert beyond.rows == all_rows[-25:]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.97, 1.0])
def test_counts_and_errors_as_of_any_number(filled, share):
    store, rows = filled
    upto = int(rows[-1].seq * share)
    counts: dict[str, dict[int, int]] = {}
    errors: dict[str, list[int]] = {}
    for row in matching(rows, upto=upto):
        level = level_of(row)
        of_node = counts.setdefault(row.node, {})
        of_node[level] = of_node.get(level, 0) + 1
        if level >= 40:
            errors.setdefault(row.node, []).append(row.seq)
    assert store.tally(upto=upto).levels == counts
    for node in ("a", "b", "c"):
        assert store.store.errors("t", 1, node, upto) == errors.get(node, [])
        assert store.store.errors("t", 1, node, upto, 3) == errors.get(node, [])[-3:]
    assert store.store.errors("t", 1, None, upto, 20) == sorted(seq for seqs in errors.values() for seq in seqs)[-20:]
    assert store.store.tallies(upto).keys() == store.store.tallies(upto, "t").keys()


def test_counts_go_with_the_rows(opened):
    opened.put(log(1), log(2), log(3, level=40), log(4, node="b", level=30), metric(5, "loss", 1.0), log(6, run=2))
    for _ in range(2):
        assert opened.tally().levels == {"a": {20: 2, 40: 1}, "b": {30: 1}}
        assert opened.tally(2).levels == {"a": {20: 1}}
        opened.again()
    opened.commits.wait(opened.store.drop_run("t", 1))
    assert (opened.tally(), opened.seqs()) == (RunTally(), [])
    assert opened.store.errors("t", 1, None, EVERYTHING) == []
    # A line that was still on its way is there alone.
    opened.put(log(7))
    assert (opened.tally().levels, opened.seqs(), opened.seqs(run=2)) == ({"a": {20: 1}}, [7], [6])


def test_so_many_errors_are_told_and_not_more(opened):
    opened.put(*(log(seq, level=40) for seq in range(1, 1501)))
    assert opened.store.errors("t", 1, "a", EVERYTHING) == list(range(501, 1501))


def test_lines_of_a_context_count_with_the_run_that_adopts_it(opened):
    opened.put(log(1, task="", run=0), log(2, task="", run=0, level=40), log(3), context="c")
    opened.put(log(4, task="", run=0), context="other")
    opened.put(log(5, "x", task="", run=0, source="dropped", dropped=9), metric(6, "accuracy", 0.5, task="", run=0))
    assert (opened.seqs(), opened.store.tallies(EVERYTHING).keys()) == ([3], {("t", 1)})
    opened.commits.wait(opened.store.adopt("c", "t", 1))
    assert opened.seqs() == [1, 2, 3, 5]
    assert opened.tally() == RunTally({"a": {20: 3, 40: 1}}, missing=9)
    assert opened.store.errors("t", 1, "a", EVERYTHING) == [2]
    assert opened.store.score("t", 1) == ("accuracy", 0.5)
    opened.put(log(7, task="", run=0), context="c")
    assert opened.seqs() == [1, 2, 3, 5, 7]
    opened.commits.wait(opened.store.drop_context("other"))
    opened.commits.wait(opened.store.adopt("other", "t", 1))
    assert opened.seqs() == [1, 2, 3, 5, 7]


def test_missing_records_are_added_up(opened):
    opened.put(log(1), log(2, source="dropped", dropped=5), log(3, node="b", source="dropped", dropped=2))
    assert (opened.tally().missing, opened.tally(upto=2).missing, opened.tally(upto=1).missing) == (7, 5, 0)


def test_the_score_is_the_last_accuracy(opened):
    assert opened.store.score("t", 1) is None
    opened.put(metric(1, "loss", 0.1), metric(2, "Test_Accuracy", 0.7), metric(3, "test_accuracy", 0.8), log(4))
    opened.put(metric(5, "accuracy", None), metric(6, "accuracy of 2", 0.9, run=2))
    for _ in range(2):
        assert opened.store.score("t", 1) == ("test_accuracy", 0.8)
        opened.again()


def test_what_is_touched_is_told_once_it_can_be_read(opened):
    opened.put(log(1), log(2, task="u"))
    assert opened.store.take_touched() == {("t", 1), ("u", 1)}
    assert opened.store.take_touched() == set()
    opened.put(log(3, task="", run=0), context="loose")
    assert opened.store.take_touched() == set()
    opened.commits.wait(opened.store.adopt("loose", "t", 4))
    assert opened.store.take_touched() == {("t", 4)}
    opened.put(log(4, task="", run=0), context="loose")
    assert opened.store.take_touched() == {("t", 4)}
    opened.commits.wait(opened.store.drop_run("t", 1))
    assert opened.store.take_touched() == {("t", 1)}


def test_long_lines_make_short_pages(opened, monkeypatch):
    monkeypatch.setattr(reading, "_PAGE_BYTES", 5000)
    opened.put(*(log(seq, "x" * 3000) for seq in range(1, 10)))
    assert opened.seqs(offset=2, limit=5) == [3]
    assert opened.lines(offset=2).total == 9


@pytest.mark.parametrize("query", [{"levels": ("loud",)}, {"limit": 0}, {"limit": 1001}])
def test_a_question_that_makes_no_sense(query):
    with pytest.raises(InvalidRequest):
        LineQuery(task="t", run=1, **query)


def as_version_1(path) -> None:
    """What the release before this index left."""
    with sqlite3.connect(path) as connection:
        for table in ("counts", "blocks", "missing", "scores"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version=1")
    connection.close()


def test_a_file_without_the_index_gets_one(opened):
    opened.put(log(1), log(2, level=40), log(3, source="dropped", dropped=4), metric(4, "accuracy", 0.5), log(5, run=2))
    opened.put(log(6, task="", run=0), context="loose")
    opened.commits.wait(opened.store.drop_run("t", 2))
    opened.put(log(7, run=2))
    rows = opened.store.rows(RowQuery())
    opened.store.close()
    as_version_1(opened.path)
    opened.store = LogStore(opened.path, **opened.commits.callbacks)
    assert opened.store.rows(RowQuery()) == rows
    assert opened.tally() == RunTally({"a": {20: 2, 40: 1}}, missing=4)
    assert (opened.seqs(), opened.seqs(run=2), opened.store.score("t", 1)) == ([1, 2, 3], [7], ("accuracy", 0.5))
    opened.commits.wait(opened.store.adopt("loose", "t", 1))
    assert opened.seqs() == [1, 2, 3, 6]
