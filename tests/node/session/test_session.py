from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import msgspec
import pytest
from hub_process import HubProcess, eventually, start_node

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link.registry import get_link
from alphamed_nb.node.link.request import Request
from alphamed_nb.node.session.item_wait import ItemWait
from alphamed_nb.node.session.session import Session
from alphamed_nb.node.waiting import Deadline, Signal
from alphamed_nb.protocol.errors import AlreadyClaimed, Fenced, TooLarge
from alphamed_nb.protocol.messages import Claimed, EventItem, NodeState
from alphamed_nb.protocol.waits import wait_after


@pytest.fixture
def nodes(hub: HubProcess, task: str):
    """Makes sessions of several nodes in this process."""
    with ExitStack() as stack:

        def make(*names: str) -> list[Session]:
            return [stack.enter_context(NodeContext(name, names)).session(task) for name in names]

        yield make


def text_of(item: object) -> object:
    assert isinstance(item, EventItem), item
    return msgspec.json.decode(item.contract)["text"]


def say(session: Session, targets: list[str], text: str) -> str:
    return session.send(targets, "word", {"type": "word", "text": text})


def test_messages_come_once_and_in_order(nodes) -> None:
    a, b = nodes("a", "b")
    for number in range(50):
        say(a, ["b"], str(number))
    assert [text_of(b.receive(Deadline(10))) for _ in range(50)] == [str(number) for number in range(50)]
    assert b.receive(Deadline(0.05)) is None


def test_a_broadcast_reaches_everybody_including_the_sender(nodes) -> None:
    a, b, c = nodes("a", "b", "c")
    say(a, ["*"], "hello")
    assert [text_of(each.receive(Deadline(10))) for each in (a, b, c)] == ["hello"] * 3


def test_a_message_that_comes_while_waiting_wakes_the_receiver(nodes) -> None:
    a, b = nodes("a", "b")
    got: list[object] = []
    receiver = threading.Thread(target=lambda: got.append(text_of(b.receive(Deadline(10)))))
    receiver.start()
    eventually(lambda: b.item_waits)
    say(a, ["b"], "now")
    receiver.join(10)
    assert got == ["now"]


def test_a_wait_that_ended_loses_nothing(nodes) -> None:
    """A message that crosses the end of a wait is the first one of the next."""
    a, b = nodes("a", "b")
    for number in range(100):
        sender = threading.Thread(target=say, args=(a, ["b"], str(number)))
        sender.start()
        item = b.receive(Deadline(0.001))
        sender.join()
        if item is None:
            item = b.receive(Deadline(10))
        assert text_of(item) == str(number)


def crossing(session: Session, hub: HubProcess) -> None:
    """Have the hub hand out an event that reaches this process only after the wait for it has ended."""
    link = session.link
    begin, go_on = threading.Event(), threading.Event()
    link.loop.call_soon_threadsafe(begin.wait, 20)
    reception = ItemWait(session, Signal())
    session.item_waits.open(reception)
    session.post_send([session.node], "word", {"type": "word", "text": "crossing"})
    link.loop.call_soon_threadsafe(lambda: (link.flush(), go_on.wait(20)))  # it writes both, and reads nothing
    begin.set()
    eventually(lambda: any(row["task"] == session.task for row in hub.rows("messages", "read")))
    session.item_waits.close(reception)
    go_on.set()


def test_an_event_that_crosses_the_end_of_a_wait_is_the_next_one(nodes, hub: HubProcess) -> None:
    (a,) = nodes("a")
    crossing(a, hub)
    say(a, ["a"], "later")
    assert [text_of(a.receive(Deadline(10))) for _ in range(2)] == ["crossing", "later"]


def test_an_event_that_crosses_the_end_of_a_wait_goes_back_on_leaving(hub: HubProcess, task: str) -> None:
    with NodeContext("a", ["a"]) as context:
        crossing(context.session(task), hub)
    with NodeContext("a", ["a"]) as context:
        assert text_of(context.session(task).receive(Deadline(10))) == "crossing"


