"""What a link may not say: malformed and oversized frames, wrong types, numbers out of range, names that are paths."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

CHECKS = "alphamed_nb.hub.checks"
LINK = "alphamed_nb.hub.server.link"
LIVE = "alphamed_nb.hub.server.live"
NAMES = "alphamed_nb.protocol.names"
NUMBERS = "alphamed_nb.protocol.numbers"
SENDING = "alphamed_nb.hub.core.sending"
TRANSFERS = "alphamed_nb.hub.core.transfers"
FRAMES = "tests/hub/server/test_link.py::"
REFUSED = FRAMES + "test_a_bad_request_is_answered_and_the_link_goes_on"
RECORDS = FRAMES + "test_bad_records_close_their_link"
FEED = "tests/hub/server/test_live.py::"
BAD_NAME = "tests/protocol/test_names.py::test_a_refused_name_is_told_why"
BAD_OFFER = "tests/hub/core/test_offers.py::test_bad_offers_are_refused_and_nothing_changes"

REMOVALS = [
    # -- frames --------------------------------------------------------------------------------------------------------
    Removal(
        "a malformed frame gets an error",
        LINK,
        [
            (
                "            self.refuse(error)\n            return None\n\n    def _decode",
                "            return None\n\n    def _decode",
            )
        ],
        FRAMES + "test_a_malformed_frame_closes_its_link[no JSON]",
    ),
    Removal(
        "what a frame holds is what the protocol allows",
        LINK,
        [("except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:", "except UnicodeError as error:")],
        FRAMES + "test_a_malformed_frame_closes_its_link[unknown operation]",
    ),
    Removal(
        "a value of a wrong type is refused",
        "alphamed_nb.protocol.messages",
        [("msgspec.Meta(min_length=1)])\n", "msgspec.Meta(min_length=1)], strict=False)\n")],
        FRAMES + "test_a_malformed_frame_closes_its_link[a number as text]",
    ),
    Removal(
        "an empty frame is refused",
        "alphamed_nb.protocol.messages",
        [("Annotated[list[ClientMessage], msgspec.Meta(min_length=1)]", "list[ClientMessage]")],
        FRAMES + "test_a_malformed_frame_closes_its_link[no messages]",
    ),
    Removal(
        "numbers of records are such as a file can hold",
        NUMBERS,
        [("Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_NUMBER)]", "Count = int")],
        FRAMES + "test_numbers_that_no_file_can_hold_close_the_link_that_says_them",
    ),
    Removal(
        "work that fails keeps nothing else waiting",
        "alphamed_nb.hub.turns",
        [("        except Exception:\n", "        except ZeroDivisionError:\n")],
        "tests/hub/test_turns.py::test_work_that_fails_keeps_nothing_waiting",
    ),
    Removal(
        "a viewer that the hub fails at is told",
        "alphamed_nb.hub.server.following",
        [
            (
                "        except Exception as error:  # noqa: BLE001  whatever",
                "        except ZeroDivisionError as error:  # whatever",
            )
        ],
        "tests/hub/server/test_live.py::test_a_viewer_that_the_hub_fails_at_is_told",
    ),
    Removal(
        "a task whose loading fails is not loaded again and again",
        "alphamed_nb.hub.intake",
        [
            (
                "            except Exception as error:  # noqa: BLE001  as in _handle\n",
                "            except ZeroDivisionError as error:\n",
            )
        ],
        "tests/hub/test_damage.py::test_a_load_that_fails_for_any_reason_is_refused_and_tried_again",
    ),
    Removal(
        "a deep frame does no harm",
        LINK,
        [
            (
                "except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:",
                "except (msgspec.MsgspecError, UnicodeError) as error:",
            )
        ],
        FRAMES + "test_a_malformed_frame_closes_its_link[a deep contract]",
    ),
    Removal(
        "a binary frame is refused",
        LINK,
        [("        if isinstance(frame, bytes):\n", "        if False:\n")],
        FRAMES + "test_a_binary_frame_is_refused_whatever_it_holds",
    ),
    Removal(
        "a frame over the limit is refused",
        LINK,
        [("        if len(frame) > limit or (", "        if False and (")],
        FRAMES + "test_a_frame_over_the_limit_is_refused_by_name",
    ),
    Removal(
        "a frame far over the limit is not read",
        LINK,
        [("return 2 * service.limits.frame_bytes", "return 2**40")],
        FRAMES + "test_a_frame_far_over_the_limit_is_not_even_read",
    ),
    Removal(
        "a link that reads nothing is cut off",
        LINK,
        [("        if self._socket.unread_bytes() > UNREAD_BYTES:\n", "        if False:\n")],
        FRAMES + "test_a_link_that_reads_nothing_is_cut_off",
    ),
    Removal(
        "a broken frame closes no other link",
        LINK,
        [
            (
                "            self._service.links.close(self.id)\n\n    def _too_slow",
                "            self._service.links.close(self.id)\n"
                "        for other in self._service.links:\n            other.replaced()\n\n    def _too_slow",
            )
        ],
        FRAMES + "test_a_malformed_frame_closes_its_link[no JSON]",
    ),
    Removal(
        "the handshake comes first",
        LINK,
        [('            if self._state == "open":\n', "            if True:\n")],
        FRAMES + "test_nothing_goes_before_the_handshake",
    ),
    Removal(
        "nothing comes with the proof",
        LINK,
        [('if self._state == "opening" or len(messages) != 1:', 'if self._state == "opening" or not messages:')],
        FRAMES + "test_nothing_goes_before_the_handshake",
    ),
    Removal(
        "there is no second handshake",
        "alphamed_nb.hub.intake",
        [("            if isinstance(message, (Hello, Proof)):\n", "            if False:\n")],
        FRAMES + "test_a_malformed_frame_closes_its_link[hello again]",
    ),
    Removal(
        "a silent socket is closed",
        LINK,
        [
            (
                "        self._timer = service.call_later(HANDSHAKE_SECONDS, self._too_slow)",
                "        self._timer = service.call_later(HANDSHAKE_SECONDS, lambda: None)",
            )
        ],
        FRAMES + "test_a_silent_socket_is_closed",
    ),
    Removal(
        "an unknown version is refused",
        LINK,
        [("        if PROTOCOL_VERSION not in message.versions:\n", "        if False:\n")],
        FRAMES + "test_no_common_version",
    ),
    Removal(
        "a fault of the hub is told to its sender alone",
        "alphamed_nb.hub.intake",
        [
            (
                "        except Exception as error:  # noqa: BLE001  whatever it is, its sender",
                "        except ZeroDivisionError as error:  # noqa: BLE001  whatever it is, its sender",
            )
        ],
        "tests/hub/test_service.py::test_a_fault_of_the_hub_is_told_to_its_sender_alone",
    ),
    # -- names ---------------------------------------------------------------------------------------------------------
    Removal(
        "an empty name is refused",
        NAMES,
        [("    if not value:\n", "    if False:\n")],
        BAD_NAME + "[-empty]",
    ),
    Removal(
        "dots are no name",
        NAMES,
        [('    if value in (".", ".."):\n', "    if False:\n")],
        BAD_NAME + "[..-one folder name]",
    ),
    Removal(
        "a path is no name",
        NAMES,
        [('        if character in "/\\\\":\n', '        if character in "":\n')],
        BAD_NAME + "[../up-'/']",
    ),
    Removal(
        "a control character is in no name",
        NAMES,
        [('if unicodedata.category(character) in ("Cc", "Cs"):', 'if unicodedata.category(character) in ("Cs",):')],
        BAD_NAME + "[a\\nb-control character]",
    ),
    Removal(
        "a lone surrogate is in no name",
        NAMES,
        [('if unicodedata.category(character) in ("Cc", "Cs"):', 'if unicodedata.category(character) in ("Cc",):')],
        BAD_NAME + "[\\ud800-control character]",
    ),
    Removal(
        "a name fits one folder name",
        NAMES,
        [("    if len(value.encode()) > MAX_NAME_BYTES:\n", "    if False:\n")],
        BAD_NAME + "[" + "\\u533b" * 67 + "-200 bytes]",
    ),
    Removal(
        "the task of a claim is no path",
        CHECKS,
        [('    check_name(message.task, "task id")\n', "")],
        REFUSED + "[a path as task]",
        also={
            "alphamed_nb.hub.core.claims": [('    check_name(message.task, "task id")\n', "")],
            "alphamed_nb.hub.core.router": [('return [check_name(message.task, "task id")]', "return [message.task]")],
        },
    ),
    Removal(
        "the node of a claim is no path",
        CHECKS,
        [
            (
                '    check_name(message.task, "task id")\n    check_name(message.node)\n',
                '    check_name(message.task, "task id")\n',
            )
        ],
        REFUSED + "[dots]",
        also={"alphamed_nb.hub.core.claims": [("    check_name(message.node)\n", "")]},
    ),
    Removal(
        "the nodes of a claim are no paths",
        "alphamed_nb.hub.core.claims",
        [("nodes = list(dict.fromkeys(check_name(node) for node in message.nodes))", "nodes = list(message.nodes)")],
        "tests/hub/core/test_claims.py::test_bad_names_are_refused[../x]",
    ),
    Removal(
        "the target of a message is no path",
        SENDING,
        [('            check_name(target, "target")', "            pass")],
        "tests/hub/core/test_events.py::test_bad_target_is_refused_and_nothing_changes[a/b]",
    ),
    Removal(
        "names in a request are checked before the core sees it",
        CHECKS,
        [('        _known_name(name, "node id")\n', "        pass\n")],
        REFUSED + "[a path as target]",
    ),
    Removal(
        "the node of a clean is no path",
        CHECKS,
        [
            (
                "def _check_clean(message: Clean, limits: Limits) -> None:\n    check_name(message.node)",
                "def _check_clean(message: Clean, limits: Limits) -> None:\n    pass",
            )
        ],
        REFUSED + "[a clean of a path]",
    ),
    Removal(
        "the node of a record is no path",
        CHECKS,
        [('    _known_name(record.node, "node id")\n', "")],
        RECORDS + "[a path as node]",
    ),
    Removal(
        "the stream of an offer is no path",
        TRANSFERS,
        [("    if message.stream and not _IS_ID(message.stream):\n", "    if False:\n")],
        BAD_OFFER + "[targets8-more8-invalid_request]",
    ),
    Removal(
        "the id of an offer is no path",
        TRANSFERS,
        [("        if not _IS_ID(identifier):\n", "        if False:\n")],
        BAD_OFFER + "[targets2-more2-invalid_request]",
    ),
    Removal(
        "ids in a request are checked before the core sees it",
        CHECKS,
        [("    if not _HEX_ID.match(value):\n", "    if False:\n")],
        REFUSED + "[a path as stream]",
    ),
    # -- sizes and numbers ---------------------------------------------------------------------------------------------
    Removal(
        "numbers of a request are in range",
        CHECKS,
        [("if number is not None and not -1 <= number < MAX_NUMBER:", "if False:")],
        REFUSED + "[a huge epoch]",
    ),
    Removal(
        "numbers of a request are not negative",
        CHECKS,
        [("not -1 <= number < MAX_NUMBER:", "not number < MAX_NUMBER:")],
        REFUSED + "[a negative counter]",
    ),
    Removal(
        "texts of a request are bounded",
        CHECKS,
        [("        if len(getattr(value, name)) > TEXT_CHARACTERS:\n", "        if False:\n")],
        REFUSED + "[a long title]",
    ),
    Removal(
        "the nodes and targets of a request are bounded",
        CHECKS,
        [("    if len(names) > limits.targets:\n", "    if False:\n")],
        REFUSED + "[too many nodes]",
    ),
    Removal(
        "a message is bounded",
        CHECKS,
        [("    if size > limits.contract_bytes:\n", "    if False:\n")],
        REFUSED + "[a large contract]",
    ),
    Removal(
        "the core bounds a message too",
        SENDING,
        [("    if len(content) > hub.limits.contract_bytes:\n", "    if False:\n")],
        "tests/hub/core/test_events.py::test_limits_are_kept",
    ),
    Removal(
        "the core bounds targets too",
        SENDING,
        [("    if len(found) > limit:\n", "    if False:\n")],
        "tests/hub/core/test_events.py::test_limits_are_kept",
    ),
    Removal(
        "a message is a JSON object",
        SENDING,
        [('    if content[0] != ord("{"):\n', "    if False:\n")],
        "tests/hub/core/test_events.py::test_content_that_is_no_object_is_refused[content0]",
    ),
    Removal(
        "a stream is bounded",
        TRANSFERS,
        [("    if not 0 <= message.size <= hub.limits.stream_bytes:\n", "    if False:\n")],
        BAD_OFFER + "[targets10-more10-too_large]",
    ),
    Removal(
        "the announced size of a stream is checked before the core sees it",
        CHECKS,
        [("    if message.size > limits.stream_bytes:\n", "    if False:\n")],
        REFUSED + "[a stream over the limit]",
    ),
    Removal(
        "a log record is bounded",
        CHECKS,
        [("if len(log.text) * 4 > limits.record_bytes and len(log.text.encode()) > limits.record_bytes:", "if False:")],
        RECORDS + "[a long text]",
    ),
    Removal(
        "records in one message are bounded",
        CHECKS,
        [("    if len(message.records) > limits.records_per_frame:\n", "    if False:\n")],
        RECORDS + "[too many]",
    ),
    Removal(
        "the level of a record is in range",
        NUMBERS,
        [("Level = Annotated[int, msgspec.Meta(ge=0, le=1000)]", "Level = int")],
        RECORDS + "[a huge level]",
    ),
    # -- viewers -------------------------------------------------------------------------------------------------------
    Removal(
        "a viewer's malformed question is refused",
        LIVE,
        [("except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:", "except UnicodeError as error:")],
        FEED + "test_a_bad_question_is_refused[x]",
    ),
    Removal(
        "a viewer's large question is refused",
        LIVE,
        [("            if len(frame) > LIVE_FRAME_BYTES:\n", "            if False:\n")],
        FEED + "test_a_large_question_is_refused",
    ),
    Removal(
        "a reader's question that makes no sense is refused",
        "alphamed_nb.hub.server.rest",
        [
            (
                "            if name not in allowed:\n                if name in _ALWAYS_ALLOWED:",
                "            if name not in allowed and name == 'other':\n                if name in _ALWAYS_ALLOWED:",
            )
        ],
        "tests/hub/server/test_rest.py::test_a_query_that_makes_no_sense[unknown=1]",
    ),
    Removal(
        "the task of a read is no path",
        "alphamed_nb.hub.server.rest",
        [
            (
                'runs = await _run_entries(service, check_name(task, "task id"))',
                "runs = await _run_entries(service, task)",
            )
        ],
        "tests/hub/server/test_rest.py::test_a_path_is_no_task[tasks/..%2F..]",
    ),
]
