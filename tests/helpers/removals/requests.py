"""What a link may not do: harm another link, or name a path."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

CHECKS = "alphamed_nb.hub.routing.checks"
LINK = "alphamed_nb.hub.server.link"
NAMES = "alphamed_nb.protocol.names"
FRAMES = "tests/hub/server/test_link.py::"
REFUSED = FRAMES + "test_a_bad_request_is_answered_and_the_link_goes_on"
BAD_NAME = "tests/protocol/test_names.py::test_a_refused_name_is_told_why"

REMOVALS = [
    # -- frames --------------------------------------------------------------------------------------------------------
    Removal(
        "work that fails keeps nothing else waiting",
        "alphamed_nb.hub.loop.fair_turns",
        [("        except Exception:\n", "        except ZeroDivisionError:\n")],
        "tests/hub/loop/test_fair_turns.py::test_work_that_fails_keeps_nothing_waiting",
    ),
    Removal(
        "a broken frame closes no other link",
        LINK,
        [
            (
                "            self._links.close(self.id)\n\n    def _too_slow",
                "            self._links.close(self.id)\n"
                "        for other in self._links:\n            other.replaced()\n\n    def _too_slow",
            )
        ],
        FRAMES + "test_a_malformed_frame_closes_its_link[no JSON]",
    ),
    Removal(
        "a fault of the hub is told to its sender alone",
        "alphamed_nb.hub.routing.intake",
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
        "a path is no name",
        NAMES,
        [('        if character in "/\\\\":\n', '        if character in "":\n')],
        BAD_NAME + "[../up-'/']",
    ),
    Removal(
        "names in a request are checked before the core sees it",
        CHECKS,
        [('        _known_name(name, "node id")\n', "        pass\n")],
        REFUSED + "[a path as target]",
    ),
]
