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
        HUB + "pipeline",
        [
            (
                "            self.commits.add(ticket, outputs)\n",
                "            self.commits.add(ticket, [])\n            self.commits.add(0, outputs)\n"
                "            self._output_turn.run()\n",
            )
        ],
        SERVICE + "test_nothing_is_acknowledged_before_it_is_on_the_disk[messages]",
    ),
    Removal(
        "log records are acknowledged when they are on the disk",
        HUB + "records",
        [("        if ticket <= self._committed:\n", "        if True:\n            self._committed = ticket\n")],
        SERVICE + "test_nothing_is_acknowledged_before_it_is_on_the_disk[logs]",
    ),
    Removal(
        "the store tells of a commit after it",
        STORE + "writer",
        [
            (
                "                untidy = self._commit(connection, batch) or untidy\n",
                "                self._tell(self._on_committed, ticket)\n"
                "                untidy = self._commit(connection, batch) or untidy\n",
            )
        ],
        TESTS + "test_killed.py::test_what_was_acknowledged_is_there_once_and_whole[messages]",
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
        "what could not be stored is not taken for stored when it is sent again",
        HUB + "recovery",
        [("                service.core.refuse_again(change.incarnation, change.counter, error)\n", "")],
        "tests/hub/test_recovery.py::test_a_request_that_cannot_be_stored_is_refused_alone",
    ),
    Removal(
        "files that fail on the way back are tried again",
        HUB + "recovery",
        [("            self.failed = True\n            self._try_later()\n", "            self.failed = True\n")],
        "tests/hub/test_recovery.py::test_whatever_fails_on_the_way_back_the_hub_goes_on_by_itself",
    ),
    Removal(
        "a task that cannot be read does not keep the hub from starting",
        HUB + "beginnings",
        [("        except Damaged as error:\n", "        except ZeroDivisionError as error:\n")],
        "tests/hub/test_damage.py::test_a_damaged_task_that_was_held_keeps_the_hub_from_nothing[a process that is none]",
    ),
    Removal(
        "nodes only wait while the hub cannot store",
        "alphamed_nb.node.keeper",
        [("            except (StorageFailed, *_MAY_PASS) as error:\n", "            except _MAY_PASS as error:\n")],
        "tests/node/test_link.py::test_nodes_only_wait_while_the_disk_is_full",
    ),
    Removal(
        "what a node writes itself leaves the disk its reserve",
        "alphamed_nb.node.spool",
        [("        _check_space(folder, self.size, link.welcome.spool_reserve)\n", "")],
        "tests/node/test_transfers.py::test_what_a_node_writes_itself_leaves_the_disk_its_reserve",
    ),
    Removal(
        "a body of unsaid size leaves the disk its reserve",
        "alphamed_nb.hub.server.streams",
        [("        folder.require_space(len(data))\n", "")],
        "tests/hub/server/test_streams.py::test_a_body_of_unsaid_size_leaves_the_disk_its_reserve",
    ),
    Removal(
        "a directory is erased by its owner alone",
        STORE + "data_directory",
        [
            (
                "    if lock is None:\n        return _words(holder)\n",
                "    if lock is None:\n        lock = os.open(path / _LOCK, os.O_RDWR)\n",
            )
        ],
        TESTS + "test_data_directory.py::test_what_is_erased_is_gone_and_what_a_hub_has_stays",
    ),
    Removal(
        "after a failed commit all links resume from the disk",
        HUB + "links",
        [("        for link in links.values():\n            link.refuse(failure)\n", "")],
        SERVICE + "test_a_store_that_fails_closes_the_links_and_they_go_on",
    ),
    Removal(
        "log records sent again are stored once",
        HUB + "records",
        [("        if message.counter <= self._counters.get(incarnation, 0):\n", "        if False:\n")],
        SERVICE + "test_records_are_kept_once_and_belong_to_the_run",
    ),
    Removal(
        "retry counters only grow",
        STORE + "changes",
        [("max(counter, excluded.counter)", "excluded.counter")],
        TESTS + "test_messages.py::test_counters_only_grow",
    ),
    Removal(
        "readers see nothing that is not on the disk",
        HUB + "service",
        [("        before = self.watermark() + 1\n", "        before = 2**60\n")],
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
        "directories are the user's alone",
        STORE + "files",
        [("                directory.mkdir(mode=0o700)", "                directory.mkdir()")],
        TESTS + "test_streams.py::test_folder_and_files_are_the_users_alone_whatever_the_umask",
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
        "a stream is written once",
        STORE + "files",
        [("os.O_RDWR | os.O_CREAT | os.O_EXCL |", "os.O_RDWR | os.O_CREAT |")],
        TESTS + "test_streams.py::test_a_stream_is_written_once",
    ),
    Removal(
        "a local folder that somebody else prepared is refused",
        STORE + "data_directory",
        [("    if mine.is_symlink():\n", "    if False:\n")],
        TESTS + "test_data_directory.py::test_a_local_folder_that_somebody_else_prepared_is_refused",
    ),
    Removal(
        "a stream id is no path",
        STORE + "streams",
        [
            (
                "        if not isinstance(stream, str) or not _STREAM.fullmatch(stream):\n",
                "        if stream is None:\n",
            )
        ],
        TESTS
        + "test_streams.py::test_a_name_that_is_no_stream_id_reaches_no_file[../0123456789abcdef0123456789abcdef]",
    ),
    Removal(
        "a full disk refuses streams before messages",
        STORE + "streams",
        [("        if free - size < self._reserve:\n", "        if False:\n")],
        TESTS + "test_streams.py::test_a_full_disk_refuses_streams_while_there_is_room_for_messages",
    ),
    Removal(
        "streams that somebody may still read are kept",
        STORE + "streams",
        [("if not _STREAM.fullmatch(entry.name) or entry.name in keep:", "if not _STREAM.fullmatch(entry.name):")],
        TESTS + "test_streams.py::test_a_sweep_leaves_live_streams_young_ones_and_what_is_no_stream",
    ),
    Removal(
        "retention never drops a live run",
        STORE + "retention",
        [("(run for run in runs if not run.live)", "runs")],
        TESTS + "test_retention.py::test_what_is_dropped[runs5-]",
    ),
]
