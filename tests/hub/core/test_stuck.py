"""A task is stuck when every live session waits without limit and nothing is on its way to any of them."""

from __future__ import annotations

import pytest
from core_world import CoreWorld, Peer, wants

from alphamed_nb.protocol.messages import Cancel, Done, Stuck, WatchStuck


@pytest.fixture
def world() -> CoreWorld:
    return CoreWorld()


@pytest.fixture
def runner(world: CoreWorld) -> Peer:
    peer = world.process()
    assert isinstance(peer.ask(WatchStuck(id=peer.next_id())), Done)
    return peer


def test_stuck_when_all_wait_without_limit(world: CoreWorld, runner: Peer):
    a, b = world.node("a"), world.node("b")
    a.wait(limited=False)
    assert not runner.take(Stuck), "b is not waiting"
    b.wait(limited=False)
    [stuck] = runner.take(Stuck)
    assert (stuck.task, sorted(stuck.nodes)) == ("T", ["a", "b"])


def test_a_limited_wait_is_not_stuck(world: CoreWorld, runner: Peer):
    a, b = world.node("a"), world.node("b")
    a.wait(limited=False)
    b.wait()
    assert not runner.take(Stuck)


def test_an_item_that_is_there_is_no_reason(world: CoreWorld, runner: Peer):
    a, b = world.node("a"), world.node("b")
    a.wait(limited=False)
    a.send("b")
    b.receive(limited=False)
    assert not runner.take(Stuck)
    b.wait(limited=False)
    assert runner.take(Stuck)


def test_a_task_becomes_stuck_by_the_end_of_a_session(world: CoreWorld, runner: Peer):
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    a.wait(limited=False)
    b.die()
    assert not runner.take(Stuck)
    c.lose_link()
    assert not runner.take(Stuck), "it may resume"
    world.advance(10)
    assert [stuck.nodes for stuck in runner.take(Stuck)] == [["a"]]


def test_told_once_in_each_situation(world: CoreWorld, runner: Peer):
    a, b = world.node("a"), world.node("b")
    b.wait(limited=False)
    first = a.wait(limited=False)
    assert len(runner.take(Stuck)) == 1
    world.node("c").release()
    assert not runner.take(Stuck)
    a.say(Cancel(receive=first))
    a.wait(limited=False)
    assert len(runner.take(Stuck)) == 1


def test_a_task_that_is_stuck_already_is_told_at_once(world: CoreWorld):
    world.node("a").wait(limited=False)
    peer = world.process()
    peer.ask(WatchStuck(id=1))
    assert len(peer.take(Stuck)) == 1


def test_waits_for_offers_count_too(world: CoreWorld, runner: Peer):
    a, b = world.node("a"), world.node("b")
    b.wait(offers=wants("a"), limited=False)
    a.offer("b")
    a.wait(limited=False)
    assert not runner.take(Stuck), "b is reading"


def test_tasks_are_judged_apart_and_without_sessions_none_is_stuck(world: CoreWorld, runner: Peer):
    world.node("x", task="other")
    a = world.node("a")
    a.wait(limited=False)
    assert [stuck.task for stuck in runner.take(Stuck)] == ["T"]
    a.release()
    assert not runner.take(Stuck)


def test_not_told_after_the_watching_link_is_gone(world: CoreWorld, runner: Peer):
    runner.lose_link()
    world.node("a").wait(limited=False)
    assert not any(isinstance(message, Stuck) for _, message in world.sequence)
