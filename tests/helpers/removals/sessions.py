"""Who is which node: claims, fencing, resuming, ends, presence, runs; and processes that die."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

CORE = "alphamed_nb.hub.core."
CLAIMS = "tests/hub/core/test_claims.py::"
PROCESSES = "tests/hub/routing/test_processes.py::"
SERVICE = "tests/hub/test_service.py::"

REMOVALS = [
    # -- claims --------------------------------------------------------------------------------------------------------
    Removal(
        "a node that is held by a live process is not given away",
        CORE + "claims",
        [("    if holder.link:\n        since = ", "    if False:\n        since = ")],
        CLAIMS + "test_a_claim_held_by_a_live_link_is_refused_and_names_the_holder",
    ),
    Removal(
        "a fenced process does not take its node back",
        CORE + "claims",
        [("    if message.epoch:\n        raise Fenced(", "    if False:\n        raise Fenced(")],
        CLAIMS + "test_a_fenced_process_does_not_take_the_node_back_while_the_newcomer_is_away",
    ),
    Removal(
        "a request of an earlier session is fenced",
        CORE + "state",
        [("if session is not None and session.epoch == epoch and (", "if session is not None and (")],
        CLAIMS + "test_requests_with_an_old_epoch_are_fenced",
    ),
    Removal(
        "a second link of a process closes the first",
        CORE + "router",
        [("        elif found.link:\n", "        elif False:\n")],
        CLAIMS + "test_another_link_of_the_same_process_closes_the_first",
    ),
    # -- losing the link -----------------------------------------------------------------------------------------------
    Removal(
        "after ten seconds without its link a node is gone",
        CORE + "claims",
        [("    work.hub.set_timer(session.resume_until, session)\n", "")],
        CLAIMS + "test_after_ten_seconds_without_link_a_node_is_gone",
    ),
    Removal(
        "sessions held before a restart of the hub may resume",
        CORE + "loading",
        [
            (
                "        task.held[stored.node] = session\n        process.sessions[task.name, stored.node] = session",
                "        pass",
            )
        ],
        SERVICE + "test_held_sessions_resume_at_the_next_hub",
    ),
    # -- processes -----------------------------------------------------------------------------------------------------
    Removal(
        "a pid that was used again is another process",
        "alphamed_nb.hub.routing.processes",
        [("        if abs(found.create_time() - process.started) > _START_TOLERANCE:\n            return True\n", "")],
        PROCESSES + "test_a_pid_that_was_used_again_is_another_process",
    ),
    Removal(
        "a dead process is gone although its link is open",
        "alphamed_nb.hub.routing.links",
        [
            (
                "            self._background.call_later(_LAST_WORDS_SECONDS, lambda: self._ended_for_good(incarnation))\n",
                "",
            )
        ],
        SERVICE + "test_a_process_that_dies_is_gone_at_once",
    ),
    Removal(
        "the last words of a process count before its end",
        "alphamed_nb.hub.routing.links",
        [("if incarnation in self._by_incarnation or incarnation in self._closing:", "if False:")],
        SERVICE + "test_what_a_process_said_before_it_ended_counts",
    ),
    # -- runs ----------------------------------------------------------------------------------------------------------
    Removal(
        "a run that is going on is not removed",
        CORE + "router",
        [("        if found is not None and found.held and run == found.run:\n", "        if False:\n")],
        CLAIMS + "test_a_run_that_is_going_on_is_not_dropped",
    ),
    Removal(
        "clean leaves runs of others alone",
        "alphamed_nb.hub.store.messages",
        [("USING(task, run) WHERE node = ? AND ended > 0", "USING(task, run) WHERE node != ? || ' ' AND ended > 0")],
        "tests/node/test_context.py::test_clean_drops_ended_runs_of_this_node_alone",
    ),
]
