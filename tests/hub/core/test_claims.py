"""Who is which node: claims, resuming, taking over, ends, runs, presence."""

from __future__ import annotations

import pytest
from core_world import CoreWorld, body_of

from alphamed_nb.hub.core.effects import CloseLink, Deliver, PutSession
from alphamed_nb.protocol.errors import NotFound, RunIsLive
from alphamed_nb.protocol.journal import Failure, StateBody, TaskBody
from alphamed_nb.protocol.messages import Claimed, Clean, Cleaned, Done, EventItem, Presence


def failed(kind: str = "ValueError", round: int = 3) -> StateBody:
    return StateBody(time=1.0, activity="failed", round=round, failure=Failure(type=kind))


def session_rows(world: CoreWorld) -> list[tuple[str, str, str]]:
    return [(row.node, body_of(row).change, body_of(row).reason) for row in world.rows("session")]


# -- claiming ----------------------------------------------------------------------------------------------------------


def test_first_claim_begins_a_session_and_a_run():
    world = CoreWorld()
    a = world.process("a.ipynb")
    claimed = a.claim("a", ["a", "b"])
    assert (claimed.run, claimed.position, claimed.resumed, claimed.warnings) == (1, 0, False, [])
    assert claimed.epoch == claimed.began == world.rows("session")[0].seq
    body = body_of(world.rows("session")[0])
    assert (body.change, body.epoch, body.nodes, body.pid, body.notebook) == (
        "began", claimed.epoch, ["a", "b"], a.info.pid, "a.ipynb",
    )  # fmt: skip
    stored = world.store.sessions["T", "a"]
    assert (stored.epoch, stored.ended, stored.state, stored.run) == (claimed.epoch, 0, "up", 1)
    assert stored.since == world.now
    assert world.store.tasks["T"].nodes == ["a", "b"]


def test_epochs_grow_hub_wide():
    world = CoreWorld()
    epochs = [world.node("a").epoch, world.node("b").epoch, world.node("a", task="other").epoch]
    assert epochs == sorted(set(epochs))


def test_a_claim_held_by_a_live_link_is_refused_and_names_the_holder():
    world = CoreWorld()
    a = world.node("a", notebook="first.ipynb")
    other = world.process()
    error = other.refusal(other.claim_message("a"))
    assert error.code == "already_claimed"
    for part in ("first.ipynb", str(a.info.pid), "since 1970-01-01", "interrupt or restart that kernel"):
        assert part in error.message
    assert error.details["pid"] == a.info.pid
    assert not world.changes
    assert a.send("b").seq, "the holder notices nothing"


def test_the_same_node_id_in_another_task_is_free():
    world = CoreWorld()
    world.node("a")
    assert isinstance(world.process().claim("a", task="other"), Claimed)


def test_the_same_process_entering_again_is_the_same_owner():
    world = CoreWorld()
    a = world.node("a")
    assert a.claim("a", context="second").epoch == a.epoch
    assert len(world.rows("session")) == 1


def test_owner_of_names_the_holder_also_while_its_link_is_lost():
    world = CoreWorld()
    assert world.core.owner_of("T", "a") is None
    a = world.node("a")
    assert world.core.owner_of("T", "a") == a.info
    a.lose_link()
    assert world.core.owner_of("T", "a") == a.info
    assert world.core.holders() == [a.info]
    world.advance(10)
    assert world.core.owner_of("T", "a") is None
    assert world.core.holders() == []


@pytest.mark.parametrize("name", ["node 1", "医院-甲", "NODE_ID_1", "*x"])
def test_any_folder_name_can_be_an_id(name):
    assert isinstance(CoreWorld().process().claim(name, task=name), Claimed)


def test_a_claim_of_a_task_that_is_not_loaded_is_the_callers_mistake():
    world = CoreWorld()
    peer = world.process()
    message = peer.claim_message("a")
    assert world.core.tasks_of(message) == ["T"]
    with pytest.raises(LookupError):
        world.core.handle(peer.link, message, world.now)