def test_peeking_consumes_nothing(nodes) -> None:
    a, b = nodes("a", "b")
    say(a, ["b"], "one")
    say(a, ["b"], "two")
    first = b.receive(Deadline(10), peek=True)
    assert text_of(first) == "one"
    assert text_of(b.receive(Deadline(10), peek=True, after=first.seq)) == "two"
    assert text_of(b.receive(Deadline(10))) == "one"


def test_what_was_not_consumed_is_there_in_the_next_context(hub: HubProcess, task: str) -> None:
    with NodeContext("a", ["a"]) as context:
        session = context.session(task)
        for number in range(3):
            say(session, ["a"], str(number))
        assert text_of(session.receive(Deadline(10))) == "0"
    with NodeContext("a", ["a"]) as context:
        session = context.session(task)
        assert [text_of(session.receive(Deadline(10))) for _ in range(2)] == ["1", "2"]


def test_a_second_waiter_takes_turns_with_the_first(nodes) -> None:
    a, b = nodes("a", "b")
    got: list[object] = []
    first = threading.Thread(target=lambda: got.append(text_of(b.receive(Deadline(20)))))
    first.start()
    eventually(lambda: b.item_waits)
    assert b.receive(Deadline(0.05), peek=True) is None  # puts itself before the first, then leaves
    say(a, ["b"], "for the first")
    first.join(20)
    assert got == ["for the first"]


def test_a_node_of_another_live_process_cannot_be_claimed(hub: HubProcess, task: str) -> None:
    other = start_node(
        "import sys\nfrom alphamed_nb.node.context import NodeContext\n"
        f"with NodeContext('a') as c:\n c.session({task!r}); print('up'); sys.stdin.readline()",
        hub,
    )
    try:
        assert other.stdout.readline() == "up\n"
        with NodeContext("a") as context:
            with pytest.raises(AlreadyClaimed, match=rf"pid {other.pid}.*interrupt or restart that kernel"):
                context.session(task)
            other.kill()
            other.wait(10)
            context.session(task)
    finally:
        other.kill()
        other.communicate()


def test_presence_tells_who_comes_goes_and_fails(hub: HubProcess, task: str) -> None:
    with NodeContext("watcher") as context:
        session = context.session(task)
        assert session.watch(["x"])["x"].state == "absent"
        with pytest.raises(ValueError), NodeContext("x") as other:
            other.session(task).report_state("training", round=3)
            assert up(session.receive(Deadline(10), presence=True)) == ("x", "up")
            raise ValueError("broken")
        change = session.receive(Deadline(10), presence=True)
        assert up(change) == ("x", "failed")
        assert isinstance(change, NodeState) and (change.error, change.round) == ("ValueError", 3)
        assert session.presence["x"] == change
        with NodeContext("x") as other:
            other.session(task)
        assert up(session.receive(Deadline(10), presence=True)) == ("x", "up")
        assert up(session.receive(Deadline(10), presence=True)) == ("x", "ended")
        with pytest.raises(KeyboardInterrupt), NodeContext("x") as other:
            other.session(task)
            raise KeyboardInterrupt
        assert up(session.receive(Deadline(10), presence=True)) == ("x", "up")
        assert up(session.receive(Deadline(10), presence=True)) == ("x", "stopped")


def up(change: object) -> tuple[str, str]:
    assert isinstance(change, NodeState), change
    return change.node, change.state


def test_renewing_begins_another_session_of_the_same_run(nodes) -> None:
    (a,) = nodes("a")
    before = (a.epoch, a.began, a.run)
    a.renew()
    assert a.epoch > before[0] and a.began > before[1] and a.run == before[2]
    say(a, ["a"], "still here")
    assert text_of(a.receive(Deadline(10))) == "still here"


