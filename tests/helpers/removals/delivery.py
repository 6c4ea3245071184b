"""Contract messages and data streams in the hub's core: once, in order, never lost, never to anybody else."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

CORE = "alphamed_nb.hub.core."
EVENTS = "tests/hub/core/test_events.py::"
UNREAD = "tests/hub/core/test_unread.py::"
OFFERS = "tests/hub/core/test_offers.py::"

REMOVALS = [
    # -- retries -------------------------------------------------------------------------------------------------------
    Removal(
        "a request sent again is not applied twice",
        CORE + "router",
        [("elif message.counter > process.counter:", "elif True:")],
        EVENTS + "test_a_retry_is_answered_but_not_stored_twice",
    ),
    Removal(
        "the retry counter is stored with what it counts",
        CORE + "router",
        [("work.change(PutCounter(process.info.incarnation, message.counter))", "pass")],
        EVENTS + "test_a_retry_after_a_restart_is_not_stored_twice",
    ),
    Removal(
        "the retry counter that is not committed yet counts too",
        CORE + "router",
        [("found.counter = max(found.counter, messages_counter)", "found.counter = messages_counter")],
        EVENTS + "test_a_retry_is_recognised_before_the_first_was_committed",
    ),
    # -- positions and hand-out ----------------------------------------------------------------------------------------
    Removal(
        "the position is stored with an event that was awaited",
        CORE + "receiving",
        [
            (
                "session.member.mailbox.hand_over(event, session.process.info.incarnation)\n"
                "    _store_position(work, session, event)",
                "session.member.mailbox.hand_over(event, session.process.info.incarnation)",
            )
        ],
        EVENTS + "test_a_waiting_receiver_gets_the_event_in_the_senders_own_outcome",
    ),
    Removal(
        "an answer lost with the link is given again",
        CORE + "mailboxes",
        [("            if handed.seq > confirmed:\n                return handed\n", "")],
        EVENTS + "test_an_answer_lost_with_the_link_is_given_again",
    ),
    Removal(
        "an answer lost with the hub is given again",
        CORE + "loading",
        [("if session is not None and event.seq == mailbox.position:", "if False:")],
        EVENTS + "test_an_answer_lost_with_the_hub_is_given_again",
    ),
    Removal(
        "a confirmed event is not given again",
        CORE + "mailboxes",
        [("            if handed.seq > confirmed:\n", "            if True:\n")],
        EVENTS + "test_a_confirmed_event_is_not_given_again",
    ),
    Removal(
        "a successor begins after what a killed consumer got",
        CORE + "claims",
        [("position=member.mailbox.position,", "position=0,")],
        EVENTS + "test_a_successor_continues_after_what_was_handed_to_a_killed_process",
    ),
    Removal(
        "an event that was not consumed goes back on leaving",
        CORE + "claims",
        [("if message.position >= 0 and mailbox.give_back(message.position):", "if False:")],
        EVENTS + "test_release_gives_back_what_was_not_consumed",
    ),
    Removal(
        "looking at an event does not consume it",
        CORE + "receiving",
        [("if not message.peek and mailbox.hand_out(", "if mailbox.hand_out(")],
        EVENTS + "test_peek_stores_nothing_and_the_event_stays",
    ),
    Removal(
        "an event is handed to one wait only",
        CORE + "receiving",
        [
            (
                "    message = session.receive\n    if message is not None:\n        session.receive = None\n",
                "    message = session.receive\n    if message is not None:\n",
            )
        ],
        EVENTS + "test_each_receive_is_answered_once",
    ),
    Removal(
        "events wait for a node that is not up",
        CORE + "sending",
        [
            (
                "if not announce_event(work, member.holder, event):",
                "if not announce_event(work, member.holder, event) and member.session:",
            )
        ],
        EVENTS + "test_event_waits_for_a_node_that_is_not_up",
    ),
    Removal(
        "events that wait survive a restart of the hub",
        CORE + "loading",
        [
            (
                "restore(found.positions.get(node, 0), found.unread.get(node, {}))",
                "restore(found.positions.get(node, 0), {})",
            )
        ],
        EVENTS + "test_the_mailbox_survives_unloading_the_task",
    ),
    # -- events that wait on the disk ----------------------------------------------------------------------------------
    Removal(
        "what comes after an event on the disk waits there too",
        CORE + "mailboxes",
        [("if not self._later and self._room.admit(event):", "if self._room.admit(event):")],
        UNREAD + "test_a_message_that_is_smaller_does_not_overtake",
    ),
    Removal(
        "a task leaves memory only when all of it is on the disk",
        CORE + "router",
        [("if not task.held and task.changed < before:", "if not task.held:")],
        "tests/hub/core/test_tidy.py::test_what_is_on_its_way_to_the_disk_stays",
    ),
    # -- targets and order ---------------------------------------------------------------------------------------------
    Removal(
        "a target named twice gets it once",
        CORE + "sending",
        [("found = list(dict.fromkeys(targets))", "found = list(targets)")],
        EVENTS + "test_target_named_twice_gets_it_once",
    ),
    Removal(
        "a broadcast stays within the sender's nodes",
        CORE + "sending",
        [("everyone = session.nodes or session.task.known", "everyone = session.task.known")],
        EVENTS + "test_broadcast_goes_to_all_nodes_and_the_sender_once_each",
    ),
    Removal(
        "events come in the order of their acceptance",
        CORE + "mailboxes",
        [
            (
                "            self._unread.append(event)\n        else:",
                "            self._unread.appendleft(event)\n        else:",
            )
        ],
        EVENTS + "test_order_of_acceptance_is_everybodys_order",
    ),
    Removal(
        "an own message comes before its acknowledgement",
        CORE + "sending",
        [
            (
                "    for target in targets:\n        member = task.member(target)\n",
                "    work.deliver(session.link, Stored(id=message.id, seq=seq, warnings=warnings))\n"
                "    for target in targets:\n        member = task.member(target)\n",
            ),
            (
                "            member.mailbox.add(event)\n"
                "    work.deliver(session.link, Stored(id=message.id, seq=seq, warnings=warnings))",
                "            member.mailbox.add(event)",
            ),
        ],
        EVENTS + "test_own_broadcast_reaches_the_sender_before_its_acknowledgement",
    ),
    # -- data streams --------------------------------------------------------------------------------------------------
    Removal(
        "only its target settles an offer",
        CORE + "transfers",
        [("if record.task is not session.task or record.target != message.node:", "if False:")],
        OFFERS + "test_only_the_source_withdraws_and_only_the_target_settles",
    ),
    Removal(
        "an offer stays in its task",
        CORE + "transfers",
        [("if record.task is not session.task or record.target != message.node:", "if record.target != message.node:")],
        OFFERS + "test_only_the_source_withdraws_and_only_the_target_settles",
    ),
    Removal(
        "an event accepted before a stream is handled before it is taken",
        CORE + "receiving",
        [
            (
                "    if offer is not None:\n        _give_offer(work, session, message, offer)\n    elif event is not None:",
                "    if event is None and offer is not None:\n        _give_offer(work, session, message, offer)\n"
                "    elif event is not None:",
            ),
            ("if event is not None and candidate.seq > event.seq:", "if event is not None:"),
        ],
        OFFERS + "test_events_and_offers_come_in_the_order_of_acceptance",
    ),
    Removal(
        "a stream whose announcement was lost is announced again",
        CORE + "receiving",
        [('if offer.state == "reading" and offer.offer in wish.holding:', 'if offer.state == "reading":')],
        OFFERS + "test_an_item_lost_with_the_link_is_given_again",
    ),
    Removal(
        "a stream that a receive has is not given to it again",
        CORE + "receiving",
        [('if offer.state == "reading" and offer.offer in wish.holding:', "if False:")],
        OFFERS + "test_an_item_lost_with_the_link_is_given_again",
    ),
    Removal(
        "what a session was reading is offered again at its end",
        CORE + "offers",
        [('        if offer.state == "reading":\n', "        if False:\n")],
        OFFERS + "test_what_a_session_was_reading_is_offered_again_when_it_ends[die]",
    ),
    Removal(
        "a stream is kept until all its offers are settled",
        CORE + "offers",
        [
            (
                "    if left:\n        hub.streams[stream] = left\n        return False\n    del hub.streams[stream]",
                "    hub.streams[stream] = left",
            )
        ],
        OFFERS + "test_a_stream_is_removed_when_its_last_offer_is_settled",
    ),
]