def test_a_claim_with_other_nodes_than_the_tasks_is_warned():
    world = CoreWorld()
    world.node("a", ["a", "b"])
    claimed = world.process().claim("b", ["b", "c"])
    assert len(claimed.warnings) == 1
    for part in ("'a'", "'c'", "'b'"):
        assert part in claimed.warnings[0]
    assert world.process().claim("c", ["b", "a"]).warnings == [], "the order alone is no problem"


def test_the_initiators_list_counts_once_it_has_started():
    world = CoreWorld()
    world.node("a", ["a", "b"])
    b = world.node("b", ["a", "b", "c"])
    answer = b.report(record=TaskBody(time=1.0, change="started", role="host", leads=True, scheduler="S"))
    assert len(answer.warnings) == 1 and "'a'" in answer.warnings[0]
    assert world.store.tasks["T"].nodes == ["a", "b", "c"]
    assert world.process().claim("c", ["a", "b", "c"]).warnings == []


def test_the_list_of_who_does_not_lead_changes_nothing():
    world = CoreWorld()
    world.node("a", ["a", "b"])
    world.node("b", ["b"]).report(record=TaskBody(time=1.0, change="started", role="aggregator"))
    assert world.store.tasks["T"].nodes == ["a", "b"]


def test_a_task_begun_without_nodes_takes_the_first_list():
    world = CoreWorld()
    world.node("a")
    world.node("b", ["a", "b"])
    assert world.store.tasks["T"].nodes == ["a", "b"]


def test_context_is_adopted_by_the_first_task_it_claims():
    world = CoreWorld()
    a = world.process()
    a.claim("a", context="c1")
    a.claim("a", task="other", context="c1")
    assert world.adopted == [("c1", "T", 1)]
    assert world.core.run_of_context("c1") == ("T", 1)
    assert world.core.run_of_context("c2") is None


# -- losing the link ---------------------------------------------------------------------------------------------------


def test_a_session_resumes_within_ten_seconds():
    world = CoreWorld()
    a = world.node("a")
    watcher = world.node("w")
    watcher.watch()
    epoch = a.epoch
    a.lose_link()
    world.advance(9.9)
    claimed = world.connect(a).resume()
    assert (claimed.resumed, claimed.epoch) == (True, epoch)
    world.advance(60)
    assert a.send("b").seq
    assert [change for _, change, _ in session_rows(world)[2:]] == ["lost", "resumed"]
    assert not watcher.take(Presence), "others notice nothing"


def test_after_ten_seconds_without_link_a_node_is_gone():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch()
    a.lose_link()
    assert world.core.next_due() == world.now + 10
    world.advance(9.99)
    assert not watcher.take(Presence)
    world.advance(0.01)
    [presence] = watcher.take(Presence)
    assert (presence.change.node, presence.change.state, presence.change.cause) == ("a", "gone", "connection lost")
    assert session_rows(world)[-1] == ("a", "ended", "gone")
    assert world.store.sessions["T", "a"].state == "gone"


def test_next_due_forgets_sessions_that_resumed():
    world = CoreWorld()
    a = world.node("a")
    assert world.core.next_due() is None
    a.reconnect()
    assert world.core.next_due() is None


def test_contact_after_that_begins_another_session():
    world = CoreWorld()
    a = world.node("a")
    old = a.epoch
    a.lose_link()
    world.advance(11)
    claimed = world.connect(a).resume()
    assert not claimed.resumed and claimed.epoch > old


def test_a_newcomer_gets_a_node_whose_link_is_lost_at_once_and_the_old_owner_is_fenced():
    world = CoreWorld()
    a = world.node("a", notebook="old.ipynb")
    a.lose_link()
    newcomer = world.process("new.ipynb")
    assert newcomer.claim("a").run == 1, "the run goes on"
    assert ("a", "ended", "taken over") in session_rows(world)
    world.connect(a)
    error = a.refusal(a.claim_message("a", epoch=a.epoch))
    assert error.code == "fenced" and "new.ipynb" in error.message and str(newcomer.info.pid) in error.message
    error = a.refusal(a.send_message("b"))
    assert error.code == "fenced" and "new.ipynb" in error.message
    assert not world.rows("event")