def test_a_session_ends_with_the_last_context_of_its_node(hub: HubProcess, task: str) -> None:
    with NodeContext("a") as outer:
        session = outer.session(task)
        with NodeContext("a") as inner:
            assert inner.session(task) is session
        say(session, ["a"], "still held")
    with pytest.raises(Fenced, match="was left"):
        say(session, ["a"], "too late")


def test_a_message_over_the_limit_is_refused_before_it_is_sent(nodes) -> None:
    (a,) = nodes("a")
    with pytest.raises(TooLarge, match="data channel"):
        say(a, ["a"], "x" * (a.link.limits.contract_bytes + 1))


def test_what_is_over_a_limit_is_not_even_sent(nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    (a,) = nodes("a")

    def post(*_: object) -> None:
        raise AssertionError("it was sent")

    with monkeypatch.context() as patch:
        patch.setattr(a.link, "post", post)
        with pytest.raises(TooLarge, match="data channel"):
            say(a, ["a"], "x" * (a.link.limits.contract_bytes + 1))
        with pytest.raises(TooLarge, match="targets at once"):
            say(a, [f"n{number}" for number in range(a.link.limits.targets + 1)], "x")


def test_a_described_wait_is_reported_once(nodes, hub: HubProcess, task: str) -> None:
    from alphamed_nb.protocol.journal import Wait

    (a,) = nodes("a")
    wait = Wait(whom=["b"], kind="join", name="checkin", since=1.0)
    a.receive(Deadline(0.01), wait=wait)
    a.receive(Deadline(0.01), wait=wait)
    wait.arrived = ["b"]
    a.receive(Deadline(0.01), wait=wait)
    wait.arrived = ["b", "c"]
    a.receive(Deadline(0.01), wait=wait)
    a.receive(Deadline(0.01), wait=Wait(whom=["b"], kind="join", name="checkin", since=2.0, arrived=["c"]))
    say(a, ["a"], "to have the reports stored")
    states = [row["body"] for row in hub.rows("messages", "state") if row["task"] == task]
    assert [state["wait"].get("arrived", []) for state in states] == [[], ["b"], ["c"], ["c"]]


def test_whom_a_node_waits_for_is_told_once(nodes, hub: HubProcess, task: str) -> None:
    """And then only who came, as long as that says all; what it comes to is the same in every report of the node."""
    from alphamed_nb.protocol.journal import Wait

    (a,) = nodes("a")
    steps = [(["b", "c", "d"], []), (["c", "d"], ["b"]), (["d"], ["c", "b"]), (["b", "d"], ["c"]), (["d"], ["b", "c"])]
    for whom, arrived in steps:
        wait = Wait(whom=whom, kind="join", name="checkin", since=1.0, limit=9.0, expected=3, arrived=arrived)
        a.receive(Deadline(0.01), wait=wait, events=False)
    say(a, ["a"], "to have the reports stored")
    waits = [msgspec.convert(row["body"]["wait"], Wait) for row in hub.rows("messages", "state") if row["task"] == task]
    assert [(wait.whom, wait.name, wait.arrived) for wait in waits] == [
        (["b", "c", "d"], "checkin", []), ([], "", ["b"]), ([], "", ["c"]),
        (["b", "d"], "checkin", []), ([], "", ["b"]),
    ]  # fmt: skip
    known = None
    for wait, (whom, arrived) in zip(waits, steps, strict=True):
        known = wait_after(known, wait)
        assert (known.whom, sorted(known.arrived)) == (whom, sorted(arrived))
        assert (known.name, known.limit, known.expected) == ("checkin", 9.0, 3)


def test_an_undescribed_wait_is_reported_when_it_is_long_and_names_who_failed(
    nodes, hub: HubProcess, task: str, caplog: pytest.LogCaptureFixture
) -> None:
    (a,) = nodes("a")
    a.report_state("custom", detail="user's own")
    with pytest.raises(ValueError), NodeContext("b") as other:
        other.session(task)
        raise ValueError("broken")
    threading.Timer(1.6, say, (a, ["a"], "at last")).start()
    assert text_of(a.receive(Deadline())) == "at last"
    say(a, ["a"], "to have the reports stored")
    states = [row["body"] for row in hub.rows("messages", "state") if row["task"] == task and row["node"] == "a"]
    assert [state["activity"] for state in states] == ["custom", "waiting", "custom"]
    assert set(states[1]["wait"]) == {"since"}
    assert states[2]["detail"] == "user's own"
    warnings = [record.getMessage() for record in caplog.records if record.name == "alphafed"]
    assert warnings == [
        f"Node b failed (ValueError); this wait for messages of task {task} has no time limit and goes on."
    ]


def test_a_short_wait_is_not_reported(nodes, hub: HubProcess, task: str) -> None:
    (a,) = nodes("a")
    threading.Timer(0.1, say, (a, ["a"], "soon")).start()
    begun = time.monotonic()
    assert text_of(a.receive(Deadline())) == "soon"
    if time.monotonic() - begun < 1:  # else the machine was too slow to tell
        assert [row for row in hub.rows("messages", "state") if row["task"] == task] == []


def test_waits_that_ended_are_not_under_way_any_more(nodes) -> None:
    (a,) = nodes("a")
    for _ in range(10):
        assert a.receive(Deadline(0.001)) is None
    eventually(lambda: not a.link.requests.unanswered)


def test_the_journal_says_when_a_message_was_sent(nodes, hub: HubProcess, task: str) -> None:
    (a,) = nodes("a")
    before = time.time()
    say(a, ["a"], "now")
    [row] = [row for row in hub.rows("messages", "event") if row["task"] == task]
    assert before <= row["body"]["sent"] <= row["at"] <= time.time()


def test_what_watch_returns_was_noted_before(nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link's thread is held up while it notes the answer: the caller still gets all states."""
    (a,) = nodes("a")
    note, noting, go_on = a._others.note, threading.Event(), threading.Event()

    def slowly(*args, **kwargs) -> None:
        noting.set()
        assert go_on.wait(20)
        note(*args, **kwargs)

    monkeypatch.setattr(a._others, "note", slowly)
    got: list[set[str]] = []
    watcher = threading.Thread(target=lambda: got.append(set(a.watch(["b", "c"]))))
    watcher.start()
    assert noting.wait(20)
    watcher.join(0.1)
    go_on.set()
    watcher.join(20)
    assert got == [{"b", "c"}]


def test_a_session_is_held_before_its_claim_returns(nodes, hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is lost right behind the answer to a claim: the session is taken up again all the same."""
    result = Request.result

    def lost_at_once(pending: Request, deadline: Deadline | None = None) -> object:
        answer = result(pending, deadline)
        if isinstance(answer, Claimed):
            monkeypatch.setattr(Request, "result", result)
            link = get_link()
            connection = link.transport.connection
            link.loop.call_soon_threadsafe(connection.close)
            eventually(lambda: link.connected and link.transport.connection is not connection)
        return answer

    monkeypatch.setattr(Request, "result", lost_at_once)
    (a,) = nodes("a")
    say(a, ["a"], "mine")
    assert text_of(a.receive(Deadline(10))) == "mine"


def test_a_claim_that_was_granted_as_the_interrupt_came_is_given_back(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Request.result

    def interrupted(pending: Request, deadline: Deadline | None = None) -> object:
        if isinstance(result(pending, deadline), Claimed):
            monkeypatch.setattr(Request, "result", result)
            raise KeyboardInterrupt
        return pending.answer

    with NodeContext("a", ["a"]) as context:
        monkeypatch.setattr(Request, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            context.session(task)
        eventually(lambda: changes_of(hub, task) == ["began", "ended"])
        assert context.session(task).held


def changes_of(hub: HubProcess, task: str) -> list[str]:
    return [row["body"]["change"] for row in hub.rows("messages", "session") if row["task"] == task]
