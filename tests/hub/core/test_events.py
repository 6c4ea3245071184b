"""Contract messages: whom they go to, order, positions, hand-out."""

from __future__ import annotations

import msgspec
from core_world import CoreWorld, body_of

from alphamed_nb.hub.core.effects import AddMail, PutCounter, SetPosition, StoreRow
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import Cancel, Claimed, EventItem, Stored


def test_event_waits_for_a_node_that_is_not_up():
    world = CoreWorld()
    a = world.node("a", ["a", "b"])
    stored = a.send("b")
    assert isinstance(stored, Stored) and stored.seq and not stored.warnings
    b = world.node("b", ["a", "b"])
    item = b.receive()
    assert isinstance(item, EventItem)
    assert (item.seq, item.sender, item.type, bytes(item.contract)) == (
        stored.seq, "a", "greeting", b'{"type":"greeting"}',
    )  # fmt: skip
    b.wait()


def test_broadcast_goes_to_all_nodes_and_the_sender_once_each():
    world = CoreWorld()
    world.node("known in the task, but in nobody's nodes")
    a = world.node("a", ["b", "c", "b"])
    a.send("*")
    assert body_of(world.rows("event")[0]).targets == ["b", "c", "a"]
    for name in ("a", "b", "c"):
        peer = a if name == "a" else world.node(name)
        assert isinstance(peer.receive(), EventItem)
        peer.wait()


def test_broadcast_without_nodes_goes_to_every_id_known_in_the_task():
    world = CoreWorld()
    world.node("with a session", ["named in a list"])
    sender = world.node("sender")
    sender.send("named as a target")
    world.node("of another task", task="other")
    sender.send("*")
    assert set(body_of(world.rows("event")[-1]).targets) == {
        "with a session", "named in a list", "sender", "named as a target",
    }  # fmt: skip


def test_broadcast_resolves_targets_when_it_is_accepted():
    world = CoreWorld()
    sender = world.node("sender")
    sender.send("*")
    late = world.node("late")
    late.wait()
    sender.send("*")
    assert len(late.take(EventItem)) == 1


def test_known_ids_survive_a_restart():
    world = CoreWorld()
    sender = world.node("sender")
    world.node("ended", ["only named"]).release()
    sender.send("target")
    world.restart()
    world.connect(sender).resume()
    sender.send("*")
    assert set(body_of(world.rows("event")[-1]).targets) == {"sender", "ended", "only named", "target"}


def test_broadcast_mixed_with_named_targets():
    world = CoreWorld()
    a = world.node("a", ["a", "b"])
    stored = a.send("x", "*", "b")
    assert body_of(world.rows("event")[0]).targets == ["a", "b", "x"]
    assert len(stored.warnings) == 1


def test_target_named_twice_gets_it_once():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    a.send("b", "b")
    assert b.receive()
    b.wait()


def test_target_outside_nodes_is_delivered_with_a_warning_that_names_it():
    world = CoreWorld()
    a, stranger = world.node("a", ["a", "b"]), world.node("stranger")
    stored = a.send("b", "stranger")
    assert len(stored.warnings) == 1 and "'stranger'" in stored.warnings[0] and "'b'" not in stored.warnings[0]
    assert stranger.receive()


def test_no_warning_for_the_sender_itself_nor_without_nodes():
    world = CoreWorld()
    assert world.node("a", ["b"]).send("a").warnings == []
    assert world.node("c").send("whoever").warnings == []


def test_tasks_are_isolated():
    world = CoreWorld()
    a, b, other = world.node("a"), world.node("b"), world.node("b", task="other")
    other.wait()
    a.send("b")
    a.send("*")
    assert not other.take(EventItem)
    assert b.receive() and b.receive()


def test_order_of_acceptance_is_everybodys_order():
    world = CoreWorld()
    a, b, c, d = (world.node(name, list("abcd")) for name in "abcd")
    seqs = [peer.send("*").seq for peer in (a, b, a, c, b)]
    assert seqs == sorted(seqs)
    assert [d.receive().seq for _ in seqs] == seqs
    assert [a.receive().seq for _ in seqs] == seqs


def test_a_waiting_receiver_gets_the_event_in_the_senders_own_outcome():
    """Event, position and hand-out are one transaction, and the receiver is told before the sender."""
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    waiting = b.wait()
    message = a.send_message("b")
    a.say(message)
    kinds = [type(change) for change in world.changes]
    assert kinds == [StoreRow, AddMail, SetPosition, StoreRow, PutCounter]
    assert [change.row.kind for change in world.changes if isinstance(change, StoreRow)] == ["event", "read"]
    assert [(link, type(out), out.id) for link, out in world.sequence[-2:]] == [
        (b.link, EventItem, waiting), (a.link, Stored, message.id),
    ]  # fmt: skip
    assert world.store.positions["T", "b"] == world.sequence[-1][1].seq


