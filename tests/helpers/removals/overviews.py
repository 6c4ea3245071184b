"""What a viewer of tasks and log records is told: no more than it may know, no more than is new, and not too often."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

HUB = "alphamed_nb.hub."
STORE = "alphamed_nb.hub.store."
WATCHING = "tests/hub/server/test_watching.py::"
LINES = "tests/hub/store/test_lines.py::"

REMOVALS = [
    # -- overviews -----------------------------------------------------------------------------------------------------
    Removal(
        "overviews come at most four times a second",
        HUB + "server.watching",
        [("pause = max(self._service.settings.overview_seconds, ", "pause = max(0.0, 0 * ")],
        WATCHING + "test_overviews_come_at_most_so_often",
    ),
    Removal(
        "an overview has only the members that changed",
        HUB + "core.overviews",
        [("if after == 0 or member.changed > after or member.node in logged", "if True")],
        WATCHING + "test_only_members_that_changed_and_only_new_intervals",
    ),
    Removal(
        "a run whose list of nodes changed is told anew",
        HUB + "core.overviews",
        [("    if run.relisted > after:\n", "    if False:\n")],
        WATCHING + "test_put_together_it_is_the_snapshot",
    ),
    Removal(
        "merged intervals are told anew",
        HUB + "core.node_fold",
        [
            (
                "self._closed_at = [seq] * len(self._closed)",
                "del self._closed_at[: len(self._closed_at) - len(self._closed)]",
            )
        ],
        "tests/hub/core/test_intervals.py::test_only_what_changed_after_a_number_is_told",
    ),
    Removal(
        "lines above what readers may see are told when they may",
        HUB + "commits",
        [("        return commit, min(last, number)\n", "        return commit, last\n")],
        WATCHING + "test_lines_ahead_of_the_other_file_are_told_when_their_turn_comes",
    ),
    Removal(
        "memory is measured only while somebody watches",
        HUB + "server.watching",
        [("        for timer in (self._pause, self._sample_timer):\n", "        for timer in (self._pause,):\n")],
        WATCHING + "test_nobody_is_measured_once_the_viewer_is_gone",
    ),
    Removal(
        "the fold is changed by one at a time, whoever goes away",
        HUB + "snapshots",
        [
            (
                "return await asyncio.shield(self._service.spawn(self._read(function)))",
                "return await self._read(function)",
            )
        ],
        "tests/hub/test_snapshots.py::test_who_asked_may_go_while_the_thread_is_at_work",
    ),
    Removal(
        "a brief feed leaves out what messages hold",
        HUB + "server.following",
        [("            if self._brief:\n", "            if False:\n")],
        "tests/hub/server/test_live.py::test_brief_events_come_without_their_contents",
    ),
    # -- log records ---------------------------------------------------------------------------------------------------
    Removal(
        "no log record above what readers may see",
        STORE + "lines",
        [("if seq <= self._upto and seq not in left_out)", "if seq not in left_out)")],
        "tests/hub/server/test_rest.py::test_no_line_above_what_readers_may_see",
    ),
    Removal(
        "a page of long lines ends early",
        STORE + "lines",
        [("            if rows and size > _PAGE_BYTES:\n", "            if False:\n")],
        LINES + "test_long_lines_make_short_pages",
    ),
    Removal(
        "a file of the release before gets its index",
        STORE + "log_rules",
        [("    upgrades={1: _index_lines},\n", "")],
        LINES + "test_a_file_without_the_index_gets_one",
    ),
    Removal(
        "counts go with the run",
        STORE + "log_rules",
        [("    line_index.drop_run(connection, task, run)\n", "")],
        LINES + "test_counts_go_with_the_rows",
    ),
    Removal(
        "lines of a context count with the run that adopts it",
        STORE + "log_rules",
        [("        line_index.adopt(connection, context, *found)\n", "")],
        LINES + "test_lines_of_a_context_count_with_the_run_that_adopts_it",
    ),
]
