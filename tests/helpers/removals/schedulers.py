"""The schedulers' common rules: what belongs to a run, an attempt and a round, and who is waited for."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

FED_AVG = "alphamed_nb.alphafed.fed_avg."
RUNNING = "alphamed_nb.alphafed.scheduler.running"
TROUBLE = "tests/alphafed/test_fed_avg_trouble.py::"
FED_AVG_TESTS = "tests/alphafed/test_fed_avg.py::"

REMOVALS = [
    # -- what means nothing --------------------------------------------------------------------------------------------
    Removal(
        "events accepted before the session began mean nothing",
        FED_AVG + "part",
        [("        if item.seq < self.began:\n            return None\n", "")],
        TROUBLE + "test_an_announcement_of_an_earlier_run_is_not_followed",
    ),
    Removal(
        "events without the nonce that is followed mean nothing to a holder",
        FED_AVG + "data_holder",
        [("        if event.nonce != self.nonce or item.sender != self.aggregator:\n", "        if False:\n")],
        TROUBLE + "test_events_of_another_attempt_mean_nothing",
    ),
    Removal(
        "events without its nonce mean nothing to an aggregator",
        FED_AVG + "members",
        [("if event is None or event.nonce != self.nonce:", "if event is None:")],
        TROUBLE + "test_answers_to_another_attempt_mean_nothing",
    ),
    Removal(
        "a second run in one context begins a session of its own",
        RUNNING,
        [("            session.renew()\n", "            pass\n")],
        "tests/alphafed/test_scheduler.py::test_a_second_run_in_one_context_begins_a_session_of_its_own",
    ),
    Removal(
        "an id that is not the context's is refused",
        RUNNING,
        [("        if node != context.id:\n", "        if False:\n")],
        "tests/alphafed/test_scheduler.py::test_ids_that_differ_are_named",
    ),
    # -- rounds --------------------------------------------------------------------------------------------------------
    Removal(
        "an update of another round is denied",
        FED_AVG + "aggregator",
        [("            deadline,\n            label=self.label,\n", "            deadline,\n")],
        TROUBLE + "test_an_update_of_another_round_is_denied",
    ),
    Removal(
        "a holder withdraws an update whose round was closed",
        FED_AVG + "data_holder",
        [
            (
                '            return "it was closed"\n        if isinstance(event, SyncStateEvent)',
                '            return ""\n        if isinstance(event, SyncStateEvent)',
            )
        ],
        TROUBLE + "test_an_update_is_withdrawn_when_its_round_was_closed",
    ),
    Removal(
        "a late node is asked again but not waited for",
        FED_AVG + "aggregator",
        [("return on_time if on_time or self.in_round or self.scheduler.involve_aggregator else left", "return left")],
        TROUBLE + "test_a_late_node_is_left_out_and_its_update_never_reaches_a_later_round",
    ),
    Removal(
        "a late node that keeps up again takes part",
        FED_AVG + "aggregator",
        [
            (
                "        asked = self.present()\n",
                "        asked = [name for name in self.present() if not self.members[name].late]\n",
            )
        ],
        TROUBLE + "test_a_late_node_is_left_out_and_its_update_never_reaches_a_later_round",
    ),
    Removal(
        "only who answered this round's synchronisation takes part in it",
        FED_AVG + "aggregator",
        [("[name for name in self.members if name in self.in_round]", "list(self.members)")],
        TROUBLE + "test_a_late_node_is_left_out_and_its_update_never_reaches_a_later_round",
    ),
    Removal(
        "an answer of a session that another one followed means nothing",
        FED_AVG + "members",
        [("        if state is not None and item.seq < state.began:\n", "        if False:\n")],
        "tests/alphafed/test_members.py::test_an_answer_of_an_earlier_session_means_nothing",
    ),
    # -- nodes that fail, stop and come back ---------------------------------------------------------------------------
    Removal(
        "nobody waits for a calculator that failed",
        FED_AVG + "members",
        [("return [name for name in awaited if name not in self.in_round]", "return []")],
        TROUBLE + "test_a_failed_calculator_is_not_waited_for[0]",
    ),
    Removal(
        "a calculator that is left out is named",
        FED_AVG + "aggregator",
        [
            (
                '                logger.warning("Round %d: %s left out: %s.", self.round, name, loss)\n',
                "                pass\n",
            )
        ],
        TROUBLE + "test_a_failed_calculator_is_not_waited_for[300]",
    ),
    Removal(
        "a holder follows a newer announcement while it sends",
        FED_AVG + "data_holder",
        [("            ends = event.nonce != self.nonce\n", "            ends = False\n")],
        TROUBLE + "test_a_holder_that_is_sending_follows_the_newer_attempt",
    ),
    Removal(
        "a holder drops what it does at a newer announcement",
        FED_AVG + "data_holder",
        [("        if not known and self.working:\n", "        if False:\n")],
        TROUBLE + "test_a_holder_that_is_sending_follows_the_newer_attempt",
    ),
    Removal(
        "a holder follows an aggregator that was started again",
        FED_AVG + "data_holder",
        [("        known = event.nonce == self.nonce\n", "        known = bool(self.nonce)\n")],
        TROUBLE + "test_an_aggregator_started_again_without_recover_resets_the_round",
    ),
    Removal(
        "holders wait for an aggregator that was stopped",
        FED_AVG + "data_holder",
        [
            (
                'state.state == "failed" and state.seq > self.announced',
                'state.state != "up" and state.seq > self.announced',
            )
        ],
        TROUBLE + "test_an_aggregator_started_again_without_recover_resets_the_round",
    ),
    Removal(
        "holders of a failed aggregator end",
        FED_AVG + "data_holder",
        [('if state is not None and state.state == "failed" and state.seq > self.announced:', "if False:")],
        TROUBLE + "test_holders_of_a_failed_aggregator_end_with_an_error_that_names_it",
    ),
    Removal(
        "a holder that starts again is announced to",
        FED_AVG + "members",
        [
            (
                'if state.state == "up" and member.announced != state.epoch:',
                'if state.state == "up" and not member.announced:',
            )
        ],
        TROUBLE + "test_a_holder_that_starts_again_joins_at_the_next_round",
    ),
    Removal(
        "a node whose session ended is not present",
        FED_AVG + "members",
        [("        if member.joined and member.joined < ended:\n", "        if False:\n")],
        TROUBLE + "test_a_failed_calculator_is_not_waited_for[0]",
    ),
    Removal(
        "an aggregator started without recover begins at round 1",
        FED_AVG + "hooks",
        [("        self._close_writer()\n        self.current_round = 0", "        self._close_writer()")],
        FED_AVG_TESTS + "test_a_second_run_on_the_same_objects_starts_afresh",
    ),
    Removal(
        "an aggregator started without recover forgets what was saved",
        FED_AVG + "aggregator",
        [("        self.progress_file.discard()\n        self.old_logs", "        self.old_logs")],
        FED_AVG_TESTS + "test_without_recover_stale_progress_is_discarded",
    ),
    Removal(
        "an aggregator started with recover goes on where it was",
        FED_AVG + "aggregator",
        [("        self.scheduler.current_round = progress.round\n", "")],
        FED_AVG_TESTS + "test_recover_continues_with_the_saved_round_and_parameters",
    ),
    Removal(
        "a waiting aggregator says for whom",
        FED_AVG + "members",
        [("for name in self._missing())\n        logger", "for name in ())\n        logger")],
        TROUBLE + "test_started_in_any_order_and_missing_ones_are_named",
    ),
    Removal(
        "a waiting holder says for whom",
        FED_AVG + "data_holder",
        [('        return ", ".join(missing) or "none"', '        return "some"')],
        TROUBLE + "test_a_holder_says_what_it_waits_for",
    ),
    # -- what travels --------------------------------------------------------------------------------------------------
    Removal(
        "loading runs no code",
        FED_AVG + "state_dicts",
        [("weights_only=True", "weights_only=False")],
        "tests/alphafed/test_state_dicts.py::test_loading_runs_no_code",
    ),
    Removal(
        "what cannot travel is an error at the sender",
        FED_AVG + "state_dicts",
        [("    if plain is None:\n        raise _refusal(", "    if False:\n        raise _refusal(")],
        "tests/alphafed/test_state_dicts.py::test_anything_else_is_refused_by_key_and_type",
    ),
    # -- values --------------------------------------------------------------------------------------------------------
    Removal(
        "updates are averaged in the order of the node ids",
        FED_AVG + "aggregator",
        [("scheduler._aggregate(dict(sorted(updates.items())))", "scheduler._aggregate(updates)")],
        FED_AVG_TESTS + "test_updates_are_averaged_in_the_order_of_the_node_ids_whoever_is_first",
    ),
]
