"""Whatever a node logs or fails with, its records are taken, and those beside them."""

from __future__ import annotations

import logging
import os
import sys

import pytest
from hub_process import HubProcess

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.waiting import Deadline

VAST = "no image for " + ", ".join(f"case {number:08d}" for number in range(80_000))
NO_UTF8 = os.fsdecode("肺部.dcm".encode("gbk"))
ESCAPED = NO_UTF8.encode("utf-8", "backslashreplace").decode()


def rows(hub: HubProcess, kind: str, task: str) -> list[dict]:
    return [row["body"] for row in hub.rows("messages", kind) if row["task"] == task]


def test_an_error_with_a_vast_text_is_kept_cut_and_costs_no_line(hub: HubProcess, task: str) -> None:
    with NodeContext(task, [task, "b"]), NodeContext("b", [task, "b"]) as other:
        log = logging.getLogger("of the user")
        with NodeContext(task) as context:
            session = context.session(task)
            log.warning("before")
            try:
                raise ValueError(VAST)
            except ValueError:
                log.exception("skipped")
            log.warning("after")
            assert session.link.records.drain(Deadline(20))
        assert other.link.connected
    kept = hub.logs(task)
    assert [body["text"] for body in kept] == ["before", "skipped", "after"]
    traceback = kept[1]["traceback"]
    assert traceback["type"] == "ValueError" and "are left out here] ..." in traceback["message"]
    assert traceback["text"].startswith("Traceback (most recent call last):")
    assert f'File "{__file__}"' in traceback["text"] and "case 00079999" in traceback["text"]
    assert len(traceback["text"]) < 20_000 and traceback["frames"][0]["file"] == __file__


def test_a_failure_with_a_vast_text_keeps_type_and_place(hub: HubProcess, task: str) -> None:
    with NodeContext("b", ["a", "b"]) as watching:
        watcher = watching.session(task)
        with pytest.raises(RuntimeError), NodeContext("a", ["a", "b"]) as context:
            context.session(task)
            watcher.watch(["a"])
            raise RuntimeError(VAST)
        states = [watcher.receive(Deadline(20), presence=True)]
        assert [(state.state, state.error) for state in states] == [("failed", "RuntimeError")]
    (state,) = [body for body in rows(hub, "state", task) if body["activity"] == "failed"]
    failure = state["failure"]
    assert failure["type"] == "RuntimeError" and failure["place"].startswith("tests/node/output/test_records.py:")
    assert len(failure["message"]) == 65_536 and "are left out here] ..." in failure["message"]
    (logged,) = [body for body in hub.logs("a") if body.get("source") == "traceback" and VAST[:100] in body["text"]]
    assert logged["text"].startswith("RuntimeError: no image for") and len(logged["text"]) <= 65_536


def test_text_that_is_no_utf8_is_written_with_backslashes(hub: HubProcess, task: str) -> None:
    log = logging.getLogger("of the user")
    with pytest.raises(ValueError), NodeContext(task) as context:
        context.session(task)
        log.warning("reading %s", NO_UTF8)
        sys.stdout.write(f"{'x' * 300_000}{NO_UTF8}\n")
        raise ValueError(NO_UTF8)
    kept = hub.logs(task)
    assert kept[0]["text"] == f"reading {ESCAPED}"
    assert "".join(body["text"] for body in kept if body.get("source") == "stdout") == "x" * 300_000 + ESCAPED
    assert kept[-1]["text"] == f"ValueError: {ESCAPED}" and kept[-1]["traceback"]["message"] == ESCAPED
    (failed,) = [body for body in rows(hub, "state", task) if body["activity"] == "failed"]
    assert failed["failure"]["message"] == ESCAPED


@pytest.mark.parametrize(("level", "kept"), [(2000, 1000), (-7, 0), (2**70, 1000)])
def test_any_level_is_taken(hub: HubProcess, task: str, level: int, kept: int) -> None:
    log = logging.getLogger("of the user")
    with NodeContext(task) as context:
        context.session(task)
        record = log.makeRecord(log.name, level, __file__, 2**70, "odd", (), None, func="f" * 100_000)
        log.handle(record)
        log.warning("after")
    odd, after = hub.logs(task)
    assert (odd["level"], odd["line"], len(odd["function"])) == (kept, 2**53, 65_536) and after["text"] == "after"
