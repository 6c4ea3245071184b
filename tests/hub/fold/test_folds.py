"""The fold of the journal, from rows as the core writes them."""

from __future__ import annotations

import msgspec
import pytest
from core_world import CoreWorld, Peer, wants

from alphamed_nb.hub.fold.folds import ClosedRun, Fold
from alphamed_nb.protocol.journal import Failure, LogBody, MetricBody, Row, StateBody, TaskBody, Wait
from alphamed_nb.protocol.snapshot import Interval, LeftOut, NodeView, RunView, Snapshot


def fold_of(world: CoreWorld, upto: int | None = None) -> Fold:
    fold = Fold()
    for row in world.store.rows:
        if upto is None or row.seq <= upto:
            fold.apply(row)
    return fold


def run_of(world: CoreWorld, upto: int | None = None) -> RunView:
    return fold_of(world, upto).snapshot().tasks[0].runs[-1]


def node_of(world: CoreWorld, node: str, upto: int | None = None) -> NodeView:
    return next(member for member in run_of(world, upto).members if member.node == node)


def state(peer: Peer, activity: str, **more) -> int:
    return peer.report(StateBody(time=1.0, activity=activity, **more)).seq


def task(peer: Peer, change: str, **more) -> int:
    return peer.report(record=TaskBody(time=1.0, change=change, **more)).seq


def test_nothing_gives_nothing():
    assert Fold().snapshot() == Snapshot(number=0, tasks=[])


def test_runs_and_nodes():
    world = CoreWorld()
    a = world.node("a", ["b", "a", "c"], notebook="a.ipynb")
    world.now += 1
    world.node("stranger")
    run = run_of(world)
    assert (run.run, run.started, run.ended, run.nodes, run.seq) == (1, 1000.0, 0.0, ["b", "a", "c"], 1)
    assert [(m.node, m.index, m.state) for m in run.members] == [
        ("b", 0, "absent"), ("a", 1, "up"), ("c", 2, "absent"), ("stranger", -1, "up"),
    ]  # fmt: skip
    view = node_of(world, "a")
    assert (view.notebook, view.pid, view.host, view.since, view.epoch) == (
        "a.ipynb", a.info.pid, "host", 1000.0, a.epoch,
    )  # fmt: skip


def test_the_cell_of_a_node_is_that_of_its_latest_session():
    world = CoreWorld()
    a = world.process("a.ipynb")
    a.claim("a", ["a"], cell="first")
    assert node_of(world, "a").cell == "first"
    a.claim("a", renew=True, cell="second")
    assert node_of(world, "a").cell == "second"


def test_rows_of_a_hub_that_knew_no_cells_still_count():
    world = CoreWorld()
    world.process("a.ipynb").claim("a", ["a"], cell="first")
    body = msgspec.json.decode(world.rows("session")[0].body)
    assert body.pop("cell") == "first"
    fold = Fold()
    fold.apply(msgspec.structs.replace(world.rows("session")[0], body=msgspec.Raw(msgspec.json.encode(body))))
    (member,) = fold.snapshot().tasks[0].runs[0].members
    assert (member.notebook, member.cell) == ("a.ipynb", "")


def test_a_list_that_is_not_the_runs_own_is_told():
    world = CoreWorld()
    world.node("a", ["a", "b"])
    world.node("b", ["b", "a"])
    world.node("c")
    assert [member.nodes for member in run_of(world).members] == [[], ["b", "a"], []]


def test_the_end_of_a_run_and_the_next_one():
    world = CoreWorld()
    a = world.node("a")
    world.now += 5
    a.release()
    world.now += 5
    world.node("b")
    first, second = fold_of(world).snapshot().tasks[0].runs
    assert (first.run, first.ended, second.run, second.started, second.ended) == (1, 1005.0, 2, 1010.0, 0.0)
    assert [m.node for m in second.members] == ["b"]


def test_a_run_goes_on_through_a_renewal():
    world = CoreWorld()
    world.node("a").claim("a", renew=True)
    run = run_of(world)
    assert run.ended == 0.0 and run.members[0].state == "up"


