"""Data streams: offers, who takes them, merge order with events, settling."""

from __future__ import annotations

import pytest
from core_world import CoreWorld, body_of, wants

from alphamed_nb.hub.core import state
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import AskOffers, EventItem, OfferChanged, OfferItem, OfferWish, Stored


def states(world: CoreWorld, offer: str) -> list[str]:
    return [body_of(row).state for row in world.rows("offer") if body_of(row).offer == offer]


def test_an_offer_goes_from_offered_over_reading_to_taken():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b", stream="5c", size=7, label="3")
    item = b.receive(offers=wants("a"))
    assert (item.offer, item.source, item.stream, item.size, item.label) == (offer, "a", "5c", 7, "3")
    assert [c.state for c in a.take(OfferChanged)] == ["reading"]
    answer = b.settle(offer)
    assert answer.states == {offer: "taken"}
    [changed] = a.take(OfferChanged)
    assert (changed.task, changed.node, changed.offer, changed.target, changed.state) == ("T", "a", offer, "b", "taken")
    assert states(world, offer) == ["offered", "reading", "taken"]
    assert world.removed_streams == ["5c"]
    first = world.rows("offer")[0]
    assert all(body_of(row).offered == first.seq for row in world.rows("offer"))


def test_a_waiting_receiver_gets_an_offer_at_once():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    waiting = b.wait(offers=wants("a"))
    message = a.offer_message("b")
    a.say(message)
    assert [item.id for item in b.take(OfferItem)] == [waiting]
    assert [type(out) for _, out in world.sequence[-3:]] == [OfferChanged, OfferItem, Stored]


def test_the_offers_of_a_batch_are_accepted_together():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    b.wait(offers=wants("a"))
    c.wait(offers=wants("a"))
    a.offer("b", "c", "d")
    assert [body_of(row).state for row in world.rows("offer")] == ["offered"] * 3 + ["reading"] * 2
    seqs = [row.seq for row in world.rows("offer")]
    assert seqs == list(range(seqs[0], seqs[0] + 5))


def test_a_stream_is_removed_when_its_last_offer_is_settled():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    first, second = a.offer("b", "c", stream="5c")
    b.receive(offers=wants("a"))
    b.settle(first)
    assert not world.removed_streams
    c.receive(offers=wants())
    c.settle(second, "denied", "no")
    assert world.removed_streams == ["5c"]


def test_the_first_offer_of_each_source_is_taken_and_further_ones_are_left():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    [first] = a.offer("c")
    [second] = a.offer("c")
    [other] = b.offer("c")
    assert c.receive(offers=wants("a", "b")).offer == first
    assert c.receive(offers=wants("b", satisfied=["a"], holding=[first])).offer == other
    assert states(world, second) == ["offered"]
    for offer in (first, other):
        c.settle(offer)
    assert c.receive(offers=wants("a")).offer == second


def test_an_offer_of_another_source_is_denied_and_both_sides_hear_why():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    [unwanted] = b.offer("c")
    [wanted] = a.offer("c")
    assert c.receive(offers=wants("a")).offer == wanted
    [told] = b.take(OfferChanged)
    assert told.state == "denied" and not told.for_target
    for part in ("batch_receive_stream", "'c'", "'b'"):
        assert part in told.cause
    [denier] = c.take(OfferChanged)
    assert denier.for_target and (denier.node, denier.target, denier.cause) == ("b", "c", told.cause)


def test_an_unwanted_offer_that_comes_while_waiting_is_denied_at_once():
    world = CoreWorld()
    b, c = world.node("b"), world.node("c")
    waiting = c.wait(offers=wants("a"))
    [offer] = b.offer("c")
    assert states(world, offer) == ["offered", "denied"]
    assert c.answer(waiting) is None


def test_offers_accepted_after_the_item_that_is_handed_out_are_not_denied():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    [wanted] = a.offer("c")
    [later] = b.offer("c")
    assert c.receive(offers=wants("a")).offer == wanted
    assert states(world, later) == ["offered"]
    a.send("c")
    [latest] = b.offer("c")
    c.settle(wanted)
    assert isinstance(c.receive(offers=wants("a")), EventItem)
    assert states(world, later) == ["offered", "denied"], "accepted before the event"
    assert states(world, latest) == ["offered"]