def test_own_broadcast_reaches_the_sender_before_its_acknowledgement():
    world = CoreWorld()
    a = world.node("a", ["a"])
    waiting = a.wait()
    a.say(message := a.send_message("*"))
    assert [out.id for _, out in world.sequence[-2:]] == [waiting, message.id]


def test_position_and_read_row_are_stored_when_a_waiting_event_is_handed_out():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    seq = a.send("b").seq
    assert ("T", "b") not in world.store.positions
    b.receive()
    assert world.store.positions["T", "b"] == seq
    assert (world.rows("read")[0].node, body_of(world.rows("read")[0]).event) == ("b", seq)


def test_a_send_never_moves_the_senders_position():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    b.send("a")
    a.send("b")
    assert ("T", "a") not in world.store.positions
    assert a.receive()


def test_each_receive_is_answered_once():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    b.wait()
    a.send("b")
    a.send("b")
    assert len(b.take(EventItem)) == 1


def test_a_second_receive_replaces_the_first():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    b.wait()
    second = b.wait()
    a.send("b")
    assert [item.id for item in b.take(EventItem)] == [second]


def test_cancel_ends_the_wait_and_the_event_stays():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    b.say(Cancel(receive=b.wait()))
    a.send("b")
    assert not b.take(EventItem) and ("T", "b") not in world.store.positions
    assert b.receive()


def test_cancel_of_another_processs_receive_does_nothing():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    waiting = b.wait()
    a.say(Cancel(receive=waiting))
    a.send("b")
    assert [item.id for item in b.take(EventItem)] == [waiting]


def test_an_answer_lost_with_the_link_is_given_again():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.send("b").seq, a.send("b").seq
    b.say(b.receive_message())  # its answer never arrives: the client's position stays
    claimed = b.reconnect()
    assert claimed.resumed and claimed.position == first
    assert b.receive().seq == first
    assert b.receive().seq == second
    assert [body_of(row).event for row in world.rows("read")] == [first, second]


def test_an_answer_lost_with_the_hub_is_given_again():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.send("b").seq, a.send("b").seq
    b.say(b.receive_message())
    world.restart()
    world.connect(b).resume()
    assert b.receive().seq == first
    assert b.receive().seq == second


def test_a_confirmed_event_is_not_given_again():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    a.send("b")
    b.receive()
    b.wait()
    b.reconnect()
    b.wait()


def test_an_event_lost_with_the_link_is_given_again_after_the_session_was_gone():
    """The process lives, so nothing may be lost, although another session begins for it."""
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    seq = a.send("b").seq
    b.say(b.receive_message())
    b.lose_link()
    world.advance(11)
    world.connect(b)
    assert not b.resume().resumed
    assert b.receive().seq == seq


def test_a_successor_continues_after_what_was_handed_to_a_killed_process():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    seqs = [a.send("b").seq for _ in range(4)]
    assert [b.receive().seq for _ in range(2)] == seqs[:2]
    b.die()
    successor = world.process()
    assert successor.claim("b").position == seqs[1]
    successor.position = seqs[1]
    assert [successor.receive().seq for _ in range(2)] == seqs[2:]


def test_release_gives_back_what_was_not_consumed():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.send("b").seq, a.send("b").seq
    b.receive()
    b.receive()
    b.release(position=first)
    assert world.store.positions["T", "b"] == first
    successor = world.process()
    assert successor.claim("b").position == first
    successor.position = first
    assert successor.receive().seq == second


def test_given_back_events_survive_a_restart():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    seq = a.send("b").seq
    b.receive()
    b.release(position=0)
    world.restart()
    successor = world.process()
    assert successor.claim("b").position == 0
    assert successor.receive().seq == seq


def test_release_does_not_move_the_position_behind_what_was_confirmed():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.send("b").seq, a.send("b").seq
    b.receive()
    b.receive()
    b.release(position=0)
    assert world.store.positions["T", "b"] == first
    successor = world.process()
    assert successor.claim("b").position == first
    successor.position = first
    assert successor.receive().seq == second


def test_release_without_position_consumes_what_was_handed_out():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    seq = a.send("b").seq
    b.receive()
    b.release()
    assert b.claim("b").position == seq
    b.wait()


def test_peek_stores_nothing_and_the_event_stays():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.send("b").seq, a.send("b").seq
    assert b.receive(peek=True).seq == first
    assert b.receive(peek=True, position=first).seq == second
    waiting = b.wait(peek=True, position=second)
    third = a.send("b").seq
    assert [(item.id, item.seq) for item in b.take(EventItem)] == [(waiting, third)]
    assert not world.rows("read") and ("T", "b") not in world.store.positions
    assert [b.receive().seq for _ in range(3)] == [first, second, third]