@pytest.mark.parametrize(
    ("how", "expected", "cause"),
    [
        ("release", "ended", ""), ("stop", "stopped", ""), ("fail", "failed", ""),
        ("die", "gone", "its process ended"), ("gone", "gone", "connection lost"),
    ],
)  # fmt: skip
def test_ends_of_sessions(how, expected, cause):
    world = CoreWorld()
    a = world.node("a")
    if how == "release":
        a.release()
    elif how == "stop":
        a.release(state="stopped")
    elif how == "fail":
        a.release(state="failed")
    elif how == "die":
        a.die()
    else:
        a.lose_link()
        assert node_of(world, "a").lost and node_of(world, "a").state == "up"
        world.advance(10)
    view = node_of(world, "a")
    assert (view.state, view.cause, view.lost, view.ended) == (expected, cause, False, world.now)
    assert view.state == world.store.sessions["T", "a"].state


def test_a_failure_stays_until_the_node_is_claimed_again():
    world = CoreWorld()
    a = world.node("a")
    world.node("b")
    failure = Failure(type="ValueError", message="bad", place="net.py:3")
    state(a, "failed", failure=failure, round=2)
    a.release()
    view = node_of(world, "a")
    assert (view.state, view.failure, view.round, view.activity) == ("failed", failure, 2, "failed")
    world.node("a")
    view = node_of(world, "a")
    assert (view.state, view.failure, view.activity) == ("up", None, None)


def test_failures_are_told_with_their_consequences_until_a_node_is_claimed_again():
    world = CoreWorld()
    nodes = ["ag", "h1", "h2"]
    aggregator, *holders = [world.node(name, nodes) for name in nodes]
    for holder in holders:
        world.now += 1
        state(holder, "failed", failure=Failure(type="KeyError", place="net.py:28"))
    state(aggregator, "failed", failure=Failure(type="TooFewUpdates", place="ag.py:4", because_of=["h1", "h2"]))
    first, consequence = run_of(world).failures
    assert (first.nodes, first.type, first.place, first.at) == (["h1", "h2"], "KeyError", "net.py:28", 1001.0)
    assert (consequence.nodes, consequence.because_of) == (["ag"], ["h1", "h2"])
    holders[0].release(state="failed")  # that its session ends is no other failure
    assert run_of(world).failures == [first, consequence]
    world.node("h1", nodes)
    assert [(view.nodes, view.because_of) for view in run_of(world).failures] == [(["h2"], []), (["ag"], ["h2"])]


def test_a_node_that_died_leads_where_it_is_why_another_one_failed():
    world = CoreWorld()
    aggregator, holder = world.node("ag", ["ag", "h1"]), world.node("h1", ["ag", "h1"])
    holder.die()
    assert run_of(world).failures == []
    state(aggregator, "failed", failure=Failure(type="TooFewUpdates", because_of=["h1"]))
    assert [(view.nodes, view.gone, view.message) for view in run_of(world).failures] == [
        (["h1"], True, "its process ended"), (["ag"], False, ""),
    ]  # fmt: skip


def test_activity_intervals_begin_and_end_with_the_reports():
    world = CoreWorld()
    a = world.node("a")
    first = state(a, "training", round=1, role="data holder")
    world.now += 2
    state(a, "training", round=1)
    world.now += 1
    second = state(a, "sending", round=1)
    assert node_of(world, "a").intervals == [
        Interval("training", "", 1, 1000.0, 1003.0, first),
        Interval("sending", "", 1, 1003.0, 0.0, second),
    ]
    world.now += 4
    a.release()
    view = node_of(world, "a")
    assert view.intervals[-1].end == 1007.0
    assert (view.role, view.reported) == ("data holder", second)


def test_a_wait_adds_up_who_arrived_and_ends_with_the_next_report():
    world = CoreWorld()
    a = world.node("a")
    state(a, "waiting", wait=Wait(whom=["b", "c"], kind="join", name="checkin", since=5.0, limit=30.0, expected=2))
    state(a, "waiting", wait=Wait(since=5.0, arrived=["c"]))
    state(a, "waiting", wait=Wait(since=5.0, arrived=["b", "c"]))
    wait = node_of(world, "a").wait
    assert wait is not None
    assert (wait.whom, wait.name, wait.limit, wait.expected) == (["b"], "checkin", 30.0, 2)
    assert wait.arrived == ["c", "b"]
    for of_round in (1, 2):  # another one, though it began at the same moment
        state(a, "waiting", wait=Wait(whom=["b"], kind="stream", name="update", round=of_round, since=5.0))
        wait = node_of(world, "a").wait
        assert wait is not None and (wait.kind, wait.name, wait.round) == ("stream", "update", of_round)
        assert (wait.arrived, wait.limit) == ([], None)
    state(a, "training")
    assert node_of(world, "a").wait is None


