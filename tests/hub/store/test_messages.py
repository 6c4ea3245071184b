"""The messages file: what goes in comes out, also through a second hub, and a dropped run is gone."""

from __future__ import annotations

import contextlib
import sqlite3
import stat

import pytest
from store_files import WAIT, Commits, event, mailed, offer, run_of, session, state

from alphamed_nb.hub.core.effects import DropRun, LoadMail, PutCounter, SetPosition, StoreRow
from alphamed_nb.hub.store import changes, database, dropping, stored_task, writer
from alphamed_nb.hub.store.messages import MessageStore
from alphamed_nb.hub.store.query import RowQuery
from alphamed_nb.protocol.errors import StorageFailed


class Opened:
    def __init__(self, path) -> None:
        self.path = path
        self.commits = Commits()
        self.store = MessageStore(path, **self.commits.callbacks)

    def put(self, *changes) -> int:
        return self.commits.wait(self.store.submit(list(changes)))

    def again(self) -> None:
        self.store.close()
        self.store = MessageStore(self.path, **self.commits.callbacks)


@pytest.fixture
def opened(tmp_path):
    it = Opened(tmp_path / "messages.db")
    yield it
    it.store.close()


def disk_fails() -> None:
    raise OSError("no such disk")


def seqs(rows) -> list[int]:
    return [row.seq for row in rows]


def unread(image) -> dict[str, dict[int, list[int]]]:
    return {node: {run: list(numbers) for run, numbers in runs.items()} for node, runs in image.unread.items()}


def test_a_task_never_seen_has_an_empty_image(opened):
    image = opened.store.load_task("nobody's")
    assert (image.task, image.sessions, image.positions, image.unread, image.offers) == (None, [], {}, {}, [])
    assert opened.store.highest_seq() == 0


def test_an_image_is_what_was_put_also_for_the_next_hub(opened):
    run, held, over = run_of(), session("a", began=1), session("b", began=2, ended=9, state="failed")
    early, late = offer("o2", 5), offer("o1", 7, state="reading")
    taken = offer("o3", 8, state="taken")
    opened.put(run, over, held, late, early, taken, *mailed(3, "b", "c"), *mailed(4, "b"))
    opened.put(SetPosition("t", "b", 3))
    for _ in range(2):
        image = opened.store.load_task("t")
        assert image.task == run
        assert image.sessions == [held, over]
        assert image.positions == {"b": 3}
        assert image.offers == [early, late, taken]
        assert (image.handed["b"].seq, image.handed["b"].run) == (3, 1)
        assert unread(image) == {"b": {1: [4]}, "c": {1: [3]}}
        assert opened.store.held_tasks() == ["t"]
        opened.again()


def test_mail_is_read_by_its_numbers_as_far_as_it_fits(opened):
    for seq in range(1, 7):
        opened.put(*mailed(seq, "c" if seq == 4 else "b"))
    size = len(opened.store.rows(RowQuery())[0].body)

    def read(*numbers: int, most: int = 2**20) -> list[int]:
        return seqs(opened.store.mail(LoadMail("t", "b", list(numbers), most)))

    assert read(2, 3, 5) == [2, 3, 5]
    assert read(2, 3, 5, most=2 * size) == [2, 3]
    assert read(2, 3, 5, most=-1) == [2], "the first one always"
    assert read(3, 4, 99) == [3], "what is another node's, or is not there, is left out"
    [event] = opened.store.mail(LoadMail("t", "c", [4], 0))
    assert (event.sender, event.type, event.message, event.at, event.run) == ("a", "hello", "m4", 4.0, 1)
    assert bytes(event.contract) == b'{"n":4}'
    opened.put(run_of(ended=9.0), DropRun("t", 1))
    assert read(2, 3, 5) == []


def test_the_last_state_wins_within_one_commit_and_over_several(opened):
    for ended in (0, 5, 0, 9):
        opened.store.submit([session("a", ended=ended), SetPosition("t", "a", ended), offer("o", 1, state="offered")])
        last = opened.put(offer("o", 1, state="denied"))
    assert last == 8
    image = opened.store.load_task("t")
    assert (image.sessions[0].ended, image.positions) == (9, {"a": 9})
    assert [it.state for it in image.offers] == ["denied"]
    assert opened.store.held_tasks() == []


