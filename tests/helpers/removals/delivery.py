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
    Removal(
        "a refused request sent again is refused again",
        CORE + "router",
        [("refused = process.refused.get(message.counter)", "refused = None")],
        EVENTS + "test_a_refused_request_sent_again_is_refused_again",
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
        "the position is stored before an event that waited is handed out",
        CORE + "receiving",
        [
            (
                "            _store_position(work, session, event)\n        _give_event",
                "            pass\n        _give_event",
            )
        ],
        EVENTS + "test_position_and_read_row_are_stored_when_a_waiting_event_is_handed_out",
    ),
    Removal(
        "an answer lost with the link is given again",
        CORE + "mailboxes",
        [("            if handed.seq > confirmed:\n                return handed\n", "")],
        EVENTS + "test_an_answer_lost_with_the_link_is_given_again",
    ),
    Removal(
        "an answer lost with the hub is given again",
        CORE + "images",
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
        "an event that went back is stored as unread",
        CORE + "claims",
        [("work.change(SetPosition(session.task.name, session.member.name, mailbox.position))", "pass")],
        EVENTS + "test_given_back_events_survive_a_restart",
    ),
    Removal(
        "what was confirmed does not go back",
        CORE + "mailboxes",
        [("self.position = max(position, self.before)", "self.position = position")],
        EVENTS + "test_release_does_not_move_the_position_behind_what_was_confirmed",
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
        "a wait that was given up gets nothing",
        CORE + "receiving",
        [("    session = process.receives.get(message.receive)\n    if session is not None:", "    if False:")],
        EVENTS + "test_cancel_ends_the_wait_and_the_event_stays",
    ),
    Removal(
        "a wait ends with its link",
        CORE + "state",
        [
            (
                "            self.process.receives.pop(self.receive.id, None)\n            self.receive = None",
                "            pass",
            )
        ],
        "tests/hub/core/test_claims.py::test_a_waiting_receive_is_dropped_with_the_link",
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
        CORE + "images",
        [
            (
                "restore(image.positions.get(node, 0), image.unread.get(node, {}))",
                "restore(image.positions.get(node, 0), {})",
            )
        ],
        EVENTS + "test_the_mailbox_survives_unloading_the_task",
    ),
    # -- events that wait on the disk ----------------------------------------------------------------------------------
    Removal(
        "unread messages take no more memory than they may",
        CORE + "mailboxes",
        [("            if used > self.most:\n                return False\n", "")],
        UNREAD + "test_unread_messages_of_all_mailboxes_share_one_room",
    ),
    Removal(
        "what comes after an event on the disk waits there too",
        CORE + "mailboxes",
        [("if not self._later and self._room.admit(event):", "if self._room.admit(event):")],
        UNREAD + "test_a_message_that_is_smaller_does_not_overtake",
    ),
    Removal(
        "an event that comes while the disk is read does not overtake",
        CORE + "receiving",
        [("or not message.events or session.member.mailbox.load is not None:", "or not message.events:")],
        UNREAD + "test_what_comes_while_the_disk_is_read_comes_after_it",
    ),
    Removal(
        "a stream that comes while the disk is read does not overtake",
        CORE + "receiving",
        [
            (
                "    if message.events and session.member.mailbox.load is not None:\n        return",
                "    if False:\n        return",
            )
        ],
        UNREAD + "test_what_comes_while_the_disk_is_read_comes_after_it",
    ),
    Removal(
        "what was only looked at does not come out of its order",
        CORE + "mailboxes",
        [("if number != self._first_later() or not self._room", "if not self._room")],
        UNREAD + "test_looking_ahead_on_the_disk_consumes_nothing",
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
        "a broadcast reaches each node once",
        CORE + "sending",
        [
            (
                "list(dict.fromkeys([*everyone, session.member.name, *others]))",
                "[*everyone, session.member.name, *others]",
            )
        ],
        EVENTS + "test_broadcast_mixed_with_named_targets",
    ),
    Removal(
        "a broadcast reaches its sender",
        CORE + "sending",
        [("[*everyone, session.member.name, *others]", "[*everyone, *others]")],
        EVENTS + "test_broadcast_goes_to_all_nodes_and_the_sender_once_each",
    ),
    Removal(
        "a broadcast stays within the sender's nodes",
        CORE + "sending",
        [("everyone = session.nodes or session.task.known", "everyone = session.task.known")],
        EVENTS + "test_broadcast_goes_to_all_nodes_and_the_sender_once_each",
    ),
    Removal(
        "a target outside nodes is named in a warning",
        CORE + "sending",
        [("    if not outside:\n", "    if True:\n")],
        EVENTS + "test_target_outside_nodes_is_delivered_with_a_warning_that_names_it",
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
        "a take that came first wins over a withdrawal",
        CORE + "transfers",
        [
            (
                '        if not record.settled:\n            offers.change(work, record, "withdrawn"',
                '        if True:\n            offers.change(work, record, "withdrawn"',
            )
        ],
        OFFERS + "test_a_take_before_the_withdrawal_wins",
        also={
            CORE + "offers": [
                ('    assert not offer.settled, f"offer {offer.offer} is settled already: {offer.state}"\n', ""),
                ('    if state not in ("offered", "reading"):\n        _settle(work, offer)', "    pass"),
            ]
        },
    ),
    Removal(
        "a withdrawal that came first wins over a take",
        CORE + "transfers",
        [
            (
                "        if not record.settled:\n            _settle(work, record, message)",
                "        if True:\n            _settle(work, record, message)",
            )
        ],
        OFFERS + "test_a_withdrawal_before_the_take_wins",
        also={
            CORE + "offers": [
                ('    assert not offer.settled, f"offer {offer.offer} is settled already: {offer.state}"\n', ""),
                ('    if state not in ("offered", "reading"):\n        _settle(work, offer)', "    pass"),
            ]
        },
    ),
    Removal(
        "a settled offer is given to nobody",
        CORE + "offers",
        [('    if state not in ("offered", "reading"):\n        _settle(work, offer)', "    pass")],
        OFFERS + "test_a_withdrawn_offer_is_not_given",
    ),
    Removal(
        "only its source withdraws an offer",
        CORE + "transfers",
        [("if record.task is not session.task or record.source != message.node:", "if False:")],
        OFFERS + "test_only_the_source_withdraws_and_only_the_target_settles",
    ),
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
        "the offers of one batch are accepted together",
        CORE + "transfers",
        [
            (
                "        offers.enter(hub, record)\n    for record in accepted:\n        announce_offer",
                "        offers.enter(hub, record)\n        announce_offer",
            )
        ],
        OFFERS + "test_the_offers_of_a_batch_are_accepted_together",
    ),
    Removal(
        "an offer of a source that was not named is denied",
        CORE + "receiving",
        [("if not wish.any_source and offer.source not in wish.sources:", "if False:")],
        OFFERS + "test_an_unwanted_offer_that_comes_while_waiting_is_denied_at_once",
    ),
    Removal(
        "sender and denier both hear of a denial",
        CORE + "offers",
        [("    if tell_target:\n", "    if False:\n")],
        OFFERS + "test_an_offer_of_another_source_is_denied_and_both_sides_hear_why",
    ),
    Removal(
        "a second stream of a source is left for the next receive",
        CORE + "receiving",
        [("if not offer.stream or offer.source in wish.satisfied:", "if not offer.stream:")],
        OFFERS + "test_the_first_offer_of_each_source_is_taken_and_further_ones_are_left",
    ),
    Removal(
        "a receive that has everything denies nobody",
        CORE + "receiving",
        [("return wish.any_source or bool(wish.sources)", "return True")],
        OFFERS + "test_a_receive_that_has_everything_denies_nothing",
    ),
    Removal(
        "what was accepted after the item that is handed out is not denied",
        CORE + "receiving",
        [("            if event is not None and candidate.seq > event.seq:\n                break\n", "")],
        OFFERS + "test_offers_accepted_after_the_item_that_is_handed_out_are_not_denied",
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
        "a stream of another round is denied",
        CORE + "receiving",
        [("if wish.label and offer.label != wish.label:", "if False:")],
        OFFERS + "test_an_offer_of_another_round_is_denied_and_its_source_still_wanted",
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
        "what a session offered is withdrawn at its end",
        CORE + "offers",
        [('        if offer.state == "offered":\n', "        if False:\n")],
        OFFERS + "test_what_a_session_offered_is_withdrawn_when_it_ends[die]",
    ),
    Removal(
        "what is being read at the end of its sender may be completed",
        CORE + "offers",
        [('        if offer.state == "offered":\n', "        if True:\n")],
        OFFERS + "test_what_a_session_offered_is_withdrawn_when_it_ends[gone]",
    ),
    Removal(
        "what a session was reading is offered again at its end",
        CORE + "offers",
        [('        if offer.state == "reading":\n', "        if False:\n")],
        OFFERS + "test_what_a_session_was_reading_is_offered_again_when_it_ends[die]",
    ),
    Removal(
        "what was given back after its sender's end is withdrawn",
        CORE + "offers",
        [("if source is not None and source.epoch == offer.source_epoch:", "if True:")],
        OFFERS + "test_what_was_read_from_a_session_that_ended_is_withdrawn_when_the_reader_ends_too",
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
    Removal(
        "a sender that comes back can ask what became of its offers",
        CORE + "images",
        [("    offers.enter(hub, record)\n", "    if not record.settled:\n        offers.enter(hub, record)\n")],
        OFFERS + "test_a_sender_that_reconnects_learns_what_became_of_its_offers",
    ),
    Removal(
        "an offer id that is taken is refused",
        CORE + "transfers",
        [("        if identifier in hub.offers:\n", "        if False:\n")],
        OFFERS + "test_an_offer_id_that_is_taken_is_refused",
    ),
]