def test_who_is_awaited_again_has_not_arrived():
    world = CoreWorld()
    a = world.node("a")
    state(a, "waiting", wait=Wait(whom=["b", "c"], kind="join", name="checkin", since=5.0, expected=2))
    state(a, "waiting", wait=Wait(whom=["c"], kind="join", name="checkin", since=5.0, arrived=["b"], expected=2))
    state(a, "waiting", wait=Wait(whom=["b", "c"], kind="join", name="checkin", since=5.0, expected=2))
    wait = node_of(world, "a").wait
    assert wait is not None and (wait.whom, wait.arrived) == (["b", "c"], [])


def test_a_wait_ends_with_its_session():
    world = CoreWorld()
    a = world.node("a")
    state(a, "waiting", wait=Wait(since=5.0))
    a.die()
    assert node_of(world, "a").wait is None


def test_rounds_are_kept_by_attempt():
    world = CoreWorld()
    a = world.node("a", ["a", "b"])
    task(a, "started", role="aggregator", leads=True, scheduler="Demo", max_rounds=5, attempt="n1")
    one = task(a, "round", role="aggregator", leads=True, round=1, attempt="n1")
    world.now += 1
    task(a, "left out", role="aggregator", leads=True, round=1, attempt="n1", left_out=["b"], reason="late")
    two = task(a, "round", role="aggregator", leads=True, round=2, attempt="n1")
    world.now += 1
    task(a, "started", role="aggregator", leads=True, scheduler="Demo", max_rounds=5, attempt="n2")
    task(a, "round", role="aggregator", leads=True, round=1, attempt="n2")
    world.now += 1
    task(a, "ended", role="aggregator", leads=True, attempt="n2", result="finished")
    first, second = run_of(world).attempts
    assert (first.attempt, first.leader, first.scheduler, first.max_rounds) == ("n1", "a", "Demo", 5)
    assert [(r.round, r.seq, r.begin, r.end) for r in first.rounds] == [
        (1, one, 1000.0, 1001.0),
        (2, two, 1001.0, 1002.0),
    ]
    assert (first.end, first.result) == (1002.0, "")
    assert first.rounds[0].left_out == [LeftOut("b", "late")]
    assert (second.attempt, second.result, second.end, second.rounds[0].end) == ("n2", "finished", 1003.0, 1003.0)
    assert node_of(world, "a").result == "finished"


@pytest.mark.parametrize("how", ["die", "release", "gone, and another process"])
def test_an_attempt_ends_with_its_aggregators_session(how):
    world = CoreWorld()
    a = world.node("a", ["a", "b"])
    world.node("b")
    task(a, "started", role="aggregator", leads=True, attempt="n")
    task(a, "round", role="aggregator", leads=True, round=1, attempt="n")
    world.now += 5
    if how == "die":
        a.die()
    elif how == "release":
        a.release()
    else:
        a.lose_link()
        world.advance(10)
        [attempt] = run_of(world).attempts
        assert (attempt.end, attempt.rounds[0].end) == (0.0, 0.0), "it may come back"
        world.now += 7
        world.node("a")
    [attempt] = run_of(world).attempts
    end = 1015.0 if "gone" in how else 1005.0
    assert (attempt.end, attempt.rounds[0].end, attempt.result) == (end, end, "")


@pytest.mark.parametrize(
    ("report", "since", "expected"),
    [
        (1000.5, 999.0, 999.0),
        (940.0, 930.0, 991.0),
        (4000.0, 3990.0, 991.0),
        (1000.5, 1000.9, 1000.9),
        (999.5, 1005.0, 1001.0),
    ],
)
def test_a_wait_began_by_the_hubs_clock_whatever_the_nodes(report, since, expected):
    world = CoreWorld()
    a = world.node("a")
    world.now = 1001.0
    a.report(
        StateBody(time=report, activity="waiting", wait=Wait(kind="join", name="checkin", since=since, whom=["b", "c"]))
    )
    a.report(StateBody(time=report, activity="waiting", wait=Wait(since=since, arrived=["b"])))
    wait = node_of(world, "a").wait
    assert wait is not None and (wait.since, wait.arrived) == (expected, ["b"])


