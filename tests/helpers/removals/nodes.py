"""The node's side: waits, interrupts, lost connections, forks, capture, and what leaving a context gives back."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

NODE = "alphamed_nb.node."
TESTS = "tests/node/"

REMOVALS = [
    # -- waits ---------------------------------------------------------------------------------------------------------
    Removal(
        "who waits for an answer wakes after it was noted",
        NODE + "pending",
        [
            (
                "            self.answer, self.error = answer, error\n",
                "            self.answer, self.error, self.done = answer, error, True\n            self._signal.set()\n",
            )
        ],
        TESTS + "test_pending.py::test_the_answer_is_noted_before_whoever_waits_wakes",
    ),
    Removal(
        "an event that crosses the end of a wait is not lost",
        NODE + "reception",
        [
            (
                "            elif self.over or self.done:\n",
                "            elif self.over or self.done:\n                session.position = item.seq\n",
            )
        ],
        TESTS + "test_session.py::test_an_event_that_crosses_the_end_of_a_wait_is_the_next_one",
    ),
    Removal(
        "an event that crossed the end of a wait goes back on leaving",
        NODE + "session",
        [("epoch=self.epoch, position=self.position, state=state", "epoch=self.epoch, state=state")],
        TESTS + "test_session.py::test_an_event_that_crosses_the_end_of_a_wait_goes_back_on_leaving",
    ),
    Removal(
        "an interrupt ends a wait",
        NODE + "waiting",
        [
            (
                "        waker._wait(deadline.remaining())\n",
                "        try:\n            waker._wait(deadline.remaining())\n        except KeyboardInterrupt:\n            pass\n",
            )
        ],
        TESTS
        + "test_link.py::test_an_interrupt_ends_any_wait_and_leaves_the_process_usable[session.receive(Deadline())]",
    ),
    Removal(
        "a wait that ended is not under way any more",
        NODE + "reception",
        [("            self._session.link.cancel(number)\n", "            pass\n")],
        TESTS + "test_session.py::test_waits_that_ended_are_not_under_way_any_more",
    ),
    Removal(
        "a wait that another one displaced is taken up again",
        NODE + "reception",
        [
            (
                "            if self._open and self._open[-1].idle:\n                self._open[-1].post()\n",
                "",
            )
        ],
        TESTS + "test_session.py::test_a_second_waiter_takes_turns_with_the_first",
    ),
    Removal(
        "a wait without limit names who failed",
        NODE + "session",
        [("        self._watch(None, by_user=False)\n", "")],
        TESTS + "test_session.py::test_an_undescribed_wait_is_reported_when_it_is_long_and_names_who_failed",
    ),
    Removal(
        "looking while sending consumes nothing",
        NODE + "sending",
        [
            (
                "Reception(self._session, self._signal, peek=True, after=self._peeked)",
                "Reception(self._session, self._signal)",
            )
        ],
        TESTS + "test_transfers.py::test_a_send_shows_events_without_consuming_them_and_can_be_abandoned",
    ),
    # -- a lost connection ---------------------------------------------------------------------------------------------
    Removal(
        "what was not answered is sent again",
        NODE + "requests",
        [("        return list(self.unanswered.values())\n", "        return []\n")],
        TESTS + "test_link.py::test_a_send_whose_answer_was_lost_is_stored_once",
    ),
    Removal(
        "what is sent again has the counter it had",
        NODE + "requests",
        [
            (
                "            session = self._link.session_of(pending.message)\n            if session is not None and not",
                "            if isinstance(pending.message, _DURABLE):\n                self._counter += 1\n"
                "                pending.message.counter = self._counter\n"
                "            session = self._link.session_of(pending.message)\n            if session is not None and not",
            )
        ],
        TESTS + "test_link.py::test_a_send_whose_answer_was_lost_is_stored_once",
    ),
    Removal(
        "sessions are claimed again after a loss",
        NODE + "resumption",
        [("sessions = [session for session in list(self._link.sessions.values()) if session.held]", "sessions = []")],
        TESTS + "test_link.py::test_a_send_whose_answer_was_lost_is_stored_once",
    ),
    Removal(
        "a sender asks for its offers after a loss",
        NODE + "session",
        [("        if offers := self.offers.to_ask():\n", "        if offers := []:\n")],
        TESTS + "test_link.py::test_a_sender_that_was_away_learns_what_became_of_its_offer[announced]",
    ),
    Removal(
        "an offer that the hub may not know yet is not asked for after a loss",
        NODE + "offers",
        [
            (
                "        return [offer.offer for offer in offers if offer.announced]\n",
                "        return [offer.offer for offer in offers]\n",
            )
        ],
        TESTS + "test_link.py::test_an_offer_that_a_killed_hub_never_stored_is_made_again",
    ),
    Removal(
        "an offer that is announced only after a loss is asked for then",
        NODE + "offers",
        [("            offer.ask_later = not offer.announced\n", "            pass\n")],
        TESTS + "test_link.py::test_a_sender_that_was_away_learns_what_became_of_its_offer[answer-lost]",
    ),
    Removal(
        "a message does not overtake the lines before it",
        NODE + "requests",
        [("            if item.after > records.taken:\n", "            if False:\n")],
        TESTS + "test_capture.py::test_a_message_does_not_overtake_the_lines_before_it",
    ),
    Removal(
        "presence is watched again after a loss",
        NODE + "session",
        [("        if self._watching.watched is None or self._watching.watched:\n", "        if False:\n")],
        TESTS + "test_link.py::test_presence_is_watched_again_after_a_restart",
    ),
    Removal(
        "log records not stored are sent again",
        NODE + "record_queue",
        [("        return list(self._sent)\n", "        return []\n")],
        TESTS + "test_record_queue.py::test_after_a_reconnect_what_was_not_stored_is_sent_again",
    ),
    # -- what cannot travel --------------------------------------------------------------------------------------------
    Removal(
        "what closes the link is not sent again",
        NODE + "keeper",
        [("        self._one_by_one = not isinstance(error, _NOBODYS_FAULT)\n", "")],
        TESTS + "test_resumption.py::test_a_request_that_closes_the_link_is_given_up_alone",
    ),
    Removal(
        "a message of records that closes the link costs no more than the record",
        NODE + "record_queue",
        [("            if len(sent.records) > 1:\n", "            if False:\n")],
        TESTS + "test_resumption.py::test_a_record_that_closes_the_link_is_given_up_alone",
    ),
    Removal(
        "a request that cannot be written costs no other",
        NODE + "requests",
        [("        except Exception as error:", "        except ZeroDivisionError as error:")],
        TESTS + "test_resumption.py::test_what_cannot_be_written_is_its_callers_error_and_nobody_elses",
    ),
    Removal(
        "each pause is longer until a connection has held",
        NODE + "keeper",
        [("        elif self._link.loop.time() - began < _HELD_SECONDS:\n", "        elif False:\n")],
        TESTS + "test_resumption.py::test_pauses_grow_although_each_handshake_succeeds",
    ),
    # -- transfers -----------------------------------------------------------------------------------------------------
    Removal(
        "a send that ran out of time withdraws its offers",
        NODE + "sending",
        [
            (
                "                self.withdraw(late)\n",
                '                for offer in late:\n                    offer.state = "withdrawn"\n',
            )
        ],
        TESTS + "test_transfers.py::test_nobody_begins_to_read_in_time",
    ),
    Removal(
        "a send that was interrupted withdraws its offers",
        NODE + "sending",
        [("        sending.withdraw_rest()\n", "")],
        TESTS + "test_transfers.py::test_a_send_that_is_interrupted_withdraws_its_offer",
    ),
    Removal(
        "a receiver does not keep what was withdrawn first",
        NODE + "receiving",
        [
            (
                '            if "taken" not in answer.states.values():\n                confirmed',
                "            if False:\n                confirmed",
            )
        ],
        TESTS + "test_transfers.py::test_what_was_withdrawn_before_the_batch_was_complete_is_waited_for_again",
    ),
    Removal(
        "a batch that must be whole gives back what came",
        NODE + "receiving",
        [("                    self._give_back()\n                    return {}", "                    return {}")],
        TESTS + "test_transfers.py::test_all_or_nothing_gives_back_what_came",
    ),
    Removal(
        "what an interrupted receive took is kept",
        NODE + "receiving",
        [
            (
                "        except BaseException:\n            self._keep()\n            raise",
                "        except BaseException:\n            raise",
            )
        ],
        TESTS + "test_transfers.py::test_what_an_interrupted_receive_took_is_first_for_the_next",
    ),
    Removal(
        "a denier logs the denial",
        NODE + "offers",
        [('        elif change.state == "denied":\n', "        elif False:\n")],
        TESTS + "test_transfers.py::test_a_source_that_is_not_awaited_is_denied_at_once",
    ),
    Removal(
        "the end of a process leaves no stream behind",
        NODE + "spool",
        [("    for path in list(_unsent):\n        _remove(path)\n", "    pass\n")],
        TESTS + "test_transfers.py::test_the_end_of_a_process_leaves_no_stream_behind",
    ),
    # -- limits --------------------------------------------------------------------------------------------------------
    Removal(
        "a message over the limit is not even sent",
        NODE + "session",
        [("        if len(raw) > limits.contract_bytes:\n", "        if False:\n")],
        TESTS + "test_session.py::test_what_is_over_a_limit_is_not_even_sent",
    ),
    Removal(
        "too many targets are not even sent",
        NODE + "session",
        [("        if len(names) > self.link.limits.targets:\n", "        if False:\n")],
        TESTS + "test_session.py::test_what_is_over_a_limit_is_not_even_sent",
    ),
    Removal(
        "a stream over the limit is not even written",
        NODE + "spool",
        [("        if len(data) > link.limits.stream_bytes:\n", "        if False:\n")],
        TESTS + "test_transfers.py::test_a_stream_over_the_limit_is_refused_before_it_is_written",
    ),
    # -- contexts ------------------------------------------------------------------------------------------------------
    Removal(
        "an id that cannot be a folder name is refused",
        NODE + "context",
        [
            (
                'self.id = as_name(node if node is not None else str(uuid.uuid4()), "id")',
                "self.id = node if node is not None else str(uuid.uuid4())",
            )
        ],
        TESTS + "test_context.py::test_wrong_ids_are_refused[a/b]",
    ),
    Removal(
        "the task of a folder is no path",
        "alphamed_nb.alphafed.fs",
        [('check_name(task_id, "task id")', "task_id")],
        "tests/alphafed/test_mock.py::test_directories",
    ),
    Removal(
        "leaving a context releases its sessions",
        NODE + "context",
        [("                releases.append(session.leave(state))\n", "                pass\n")],
        TESTS + "test_session.py::test_a_session_ends_with_the_last_context_of_its_node",
    ),
    Removal(
        "a session lasts as long as one context of its node",
        NODE + "context",
        [("                if session.users:\n                    continue\n", "")],
        TESTS + "test_session.py::test_a_session_ends_with_the_last_context_of_its_node",
    ),
    Removal(
        "a left context cannot be used",
        NODE + "session",
        [
            ("        if self._released:\n            raise Fenced(", "        if False:\n            raise Fenced("),
            (
                "return bool(reception.done or (presence and self.has_changes()) or self.unusable)",
                "return bool(reception.done or (presence and self.has_changes()) or self._fenced)",
            ),
        ],
        TESTS + "test_link.py::test_requests_of_a_left_context_say_so",
    ),
    Removal(
        "how a context ends is how its sessions end",
        NODE + "context",
        [('    return "failed" if isinstance(exc, Exception | SystemExit) else "stopped"', '    return "ended"')],
        TESTS + "test_context.py::test_how_a_context_ends_is_the_end_of_its_sessions",
    ),
    Removal(
        "streams and loggers are as before after leaving",
        NODE + "context",
        [("        capture.stop()\n", "")],
        TESTS + "test_capture.py::test_everything_is_restored_on_leaving",
    ),
    Removal(
        "a forked child closes its copy of the socket",
        NODE + "link",
        [("            self.keeper.connection.socket.drop()\n", "            pass\n")],
        TESTS + "test_link.py::test_a_forked_child_closes_the_socket_and_cannot_use_the_session",
    ),
    # -- output --------------------------------------------------------------------------------------------------------
    Removal(
        "a line has left the process before print returns",
        NODE + "run_pipe",
        [
            (
                "                os.write(self._descriptor, frame)\n",
                "                __import__('threading').Timer(0.2, os.write, (self._descriptor, frame)).start()\n",
            )
        ],
        TESTS + "test_capture.py::test_in_a_process_of_run_a_line_has_left_before_print_returns",
    ),
    Removal(
        "what is recorded goes into the pipe of a run once",
        NODE + "tees",
        [("    if pipe is not None and pipe.takes(stream):\n", "    if False:\n")],
        "tests/cli/test_run_lines.py::test_nodes_in_children_of_a_script",
    ),
    Removal(
        "in a kernel streams are heard whoever writes, whatever cell has ended",
        NODE + "tees",
        [('    if "echo" in vars(stream):\n', "    if False:\n")],
        TESTS + "test_capture_streams.py::test_streams_of_a_kernel",
    ),
    Removal(
        "what a logging handler prints is not captured again",
        NODE + "capture",
        [
            (
                "    with unrecorded():\n        return original(handler, record)\n",
                "    return original(handler, record)\n",
            )
        ],
        TESTS + "test_capture.py::test_log_records_of_all_loggers_are_recorded_once_with_their_place",
    ),
    Removal(
        "a traceback is stored once",
        NODE + "context",
        [('        if getattr(exc, "__alphamed_reported__", False):\n            return\n', "")],
        TESTS + "test_capture.py::test_a_failure_is_stored_once_with_its_frames",
    ),
    Removal(
        "a line without an end is stored on leaving",
        NODE + "context",
        [("            tees.flush_context(self)\n            state", "            state")],
        TESTS + "test_capture.py::test_lines_are_shown_as_usual_and_recorded_once",
    ),
    Removal(
        "forked children send their lines through their parent",
        NODE + "capture",
        [("    forked.enable(_children_target)\n", "")],
        TESTS + "test_capture.py::test_forked_children_send_their_lines_through_their_parent",
    ),
    Removal(
        "lines that were dropped are counted",
        NODE + "record_queue",
        [("            self._lost[loss] = self._lost.get(loss, 0) + 1\n", "            pass\n")],
        TESTS + "test_record_queue.py::test_dropped_records_are_counted_where_they_are_missing",
    ),
    Removal(
        "of control sequences only colours reach a terminal",
        "alphamed_nb.reading.escaped",
        [("piece if position % 2 else", "piece if True else")],
        "tests/reading/test_escaped.py::test_only_colours_pass[\\x1b[2Jgone-lines5]",
    ),
    # -- scalars -------------------------------------------------------------------------------------------------------
    Removal(
        "TensorBoard's class is as before after leaving",
        NODE + "scalars",
        [("                setattr(self._class, name, original)\n", "                pass\n")],
        TESTS + "test_scalars.py::test_the_class_is_as_before_after_the_last_context",
    ),
    Removal(
        "a scalar is reported once, whoever else wraps the writer",
        NODE + "scalars",
        [("            if _hook is self:\n", "            if True:\n")],
        TESTS + "test_scalars.py::test_nothing_is_reported_twice",
    ),
    Removal(
        "a writer that is opened elsewhere is no node's",
        NODE + "folders",
        [("inside[0] != os.pardir and inside[1] == RESULT", "True")],
        TESTS + "test_scalars.py::test_writers_elsewhere_are_left_alone",
    ),
    Removal(
        "no step of a scalar breaks the link",
        NODE + "plain",
        [("max(-MAX_NUMBER, min(MAX_NUMBER, operator.index(value)))", "operator.index(value)")],
        TESTS + "test_scalars.py::test_no_value_step_or_name_breaks_the_link",
    ),
    Removal(
        "torch may be imported inside the context",
        NODE + "scalars",
        [("            sys.meta_path.insert(0, self)\n", "            pass\n")],
        TESTS + "test_scalars.py::test_when_torch_is_imported_does_not_matter[]",
    ),
    # -- the log in a cell ---------------------------------------------------------------------------------------------
    Removal(
        "a view of the log is not logged",
        "alphamed_nb.reading.log",
        [("    return unrecorded()\n", "    from contextlib import nullcontext\n\n    return nullcontext()\n")],
        "tests/notebook/test_mock_logs.py::test_in_a_node_it_does_not_read_itself",
    ),
    Removal(
        "a follower goes on where it was",
        "alphamed_nb.reading.log",
        [("                    after = message.upto\n", "                    pass\n")],
        "tests/reading/test_log.py::test_following_goes_on_where_it_was_when_the_hub_is_back",
    ),
]
