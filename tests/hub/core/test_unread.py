"""Unread messages: those that find no room in memory wait on the disk, and come in their order all the same."""

from __future__ import annotations

import random

import pytest
from core_world import CoreWorld, Peer, wants

from alphamed_nb.hub.core.mailboxes import Mailbox, Numbers, Room
from alphamed_nb.protocol.errors import HubError
from alphamed_nb.protocol.messages import Done, EventItem, OfferItem, Refused, Stuck, WatchStuck

CONTENT = {"text": "x" * 1000}
ROOM = 4000
"""For two of these and a little more."""
SIZES = [1000, 1000, 3000, 10, 1000, 10]
"""The third one finds no room, those after it would."""


@pytest.fixture
def world() -> CoreWorld:
    return CoreWorld(unread_bytes=ROOM)


def room_of(world: CoreWorld) -> Room:
    return world.core._hub.room


def mailbox_of(world: CoreWorld, node: str, task: str = "T") -> Mailbox:
    return world.core._hub.tasks[task].members[node].mailbox


def read_all(peer: Peer, count: int) -> list[int]:
    items = [peer.receive() for _ in range(count)]
    assert all(isinstance(item, EventItem) and len(item.contract) > 1000 for item in items)
    return [item.seq for item in items if isinstance(item, EventItem)]


def let_read(world: CoreWorld) -> None:
    """The disk answers what it was asked so far."""
    assert world.loads is not None
    loads, world.loads = world.loads, []
    for load in loads:
        world.perform(world.core.mail_loaded(load, world.store.load(load), world.now))


def test_unread_messages_of_all_mailboxes_share_one_room(world: CoreWorld):
    a = world.node("a")
    numbers: dict[str, list[int]] = {"b": [], "c": []}
    for at in range(20):
        seq = a.send("b", *(["c"] if at % 2 else []), contract=CONTENT).seq
        numbers["b"].append(seq)
        numbers["c"] += [seq] if at % 2 else []
        assert room_of(world).used <= ROOM
    assert (mailbox_of(world, "b").unread, mailbox_of(world, "c").unread) == (20, 10)
    for node, sent in numbers.items():
        assert read_all(world.node(node), len(sent)) == sent


def test_a_message_that_is_smaller_does_not_overtake(world: CoreWorld):
    a = world.node("a")
    sent = [a.send("b", contract={"text": "x" * size}).seq for size in SIZES]
    b = world.node("b")
    assert [b.receive().seq for _ in SIZES] == sent


def test_a_message_to_many_takes_its_room_once_until_nobody_has_it_to_read(world: CoreWorld):
    a = world.node("a")
    a.send(*"bcdefg", contract=CONTENT)
    used = room_of(world).used
    assert 1000 < used < 2000
    readers = [world.node(name) for name in "bcdefg"]
    for reader in readers:
        read_all(reader, 1)
        assert room_of(world).used == used, "it may be given again"
    for reader in readers:
        reader.release()
    assert room_of(world).used == 0


@pytest.mark.parametrize("how", ["dropped", "unloaded"])
def test_what_leaves_memory_gives_its_room_back(world: CoreWorld, how: str):
    a, b = world.node("a"), world.node("b")
    for _ in range(3):
        a.send("b", "c", contract=CONTENT)
    b.receive()
    b.release(position=0)  # it goes back
    a.release()
    assert room_of(world).used
    if how == "dropped":
        world.perform(world.core.drop_run("T", 1, world.now))
        assert mailbox_of(world, "b").unread == mailbox_of(world, "c").unread == 0
    else:
        world.core.unload("T")
    assert room_of(world).used == 0
    count = 0 if how == "dropped" else 3
    assert len(read_all(world.node("b"), count)) == count


def test_after_a_restart_nothing_is_read_before_it_is_its_turn(world: CoreWorld):
    a = world.node("a")
    sent = [a.send("b", contract=CONTENT).seq for _ in range(5)]
    b = world.node("b")
    first = b.receive()
    assert isinstance(first, EventItem)
    world.restart()
    mailbox = mailbox_of(world, "b")
    assert (mailbox.unread, mailbox.position) == (4, first.seq)
    assert mailbox.handed is not None
    assert room_of(world).used == mailbox.handed.size, "only the one whose answer may have been lost"
    world.connect(b)
    b.resume()
    assert read_all(b, 4) == sent[1:]