def test_a_receive_that_has_everything_denies_nothing():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    [first] = a.offer("c")
    c.receive(offers=wants("a"))
    [offer] = b.offer("c")
    c.wait(offers=OfferWish(satisfied=["a"], holding=[first]))
    [another] = b.offer("c")
    assert states(world, offer) == states(world, another) == ["offered"]


def test_without_sources_the_first_of_all_is_taken():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    [first] = b.offer("c")
    [second] = a.offer("c")
    assert c.receive(offers=wants()).offer == first
    assert states(world, second) == ["offered"]


def test_an_offer_of_another_round_is_denied_and_its_source_still_wanted():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [stale] = a.offer("b", label="round 1")
    waiting = b.wait(offers=wants("a", label="round 2"))
    assert "another round" in a.take(OfferChanged)[-1].cause
    [late] = a.offer("b", label="round 1")
    assert states(world, stale) == states(world, late) == ["offered", "denied"]
    [good] = a.offer("b", label="round 2")
    assert b.take(OfferItem)[0].offer == good
    assert waiting


def test_events_and_offers_come_in_the_order_of_acceptance():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    one = a.send("c").seq
    [first] = a.offer("c")
    two = a.send("c").seq
    [second] = b.offer("c")
    three = a.send("c").seq
    assert c.receive(offers=wants("a", "b")).seq == one
    assert c.receive(offers=wants("a", "b")).offer == first
    assert c.receive(offers=wants("b", satisfied=["a"], holding=[first])).seq == two
    assert c.receive(offers=wants("b", satisfied=["a"], holding=[first])).offer == second
    assert c.receive().seq == three, "later ones stay for the next consumer"


def test_a_receive_without_wish_leaves_offers_alone():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.wait()
    [another] = a.offer("b")
    assert states(world, offer) == states(world, another) == ["offered"]
    assert b.receive(offers=wants("a")).offer == offer


def test_a_receive_with_events_off_takes_offers_only():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    a.send("b")
    [offer] = a.offer("b")
    assert b.receive(events=False, offers=wants("a")).offer == offer
    assert isinstance(b.receive(), EventItem)


def test_a_transfer_waits_for_a_node_that_is_not_up():
    world = CoreWorld()
    a = world.node("a")
    [offer] = a.offer("b")
    assert world.node("b").receive(offers=wants("a")).offer == offer


def test_an_offer_without_bytes_is_left_alone_by_a_receive_and_settled_by_hand():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.offer("b", "b", stream="", size=0)
    b.wait(offers=wants("x"))
    b.wait(offers=wants("a"))
    assert b.settle(first, "taken").states == {first: "taken"}
    assert b.settle(second, "denied", "not now").causes == {second: "not now"}
    assert [(c.state, c.cause) for c in a.take(OfferChanged)] == [("taken", ""), ("denied", "not now")]
    assert not world.removed_streams


# -- take against withdraw ---------------------------------------------------------------------------------------------


def test_a_withdrawal_before_the_take_wins():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.receive(offers=wants("a"))
    assert a.withdraw(offer).states == {offer: "withdrawn"}
    assert b.settle(offer).states == {offer: "withdrawn"}
    assert states(world, offer) == ["offered", "reading", "withdrawn"]


def test_a_take_before_the_withdrawal_wins():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.receive(offers=wants("a"))
    b.settle(offer)
    assert a.withdraw(offer).states == {offer: "taken"}
    assert states(world, offer)[-1] == "taken"


def test_a_withdrawn_offer_is_not_given():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.offer("b", "b")
    a.withdraw(first)
    assert b.receive(offers=wants("a")).offer == second