def test_a_fenced_process_does_not_take_the_node_back_while_the_newcomer_is_away():
    world = CoreWorld()
    a = world.node("a")
    a.lose_link()
    newcomer = world.node("a")
    newcomer.lose_link()
    world.connect(a)
    assert a.refusal(a.claim_message("a", epoch=a.epoch)).code == "fenced"
    assert world.connect(newcomer).resume().resumed


def test_requests_with_an_old_epoch_are_fenced():
    world = CoreWorld()
    a = world.node("a")
    old = a.epoch
    a.claim("a", renew=True)
    current, a.epoch = a.epoch, old
    for message in (a.send_message("b"), a.receive_message(), a.offer_message("b")):
        assert a.refusal(message).code == "fenced"
    a.epoch = current
    assert a.send("b").seq


def test_a_request_before_the_session_has_resumed_is_fenced():
    world = CoreWorld()
    a = world.node("a")
    a.lose_link()
    world.connect(a)
    assert a.refusal(a.send_message("b")).code == "fenced"
    a.resume()
    assert a.send("b").seq


def test_a_request_of_a_task_nobody_knows_is_fenced():
    world = CoreWorld()
    a = world.node("a")
    a.task = "nowhere"
    assert a.refusal(a.send_message("b")).code == "fenced"
    a.task = ""
    assert a.refusal(a.send_message("b")).code == "fenced"


def test_another_link_of_the_same_process_closes_the_first():
    world = CoreWorld()
    a = world.node("a")
    outcome = world.core.link_opened("second", a.info, 0, world.now)
    [closed] = [output for output in outcome.outputs if isinstance(output, CloseLink)]
    assert closed.link == a.link
    world.store.apply(outcome.changes)
    first, a.link = a.link, "second"
    world.peers["second"] = a
    assert a.resume().resumed
    world.perform(world.core.link_closed(first, world.now))
    assert a.send("b").seq, "the late end of the first link means nothing any more"


def test_a_waiting_receive_is_dropped_with_the_link():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    b.wait()
    b.reconnect()
    a.send("b")
    assert not b.take(EventItem) and "b" not in [key[1] for key in world.store.positions]


# -- ends --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "reason", "presence"),
    [("ended", "released", "ended"), ("failed", "failed", "failed"), ("stopped", "stopped", "stopped")],
)
def test_release(state, reason, presence):
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch()
    assert isinstance(a.release(state=state), Done)
    assert session_rows(world)[-1] == ("a", "ended", reason)
    assert [p.change.state for p in watcher.take(Presence)] == [presence]
    stored = world.store.sessions["T", "a"]
    assert (stored.state, stored.ended) == (presence, world.rows("session")[-1].seq)
    assert isinstance(world.process().claim("a"), Claimed), "it is free now"


def test_a_lost_session_can_be_released_without_resuming_it():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    seq = b.send("a").seq
    a.say(a.receive_message())  # its answer never arrives
    a.lose_link()
    world.connect(a)
    assert isinstance(a.release(position=0), Done)
    assert session_rows(world)[-1] == ("a", "ended", "released")
    assert world.node("a").receive().seq == seq


def test_a_released_session_is_fenced():
    world = CoreWorld()
    a = world.node("a")
    a.release()
    error = a.refusal(a.send_message("b"))
    assert error.code == "fenced" and "ended" in error.message


def test_a_dead_process_is_reported_at_once():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch()
    a.claim("a2")
    watcher.inbox.clear()
    a.lose_link()
    a.die()
    assert {(p.change.node, p.change.state, p.change.cause) for p in watcher.take(Presence)} == {
        ("a", "gone", "its process ended"), ("a2", "gone", "its process ended"),
    }  # fmt: skip
    assert session_rows(world)[-1][1:] == ("ended", "died")


