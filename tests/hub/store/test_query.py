"""Queries: which rows match, pages, search within its budget, and pages of two files put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_files import Commits, event, log, metric

from alphamed_nb.hub.core.effects import StoreRow
from alphamed_nb.hub.store import reader
from alphamed_nb.hub.store.database import Readers
from alphamed_nb.hub.store.logs import LogStore
from alphamed_nb.hub.store.messages import MessageStore
from alphamed_nb.hub.store.query import Page, RowQuery, merge
from alphamed_nb.hub.store.reader import PageReader
from alphamed_nb.protocol.errors import InvalidRequest
from alphamed_nb.protocol.journal import Row, Traceback

ROWS = [
    log(1, "Round 1 of task, loss 0.5"),
    log(2, 'he said "ROUND 2"', node="b", level=30),
    metric(3, node="b"),
    log(4, "医院-甲 is É ready", run=2, level=40),
    log(5, "a.c", task="u"),
    log(6, "failed", node="c", level=40, source="traceback",
        traceback=Traceback(type="ValueError", message="m", text="in line 7\nValueError: bad shape")),
    log(7, "abc 100%_", level=10),
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    commits = Commits()
    store = LogStore(tmp_path_factory.mktemp("query") / "logs.db", **commits.callbacks)
    commits.wait(store.append([(row, f"c{row.seq % 2}") for row in ROWS]))
    yield store
    store.close()


@pytest.mark.parametrize(
    "query, expected",
    [
        ({}, [1, 2, 3, 4, 5, 6, 7]),
        ({"task": "t"}, [1, 2, 3, 4, 6, 7]),
        ({"task": "t", "run": 2}, [4]),
        ({"node": "b"}, [2, 3]),
        ({"node": ("b", "c")}, [2, 3, 6]),
        ({"context": "c0"}, [2, 4, 6]),
        ({"kinds": ("metric",)}, [3]),
        ({"kinds": ("metric", "log"), "after": 5}, [6, 7]),
        ({"level": 20}, [1, 2, 4, 5, 6]),
        ({"level": 30}, [2, 4, 6]),
        ({"level": 40, "task": "t", "run": 1}, [6]),
        ({"after": 2, "before": 5}, [3, 4]),
        ({"newest_first": True, "before": 5}, [4, 3, 2, 1]),
        ({"newest_first": True, "task": "t", "after": 2}, [7, 6, 4, 3]),
        ({"task": "t", "before": 0}, []),
        ({"task": "nothing"}, []),
        ({"text": "round"}, [1, 2]),
        ({"text": '"round'}, [2]),
        ({"text": "é READY"}, [4]),
        ({"text": "医院"}, [4]),
        ({"text": "a.c"}, [5]),
        ({"text": "%_"}, [7]),
        ({"text": "bad shape"}, [6]),
        ({"text": "level"}, []),
        ({"text": "LOSS", "kinds": ("metric",)}, [3]),
        ({"regex": "a.c"}, [5, 7]),
        ({"regex": "^Round"}, [1]),
        ({"regex": "(?i)^round|甲"}, [1, 4]),
        ({"regex": r"\d", "text": "round", "level": 30}, [2]),
        ({"text": "nothing like it"}, []),
    ],
)
def test_what_matches(store, query, expected):
    page = store.page(RowQuery(**query))
    assert [row.seq for row in page.rows] == expected
    assert page.complete


@pytest.mark.parametrize(
    "query",
    [{}, {"task": "t"}, {"task": "t", "run": 1}, {"task": "t", "run": 1, "level": 30}, {"node": "b"}, {"level": 20},
     {"task": "", "context": "c"}],
)  # fmt: skip
def test_a_page_never_begins_by_sorting_all_that_matches(store, query):
    """Its first row would come only after the last one was read."""
    sql, values = reader._statement(RowQuery(**query))
    with store._readers.reading() as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [*values, 1, 9]).fetchall()
    assert "USE TEMP B-TREE" not in str(plan)
    if "run" in query or "context" in query:
        assert "USING INDEX" in str(plan)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("step", [1, 2, 3, 50_000])
@pytest.mark.parametrize("more", [{}, {"text": "a"}, {"level": 30}])
def test_pages_together_are_the_whole(store, newest_first, step, more, monkeypatch):
    whole = [row.seq for row in store.rows(RowQuery(newest_first=newest_first, **more))]
    assert len(whole) > 2
    monkeypatch.setattr(reader, "_NUMBERS_A_STEP", step)
    for limit in (1, 2, 3, 7):
        found: list[int] = []
        at: dict[str, int] = {}
        for _ in range(20):
            page = store.page(RowQuery(newest_first=newest_first, limit=limit, **at, **more))
            assert len(page.rows) <= limit
            found += [row.seq for row in page.rows]
            if page.complete:
                break
            at = {"before" if newest_first else "after": page.next}
        assert found == whole


def test_a_page_holds_a_bounded_number_of_bytes(tmp_path):
    commits = Commits()
    store = LogStore(tmp_path / "logs.db", **commits.callbacks)
    commits.wait(store.append([(log(seq, "x" * 250_000), "c") for seq in range(1, 41)]))
    page = store.page(RowQuery())
    assert 10 < len(page.rows) < 25
    assert not page.complete
    assert [row.seq for row in store.rows(RowQuery(after=page.next))][0] == page.rows[-1].seq + 1
    store.close()


@pytest.mark.parametrize("more", [{"text": "needle"}, {"node": "nobody"}, {"regex": "n.edle", "newest_first": True}])
def test_a_search_ends_when_its_time_is_over_and_goes_on_from_there(tmp_path, more, monkeypatch):
    commits = Commits()
    path = tmp_path / "logs.db"
    store = LogStore(path, **commits.callbacks)
    rows = [log(seq, "needle" if seq % 997 == 0 else "hay") for seq in range(1, 2001)]
    commits.wait(store.append([(row, "c") for row in rows]))
    monkeypatch.setattr(reader, "_NUMBERS_A_STEP", 300)
    time = iter(range(10**6))  # one second more at each look at the clock
    readers = Readers(path)
    pages = PageReader(readers, logs=True, seconds=3.0, clock=lambda: float(next(time)))
    found: list[int] = []
    at: dict[str, int] = {}
    count = 0
    while True:
        page = pages.page(RowQuery(**at, **more))
        found += [row.seq for row in page.rows]
        count += 1
        if page.complete:
            break
        at = {"before" if more.get("newest_first") else "after": page.next}
    expected = [] if "node" in more else [997, 1994]
    assert sorted(found) == expected
    assert 1 < count < 50
    readers.close()
    store.close()


@pytest.mark.parametrize(
    "query, words",
    [
        ({"regex": "("}, "not a valid RE2 pattern: missing"),
        ({"regex": "(?=a)"}, "not a valid RE2 pattern"),
        ({"regex": r"(a)\1"}, "not a valid RE2 pattern"),
        ({"regex": "((((a{1,100}){1,100}){1,100}){1,100})"}, "not a valid RE2 pattern"),
        ({"regex": "a" * 1025}, "longer than 1024 bytes"),
        ({"text": "医" * 342}, "longer than 1024 bytes"),
        ({"text": "\ud800"}, "surrogate"),
        ({"kinds": ("log", "gossip")}, "no kind 'gossip'"),
        ({"limit": 0}, "limit must be from 1"),
        ({"limit": 5001}, "limit must be from 1"),
        ({"after": -1}, "'after' must be"),
        ({"before": 2**63}, "'before' must be"),
        ({"level": 2**70}, "'level' must be"),
    ],
)
def test_a_query_that_makes_no_sense_says_why(query, words):
    with pytest.raises(InvalidRequest, match=words):
        RowQuery(**query)


def test_a_pattern_made_to_be_slow_is_not(store):
    commits = Commits()
    assert store.page(RowQuery(regex="(a+)+$|(a|aa)+$|(.*)*x")).complete
    assert commits.failed.empty()


def test_names_in_a_query_are_values_and_never_sql(store):
    assert store.rows(RowQuery(task="' OR 1=1 --", node=("') OR 1=1 --",))) == []


def test_events_are_searched_in_their_json_and_have_no_level_and_no_context(tmp_path):
    commits = Commits()
    store = MessageStore(tmp_path / "messages.db", **commits.callbacks)
    commits.wait(store.submit([StoreRow(event(1, contract={"weights": "Big"})), StoreRow(event(2))]))
    assert [row.seq for row in store.rows(RowQuery(text="WEIGHTS"))] == [1]
    assert store.page(RowQuery(level=10)) == Page([], True, 0)
    assert store.page(RowQuery(context="c")) == Page([], True, 0)
    store.close()


numbers = st.sets(st.integers(1, 60))


@given(left=numbers, right=numbers, cut=st.tuples(st.integers(1, 9), st.integers(1, 9)), limit=st.integers(1, 9),
       newest_first=st.booleans())  # fmt: skip
def test_merged_pages_skip_and_double_nothing(left, right, cut, limit, newest_first):
    """Each file may end its page where it likes: the merged pages together are the rows of both, in order."""
    right = right - left
    found: list[int] = []
    at = 0
    while True:
        query = RowQuery(limit=limit, newest_first=newest_first)
        pages = []
        for numbers, most in zip((left, right), cut, strict=True):
            rest = sorted((n for n in numbers if not at or (n < at if newest_first else n > at)), reverse=newest_first)
            some = rest[: min(most, limit)]
            rows = [Row(seq=n, at=0.0, kind="log") for n in some]
            pages.append(Page(rows, len(some) == len(rest), some[-1] if some else 0))
        page = merge(query, pages)
        assert len(page.rows) <= limit
        found += [row.seq for row in page.rows]
        if page.complete:
            break
        assert page.next != at
        at = page.next
    assert found == sorted(left | right, reverse=newest_first)