def test_what_comes_while_the_disk_is_read_comes_after_it(world: CoreWorld):
    a = world.node("a")
    sent = [a.send("b", contract=CONTENT).seq for _ in range(6)]
    b = world.node("b")
    world.loads = []
    assert read_all(b, 2) == sent[:2]
    message = b.receive_message(offers=wants("a"))
    assert b.ask(message) is None
    sent.append(a.send("b", contract=CONTENT).seq)
    [offer] = a.offer("b")
    other = world.node("other")
    [unwanted] = other.offer("b")
    assert b.answer(message.id) is None, "what is before them is not here yet"
    let_read(world)
    item = b.answer(message.id)
    assert isinstance(item, EventItem) and item.seq == sent[2]
    b.position = item.seq
    world.loads = None
    assert read_all(b, 4) == sent[3:]
    taken = b.receive(offers=wants("a"))
    assert isinstance(taken, OfferItem) and taken.offer == offer
    b.receive(offers=wants("a", holding=[offer]))
    assert world.store.offers[unwanted].state == "denied"


def test_looking_ahead_on_the_disk_consumes_nothing(world: CoreWorld):
    a, b = world.node("a"), world.node("b")
    sent = [a.send("b", contract={"text": "x" * size}).seq for size in SIZES]
    position = 0
    for number in sent:
        item = b.receive(peek=True, position=position)
        assert isinstance(item, EventItem) and item.seq == number
        position = number
        assert room_of(world).used <= ROOM
    wait = b.wait(peek=True, position=position)
    sent.append(a.send("b", contract=CONTENT).seq)
    assert b.answer(wait).seq == sent[-1], "nothing is before it that was not looked at"
    assert [b.receive().seq for _ in sent] == sent


def test_what_is_gone_from_the_disk_meanwhile_is_passed_by(world: CoreWorld):
    first = world.node("a")
    for _ in range(4):
        first.send("b", contract=CONTENT)
    first.release()
    a, b = world.node("a"), world.node("b")
    world.loads = []
    read_all(b, 2)
    message = b.receive_message()
    assert b.ask(message) is None
    kept = a.send("b", contract=CONTENT).seq
    world.perform(world.core.drop_run("T", 1, world.now))
    let_read(world)
    let_read(world)
    item = b.answer(message.id)
    assert isinstance(item, EventItem) and item.seq == kept
    b.position = kept
    b.wait()


def test_a_message_that_was_never_stored_is_not_waited_for(world: CoreWorld):
    a, b = world.node("a"), world.node("b")
    sent = [a.send("b", contract=CONTENT).seq for _ in range(6)]
    world.store.mail[sent[2]] = world.store.mail[sent[4]] = []
    assert read_all(b, 4) == [sent[0], sent[1], sent[3], sent[5]]
    b.wait()
    assert mailbox_of(world, "b").unread == 0


def test_a_task_is_not_stuck_while_the_disk_is_read(world: CoreWorld):
    runner = world.process()
    assert isinstance(runner.ask(WatchStuck(id=runner.next_id())), Done)
    a = world.node("a")
    [sent] = [a.send("a", contract={"text": "x" * ROOM}).seq]
    world.loads = []
    message = a.receive_message(limited=False)
    assert a.ask(message) is None
    assert not runner.take(Stuck)
    let_read(world)
    a.position = a.answer(message.id).seq
    assert a.position == sent
    a.wait(limited=False)
    assert runner.take(Stuck)


def test_mail_that_cannot_be_read_is_an_error_of_the_receive_and_is_tried_again(world: CoreWorld):
    a = world.node("a")
    sent = [a.send("b", contract=CONTENT).seq for _ in range(4)]
    b = world.node("b")
    world.loads = []
    read_all(b, 2)
    message = b.receive_message()
    b.say(message)
    [load] = world.loads
    world.perform(world.core.load_failed(load, HubError("it is damaged"), world.now))
    answer = b.answer(message.id)
    assert isinstance(answer, Refused) and answer.error.message == "it is damaged"
    world.loads = None
    assert read_all(b, 2) == sent[2:]


def test_an_answer_of_the_disk_that_comes_too_late_is_of_no_effect(world: CoreWorld):
    a, b = world.node("a"), world.node("b")
    sent = [a.send("b", contract=CONTENT).seq for _ in range(4)]
    world.loads = []
    read_all(b, 2)
    b.say(b.receive_message())
    [late] = world.loads
    world.loads = None
    b.release(position=b.position)
    a.release()
    world.core.unload("T")
    again = world.node("b")
    world.perform(world.core.mail_loaded(late, world.store.load(late), world.now))
    world.perform(world.core.load_failed(late, HubError("gone"), world.now))
    assert read_all(again, 2) == sent[2:]


def test_numbers_are_taken_from_the_front_or_from_between():
    random.seed(7)
    numbers = Numbers(range(0, 1000, 5))
    plain = list(range(0, 1000, 5))
    for _ in range(150):
        gone = plain.pop(0 if random.random() < 0.8 else random.randrange(len(plain)))
        numbers.remove(gone)
        with pytest.raises(KeyError):
            numbers.remove(gone)
        assert (len(numbers), numbers.head(3)) == (len(plain), plain[:3])
        after = random.randrange(1000)
        assert numbers.above(after) == next((number for number in plain if number > after), None)