def test_renewing_begins_another_session_in_the_same_run():
    world = CoreWorld()
    a = world.node("a")
    old = a.epoch
    claimed = a.claim("a", renew=True, epoch=old)
    assert claimed.epoch > old and claimed.run == 1 and not claimed.resumed
    assert session_rows(world)[1:] == [("a", "ended", "renewed"), ("a", "began", "")]
    assert world.store.tasks["T"].ended == 0


def test_a_renewal_sent_again_after_its_answer_was_lost_does_not_renew_twice():
    world = CoreWorld()
    a = world.node("a")
    old = a.epoch
    a.say(a.claim_message("a", renew=True, epoch=old))
    renewed = world.store.sessions["T", "a"].epoch
    a.lose_link()
    world.connect(a)
    claimed = a.claim("a", renew=True, epoch=old)
    assert claimed.epoch == renewed and not claimed.resumed


def test_watchers_see_the_end_and_the_begin_of_a_renewal():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch("a")
    a.claim("a", renew=True)
    changes = [p.change for p in watcher.take(Presence)]
    assert [change.state for change in changes] == ["ended", "up"]
    assert changes[1].epoch == changes[1].began == a.epoch


# -- failing and stopping ----------------------------------------------------------------------------------------------


def test_a_failure_is_told_at_once_with_round_and_type_and_stays():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch()
    a.report(failed())
    [presence] = watcher.take(Presence)
    change = presence.change
    assert (change.node, change.state, change.round, change.error) == ("a", "failed", 3, "ValueError")
    assert change.seq == world.rows("state")[0].seq
    a.release(state="ended")
    assert world.store.sessions["T", "a"].state == "failed"
    assert not watcher.take(Presence), "that it failed was told already"
    assert watcher.watch("a").present[0].state == "failed"
    world.process().claim("a")
    assert watcher.watch("a").present[0].state == "up"


def test_a_failure_stays_when_the_process_dies():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    a.report(failed())
    a.die()
    state = watcher.watch("a").present[0]
    assert (state.state, state.error) == ("failed", "ValueError")


def test_a_stop_is_told_at_once_and_a_failure_after_it_counts_more():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch()
    a.report(StateBody(time=1.0, activity="stopped"))
    a.report(StateBody(time=1.0, activity="training", round=9))
    a.report(failed())
    a.report(StateBody(time=1.0, activity="stopped"))
    assert [p.change.state for p in watcher.take(Presence)] == ["stopped", "failed"]


def test_the_round_is_known_to_watchers_after_a_restart():
    world = CoreWorld()
    a = world.node("a")
    watcher = world.node("w")
    a.report(StateBody(time=1.0, activity="training", round=4))
    world.restart()
    world.connect(watcher).resume()
    assert watcher.watch("a").present[0].round == 4


def test_reports_are_journalled():
    world = CoreWorld()
    a = world.node("a")
    answer = a.report(StateBody(time=1.0, activity="training", round=2), TaskBody(time=1.0, change="round", round=2))
    assert [row.kind for row in world.store.rows[-2:]] == ["state", "task"]
    assert answer.seq == world.store.rows[-2].seq


# -- presence ----------------------------------------------------------------------------------------------------------


def test_watching_answers_the_present_states_of_all_asked():
    world = CoreWorld()
    world.node("up")
    world.node("ended").release()
    watcher = world.node("w")
    states = {state.node: state.state for state in watcher.watch("up", "ended", "never").present}
    assert states == {"up": "up", "ended": "ended", "never": "absent"}


def test_watching_all_knows_the_nodes_of_the_task():
    world = CoreWorld()
    watcher = world.node("w", ["w", "b"])
    states = {state.node: state.state for state in watcher.watch().present}
    assert states == {"w": "up", "b": "absent"}
    world.node("b")
    world.node("stranger")
    assert [p.change.node for p in watcher.take(Presence)] == ["b", "stranger"]


