"""What the hub keeps: committed before it is acknowledged, all or nothing, in private files of one hub."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

HUB = "alphamed_nb.hub."
STORE = "alphamed_nb.hub.store."
TESTS = "tests/hub/store/"
SERVICE = "tests/hub/test_service.py::"

REMOVALS = [
    # -- commits -------------------------------------------------------------------------------------------------------
    Removal(
        "nothing is acknowledged before it is on the disk",
        HUB + "routing.pipeline",
        [
            (
                "            self._waiting.add(outputs)\n",
                "            self._waiting._things.append((0, outputs))\n            self._output_turn.run()\n",
            )
        ],
        SERVICE + "test_nothing_is_acknowledged_before_it_is_on_the_disk[messages]",
    ),
    Removal(
        "log records are acknowledged when they are on the disk",
        HUB + "routing.records",
        [
            (
                "        if self._journal.log_tickets.settled:\n",
                "        if True:\n            self._journal.log_tickets.committed = self._journal.log_tickets.submitted\n",
            )
        ],
        SERVICE + "test_nothing_is_acknowledged_before_it_is_on_the_disk[logs]",
    ),
    Removal(
        "the changes of one outcome are one transaction",
        STORE + "writer",
        [
            (
                "            with transaction(connection):\n                return",
                "            if True:\n                return",
            )
        ],
        TESTS + "test_messages.py::test_a_failed_commit_leaves_nothing_and_the_store_refuses_until_reopened",
    ),
    Removal(
        "after a failed commit the store takes nothing",
        STORE + "writer",
        [
            (
                '                if self._refusal is None:\n                    self._refusal = f"The hub could not',
                '                if False:\n                    self._refusal = f"The hub could not',
            )
        ],
        TESTS + "test_messages.py::test_a_failed_commit_leaves_nothing_and_the_store_refuses_until_reopened",
    ),
    Removal(
        "what a file cannot take is refused alone",
        STORE + "writer",
        [
            (
                "            if _is_of_the_file(error):\n                raise\n            _log.warning",
                "            raise\n            _log.warning",
            )
        ],
        "tests/hub/test_recovery.py::test_records_that_cannot_be_stored_are_refused_alone",
    ),
    Removal(
        "after a failed commit all links resume from the disk",
        HUB + "routing.links",
        [("        for link in links:\n            link.refuse(failure)\n", "")],
        SERVICE + "test_a_store_that_fails_closes_the_links_and_they_go_on",
    ),
    Removal(
        "log records sent again are stored once",
        HUB + "routing.records",
        [("        if message.counter > self._counters.get(incarnation, 0):\n", "        if True:\n")],
        SERVICE + "test_records_are_kept_once_and_belong_to_the_run",
    ),
    Removal(
        "readers see nothing that is not on the disk",
        HUB + "journal",
        [("        before = self.number + 1\n", "        before = 2**60\n")],
        "tests/hub/server/test_rest.py::test_readers_see_nothing_that_is_not_on_the_disk",
    ),
    # -- files ---------------------------------------------------------------------------------------------------------
    Removal(
        "a data directory has one hub",
        STORE + "file_lock",
        [
            (
                "        except BlockingIOError:\n            return False\n",
                "        except BlockingIOError:\n            return True\n",
            )
        ],
        TESTS + "test_data_directory.py::test_a_second_hub_takes_the_next_directory_and_names_the_first",
    ),
    Removal(
        "a folder with other things is left alone",
        STORE + "data_directory",
        [("return bool(names) and not names & {_LOCK, _HUB_ID}", "return False")],
        TESTS + "test_data_directory.py::test_a_directory_with_other_things_is_left_alone",
    ),
    Removal(
        "files are the user's alone",
        STORE + "files",
        [("os.O_CLOEXEC | _NO_FOLLOW | _BINARY, 0o600)", "os.O_CLOEXEC | _NO_FOLLOW | _BINARY, 0o666)")],
        TESTS + "test_streams.py::test_folder_and_files_are_the_users_alone_whatever_the_umask",
    ),
    Removal(
        "a symbolic link in a file's place is not followed",
        "alphamed_nb._own_files",
        [('_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)', "_NO_FOLLOW = 0")],
        TESTS + "test_streams.py::test_a_link_in_a_streams_place_is_neither_read_nor_written",
    ),
    Removal(
        "retention never drops a live run",
        STORE + "retention",
        [("(run for run in runs if not run.live)", "runs")],
        TESTS + "test_retention.py::test_what_is_dropped[runs5-]",
    ),
]