def test_a_start_without_nonce_takes_the_one_of_its_first_round():
    world = CoreWorld()
    a = world.node("a")
    task(a, "started", role="aggregator", leads=True, scheduler="Demo")
    task(a, "round", role="aggregator", leads=True, round=1, attempt="n1")
    [attempt] = run_of(world).attempts
    assert (attempt.attempt, len(attempt.rounds)) == ("n1", 1)


@pytest.mark.parametrize("role", ["data holder", "aggregator", "host", ""])
def test_who_leads_begins_rounds_and_nobody_else_whatever_its_role_is_called(role):
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    for node, leads in ((a, True), (b, False)):
        task(node, "started", role=role, leads=leads, scheduler="Demo")
        task(node, "round", role=role, leads=leads, round=3)
    assert [(attempt.leader, len(attempt.rounds)) for attempt in run_of(world).attempts] == [("a", 1)]
    views = [node_of(world, "a"), node_of(world, "b")]
    assert [(view.round, view.scheduler, view.role, view.leads) for view in views] == [
        (3, "Demo", role, True), (3, "Demo", role, False),
    ]  # fmt: skip


def test_the_initiators_list_counts():
    world = CoreWorld()
    world.node("a", ["a", "b"])
    b = world.node("b", ["b", "c"])
    task(b, "started", role="aggregator", leads=True)
    assert run_of(world).nodes == ["b", "c"]


def test_messages_are_counted():
    world = CoreWorld()
    a, b = world.node("a", ["a", "b"]), world.node("b")
    a.send("*")
    a.send("b")
    b.receive()
    assert run_of(world).events == 2
    assert [(m.node, m.messages_out, m.messages_in, m.addressed) for m in run_of(world).members] == [
        ("a", 2, 0, 1), ("b", 0, 1, 2),
    ]  # fmt: skip


def test_an_event_given_back_and_read_again_counts_once():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    a.send("b")
    b.receive()
    b.release(position=0)
    b = world.node("b")
    assert b.receive()
    assert node_of(world, "b").messages_in == 1


def test_transfers_are_shown_until_they_are_settled_and_then_counted():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.offer("b", "c", size=7, round=3, name="update")
    world.now += 1
    b.receive(offers=wants("a"))
    shown = {transfer.offer: transfer for transfer in run_of(world).transfers}
    assert (shown[first].state, shown[first].since, shown[second].state) == ("reading", 1001.0, "offered")
    assert (shown[first].source, shown[first].target, shown[first].size) == ("a", "b", 7)
    assert (shown[first].round, shown[first].name) == (3, "update")
    assert shown[first].seq + 1 == shown[second].seq
    b.settle(first)
    a.withdraw(second)
    assert run_of(world).transfers == []
    view = node_of(world, "a")
    assert (view.streams_out, view.bytes_out, view.streams_in) == (1, 7, 0)
    view = node_of(world, "b")
    assert (view.streams_in, view.bytes_in) == (1, 7)


def test_rows_without_task_and_those_of_the_logs_file_count_nowhere():
    fold = Fold()
    line = msgspec.json.encode(LogBody(time=1.0, level=40, text="text"))
    fold.apply(Row(seq=1, at=1.0, kind="log", node="a", task="T", run=1, body=msgspec.Raw(line)))
    metric = msgspec.json.encode(MetricBody(time=1.0, name="accuracy", value=0.9))
    fold.apply(Row(seq=2, at=1.0, kind="metric", node="a", task="T", run=1, body=msgspec.Raw(metric)))
    fold.apply(Row(seq=3, at=1.0, kind="hub", body=msgspec.Raw(b"{}")))
    assert fold.snapshot() == Snapshot(number=3, tasks=[])


def history() -> CoreWorld:
    world = CoreWorld()
    a, b = world.node("a", ["a", "b"]), world.node("b", ["a", "b"])
    task(a, "started", role="aggregator", leads=True, attempt="n")
    for round in (1, 2, 3):
        task(a, "round", role="aggregator", leads=True, round=round, attempt="n")
        a.send("*")
        b.receive()
        state(b, "training", round=round)
        [offer] = b.offer("a")
        a.receive(events=False, offers=wants("b"))
        a.settle(offer)
        task(a, "left out", role="aggregator", leads=True, round=round, left_out=["b"], reason="late")
        world.now += 1
    b.die()
    a.release()
    return world