def test_only_what_is_watched_is_pushed_and_watches_add_up():
    world = CoreWorld()
    watcher = world.node("w")
    watcher.watch("a")
    watcher.watch("b")
    for name in ("a", "b", "c"):
        world.node(name)
    presences = watcher.take(Presence)
    assert [(p.task, p.node, p.change.node, p.change.state) for p in presences] == [
        ("T", "w", "a", "up"), ("T", "w", "b", "up"),
    ]  # fmt: skip


def test_presence_stays_within_the_task():
    world = CoreWorld()
    watcher = world.node("w")
    watcher.watch()
    world.node("a", task="other")
    assert not watcher.take(Presence)


def test_a_watch_ends_with_its_link_and_begins_again_when_asked():
    world = CoreWorld()
    a, watcher = world.node("a"), world.node("w")
    watcher.watch()
    watcher.reconnect()
    a.release()
    assert not watcher.take(Presence)
    assert watcher.watch("a").present[0].state == "ended"
    world.process().claim("a")
    assert [p.change.state for p in watcher.take(Presence)] == ["up"]


def test_presence_is_no_event():
    world = CoreWorld()
    watcher = world.node("w")
    watcher.watch()
    waiting = watcher.wait()
    world.node("a")
    assert watcher.take(Presence) and watcher.answer(waiting) is None


def test_states_of_an_earlier_run_do_not_count():
    world = CoreWorld()
    a = world.node("a")
    a.report(failed())
    a.release()
    watcher = world.node("w")
    assert watcher.watch("a").present[0].state == "absent"


# -- runs --------------------------------------------------------------------------------------------------------------


def test_a_run_lasts_from_the_first_session_to_the_last():
    world = CoreWorld()
    a = world.node("a", ["a", "b"])
    b = world.node("b")
    a.release()
    assert world.store.tasks["T"].ended == 0
    world.now += 5
    b.release()
    assert world.store.tasks["T"].ended == world.now
    assert world.core.run_of_task("T") == 1
    claimed = world.process().claim("c", ["c"])
    assert claimed.run == 2
    task = world.store.tasks["T"]
    assert (task.run, task.nodes, task.started, task.ended) == (2, ["c"], world.now, 0)
    assert {row.run for row in world.rows("session")[:-1]} == {1} and world.rows("session")[-1].run == 2


def test_a_lost_session_keeps_the_run_going():
    world = CoreWorld()
    a = world.node("a")
    a.lose_link()
    world.advance(9)
    assert world.process().claim("b").run == 1


def test_a_run_ends_when_the_last_lost_session_is_gone():
    world = CoreWorld()
    world.node("a").lose_link()
    world.advance(10)
    assert world.store.tasks["T"].ended == world.now
    assert not world.core.owner_of("T", "a")


def test_runs_are_counted_on_after_unloading():
    world = CoreWorld()
    world.node("a").release()
    world.core.unload("T")
    assert world.process().claim("a").run == 2


def test_a_live_task_is_not_unloaded():
    world = CoreWorld()
    a = world.node("a")
    world.core.unload("T")
    assert world.core.knows("T")
    assert a.send("b").seq


def test_a_run_that_is_going_on_is_not_dropped():
    world = CoreWorld()
    world.node("a"), world.node("b")
    with pytest.raises(RunIsLive, match="a, b"):
        world.core.drop_run("T", 1, world.now)
    with pytest.raises(NotFound):
        world.core.drop_run("T", 2, world.now)
    with pytest.raises(NotFound):
        world.core.drop_run("T", 0, world.now)


def test_a_dropped_run_takes_its_unread_events_along_and_only_those():
    world = CoreWorld()
    a = world.node("a")
    a.send("b")
    a.release()
    a.claim("a")
    seq = a.send("b").seq
    world.perform(world.core.drop_run("T", 1, world.now, "retention"))
    assert "retention" in body_of(world.rows("hub")[0]).text
    b = world.node("b")
    assert b.receive().seq == seq
    b.wait()