def test_a_position_that_goes_back_makes_events_unread_again(opened):
    opened.put(*mailed(1, "b"), *mailed(2, "b"), SetPosition("t", "b", 2))
    image = opened.store.load_task("t")
    assert (image.unread, image.handed["b"].seq) == ({}, 2)
    opened.put(SetPosition("t", "b", 1))
    assert unread(opened.store.load_task("t")) == {"b": {1: [2]}}


def test_tasks_do_not_see_each_other(opened):
    opened.put(*mailed(1, "b"), *mailed(2, "b", task="T"), *mailed(3, "b", task="t "), offer("o", 4, task="T"))
    assert unread(opened.store.load_task("t")) == {"b": {1: [1]}}
    assert opened.store.load_task("t").offers == []
    assert seqs(opened.store.rows(RowQuery(task="T"))) == [2]


def test_counters_only_grow(opened):
    opened.put(PutCounter("p", 3), PutCounter("p", 5), PutCounter("p", 4))
    opened.put(PutCounter("p", 2))
    assert (opened.store.counter("p"), opened.store.counter("q")) == (5, 0)


def test_streams_that_somebody_may_still_read(opened):
    opened.put(
        offer("o1", 1, stream="aa" * 16), offer("o2", 2, stream="bb" * 16, state="reading"), offer("o3", 3, stream=""),
        offer("o4", 4, stream="cc" * 16, state="withdrawn"), offer("o5", 5, stream="aa" * 16, state="taken"),
    )  # fmt: skip
    assert opened.store.live_streams() == {"aa" * 16, "bb" * 16}


def test_of_settled_offers_an_image_has_the_newest(opened, monkeypatch):
    monkeypatch.setattr(stored_task, "KEPT_SETTLED_OFFERS", 2)
    for run, seq in ((1, 1), (1, 2), (1, 3), (2, 4)):
        opened.put(offer(f"o{9 - seq}", seq, run=run, state="offered" if seq == 1 else "taken"))
    assert seqs(opened.store.load_task("t").offers) == [1, 3, 4]


def test_settled_offers_are_still_known(opened):
    taken = offer("o1", 1, state="taken")
    opened.put(taken)
    assert opened.store.load_task("t").offers == [taken]


def test_runs_say_who_was_in_them_and_what_they_hold(opened):
    opened.put(run_of(started=1.0), session("a"), session("b"), StoreRow(event(1)), StoreRow(state(2)))
    opened.put(run_of(started=1.0, ended=8.0), StoreRow(event(3)))
    opened.put(run_of(run=2, started=9.0), session("a", run=2), run_of("u", started=4.0))
    runs = opened.store.runs()
    assert [(run.task, run.run, run.members, run.ended) for run in runs] == [
        ("t", 1, ["a", "b"], 8.0), ("u", 1, [], 0.0), ("t", 2, ["a"], 0.0),
    ]  # fmt: skip
    assert (runs[0].rows, runs[0].events, runs[0].nodes) == (3, 2, ["a", "b"])
    assert 0 < runs[0].bytes < 2000
    assert [run.task for run in opened.store.runs("u")] == ["u"]
    assert opened.store.ended_runs_of("a") == [("t", 1)]
    assert opened.store.ended_runs_of("stranger") == []


def test_a_dropped_run_is_gone_for_every_reader_at_once_and_numbers_never_return(opened):
    opened.put(run_of(run=1, ended=2.0), session("a"), *mailed(1, "b"), offer("o1", 2), StoreRow(state(3)))
    opened.put(run_of(run=2), session("b", run=2, began=4), *mailed(5, "b", run=2), SetPosition("t", "b", 0))
    opened.put(DropRun("t", 1))
    image = opened.store.load_task("t")
    assert [it.node for it in image.sessions] == ["b"]
    assert unread(image) == {"b": {2: [5]}}
    assert image.offers == []
    assert seqs(opened.store.rows(RowQuery())) == [5]
    assert [(run.task, run.run) for run in opened.store.runs()] == [("t", 2)]
    opened.put(DropRun("t", 2))
    image = opened.store.load_task("t")
    assert (image.task, image.sessions, image.positions, image.unread) == (run_of(run=2), [], {"b": 0}, {})
    assert opened.store.runs() == []
    assert opened.store.highest_seq() == 5