def test_peek_does_not_confirm_what_a_receive_handed_out():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.send("b").seq, a.send("b").seq
    b.say(b.receive_message())  # its answer never arrives
    assert b.receive(peek=True, position=first).seq == second
    assert b.receive(peek=True, position=0).seq == first
    assert b.receive().seq == first


def test_a_receive_without_events_leaves_them():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    a.send("b")
    b.wait(events=False)
    a.send("b")
    assert not b.take(EventItem)
    assert b.receive() and b.receive()


def test_events_of_an_earlier_run_are_delivered():
    """Routing ignores runs."""
    world = CoreWorld()
    a = world.node("a")
    seq = a.send("b").seq
    a.release()
    b = world.node("b")
    assert b.receive().seq == seq


def test_the_mailbox_survives_unloading_the_task():
    world = CoreWorld()
    a = world.node("a")
    first, second = a.send("b").seq, a.send("b").seq
    b = world.node("b")
    b.receive()
    b.release()
    world.core.tidy(world.core.next_seq)
    assert world.core.knows("T")
    a.release()
    world.core.tidy(world.core.next_seq)
    assert not world.core.knows("T")
    assert b.claim("b").position == first
    assert b.receive().seq == second


def test_message_content_is_passed_through_unchanged():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    raw = b'{"b":1.50,"a":"\xe5\x8c\xbb"}'
    a.send("b", contract=msgspec.Raw(raw), message="id-1", title="hello", type="kind")
    item = b.receive()
    assert (bytes(item.contract), item.message, item.type, item.at) == (raw, "id-1", "kind", world.now)
    assert body_of(world.rows("event")[0]).title == "hello"


def test_a_message_to_nobody_is_stored():
    world = CoreWorld()
    a = world.node("a")
    assert a.send().seq


def test_a_retry_is_answered_but_not_stored_twice():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    message = a.send_message("b")
    a.say(message)
    a.reconnect()
    answer = a.ask(message)
    assert isinstance(answer, Stored) and answer.seq == 0
    assert len(world.rows("event")) == 1
    assert b.receive()
    b.wait()


def test_a_retry_after_a_restart_is_not_stored_twice():
    world = CoreWorld()
    a = world.node("a")
    message = a.send_message("b")
    a.say(message)
    world.restart()
    assert isinstance(world.connect(a).resume(), Claimed)
    assert a.ask(message).seq == 0
    assert len(world.rows("event")) == 1


def test_a_retry_is_recognised_before_the_first_was_committed():
    """The store's counter is behind while a commit is under way."""
    world = CoreWorld()
    a = world.node("a")
    message = a.send_message("b")
    a.say(message)
    a.lose_link()
    a.link = "again"
    world.peers["again"] = a
    world.perform(world.core.link_opened("again", a.info, 0, world.now))
    a.resume()
    assert a.ask(message).seq == 0


def test_a_refused_request_sent_again_is_refused_again():
    """Later requests raise the counter above it: it must not be taken for a stored one."""
    world = CoreWorld()
    a = world.node("a")
    a.offer("b", ids=["aa"])
    bad = a.offer_message("b", ids=["aa"])
    a.say(bad)
    a.send("b")
    a.reconnect()
    assert a.refusal(bad).code == "invalid_request"
    assert [change for change in world.changes if isinstance(change, PutCounter)] == []


def test_refusals_kept_are_bounded():
    world = CoreWorld(limits=Limits(unanswered=5))
    a = world.node("a")
    a.offer("b", ids=["aa"])
    for _ in range(20):
        a.refusal(a.offer_message("b", ids=["aa"]))
    assert len(world.core._hub.processes[a.info.incarnation].refused) == 5


def test_counters_belong_to_one_incarnation():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    assert a.send("b").seq and b.send("a").seq


def test_messages_of_a_closed_link_do_nothing():
    world = CoreWorld()
    a = world.node("a")
    message, link = a.send_message("b"), a.link
    a.lose_link()
    assert not world.core.handle(link, message, world.now)


def test_a_request_refused_once_and_accepted_later_counts_as_stored():
    """A send of a fenced session goes through after the process has claimed again; sent once more, it is a retry."""
    world = CoreWorld()
    a = world.node("a")
    a.release()
    message = a.send_message("b")
    assert a.refusal(message).code == "fenced"
    message.epoch = a.claim("a").epoch
    assert a.ask(message).seq
    a.reconnect()
    assert isinstance(a.ask(message), Stored)
    assert len(world.rows("event")) == 1


def test_when_it_was_sent_is_kept_of_senders_with_the_hubs_clock_alone():
    for host, sent in (("host", 999.5), ("elsewhere", 0.0)):
        world = CoreWorld(host=host)
        world.node("a").send("a", sent=999.5)
        [row] = world.rows("event")
        assert (body_of(row).sent, row.at) == (sent, 1000.0)