def test_a_dropped_run_takes_events_loaded_from_the_store_along():
    world = CoreWorld()
    a = world.node("a")
    a.send("b")
    a.release()
    world.core.unload("T")
    b = world.process()
    b.claim("b")
    world.perform(world.core.drop_run("T", 1, world.now))
    b.wait()


def test_a_run_of_a_task_that_is_not_loaded_can_be_dropped():
    world = CoreWorld()
    world.node("a").release()
    world.core.unload("T")
    world.perform(world.core.drop_run("T", 1, world.now))
    assert not world.rows("session")


def test_a_failed_state_goes_with_its_run():
    world = CoreWorld()
    a = world.node("a")
    a.report(failed())
    a.release()
    assert world.store.sessions["T", "a"].state == "failed"
    world.perform(world.core.drop_run("T", 1, world.now))
    assert not world.store.sessions and world.core._hub.tasks["T"].members["a"].session is None


def test_clean_drops_the_given_runs_but_none_that_is_going_on():
    world = CoreWorld()
    a = world.node("a")
    a.send("b")
    a.release()
    a.claim("a")
    message = Clean(id=a.next_id(), node="a")
    world.perform(world.core.clean(a.link, message, [("T", 1), ("T", 2)], world.now))
    assert a.take(Cleaned)[0].runs == 1
    assert {row.run for row in world.rows("session")} == {2}


# -- restarts of the hub -----------------------------------------------------------------------------------------------


def test_after_a_restart_sessions_resume_within_ten_seconds():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    world.now += 3600
    world.restart()
    assert world.core.owner_of("T", "a") and world.core.owner_of("T", "b")
    world.advance(9)
    claimed = world.connect(a).resume()
    assert claimed.resumed and claimed.run == 1
    world.advance(2)
    assert world.core.owner_of("T", "a") and not world.core.owner_of("T", "b")
    assert not world.connect(b).resume().resumed
    assert [row.seq for row in world.store.rows] == sorted({row.seq for row in world.store.rows})


def test_after_a_restart_a_newcomer_may_take_over():
    world = CoreWorld()
    a = world.node("a")
    world.restart()
    world.node("a")
    world.connect(a)
    assert a.refusal(a.claim_message("a", epoch=a.epoch)).code == "fenced"


def test_after_a_restart_numbers_go_on():
    world = CoreWorld()
    a = world.node("a")
    first = a.send("b").seq
    world.restart()
    world.connect(a).resume()
    assert a.send("b").seq > first


def test_so_many_processes_without_a_link_are_known_and_not_more(monkeypatch):
    monkeypatch.setattr("alphamed_nb.hub.core.state.KEPT_PROCESSES", 3)
    world = CoreWorld()
    first = world.node("a")
    first.send("b")
    first.lose_link()
    world.advance(3600)
    assert world.core.counter_of(first.info.incarnation) == 1, "it may come back whenever it likes"
    holder = world.node("h")
    holder.lose_link()
    for _ in range(5):
        world.process().lose_link()
    assert world.core.counter_of(first.info.incarnation) == 0
    assert world.core.run_of_context(f"context-{first.info.incarnation}") is None
    assert len(world.core._hub.processes) == 3
    assert world.connect(holder).resume().resumed, "who holds a session is never forgotten"


def test_a_dead_process_is_forgotten():
    world = CoreWorld()
    a = world.node("a")
    a.lose_link()
    a.die()
    assert not world.core._hub.processes and not world.core._hub.links and not world.core._hub.departed


def test_only_one_transaction_per_claim():
    """A take-over ends the old session and begins the new one in the same outcome."""
    world = CoreWorld()
    a = world.node("a")
    a.lose_link()
    other = world.process()
    message = other.claim_message("a")
    outcome = world.core.handle(other.link, message, world.now)
    assert [type(out) for out in outcome.outputs if isinstance(out, Deliver)] == [Deliver]
    assert [change.ended > 0 for change in outcome.changes if isinstance(change, PutSession)] == [True, False]