def test_a_drop_between_the_changes_of_one_commit_takes_only_what_came_before(opened):
    others = mailed(3, "b", task="u")
    opened.put(run_of(ended=2.0), *mailed(1, "b"), *others, DropRun("t", 1), run_of(), *mailed(4, "b"))
    assert unread(opened.store.load_task("u")) == {"b": {1: [3]}}
    assert unread(opened.store.load_task("t")) == {"b": {1: [4]}}
    assert opened.store.load_task("t").task == run_of()
    assert opened.store.runs()[0].rows == 1


def test_the_rows_of_a_dropped_run_leave_the_file_and_it_shrinks(opened):
    for at in range(1, 5001, 500):
        opened.put(*[change for seq in range(at, at + 500) for change in mailed(seq, "b")])
    opened.store.close()
    before = opened.path.stat().st_size
    opened.store = MessageStore(opened.path, **opened.commits.callbacks)
    opened.store.submit([DropRun("t", 1)])
    opened.store.close()
    # Whatever step it was at when it was closed, the next hub goes on from there; 100 commits give it the time.
    opened.again()
    for _ in range(100):
        opened.put(PutCounter("p", 1))
    opened.store.close()
    assert b"m4321" not in opened.path.read_bytes()
    assert opened.path.stat().st_size < before / 4
    with contextlib.closing(sqlite3.connect(opened.path)) as connection:
        for table in ("rows", "mail", "dropped"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    opened.again()
    assert opened.store.highest_seq() == 5000


def test_rows_of_the_hub_itself_belong_to_no_run(opened):
    opened.put(StoreRow(state(1, task="", run=0, node="")))
    assert opened.store.runs() == []
    assert seqs(opened.store.rows(RowQuery(task=""))) == [1]


def test_a_failed_commit_leaves_nothing_and_the_store_refuses_until_reopened(opened, monkeypatch):
    opened.put(StoreRow(event(1)))
    with monkeypatch.context() as patch:
        patch.setattr(changes._Tables, "_write_sizes", lambda tables, connection: disk_fails())
        ticket = opened.store.submit([StoreRow(event(2)), SetPosition("t", "b", 2)])
        assert "no such disk" in str(opened.commits.failed.get(timeout=WAIT))
    with pytest.raises(StorageFailed, match="could not store"):
        opened.store.submit([StoreRow(event(3))])
    assert opened.store.load_task("t").positions == {}
    opened.store.reopen()
    assert opened.store.submit([]) > ticket
    opened.put(StoreRow(event(4)))
    assert seqs(opened.store.rows(RowQuery())) == [1, 4]
    assert opened.commits.failed.empty()


def test_what_the_file_cannot_take_is_refused_alone(opened):
    """Everything of it, and nothing else of what was on its way with it."""
    opened.put(StoreRow(event(1)))
    twice = [StoreRow(event(3)), SetPosition("t", "b", 3), StoreRow(event(1))]
    huge = [PutCounter("p", 2**63)]
    ticket = opened.store.submit([StoreRow(event(2))], twice, [SetPosition("t", "c", 2)], huge, [StoreRow(event(4))])
    opened.commits.wait(ticket)
    assert [opened.commits.refused.get(timeout=WAIT) for _ in range(2)] == [twice, huge]
    assert seqs(opened.store.rows(RowQuery())) == [1, 2, 4]
    assert opened.store.load_task("t").positions == {"c": 2}
    assert opened.commits.failed.empty() and opened.store.works


def test_what_cannot_be_tidied_away_stops_nobody(opened, monkeypatch):
    opened.put(StoreRow(event(1)), run_of())
    monkeypatch.setattr(dropping, "remove_some", lambda *_: {}["a fault"])
    opened.put(DropRun("t", 1))
    opened.put(StoreRow(event(2)))
    assert seqs(opened.store.rows(RowQuery())) == [2]
    assert opened.commits.failed.empty()


def test_a_full_disk_is_told_and_what_was_stored_before_stays(tmp_path, monkeypatch):
    real = writer.open_database

    def small(*args, **more):
        connection = real(*args, **more)
        connection.execute("PRAGMA max_page_count=100")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(writer, "open_database", small)
        opened = Opened(tmp_path / "messages.db")
    opened.put(StoreRow(event(1)), PutCounter("p", 1))
    opened.store.submit([PutCounter("p", 2), StoreRow(event(2, contract="x" * 1_000_000))])
    assert "full" in str(opened.commits.failed.get(timeout=WAIT))
    with pytest.raises(StorageFailed, match="full"):
        opened.store.submit([])
    opened.store.reopen()
    assert opened.store.counter("p") == 1
    opened.put(StoreRow(event(3, contract="x" * 1_000_000)))
    assert seqs(opened.store.rows(RowQuery())) == [1, 3]
    opened.store.close()


def test_a_failure_is_told_once_whatever_was_queued(opened):
    opened.store._writer._rules.apply = lambda connection, batch: disk_fails()
    for seq in (1, 2, 3):
        try:
            opened.store.submit([StoreRow(event(seq))])
        except StorageFailed:
            break
    opened.commits.failed.get(timeout=WAIT)
    del opened.store._writer._rules.apply
    opened.store.reopen()
    opened.put(StoreRow(event(9)))
    assert opened.commits.failed.empty()


def test_a_listener_that_fails_does_not_stop_the_store(tmp_path, caplog):
    def fail(ticket: int) -> None:
        raise RuntimeError("the loop is closed")

    commits = Commits()
    store = MessageStore(tmp_path / "m.db", **commits.callbacks | {"on_committed": fail})
    store.submit([StoreRow(event(1))])
    store.close()
    assert "the loop is closed" in caplog.text
    assert commits.failed.empty()


def test_closing_stores_what_is_queued_and_takes_no_more(opened):
    for seq in range(1, 3001):
        opened.store.submit([StoreRow(event(seq))])
    opened.store.close()
    opened.store.close()
    with pytest.raises(StorageFailed, match="closed"):
        opened.store.submit([])
    with pytest.raises(StorageFailed, match="closed"):
        opened.store.reopen()
    with pytest.raises(StorageFailed, match="closed"):
        opened.store.highest_seq()
    opened.again()
    assert opened.store.highest_seq() == 3000


def test_a_reader_in_the_middle_of_reading_keeps_nobody_waiting(opened):
    opened.put(StoreRow(event(1)))
    with opened.store._readers.reading() as connection:
        count = "SELECT count(*) FROM rows"
        assert connection.execute(count).fetchone() == (1,)
        opened.put(StoreRow(event(2)))
        assert opened.store.highest_seq() == 2
        assert connection.execute(count).fetchone() == (1,)


def test_the_files_are_the_users_alone(opened):
    opened.put(StoreRow(event(1)))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in opened.path.parent.iterdir()}
    assert modes == {"messages.db": 0o600, "messages.db-wal": 0o600, "messages.db-shm": 0o600}


def test_pages_freed_by_a_drop_are_given_back_many_at_a_time(opened):
    opened.put(*[StoreRow(event(seq, contract="x" * 3000)) for seq in range(1, 901)])
    opened.store.close()
    connection = database.open_database(opened.path, changes.SCHEMA)
    with database.transaction(connection):
        dropping.mark_dropped(connection, "t", 1)
    steps = 0
    while dropping.remove_some(connection):
        steps += 1
    assert 3 < steps < 20
    assert connection.execute("PRAGMA page_count").fetchone()[0] < 100
    connection.close()
    opened.again()
