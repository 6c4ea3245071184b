from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hub_process import HubProcess, eventually, run_node

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link import spool
from alphamed_nb.node.session.session import Session
from alphamed_nb.node.session.streams_in import receive_streams
from alphamed_nb.node.session.streams_out import send_stream
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import StorageFailed, TooLarge
from alphamed_nb.protocol.messages import EventItem


@pytest.fixture
def nodes(hub: HubProcess, task: str):
    with ExitStack() as stack:

        def make(*names: str) -> list[Session]:
            return [stack.enter_context(NodeContext(name, names)).session(task) for name in names]

        yield make


def background(work: Callable[[], object]) -> Future:
    future: Future = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def test_a_stream_reaches_its_targets_unchanged(nodes, hub: HubProcess) -> None:
    a, b, c = nodes("a", "b", "c")
    data = bytes(range(256)) * 5000
    sent = background(lambda: send_stream(a, ["b", "c"], data))
    assert receive_streams(b, ["a"], Deadline(20)) == {"a": data}
    assert receive_streams(c, [], Deadline(20)) == {"a": data}
    assert sent.result(20) == {"b": "taken", "c": "taken"}
    eventually(lambda: hub.spool_files() == [])


def test_what_a_node_writes_itself_leaves_the_disk_its_reserve(nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = nodes("a", "b")
    link = a.link
    link.wait_connected()
    free = shutil.disk_usage("/").free
    with monkeypatch.context() as patch:
        patch.setattr(link, "welcome", msgspec.structs.replace(link.welcome, spool_reserve=2 * free))
        with pytest.raises(StorageFailed, match="kept for messages and logs"):
            send_stream(a, ["b"], b"x")
    assert link.welcome.spool_reserve == 512 * 1024**2
    sent = background(lambda: send_stream(a, ["b"], b"x"))
    assert receive_streams(b, ["a"], Deadline(20)) == {"a": b"x"}
    assert sent.result(20) == {"b": "taken"}


def test_an_empty_stream_is_a_stream(nodes) -> None:
    a, b = nodes("a", "b")
    sent = background(lambda: send_stream(a, ["b"], b""))
    assert receive_streams(b, ["a"], Deadline(20)) == {"a": b""}
    assert sent.result(20) == {"b": "taken"}


def test_two_senders_that_send_twice_against_two_batch_receives(nodes) -> None:
    a, b, c = nodes("a", "b", "c")

    def twice(session: Session, pause: float) -> list[dict[str, str]]:
        outcomes = [send_stream(session, ["c"], session.node.encode() + b"1", timeout=0.5)]
        time.sleep(pause)
        return [*outcomes, send_stream(session, ["c"], session.node.encode() + b"2", timeout=0.5)]

    fast, slow = background(lambda: twice(a, 0)), background(lambda: twice(b, 1))
    assert receive_streams(c, ["a", "b"], Deadline(20)) == {"a": b"a1", "b": b"b1"}
    assert receive_streams(c, ["a", "b"], Deadline(20)) == {"a": b"a2", "b": b"b2"}
    assert fast.result(20) == slow.result(20) == [{"c": "taken"}, {"c": "taken"}]


def test_a_source_that_is_not_awaited_is_denied_at_once(nodes, caplog: pytest.LogCaptureFixture) -> None:
    a, b, c = nodes("a", "b", "c")
    denied = background(lambda: send_stream(a, ["c"], b"not awaited", connection_timeout=20))
    received = background(lambda: receive_streams(c, ["b"], Deadline(20)))
    outcome = denied.result(10)["c"]
    assert outcome.startswith("denied: ") and "batch_receive_stream" in outcome
    eventually(lambda: any("refused data of node a" in record.getMessage() for record in caplog.records))
    assert send_stream(b, ["c"], b"awaited") == {"c": "taken"}
    assert received.result(10) == {"b": b"awaited"}


def test_another_label_is_denied(nodes) -> None:
    a, b = nodes("a", "b")
    received = background(lambda: receive_streams(b, ["a"], Deadline(20), label="round 2"))
    assert "another round" in send_stream(a, ["b"], b"old", label="round 1")["b"]
    assert send_stream(a, ["b"], b"new", label="round 2") == {"b": "taken"}
    assert received.result(10) == {"a": b"new"}


def test_nobody_begins_to_read_in_time(nodes, hub: HubProcess) -> None:
    a, b = nodes("a", "b")
    assert send_stream(a, ["b"], b"x", connection_timeout=0.1) == {"b": "withdrawn"}
    assert receive_streams(b, ["a"], Deadline(0.1)) == {}
    eventually(lambda: hub.spool_files() == [])


def test_the_receiver_does_not_finish_in_time(nodes) -> None:
    """With all_or_nothing the stream stays unconfirmed until the other one comes."""
    a, b = nodes("a", "b")
    sent = background(lambda: send_stream(a, ["b"], b"x", timeout=0.2))
    received = background(lambda: receive_streams(b, ["a", "c"], Deadline(3), all_or_nothing=True))
    assert sent.result(10) == {"b": "withdrawn"}
    assert received.result(10) == {}


def test_all_or_nothing_gives_back_what_came(nodes) -> None:
    a, b = nodes("a", "b")
    sent = background(lambda: send_stream(a, ["b"], b"x"))
    assert receive_streams(b, ["a", "c"], Deadline(0.3), all_or_nothing=True) == {}
    assert receive_streams(b, ["a"], Deadline(10)) == {"a": b"x"}
    assert sent.result(10) == {"b": "taken"}


def test_all_or_nothing_confirms_at_the_end(nodes) -> None:
    a, b, c = nodes("a", "b", "c")
    sent = [background(lambda session=session: send_stream(session, ["c"], b"x")) for session in (a, b)]
    assert receive_streams(c, ["a", "b"], Deadline(10), all_or_nothing=True) == {"a": b"x", "b": b"x"}
    assert [each.result(10) for each in sent] == [{"c": "taken"}] * 2


def test_what_was_withdrawn_before_the_batch_was_complete_is_waited_for_again(nodes) -> None:
    a, b, c = nodes("a", "b", "c")
    received = background(lambda: receive_streams(c, ["a", "b"], Deadline(20), all_or_nothing=True))
    assert send_stream(a, ["c"], b"given up", timeout=0.2) == {"c": "withdrawn"}  # read, but not taken before b's comes
    assert send_stream(b, ["c"], b"x") == {"c": "taken"}
    assert send_stream(a, ["c"], b"again") == {"c": "taken"}
    assert received.result(10) == {"a": b"again", "b": b"x"}


def test_a_timed_out_batch_returns_what_it_took(nodes) -> None:
    a, b = nodes("a", "b")
    sent = background(lambda: send_stream(a, ["b"], b"x"))
    assert receive_streams(b, ["a", "c"], Deadline(0.3)) == {"a": b"x"}
    assert sent.result(10) == {"b": "taken"}


def test_events_come_to_the_handler_in_order_while_receiving(nodes) -> None:
    a, b = nodes("a", "b")
    events: list[str] = []
    for kind in ("one", "two"):
        a.send(["b"], kind, {"type": kind})
    sent = background(lambda: send_stream(a, ["b"], b"x"))
    assert receive_streams(b, ["a"], Deadline(10), on_event=lambda item: events.append(item.type)) == {"a": b"x"}
    assert events == ["one", "two"] and sent.result(10)
    a.send(["b"], "three", {"type": "three"})
    item = b.receive(Deadline(10))
    assert isinstance(item, EventItem) and item.type == "three"


def test_what_an_interrupted_receive_took_is_first_for_the_next(nodes) -> None:
    a, b = nodes("a", "b")

    def interrupt(source: str, data: bytes) -> None:
        raise KeyboardInterrupt

    sent = background(lambda: send_stream(a, ["b"], b"x"))
    with pytest.raises(KeyboardInterrupt):
        receive_streams(b, ["a", "c"], Deadline(10), on_arrival=interrupt)
    assert sent.result(10) == {"b": "taken"}
    assert receive_streams(b, ["a"], Deadline(10)) == {"a": b"x"}


def test_a_send_shows_events_without_consuming_them_and_can_be_abandoned(nodes) -> None:
    a, b = nodes("a", "b")
    shown: list[str] = []

    def abandon(item: object) -> bool:
        assert isinstance(item, EventItem)
        shown.append(item.type)
        return item.type == "stop"

    for kind in ("one", "stop"):
        b.send(["a"], kind, {"type": kind})
    assert send_stream(a, ["b"], b"x", connection_timeout=0, abandon=abandon) == {"b": "withdrawn"}
    assert shown == ["one", "stop"]
    consumed = [a.receive(Deadline(10)) for _ in range(2)]
    assert [item.type for item in consumed if isinstance(item, EventItem)] == ["one", "stop"]


def test_a_send_goes_on_without_a_target_that_is_gone(nodes, hub: HubProcess, task: str) -> None:
    a, b = nodes("a", "b")
    a.watch(["c"])
    sent = background(
        lambda: send_stream(
            a, ["b", "c"], b"x", connection_timeout=0, abandon=lambda item: ["c"] if item.state == "failed" else None
        )
    )
    with pytest.raises(ValueError), NodeContext("c") as other:
        other.session(task)
        raise ValueError
    assert receive_streams(b, ["a"], Deadline(10)) == {"a": b"x"}
    assert sent.result(10) == {"b": "taken", "c": "withdrawn"}


def test_a_receive_can_stop_waiting_for_a_source(nodes, hub: HubProcess, task: str) -> None:
    a, b = nodes("a", "b")
    b.watch(["a", "c"])
    received = background(
        lambda: receive_streams(
            b, ["a", "c"], Deadline(20), on_presence=lambda state: [state.node] if state.state == "failed" else None
        )
    )
    sent = background(lambda: send_stream(a, ["b"], b"x"))
    with pytest.raises(ValueError), NodeContext("c") as other:
        other.session(task)
        raise ValueError
    assert received.result(10) == {"a": b"x"} and sent.result(10) == {"b": "taken"}


def test_a_stream_over_the_limit_is_refused_before_it_is_written(nodes, hub: HubProcess) -> None:
    import msgspec

    a, _ = nodes("a", "b")
    a.link.limits = msgspec.structs.replace(a.link.limits, stream_bytes=10)
    with pytest.raises(TooLarge, match="11 bytes"):
        send_stream(a, ["b"], b"x" * 11)
    assert hub.spool_files() == []


def test_a_folder_is_shared_if_its_token_is_this_users_file(tmp_path: Path) -> None:
    """A hub elsewhere may name any folder."""
    link: Any = SimpleNamespace(welcome=SimpleNamespace(spool=str(tmp_path), spool_token="right"))
    token = tmp_path / "token"
    token.write_text("right\n")
    token.chmod(0o600)
    assert spool.shared_spool(link) == tmp_path
    token.rename(tmp_path / "elsewhere")
    token.symlink_to(tmp_path / "elsewhere")
    assert spool.shared_spool(link) is None
    token.unlink()
    os.mkfifo(token)
    assert spool.shared_spool(link) is None


def test_without_a_shared_file_system_the_bytes_go_over_http(nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = nodes("a", "b")
    monkeypatch.setattr(spool, "shared_spool", lambda link: None)
    data = bytes(range(256)) * 40_000
    sent = background(lambda: send_stream(a, ["b"], data))
    assert receive_streams(b, ["a"], Deadline(20)) == {"a": data}
    assert sent.result(10) == {"b": "taken"}


def test_the_end_of_a_process_leaves_no_stream_behind(hub: HubProcess, task: str) -> None:
    code = f"""
import os, threading, sys
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link import spool
from alphamed_nb.node.session import streams_out
from alphamed_nb.node.link.spool import StreamFile
with NodeContext('a', ['a', 'b']) as context:
    session = context.session({task!r})
    StreamFile(session.link, b'never offered')
    threading.Thread(target=streams_out.send_stream, args=(session, ['b'], b'offered'), daemon=True).start()
    while not session.offers.open(): pass
"""
    assert run_node(code, hub).returncode == 0
    eventually(lambda: hub.spool_files() == [])


def test_a_send_that_is_interrupted_withdraws_its_offer(nodes, hub: HubProcess) -> None:
    a, b = nodes("a", "b")

    def interrupt(item: object) -> bool:
        raise KeyboardInterrupt

    b.send(["a"], "word", {"type": "word"})
    with pytest.raises(KeyboardInterrupt):
        send_stream(a, ["b"], b"x", connection_timeout=0, abandon=interrupt)
    eventually(lambda: hub.spool_files() == [])
    assert receive_streams(b, ["a"], Deadline(0.1)) == {}