def test_withdraw_answers_for_each_offer_and_pushes_nothing():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    first, second = a.offer("b", "c")
    b.receive(offers=wants("a"))
    b.settle(first)
    a.inbox.clear()
    answer = a.withdraw(first, second, "abc")
    assert answer.states == {first: "taken", second: "withdrawn", "abc": "withdrawn"}
    assert "abc" in answer.causes and not a.take(OfferChanged)


def test_only_the_source_withdraws_and_only_the_target_settles():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    assert b.withdraw(offer).error.code == "invalid_request"
    assert a.settle(offer).error.code == "invalid_request"
    other = world.node("b", task="other")
    assert other.settle(offer).error.code == "invalid_request"
    assert states(world, offer) == ["offered"]


def test_retried_settle_and_withdraw_answer_what_became_of_the_offers():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.receive(offers=wants("a"))
    b.settle(offer)
    settle = b.sent[-1]
    a.withdraw(offer)
    withdraw = a.sent[-1]
    rows = len(world.store.rows)
    b.reconnect(), a.reconnect()
    assert b.ask(settle).states == a.ask(withdraw).states == {offer: "taken"}
    assert len([row for row in world.store.rows[rows:] if row.kind == "offer"]) == 0


def test_a_retried_offer_is_not_offered_twice():
    world = CoreWorld()
    a = world.node("a")
    message = a.offer_message("b")
    a.say(message)
    a.reconnect()
    assert a.ask(message).seq == 0
    assert len(world.rows("offer")) == 1


# -- returning ---------------------------------------------------------------------------------------------------------


def test_a_returned_offer_is_offered_again_in_its_old_place():
    world = CoreWorld()
    a, b, c = world.node("a"), world.node("b"), world.node("c")
    [first] = a.offer("c")
    [second] = b.offer("c")
    assert c.receive(offers=wants("a")).offer == first
    assert c.settle(first, "returned").states == {first: "offered"}
    assert [change.state for change in a.take(OfferChanged)] == ["reading", "offered"]
    assert c.receive(offers=wants()).offer == first
    assert c.settle(first).states == {first: "taken"}
    assert c.receive(offers=wants()).offer == second


def test_a_returned_offer_goes_to_a_receive_that_waits():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.receive(offers=wants("a"))
    waiting = b.wait(offers=wants("a", holding=[offer]))
    b.settle(offer, "returned")
    assert [item.id for item in b.take(OfferItem)] == [waiting]


def test_an_item_lost_with_the_link_is_given_again():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.say(b.receive_message(offers=wants("a")))
    b.reconnect()
    assert b.receive(offers=wants("a")).offer == offer
    b.wait(offers=wants("a", holding=[offer]))
    assert states(world, offer) == ["offered", "reading"], "it is reading already"


def test_an_item_lost_with_the_hub_is_given_again():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b", stream="5c", label="x/3", round=3, name="update")
    b.say(b.receive_message(offers=wants("a", label="x/3")))
    world.restart()
    world.connect(b).resume()
    assert b.receive(offers=wants("a", label="x/3")).offer == offer
    b.settle(offer)
    said = [body_of(row) for row in world.rows("offer")]
    assert {(body.label, body.round, body.name) for body in said} == {("x/3", 3, "update")}
    assert world.removed_streams == ["5c"]


def test_a_lost_item_that_is_not_wanted_any_more_is_denied_or_left():
    world = CoreWorld()
    a, c = world.node("a"), world.node("c")
    [first] = a.offer("c")
    c.say(c.receive_message(offers=wants("a")))
    c.wait(offers=wants("b", satisfied=["a"]))
    assert states(world, first) == ["offered", "reading", "offered"]
    c.say(c.receive_message(offers=wants("a")))
    c.wait(offers=wants("b"))
    assert states(world, first)[-1] == "denied"


# -- ends of sessions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["release", "die", "gone", "renew", "taken over"])
def test_what_a_session_offered_is_withdrawn_when_it_ends(how):
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    reading, waiting = a.offer("b", "b", stream="5c")
    b.receive(offers=wants("a"))
    if how == "release":
        a.release()
    elif how == "die":
        a.die()
    elif how == "renew":
        a.claim("a", renew=True)
    else:
        a.lose_link()
        if how == "gone":
            world.advance(10)
        else:
            world.node("a")
    assert states(world, waiting) == ["offered", "withdrawn"]
    assert b.settle(reading).states == {reading: "taken"}, "what is being read may be completed"
    assert world.removed_streams == ["5c"]


