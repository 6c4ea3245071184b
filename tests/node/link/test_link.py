from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hub_process import HubProcess, eventually, run_node, start_node
from running_hub import RunningHub, with_hub

from alphamed_nb.hub import recovery
from alphamed_nb.hub.store import writer
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link.registry import close_links, get_link
from alphamed_nb.node.session.streams_in import receive_streams
from alphamed_nb.node.session.streams_out import send_stream
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import AlreadyClaimed, Fenced, HubUnreachable
from alphamed_nb.protocol.messages import EventItem


def say(session, targets: list[str], text: str) -> None:
    session.send(targets, "word", {"type": "word", "text": text})


def heard(session, count: int) -> list[str]:
    found = []
    for _ in range(count):
        item = session.receive(Deadline(30))
        assert isinstance(item, EventItem)
        found.append(msgspec.json.decode(item.contract)["text"])
    return found


def test_sends_wait_while_the_hub_is_away_and_arrive_once(own_hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        session = context.session(task)
        epoch = session.epoch
        say(session, ["a"], "0")
        own_hub.kill()
        pending = [
            session.post_send(["a"], "word", {"type": "word", "text": str(number)})[1] for number in range(1, 20)
        ]
        own_hub.start()
        for each in pending:
            each.result(Deadline(30))
        assert heard(session, 20) == [str(number) for number in range(20)]
        assert session.receive(Deadline(0.1)) is None
        assert session.epoch == epoch  # it resumed


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_through_kills_of_the_hub_is_stored_once_and_in_order(
    own_hub: HubProcess, task: str, seed: int
) -> None:
    import random

    random.seed(seed)
    with NodeContext("a", ["a", "b"]) as a, NodeContext("b", ["a", "b"]) as b:
        sender, receiver = a.session(task), b.session(task)
        got: list[str] = []
        reader = threading.Thread(target=lambda: got.extend(heard(receiver, 300)), daemon=True)
        reader.start()

        def send() -> None:
            for number in range(300):
                say(sender, ["b"], str(number))

        writer = threading.Thread(target=send, daemon=True)
        writer.start()
        for _ in range(3):
            time.sleep(random.uniform(0.01, 0.15))
            own_hub.kill()
            own_hub.start()
        writer.join(60)
        reader.join(60)
        assert got == [str(number) for number in range(300)]
        assert receiver.receive(Deadline(0.1)) is None


def test_a_wait_goes_on_over_a_restart_of_the_hub(own_hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        session = context.session(task)
        got: list[list[str]] = []
        waiter = threading.Thread(target=lambda: got.append(heard(session, 1)), daemon=True)
        waiter.start()
        eventually(lambda: session.item_waits)
        own_hub.kill()
        own_hub.start()
        say(session, ["a"], "after")
        waiter.join(30)
        assert got == [["after"]]


def test_presence_is_watched_again_after_a_restart(own_hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        session = context.session(task)
        session.watch(["b"])
        own_hub.kill()
        own_hub.start()
        say(session, ["c"], "answered once the session has resumed")
        code = f"from alphamed_nb.node.context import NodeContext\nwith NodeContext('b') as c: c.session({task!r})"
        assert run_node(code, own_hub).returncode == 0
        states = [session.receive(Deadline(20), presence=True).state for _ in range(2)]
        assert states == ["up", "ended"]


def test_a_transfer_goes_on_over_a_restart_of_the_hub(own_hub: HubProcess, task: str) -> None:
    with NodeContext("a") as a, NodeContext("b") as b:
        sender, receiver = a.session(task), b.session(task)
        sent: list[dict[str, str]] = []
        thread = threading.Thread(target=lambda: sent.append(send_stream(sender, ["b"], b"x")), daemon=True)
        thread.start()
        eventually(lambda: any(row["task"] == task for row in own_hub.rows("messages", "offer")))
        eventually(lambda: not sender.link.requests.unanswered)
        own_hub.kill()
        own_hub.start()
        assert receive_streams(receiver, ["a"], Deadline(20)) == {"a": b"x"}
        thread.join(20)
        assert sent == [{"b": "taken"}]


def test_an_offer_that_a_killed_hub_never_stored_is_made_again(own_hub: HubProcess, task: str) -> None:
    with NodeContext("a") as a, NodeContext("b") as b:
        sender, receiver = a.session(task), b.session(task)
        own_hub.pause(True)  # it takes nothing any more
        sent: list[dict[str, str]] = []
        thread = threading.Thread(target=lambda: sent.append(send_stream(sender, ["b"], b"x")), daemon=True)
        thread.start()
        eventually(lambda: sender.offers.open() and sender.link.requests.unanswered)
        own_hub.kill()
        own_hub.start()
        assert receive_streams(receiver, ["a"], Deadline(20)) == {"a": b"x"}
        thread.join(20)
        assert sent == [{"b": "taken"}]


def test_a_send_whose_answer_was_lost_is_stored_once(hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        session = context.session(task)
        connection = session.link.transport.connection
        connection._take = lambda frame: None  # nothing that the hub says arrives over this connection any more
        pending = session.post_send(["a"], "word", {"type": "word", "text": "once"})[1]
        eventually(lambda: any(row["task"] == task for row in hub.rows("messages", "event")))
        session.link.loop.call_soon_threadsafe(connection.close)
        pending.result(Deadline(10))
        say(session, ["a"], "next")
        assert heard(session, 2) == ["once", "next"]
        assert session.receive(Deadline(0.1)) is None


@pytest.mark.parametrize("told", [True, False], ids=["announced", "answer-lost"])
def test_a_sender_that_was_away_learns_what_became_of_its_offer(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    code = f"""
import sys
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.session.streams_in import receive_streams
from alphamed_nb.node.waiting import Deadline
with NodeContext('b', ['a', 'b']) as context:
    session = context.session({task!r})
    print('up'); sys.stdin.readline()
    print(receive_streams(session, ['a'], Deadline(20)))
"""
    receiver = start_node(code, hub)
    with NodeContext("a", ["a", "b"]) as context:
        assert receiver.stdout.readline() == "up\n"
        session = context.session(task)
        link, transport = session.link, session.link.transport
        if not told:
            transport.connection._take = lambda frame: None  # nothing that the hub says arrives over this connection
        sent: list[dict[str, str]] = []
        thread = threading.Thread(target=lambda: sent.append(send_stream(session, ["b"], b"x", connection_timeout=0)))
        thread.start()
        eventually(lambda: any(row["task"] == task for row in hub.rows("messages", "offer")))
        if told:
            eventually(lambda: not link.requests.unanswered)
        back, connect = asyncio.Event(), transport._open

        async def when_it_may() -> object:
            await back.wait()
            return await connect()

        monkeypatch.setattr(transport, "_open", when_it_may)
        link.loop.call_soon_threadsafe(transport.connection.close)
        eventually(lambda: not link.connected)
        assert receiver.communicate("\n", timeout=30)[0] == "{'a': b'x'}\n"
        link.loop.call_soon_threadsafe(back.set)
        thread.join(10)
        assert sent == [{"b": "taken"}]


def test_one_line_says_that_the_hub_is_lost_and_one_that_it_is_back(
    own_hub: HubProcess, task: str, caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "alphamed_nb"]

    with NodeContext("a") as context:
        session = context.session(task)
        own_hub.kill()
        eventually(lambda: len(lines()) == 1)
        own_hub.start()
        say(session, ["a"], "x")
        assert lines()[0].startswith("The hub cannot be reached (") and lines()[1:] == ["The hub is back."]


def test_nodes_only_wait_while_the_disk_is_full(
    tmp_path: Path, task: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Those that were in, and those that come; once there is room again all goes on, with one line before and after."""
    monkeypatch.setattr(recovery, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(recovery, "_LONGEST_PAUSE", 0.05)
    full = threading.Event()

    def unless_full(work: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if full.is_set():
                raise OSError("the disk is full")
            return work(*arguments)

        return call

    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "alphamed_nb"]

    def waiting() -> list[str]:
        return [line for line in lines() if "calls wait" in line]

    def node(file: str, name: str) -> list[str]:
        with NodeContext(name, ["a", "b"], hub=file) as context:
            session = context.session(task)
            say(session, [name], "before")
            if name == "a":
                full.set()
            say(session, [name], "after")
            return heard(session, 2)

    async def scenario(hub: RunningHub) -> None:
        rules = hub.service.journal.messages._writer._rules
        monkeypatch.setattr(rules, "apply", unless_full(rules.apply))
        monkeypatch.setattr(writer, "prove_writable", unless_full(writer.prove_writable))
        file = str(hub.embedded.hub_file)
        first = asyncio.create_task(asyncio.to_thread(node, file, "a"))
        await asyncio.to_thread(full.wait)
        second = asyncio.create_task(asyncio.to_thread(node, file, "b"))
        await asyncio.to_thread(eventually, waiting)
        full.clear()
        assert await asyncio.gather(first, second) == [["before", "after"], ["before", "after"]]
        await asyncio.to_thread(close_links)

    with_hub(tmp_path, scenario)
    assert len(waiting()) == 1 and "cannot store" in waiting()[0]
    assert lines()[-1] == "The hub is back."


def test_who_was_away_too_long_while_another_took_over_is_told(tmp_path: Path, task: str, monkeypatch) -> None:
    hub = HubProcess(tmp_path, "--resume-seconds", "0.2").start()
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(hub.file))
    code = f"""
import sys
from alphamed_nb.node.context import NodeContext
with NodeContext('a') as context:
    session = context.session({task!r})
    print('up'); sys.stdin.readline()
    try:
        session.send(['a'], 'word', {{'type': 'word', 'text': 'x'}})
    except Exception as error:
        print(type(error).__name__, error)
"""
    other = start_node(code, hub)
    try:
        assert other.stdout.readline() == "up\n"
        other.send_signal(signal.SIGSTOP)  # its link stays open, but does not come back after the restart
        hub.kill()
        hub.start()
        with NodeContext("a") as context:
            session = _claimed_when_free(context, task)
            other.send_signal(signal.SIGCONT)
            other.stdin.write("\n")
            other.stdin.flush()
            said = other.stdout.readline()
            assert said.startswith("Fenced Node 'a'") and f"pid {os.getpid()}" in said
            say(session, ["a"], "mine")
    finally:
        other.kill()
        other.communicate()
        close_links()
        hub.stop()


def _claimed_when_free(context: NodeContext, task: str):
    end = time.monotonic() + 20
    while True:
        try:
            return context.session(task)
        except AlreadyClaimed:
            assert time.monotonic() < end
            time.sleep(0.05)


@pytest.mark.parametrize(
    "waits",
    [
        "session.receive(Deadline())",
        "send_stream(session, ['b'], b'x', connection_timeout=0)",
        "receive_streams(session, ['b'], Deadline())",
        "wait_until(threading.Condition(), lambda: False)",
    ],
)
def test_an_interrupt_ends_any_wait_and_leaves_the_process_usable(hub: HubProcess, task: str, waits: str) -> None:
    assert _interrupted(hub, task, waits) == "usable\n"


def test_an_interrupt_ends_a_send_while_the_hub_is_away(own_hub: HubProcess, task: str) -> None:
    code = "session.send(['a'], 'word', {'type': 'word'})"
    assert _interrupted(own_hub, task, code, away=True) == "usable\n"


def _interrupted(hub: HubProcess, task: str, waits: str, *, away: bool = False) -> str:
    code = f"""
import sys, threading
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.session.streams_in import receive_streams
from alphamed_nb.node.session.streams_out import send_stream
from alphamed_nb.node.waiting import Deadline, wait_until
with NodeContext('a', ['a', 'b']) as context:
    session = context.session({task!r})
    print('up'); sys.stdin.readline()
    print('waits')
    try:
        {waits}
    except KeyboardInterrupt:
        print('interrupted')
    sys.stdin.readline()
    session.send(['a'], 'word', {{'type': 'word'}})
    assert session.receive(Deadline(20)).type == 'word'
    print('usable')
"""
    process = start_node(code, hub)
    try:
        assert process.stdout.readline() == "up\n"
        if away:
            hub.kill()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "waits\n"
        time.sleep(0.3)  # it waits by then; earlier would do too
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        if away:
            hub.start()
        process.stdin.write("\n")
        process.stdin.flush()
        said = process.stdout.readline()
        out, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        return said + out
    finally:
        process.kill()
        process.communicate()


def test_a_failed_process_is_known_at_once(hub: HubProcess, task: str) -> None:
    other = start_node(
        "import sys\nfrom alphamed_nb.node.context import NodeContext\n"
        f"c = NodeContext('b').enter(); c.session({task!r}); print('up'); sys.stdin.readline()",
        hub,
    )
    with NodeContext("a") as context:
        session = context.session(task)
        session.watch(["b"])
        assert other.stdout.readline() == "up\n"
        begun = time.monotonic()
        other.kill()
        while (change := session.receive(Deadline(20), presence=True)).state != "gone":
            pass
        assert change.cause == "its process ended" and time.monotonic() - begun < 5
    other.communicate()


def test_a_process_that_ends_leaves_no_thread_waiting(hub: HubProcess, task: str) -> None:
    """It ends by itself, also inside a context and with another thread that waits."""
    code = f"""
import threading
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.waiting import Deadline
context = NodeContext('a').enter()
session = context.session({task!r})
threading.Thread(target=lambda: session.receive(Deadline()), daemon=True).start()
print('a line')
"""
    done = run_node(code, hub, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a line\n", "")
    eventually(lambda: "a line" in [body["text"] for body in hub.logs("a")])


def test_a_process_that_ends_while_the_hub_is_away_says_what_was_not_stored(own_hub: HubProcess, task: str) -> None:
    code = f"""
import sys
from alphamed_nb.node.context import NodeContext
with NodeContext('a') as context:
    context.session({task!r})
    print('up')
    sys.stdin.readline()
    print('one')
    print('two')
"""
    process = start_node(code, own_hub)
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    own_hub.kill()
    said, errors = process.communicate("\n", timeout=30)
    assert (process.returncode, said) == (0, "one\ntwo\n")
    assert "has not stored the last log records of this process (" in errors, errors


def test_links_end_with_the_process_and_begin_again(hub: HubProcess, task: str) -> None:
    before = threading.active_count()
    with NodeContext("a") as context:
        context.session(task)
    close_links()
    eventually(lambda: threading.active_count() == before)  # it says that it ends just before it has
    with NodeContext("a") as context:
        say(context.session(task), ["a"], "again")


def test_a_forked_child_closes_the_socket_and_cannot_use_the_session(hub: HubProcess, task: str) -> None:
    code = f"""
import os, stat, sys
from alphamed_nb.node.context import NodeContext
with NodeContext('a') as context:
    session = context.session({task!r})
    socket = session.link.transport.connection.socket.fileno()
    assert stat.S_ISSOCK(os.fstat(socket).st_mode)
    child = os.fork()
    if child == 0:
        print('open' if stat.S_ISSOCK(os.fstat(socket).st_mode) else 'closed')
        try:
            session.send(['a'], 'x', {{'type': 'x'}})
        except Exception as error:
            print(type(error).__name__)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    session.send(['a'], 'x', {{'type': 'x'}})
    print('parent')
"""
    done = run_node(code, hub)
    assert done.stdout == "closed\nHubUnreachable\nparent\n", done.stderr


def test_a_stale_hub_file_is_not_trusted(own_hub: HubProcess, task: str, tmp_path: Path) -> None:
    """Another process listens at the address: without the credential it is not taken for the hub."""
    content = msgspec.json.decode(own_hub.file.read_bytes())
    stale = tmp_path / "stale.json"
    stale.write_text(__import__("json").dumps(content | {"credential": "00" * 32}))
    link = get_link(str(stale))
    with pytest.raises(TimeoutError):
        link.wait_connected(Deadline(1))
    with pytest.raises(HubUnreachable, match="neither the address"):
        get_link("no such thing")


def test_requests_of_a_left_context_say_so(hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        session = context.session(task)
    with pytest.raises(Fenced, match="was left"):
        session.receive(Deadline(1))


def test_a_link_that_ends_leaves_nobody_waiting(hub: HubProcess, task: str) -> None:
    """A request, a call on its loop, and a send whose receiver has not begun to read."""
    ended: list[str] = []
    context = NodeContext("a", ["a", "b"]).enter()
    session = context.session(task)
    link = session.link

    def until_it_ends(wait) -> None:
        try:
            wait()
        except (Fenced, HubUnreachable) as error:
            ended.append(f"{type(error).__name__}: {error}")

    waits = [
        lambda: session.receive(Deadline()),
        lambda: link.call(asyncio.Event().wait),
        lambda: send_stream(session, ["b"], b"x", connection_timeout=0),
    ]
    threads = [threading.Thread(target=until_it_ends, args=(wait,), daemon=True) for wait in waits]
    for thread in threads:
        thread.start()
    eventually(lambda: session.item_waits and session.offers.open() and len(link.requests.unanswered) == 1)
    close_links()
    for thread in threads:
        thread.join(20)
    context.leave()
    assert len(ended) == 3 and all("The link to the hub is closed." in text for text in ended), ended
