from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hub_process import ROOT, HubProcess

from alphamed_nb.node.active import current_context
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import InvalidName


def test_importing_it_loads_no_tornado_no_torch_and_no_ipython() -> None:
    code = (
        "import sys, alphamed_nb.node.context, alphamed_nb.node.session.session, alphamed_nb.node.session.streams_in\n"
        "print([name for name in ('tornado', 'torch', 'IPython', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stdout + done.stderr


@pytest.mark.parametrize("node", ["", "..", "a/b", "x" * 201, 7])
def test_wrong_ids_are_refused(node) -> None:
    with pytest.raises(InvalidName):
        NodeContext(node)
    with pytest.raises(InvalidName):
        NodeContext("a", [node])


def test_contexts_nest_and_restore(hub: HubProcess) -> None:
    assert current_context() is None
    with NodeContext("a") as outer:
        assert current_context() is outer
        with NodeContext("b") as inner:
            assert current_context() is inner
        assert current_context() is outer
    assert current_context() is None


def test_an_id_is_made_and_a_context_can_be_entered_again(hub: HubProcess, task: str) -> None:
    context = NodeContext()
    assert len(context.id) == 36
    for _ in range(2):
        with context:
            context.session(task).send([context.id], "word", {})
            with pytest.raises(RuntimeError, match="active already"):
                context.enter()


def test_a_thread_without_a_context_finds_the_only_active_one(hub: HubProcess) -> None:
    def elsewhere(found: list[object]) -> None:
        try:
            found.append(current_context())
        except RuntimeError as error:
            found.append(str(error))

    def from_a_thread() -> object:
        found: list[object] = []
        thread = threading.Thread(target=elsewhere, args=(found,))
        thread.start()
        thread.join()
        return found[0]

    assert from_a_thread() is None
    with NodeContext("a") as context:
        assert from_a_thread() is context
        with NodeContext("b"):
            assert "2 nodes are active" in str(from_a_thread())


def test_left_in_another_thread_it_is_restored_too(hub: HubProcess) -> None:
    context = NodeContext("a").enter()
    thread = threading.Thread(target=context.leave)
    thread.start()
    thread.join()
    assert current_context() is None


def test_clean_drops_ended_runs_of_this_node_alone(hub: HubProcess, task: str) -> None:
    for name in ("cleaner", "other"):
        with NodeContext(name) as context:
            context.session(f"{task}-{name}").send(["reader"], "word", {})
    with NodeContext("cleaner", clean=True), NodeContext("reader") as reader:
        assert reader.session(f"{task}-cleaner").receive(Deadline(0.2)) is None
        assert reader.session(f"{task}-other").receive(Deadline(20)) is not None


def test_how_a_context_ends_is_the_end_of_its_sessions(hub: HubProcess, task: str) -> None:
    ends = [
        (SystemExit(0), "released"),
        (SystemExit(3), "failed"),
        (KeyboardInterrupt(), "stopped"),
        (None, "released"),
    ]
    for error, _ in ends:
        context = NodeContext("a").enter()
        context.session(task)
        context.leave(error)
    changes = [row["body"] for row in hub.rows("messages", "session") if row["task"] == task]
    assert [body["reason"] for body in changes if body["change"] == "ended"] == [reason for _, reason in ends]


def test_what_a_context_without_a_task_wrote_is_a_run_named_after_the_node(hub: HubProcess, task: str) -> None:
    node = f"{task}-alone"
    with pytest.raises(ValueError), NodeContext(node):
        print("before any task")
        raise ValueError("no task was ever claimed")
    texts = [(body["source"], body["text"]) for body in hub.logs(node)]
    assert texts == [("stdout", "before any task"), ("traceback", "ValueError: no task was ever claimed")]
    (began, ended) = [row for row in hub.rows("messages", "session") if row["task"] == node]
    assert (began["body"]["change"], ended["body"]["reason"]) == ("began", "failed")


def test_a_context_that_wrote_nothing_makes_no_run(hub: HubProcess, task: str) -> None:
    node = f"{task}-silent"
    with NodeContext(node):
        pass
    with NodeContext(node) as context:
        print("a line of the task")
        context.session(task)
    assert {row["task"] for row in hub.rows("messages", "session") if row["node"] == node} == {task}


def test_why_the_run_of_a_context_without_a_task_was_refused_is_said(hub: HubProcess, task: str) -> None:
    context = NodeContext(f"{task}-refused").enter()
    print("before any task")
    context.nodes.append("no/name")
    with pytest.raises(InvalidName, match="no/name"):
        context.leave()
    assert current_context() is None


def test_the_run_named_after_a_node_that_another_process_holds_is_left_alone(hub: HubProcess, task: str) -> None:
    node = f"{task}-held"
    code = (
        "import sys\nfrom alphamed_nb.node.context import NodeContext\n"
        "with NodeContext(sys.argv[1]) as context:\n"
        "    context.session(sys.argv[1])\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, node], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with NodeContext(node):
            print("before any task")
        holder.communicate()
    assert holder.returncode == 0