def test_a_view_as_of_a_number_is_the_same_fold_stopped_there():
    """A snapshot taken on the way is what a fold of the rows up to it gives, whatever came later."""
    world = history()
    fold = Fold()
    taken = []
    for row in world.store.rows:
        fold.apply(row)
        taken.append((row.seq, fold.snapshot()))
    for seq, snapshot in taken:
        assert snapshot == fold_of(world, seq).snapshot()
        assert snapshot.number == seq


def test_a_snapshot_travels_as_json():
    snapshot = fold_of(history()).snapshot()
    assert msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot) == snapshot


def test_one_task_alone_and_dropped_runs():
    world = history()
    world.node("x", task="other")
    fold = fold_of(world)
    assert [view.task for view in fold.snapshot("other").tasks] == ["other"]
    assert [run.run for run in fold.snapshot("T", 1).tasks[0].runs] == [1] and fold.snapshot("T", 2).tasks == []
    fold.drop_run("T", 1)
    fold.drop_run("T", 9)
    assert [view.task for view in fold.snapshot().tasks] == ["other"]


def take(source: Peer, target: Peer, size: int) -> None:
    [offer] = source.offer(target.node, size=size)
    target.receive(events=False, offers=wants(source.node))
    target.settle(offer)


def test_a_round_counts_the_streams_taken_in_it_and_of_whom():
    world = CoreWorld()
    a, b, c, d = (world.node(node, ["a", "b", "c", "d"]) for node in "abcd")
    task(a, "started", role="aggregator", leads=True, attempt="n")
    take(b, a, 1000)  # before the first round
    task(a, "round", role="aggregator", leads=True, round=1, attempt="n")
    for holder in (b, c):
        take(a, holder, 100)
    take(b, a, 7)
    take(b, a, 5)  # a second one of the same node is no other update
    take(b, c, 3)
    [denied] = c.offer("a", size=50)
    a.settle(denied, "denied")
    middle = world.store.rows[-1].seq
    take(c, a, 11)
    task(a, "left out", role="aggregator", leads=True, round=1, attempt="n", left_out=["d"], reason="late")
    task(a, "round", role="aggregator", leads=True, round=2, attempt="n")
    take(d, a, 2)
    task(a, "ended", role="aggregator", leads=True, attempt="n", result="finished")
    take(c, a, 1000)  # after the last one

    def counts(upto: int | None = None) -> list[tuple[int, int, int, int]]:
        [attempt] = run_of(world, upto).attempts
        return [(r.streams, r.bytes, r.updates, r.expected) for r in attempt.rounds]

    assert counts() == [(6, 226, 2, 3), (1, 2, 1, 1)]
    assert counts(middle) == [(5, 215, 1, 2)]


def test_a_new_attempt_counts_anew_and_two_aggregators_each_count_their_own():
    world = CoreWorld()
    a, b, c = (world.node(node, ["a", "b", "c"]) for node in "abc")
    for attempt in ("n1", "n2"):
        task(a, "started", role="aggregator", leads=True, attempt=attempt)
        task(a, "round", role="aggregator", leads=True, round=1, attempt=attempt)
        take(b, a, 10)
    task(c, "started", role="aggregator", leads=True, attempt="m")
    task(c, "round", role="aggregator", leads=True, round=1, attempt="m")
    take(b, a, 5)
    take(b, c, 1)
    rounds = [attempt.rounds[0] for attempt in run_of(world).attempts]
    assert [(r.streams, r.bytes, r.updates) for r in rounds] == [(1, 10, 1), (2, 15, 1), (1, 1, 1)]


def test_a_closed_run_that_gets_rows_is_stale_until_it_is_there_in_full_again():
    world = CoreWorld()
    a = world.node("a")
    a.release()
    fold, before = fold_of(world), fold_of(world).snapshot()
    fold.close("T", ClosedRun(run=1, changed=fold.number, glance=b"{}"))
    assert fold.is_closed("T", 1) and not fold.open and not fold.stale
    assert fold.snapshot().tasks == []
    fold.apply(world.rows("session")[-1])
    assert fold.stale == {("T", 1)}
    [again] = fold_of(world).open.values()
    fold.reopen("T", again)
    assert fold.snapshot() == before
    assert not fold.stale and not fold.is_closed("T", 1)
    fold.drop_run("T", 1)
    assert not fold.open and not list(fold.tasks)