@pytest.mark.parametrize("how", ["release", "die"])
def test_what_a_session_was_reading_is_offered_again_when_it_ends(how):
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.receive(offers=wants("a"))
    getattr(b, how)()
    assert [change.state for change in a.take(OfferChanged)] == ["reading", "offered"]
    assert world.node("b").receive(offers=wants("a")).offer == offer


def test_what_was_read_from_a_session_that_ended_is_withdrawn_when_the_reader_ends_too():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b", stream="5c")
    b.receive(offers=wants("a"))
    a.release()
    b.die()
    assert states(world, offer) == ["offered", "reading", "withdrawn"]
    assert world.removed_streams == ["5c"]


def test_a_lost_link_alone_withdraws_nothing():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    a.lose_link()
    assert b.receive(offers=wants("a")).offer == offer
    b.settle(offer)
    world.connect(a).resume()
    answer = a.ask(AskOffers(id=a.next_id(), offers=[offer]))
    assert answer.states == {offer: "taken"}


def test_a_sender_that_reconnects_learns_what_became_of_its_offers():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    offers = a.offer("b", "c", "b", "b")
    b.receive(offers=wants("a"))
    b.settle(offers[0])
    b.settle(offers[2], "denied", "because")
    world.restart()
    world.connect(a).resume()
    answer = a.ask(AskOffers(id=a.next_id(), offers=[*offers, "abc"]))
    assert list(answer.states.values()) == ["taken", "offered", "denied", "offered", "withdrawn"]
    assert answer.causes[offers[2]] == "because" and "no longer knows" in answer.causes["abc"]


def test_settled_offers_are_known_for_a_bounded_while(monkeypatch):
    monkeypatch.setattr("alphamed_nb.hub.core.offers.KEPT_SETTLED_OFFERS", 3)
    assert state.KEPT_SETTLED_OFFERS == Limits().targets, "one batch of the largest size can be asked for"
    world = CoreWorld()
    a = world.node("a")
    offers = [a.offer("b")[0] for _ in range(6)]
    a.withdraw(*offers)
    assert list(world.core._hub.offers) == offers[3:]


def test_unloading_forgets_all_offers_of_the_task():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b", task="other")
    a.offer("b")
    kept = b.offer("a")
    a.release()
    world.core.unload("T")
    assert list(world.core._hub.offers) == kept
    assert len(world.core._hub.streams) == 1


def test_offers_of_a_dropped_run_are_forgotten():
    world = CoreWorld()
    a = world.node("a")
    a.offer("b")
    a.release()
    a.claim("a")
    kept = a.offer("b")
    world.perform(world.core.drop_run("T", 1, world.now))
    assert list(world.core._hub.offers) == kept


# -- bad offers --------------------------------------------------------------------------------------------------------


def test_an_offer_id_that_is_taken_is_refused():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    a.offer("c", ids=["aa"])
    for message in (b.offer_message("c", ids=["aa"]), b.offer_message("c", "d", ids=["bb", "bb"])):
        assert b.refusal(message).code == "invalid_request"
        assert not world.changes and list(world.core._hub.offers) == ["aa"]


def test_an_offer_outside_nodes_is_warned():
    world = CoreWorld()
    a = world.node("a", ["a", "b"])
    answer = a.ask(a.offer_message("b", "stranger"))
    assert len(answer.warnings) == 1 and "'stranger'" in answer.warnings[0]


def test_an_offer_of_an_earlier_session_of_its_source_is_not_offered_again():
    world = CoreWorld()
    a, b = world.node("a"), world.node("b")
    [offer] = a.offer("b")
    b.receive(offers=wants("a"))
    a.claim("a", renew=True)
    assert b.settle(offer, "returned").states == {offer: "withdrawn"}
