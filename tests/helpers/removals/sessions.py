"""Who is which node: claims, fencing, resuming, ends, presence, runs; and processes that die."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

CORE = "alphamed_nb.hub.core."
CLAIMS = "tests/hub/core/test_claims.py::"
PROCESSES = "tests/hub/test_processes.py::"
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
        "a node whose link is lost goes to a newcomer at once",
        CORE + "claims",
        [("    if holder.link:\n        since = ", "    if True:\n        since = ")],
        CLAIMS + "test_a_newcomer_gets_a_node_whose_link_is_lost_at_once_and_the_old_owner_is_fenced",
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
        "a request over a link on which the session has not resumed is fenced",
        CORE + "state",
        [("session.epoch == epoch and (session.link == process.link or not resumed):", "session.epoch == epoch:")],
        CLAIMS + "test_a_request_before_the_session_has_resumed_is_fenced",
    ),
    Removal(
        "a released session is fenced",
        CORE + "claims",
        [
            ("    del session.process.sessions[task.name, member.name]\n", ""),
            ('    session.ended = seq\n    session.link = ""\n', "    session.ended = seq\n"),
        ],
        CLAIMS + "test_a_released_session_is_fenced",
    ),
    Removal(
        "a renewal sent again does not renew twice",
        CORE + "claims",
        [("elif message.renew and message.epoch in (0, holder.epoch):", "elif message.renew:")],
        CLAIMS + "test_a_renewal_sent_again_after_its_answer_was_lost_does_not_renew_twice",
    ),
    Removal(
        "a second link of a process closes the first",
        CORE + "router",
        [("        elif found.link:\n", "        elif False:\n")],
        CLAIMS + "test_another_link_of_the_same_process_closes_the_first",
    ),
    Removal(
        "another list of nodes than the task's is told",
        CORE + "claims",
        [("    if set(nodes) == set(task.nodes):\n", "    if True:\n")],
        CLAIMS + "test_a_claim_with_other_nodes_than_the_tasks_is_warned",
    ),
    # -- losing the link -----------------------------------------------------------------------------------------------
    Removal(
        "a session resumes within ten seconds",
        CORE + "router",
        [
            (
                "        for session in process.sessions.values():\n            if session.link:\n"
                "                claims.lose(work, session, reason)",
                "        for session in list(process.sessions.values()):\n            if session.link:\n"
                '                claims.end(work, session, "gone", reason)',
            )
        ],
        CLAIMS + "test_a_session_resumes_within_ten_seconds",
    ),
    Removal(
        "a session that resumed does not end later",
        CORE + "state",
        [("return session.held and not session.link and session.resume_until == at", "return session.held")],
        CLAIMS + "test_a_session_resumes_within_ten_seconds",
    ),
    Removal(
        "after ten seconds without its link a node is gone",
        CORE + "claims",
        [("    work.hub.set_timer(session.resume_until, session)\n", "")],
        CLAIMS + "test_after_ten_seconds_without_link_a_node_is_gone",
    ),
    Removal(
        "a broken frame leaves the sessions to resume",
        CORE + "router",
        [
            (
                "        for session in process.sessions.values():\n            if session.link:\n"
                "                claims.lose(work, session, reason)",
                "        for session in list(process.sessions.values()):\n            if session.link:\n"
                '                claims.end(work, session, "gone", reason)',
            )
        ],
        "tests/hub/server/test_link.py::test_a_broken_frame_leaves_the_sessions_to_resume",
    ),
    Removal(
        "after a restart of the hub sessions have ten seconds",
        CORE + "router",
        [('claims.lose(work, session, "the hub was started again")', "pass")],
        CLAIMS + "test_after_a_restart_sessions_resume_within_ten_seconds",
    ),
    Removal(
        "sessions held before a restart of the hub may resume",
        CORE + "images",
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
        "the sessions of a dead process end at once",
        CORE + "router",
        [('                claims.end(work, session, "died", "its process ended")', "                pass")],
        CLAIMS + "test_a_dead_process_is_reported_at_once",
    ),
    Removal(
        "the end of a process is told by the operating system",
        "alphamed_nb.hub.processes",
        [("            self._loop.add_reader(descriptor, self._ended, incarnation)", "            pass")],
        PROCESSES + "test_the_end_is_told_once[True]",
    ),
    Removal(
        "the end of a process is seen where the operating system tells nothing",
        "alphamed_nb.hub.processes",
        [
            (
                "            self._looked_at[incarnation] = process\n            self._look_later()",
                "            self._looked_at[incarnation] = process",
            )
        ],
        PROCESSES + "test_the_end_is_told_once[False]",
    ),
    Removal(
        "a process that is gone when the watch begins is told",
        "alphamed_nb.hub.processes",
        [
            (
                "        if process_is_gone(process, self._host):\n            if descriptor",
                "        if False:\n            if descriptor",
            ),
            (
                "        except ProcessLookupError:\n            return None",
                "        except ProcessLookupError:\n            return os.open('/dev/zero', 0)",
            ),
            ("self._loop.add_reader(descriptor, self._ended, incarnation)", "pass"),
        ],
        PROCESSES + "test_one_that_is_gone_already_is_told_too",
    ),
    Removal(
        "a pid that was used again is another process",
        "alphamed_nb.hub.processes",
        [("        if abs(found.create_time() - process.started) > _START_TOLERANCE:\n            return True\n", "")],
        PROCESSES + "test_a_pid_that_was_used_again_is_another_process",
    ),
    Removal(
        "a zombie counts as ended",
        "alphamed_nb.hub.processes",
        [("return found.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)", "return False")],
        PROCESSES + "test_a_dead_one_is_not[zombie]",
    ),
    Removal(
        "a process of another host is not looked for here",
        "alphamed_nb.hub.processes",
        [("    if process.host != host or process.pid <= 0:\n        return False\n", "")],
        PROCESSES + "test_of_another_host_nothing_is_known",
    ),
    Removal(
        "a dead process is gone although its link is open",
        "alphamed_nb.hub.links",
        [("            service.call_later(_LAST_WORDS_SECONDS, lambda: self._ended_for_good(incarnation))\n", "")],
        SERVICE + "test_a_process_that_dies_is_gone_at_once",
    ),
    Removal(
        "the last words of a process count before its end",
        "alphamed_nb.hub.links",
        [("if incarnation in self._by_incarnation or incarnation in self._closing:", "if False:")],
        SERVICE + "test_what_a_process_said_before_it_ended_counts",
    ),
    Removal(
        "what a closed link had sent counts before its end",
        "alphamed_nb.hub.intake",
        [
            (
                "        self._inboxes.add(link_id, [_Closed()])\n",
                "        self._inboxes.drop(link_id)\n        self._inboxes.add(link_id, [_Closed()])\n",
            )
        ],
        SERVICE + "test_the_last_message_of_a_link_counts",
    ),
    Removal(
        "a claim looks whether its owner lives",
        "alphamed_nb.hub.intake",
        [("                self._end_dead_owner(message, process)", "                pass")],
        SERVICE + "test_a_claim_of_a_dead_owner_is_taken_over",
    ),
    Removal(
        "processes that died with the hub are gone at its restart",
        "alphamed_nb.hub.beginnings",
        [("    for process in core.holders():\n        service.processes.watch(process)\n", "")],
        SERVICE + "test_sessions_of_processes_that_died_with_the_hub_are_gone",
    ),
    # -- presence ------------------------------------------------------------------------------------------------------
    Removal(
        "a failure is told at once",
        CORE + "reports",
        [("    if fails or stops:\n        tell(work, session)", "    pass")],
        CLAIMS + "test_a_failure_is_told_at_once_with_round_and_type_and_stays",
    ),
    Removal(
        "a failure stays until the node is claimed again",
        CORE + "claims",
        [('    if shown == "up" or (shown == "stopped" and state == "failed"):\n', "    if True:\n")],
        CLAIMS + "test_a_failure_stays_when_the_process_dies",
    ),
    Removal(
        "the begin of a session is told",
        CORE + "claims",
        [
            (
                "    work.change(session.stored())\n    tell(work, session)\n    return session",
                "    work.change(session.stored())\n    return session",
            )
        ],
        CLAIMS + "test_watchers_see_the_end_and_the_begin_of_a_renewal",
    ),
    Removal(
        "the end of a session is told",
        CORE + "claims",
        [("    if session.state != shown:\n        tell(work, session)\n", "")],
        CLAIMS + "test_after_ten_seconds_without_link_a_node_is_gone",
    ),
    Removal(
        "a failure of an earlier run does not count",
        CORE + "presence",
        [("if session is None or (session.run != task.run and session.ended):", "if session is None:")],
        CLAIMS + "test_states_of_an_earlier_run_do_not_count",
    ),
    # -- runs ----------------------------------------------------------------------------------------------------------
    Removal(
        "a lost session keeps its run going",
        CORE + "claims",
        [
            (
                "begins_run = not task.held and not replaces",
                "begins_run = not any(held.link for held in task.held.values()) and not replaces",
            )
        ],
        CLAIMS + "test_a_lost_session_keeps_the_run_going",
    ),
    Removal(
        "a run that is going on is not removed",
        CORE + "router",
        [("        if found is not None and found.held and run == found.run:\n", "        if False:\n")],
        CLAIMS + "test_a_run_that_is_going_on_is_not_dropped",
    ),
    Removal(
        "clean leaves a run that is going on",
        CORE + "router",
        [("            if found is None or not found.held or run != found.run:\n", "            if True:\n")],
        CLAIMS + "test_clean_drops_the_given_runs_but_none_that_is_going_on",
    ),
    Removal(
        "clean leaves runs of others alone",
        "alphamed_nb.hub.store.messages",
        [("USING(task, run) WHERE node = ? AND ended > 0", "USING(task, run) WHERE node != ? || ' ' AND ended > 0")],
        "tests/node/test_context.py::test_clean_drops_ended_runs_of_this_node_alone",
    ),
    Removal(
        "a task that is going on stays in memory",
        CORE + "router",
        [("        if found is not None and not found.held:\n", "        if found is not None:\n")],
        CLAIMS + "test_a_live_task_is_not_unloaded",
    ),
    # -- stuck ---------------------------------------------------------------------------------------------------------
    Removal(
        "a wait with a limit is not stuck",
        CORE + "stuck",
        [("        if message is None or message.limited:\n", "        if message is None:\n")],
        "tests/hub/core/test_stuck.py::test_a_limited_wait_is_not_stuck",
    ),
]
