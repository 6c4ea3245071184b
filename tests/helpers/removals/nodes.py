"""The node's side: waits, interrupts, lost connections, forks, capture, and what leaving a context gives back."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

NODE = "alphamed_nb.node."
TESTS = "tests/node/"

REMOVALS = [
    # -- a lost connection ---------------------------------------------------------------------------------------------
    Removal(
        "what was not answered is sent again",
        NODE + "link.requests",
        [("        return list(self.unanswered.values())\n", "        return []\n")],
        TESTS + "link/test_link.py::test_a_send_whose_answer_was_lost_is_stored_once",
    ),
    Removal(
        "what is sent again has the counter it had",
        NODE + "link.requests",
        [
            (
                "            session = self._session_of(request.message)\n            if session is not None and not",
                "            if isinstance(request.message, _DURABLE):\n                self._counter += 1\n"
                "                request.message.counter = self._counter\n"
                "            session = self._session_of(request.message)\n            if session is not None and not",
            )
        ],
        TESTS + "link/test_link.py::test_a_send_whose_answer_was_lost_is_stored_once",
    ),
    Removal(
        "a message does not overtake the lines before it",
        NODE + "link.requests",
        [("            if item.after > records.taken:\n", "            if False:\n")],
        TESTS + "output/test_capture.py::test_a_message_does_not_overtake_the_lines_before_it",
    ),
    Removal(
        "log records not stored are sent again",
        NODE + "output.record_queue",
        [("        return list(self._sent)\n", "        return []\n")],
        TESTS + "output/test_record_queue.py::test_after_a_reconnect_what_was_not_stored_is_sent_again",
    ),
    # -- streams -------------------------------------------------------------------------------------------------------
    Removal(
        "the end of a process leaves no stream behind",
        NODE + "link.spool",
        [("    for path in list(_unsent):\n        _remove(path)\n", "    pass\n")],
        TESTS + "session/test_streams.py::test_the_end_of_a_process_leaves_no_stream_behind",
    ),
    # -- output --------------------------------------------------------------------------------------------------------
    Removal(
        "a traceback is stored once",
        NODE + "context",
        [('        if getattr(exc, "__alphamed_reported__", False):\n            return\n', "")],
        TESTS + "output/test_capture.py::test_a_failure_is_stored_once_with_its_frames",
    ),
]
