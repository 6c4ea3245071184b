"""What nobody needs any more leaves the core's memory, and nothing that is not on the disk yet."""

from __future__ import annotations

import gc

import pytest
from core_world import CoreWorld

from alphamed_nb.hub.core.state import Member, OfferRecord, Process, Session, Task
from alphamed_nb.protocol.messages import Refused, Stored


@pytest.fixture
def world() -> CoreWorld:
    return CoreWorld()


def tidy(world: CoreWorld) -> None:
    world.core.tidy(world.core.next_seq)


def test_nothing_is_left_of_runs_that_have_ended(world: CoreWorld):
    for number in range(3):
        a, b = world.node("a", task=f"T{number}"), world.node("b", task=f"T{number}")
        a.send("b", "c")
        a.offer("b")
        b.receive()
        b.release()
        a.release()
        a.lose_link()
        b.lose_link()
    state = world.core._hub
    assert len(state.tasks) == 3 and len(state.processes) == len(state.contexts) == 6
    tidy(world)
    left = (state.tasks, state.processes, state.departed, state.contexts, state.offers, state.streams, state.links)
    assert not any(left)
    assert state.room.used == 0


def test_what_leaves_memory_is_gone_at_once_and_waits_for_no_garbage_collection(world: CoreWorld):
    def count() -> int:
        return sum(isinstance(it, (Task, Member, Session, Process, OfferRecord)) for it in gc.get_objects())

    gc.collect()
    before = count()
    gc.disable()
    try:
        a, b = world.node("a"), world.node("b")
        a.send("b")
        a.offer("b")
        for peer in (a, b):
            peer.release()
            peer.lose_link()
        assert count() > before
        tidy(world)
        assert count() == before
    finally:
        gc.enable()


def test_a_kernel_that_stays_keeps_nothing_of_the_runs_it_was_in(world: CoreWorld):
    a = world.process()
    for number in range(3):
        a.claim("a", task=f"T{number}", context=f"context {number}")
        a.release()
        tidy(world)
    state = world.core._hub
    assert not state.tasks and not state.contexts
    [process] = state.processes.values()
    assert not process.contexts and not process.sessions
    a.claim("a", task="T0", context="context 3")
    assert world.core.run_of_context("context 3") == ("T0", 2)


def test_what_goes_on_stays(world: CoreWorld):
    a, b = world.node("a"), world.node("b")
    b.lose_link()
    tidy(world)
    assert world.core.knows("T")
    world.connect(b)
    assert b.resume().resumed
    assert a.send("b").seq and b.receive()


def test_what_is_on_its_way_to_the_disk_stays(world: CoreWorld):
    a = world.node("a")
    before = world.core.next_seq
    a.send("b")
    a.release()
    a.lose_link()
    world.core.tidy(before)
    assert world.core.knows("T")
    assert world.core.counter_of(a.info.incarnation) == 1
    tidy(world)
    assert not world.core.knows("T")
    assert world.core.counter_of(a.info.incarnation) == 0, "it is on the disk"


def test_what_was_dropped_just_now_stays_until_that_is_on_the_disk(world: CoreWorld):
    world.node("a").release()
    before = world.core.next_seq
    world.perform(world.core.drop_run("T", 1, world.now))
    world.core.tidy(before)
    assert world.core.knows("T")


def test_a_process_that_comes_back_after_it_was_forgotten_is_known_by_what_it_stored(world: CoreWorld):
    a = world.node("a")
    message = a.send_message("b")
    a.say(message)
    a.release()
    a.lose_link()
    tidy(world)
    world.connect(a)
    a.claim("a")
    answer = a.ask(message)
    assert isinstance(answer, Stored) and answer.seq == 0
    assert len(world.rows("event")) == 1


def test_who_was_refused_something_is_remembered(world: CoreWorld):
    a = world.node("a")
    a.offer("b", ids=["aa"])
    refused = a.offer_message("b", ids=["aa"])
    assert isinstance(a.ask(refused), Refused)
    assert isinstance(a.send("b"), Stored)
    a.release()
    a.lose_link()
    tidy(world)
    world.connect(a)
    assert isinstance(a.ask(refused), Refused)
