from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import threading
import warnings
from pathlib import Path

import nbformat
import pytest
from hub_process import HubProcess, node_environment, run_node
from nbclient import NotebookClient

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.run_pipe import FromNode, PipeReader


def lines(hub: HubProcess, node: str) -> list[tuple[str, str]]:
    return [(body.get("source", "log"), body["text"]) for body in hub.logs(node)]


def test_lines_are_shown_as_usual_and_recorded_once(
    hub: HubProcess, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with NodeContext(task) as context:
        print("before the task")
        context.session(task)
        print("one\ntwo", end="")
        print(" goes on")
        print("to stderr", file=sys.stderr)
        print("10%\r 50%\r100%")
        print("without an end", end="")
    assert capsys.readouterr() == ("before the task\none\ntwo goes on\n10%\r 50%\r100%\nwithout an end", "to stderr\n")
    assert lines(hub, task) == [
        ("stdout", "before the task"), ("stdout", "one"), ("stdout", "two goes on"), ("stderr", "to stderr"),
        ("stdout", "100%"), ("stdout", "without an end"),
    ]  # fmt: skip
    assert {row["task"] for row in hub.rows("logs", "log") if row["node"] == task} == {task}


def test_log_records_of_all_loggers_are_recorded_once_with_their_place(
    hub: HubProcess, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logger = logging.getLogger(f"user.{task}")
    logger.setLevel(logging.INFO)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    with NodeContext(task):
        inside = logging.StreamHandler()  # holds the tee
        inside.setFormatter(logging.Formatter("inside %(message)s"))
        logger.addHandler(handler)
        logger.addHandler(inside)
        logger.debug("not enabled")
        logger.info("rounds: %d", 3)
        try:
            raise ValueError("broken")
        except ValueError:
            logger.exception("it went wrong")
        logger.removeHandler(handler)
        logger.removeHandler(inside)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        logger.error("wrong %d %d", 1)
    bodies = hub.logs(task)
    assert [(body["level"], body["text"]) for body in bodies[:2]] == [(20, "rounds: 3"), (40, "it went wrong")]
    assert "wrong %d %d" in bodies[2]["text"] and len(bodies) == 3
    first = bodies[0]
    assert (first["module"], first["function"]) == ("test_capture", sys._getframe().f_code.co_name)
    assert first["logger"] == logger.name and first["line"] > 0
    assert bodies[1]["traceback"]["type"] == "ValueError"
    assert "INFO rounds: 3\ninside rounds: 3\n" in capsys.readouterr().err


def test_order_of_prints_and_logs_is_kept(hub: HubProcess, task: str) -> None:
    logger = logging.getLogger(task)
    logger.setLevel(logging.INFO)
    with NodeContext(task):
        for number in range(2000):
            print(number) if number % 3 else logger.info("%d", number)
    assert [text for _, text in lines(hub, task)] == [str(number) for number in range(2000)]


def test_a_message_does_not_overtake_the_lines_before_it(hub: HubProcess, task: str) -> None:
    """A journal in which a round begins before the last line of the round before would mislead."""
    with NodeContext(task, [task]) as context:
        session = context.session(task)
        session.link.records.drain(Deadline(20))
        hub.pause(True)  # the first line is under way all the time
        try:
            pending = []
            for number in range(6):
                print(f"line {number}")
                text = {"type": "word", "text": f"word {number}"}
                pending.append(session.post_send([task], "word", text)[1])
        finally:
            hub.pause(False)
        for each in pending:
            each.result(Deadline(20))
    numbered = {row["seq"]: row["body"]["text"] for row in hub.rows("logs", "log") if row["node"] == task}
    for row in hub.rows("messages", "event"):
        if row["task"] == task:
            numbered[row["seq"]] = row["body"]["contract"]["text"]
    found = [numbered[seq] for seq in sorted(numbered)]
    assert found == [f"{kind} {number}" for number in range(6) for kind in ("line", "word")]


def test_warnings_are_recorded_with_their_place_and_shown_once(hub: HubProcess, task: str) -> None:
    code = f"""
import warnings
from alphamed_nb.node.context import NodeContext
with NodeContext({task!r}):
    warnings.warn("old style")
"""
    done = run_node(code, hub)
    assert done.stderr.count("old style") == 1
    (body,) = hub.logs(task)
    assert (body["level"], body["text"], body["logger"]) == (30, "UserWarning: old style", "py.warnings")
    assert (body["module"], body["line"]) == ("<string>", 5)


def test_everything_is_restored_on_leaving(hub: HubProcess, task: str) -> None:
    before = (sys.stdout, sys.stderr, logging.Logger.callHandlers, warnings.showwarning)
    with contextlib.suppress(ValueError), NodeContext(task), NodeContext(task + "2"):
        raise ValueError
    assert (sys.stdout, sys.stderr, logging.Logger.callHandlers, warnings.showwarning) == before


def test_a_redirected_stream_stays_redirected(hub: HubProcess, task: str) -> None:
    with NodeContext(task), contextlib.redirect_stdout(io.StringIO()) as captured:
        print("for the user alone")
    assert captured.getvalue() == "for the user alone\n"
    before = sys.stdout
    redirected = contextlib.redirect_stdout(io.StringIO())
    with NodeContext(task + "2"):
        redirected.__enter__()
    assert isinstance(sys.stdout, io.StringIO)
    redirected.__exit__(None, None, None)
    print("passes through")
    sys.stdout = before


def test_threads_do_not_cut_each_others_lines(hub: HubProcess, task: str) -> None:
    def talk(name: str) -> None:
        for number in range(200):
            sys.stdout.write(name)
            sys.stdout.write(f"{number}\n")

    with NodeContext(task):
        threads = [threading.Thread(target=talk, args=(name,)) for name in "xy"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = [text for _, text in lines(hub, task)]
    for name in "xy":
        assert [text for text in found if text[0] == name] == [f"{name}{number}" for number in range(200)]


def test_lines_belong_to_the_node_of_their_thread(hub: HubProcess, task: str) -> None:
    def run(name: str, meet: threading.Barrier) -> None:
        with NodeContext(name):
            meet.wait(20)
            print(f"I am {name}")
            meet.wait(20)

    names = [f"{task}-{number}" for number in range(3)]
    meet = threading.Barrier(3)
    threads = [threading.Thread(target=run, args=(name, meet)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lines(hub, name) for name in names] == [[("stdout", f"I am {name}")] for name in names]


def test_a_long_text_becomes_several_records(hub: HubProcess, task: str) -> None:
    text = "é" * 300_000
    with NodeContext(task):
        print(text)
    found = [text for _, text in lines(hub, task)]
    assert "".join(found) == text and len(found) > 1


def test_lines_carry_the_task_that_encloses_them_and_the_round(hub: HubProcess, task: str) -> None:
    with NodeContext(task) as context:
        context.session(task + "-1")
        context.session(task + "-2").report_state("training", round=4)
        with context.running(task + "-1"):
            print("first")
        print("second")
    rows = [row for row in hub.rows("logs", "log") if row["node"] == task]
    assert [(row["task"], row["body"].get("round", 0)) for row in rows] == [(task + "-1", 0), (task + "-2", 4)]


def test_a_failure_is_stored_once_with_its_frames(hub: HubProcess, task: str) -> None:
    def user_code() -> None:
        raise ValueError("1x320 and 30x50")

    with pytest.raises(ValueError), NodeContext(task + "-outer"), NodeContext(task) as context:
        context.session(task)
        user_code()
    (body,) = [body for body in hub.logs(task) if body["source"] == "traceback"]
    assert body["text"] == "ValueError: 1x320 and 30x50"
    assert body["traceback"]["frames"][-1]["function"] == "user_code" and body["traceback"]["frames"][-1]["user"]
    assert hub.logs(task + "-outer") == []
    states = [row["body"] for row in hub.rows("messages", "state") if row["task"] == task]
    assert [state["activity"] for state in states] == ["failed"]
    assert states[0]["failure"]["type"] == "ValueError" and "test_capture.py:" in states[0]["failure"]["place"]


def test_files_of_frames_are_found_from_everywhere(
    hub: HubProcess, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ZeroDivisionError), NodeContext(task):
        exec(compile("exec('1 / 0')", "beside.py", "exec"))
    (body,) = [body for body in hub.logs(task) if body["source"] == "traceback"]
    assert [frame["file"] for frame in body["traceback"]["frames"]] == [
        __file__, str(tmp_path / "beside.py"), "<string>",
    ]  # fmt: skip


FORKS = """
import logging, multiprocessing, os, sys
from alphamed_nb.node.context import NodeContext

def work(name):
    print(f"{name} prints")
    logging.getLogger("child").warning("%s logs", name)
    sys.stdout.write(f"{name} ends")

if __name__ == "__main__":
    with NodeContext(NODE) as context:
        context.session(NODE)
        print("parent begins, ", end="")
        sys.stdout.flush()
        children = [multiprocessing.get_context("fork").Process(target=work, args=(f"child {n}",)) for n in range(4)]
        for child in children: child.start()
        for child in children: child.join()
        print("parent ends")
"""


def test_forked_children_send_their_lines_through_their_parent(hub: HubProcess, task: str) -> None:
    done = run_node(FORKS.replace("NODE", repr(task)), hub)
    assert done.returncode == 0, done.stderr
    found = [text for _, text in lines(hub, task)]
    assert "parent begins, parent ends" in found
    for number in range(4):
        name = f"child {number}"
        assert [text for text in found if text.startswith(name)] == [f"{name} prints", f"{name} logs", f"{name} ends"]
    assert len(found) == 13
    assert done.stdout.count("child 2 prints") == 1


class Pipe:
    """As `alphamed-nb run` makes and reads it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def all(self) -> list[bytes | FromNode]:
        """What has been written, by processes that have ended."""
        reader = PipeReader()
        found = [
            each for content in iter(lambda: os.read(self._descriptor, 65536), b"") for each in reader.feed(content)
        ]
        os.close(self._descriptor)
        return found


def test_in_a_process_of_run_a_line_has_left_before_print_returns(hub: HubProcess, task: str, tmp_path: Path) -> None:
    pipe = Pipe(tmp_path / "pipe")
    code = f"""
import os
from alphamed_nb.node.output.capture import install_process_capture
install_process_capture("a.py")
print("outside")
from alphamed_nb.node.context import NodeContext
context = NodeContext({task!r}, [{task!r}, "b"]).enter()
context.session({task!r})
print("inside")
if os.fork() == 0:
    print("child")
    os._exit(0)
os.wait()
print("last")
os._exit(3)
"""
    done = run_node(code, hub, ALPHAMED_NB_RUN_PIPE=pipe.path)
    assert done.returncode == 3
    sent = pipe.all()
    entered = sent.pop(1)
    assert (entered.record.node, entered.record.kind, entered.nodes) == (task, "", [task, "b"])
    assert {each.record.body.notebook for each in sent} == {"a.py"}
    found = [(each.record.node, each.record.body.text, each.nodes) for each in sent]
    assert sorted(found) == sorted(
        [("", "outside", [])] + [(task, text, [task, "b"]) for text in ("inside", "child", "last")]
    )
    assert lines(hub, task) == []  # `run` hands them on


def notebook(hub: HubProcess, monkeypatch: pytest.MonkeyPatch, *cells: str) -> list[list[dict]]:
    """Run cells with nbclient in a real kernel; their outputs."""
    for name, value in node_environment(hub).items():
        monkeypatch.setenv(name, value)
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    NotebookClient(content, timeout=60, kernel_name="python3", allow_errors=True).execute()
    return [[dict(output) for output in cell.outputs] for cell in content.cells]


def streamed(outputs: list[dict], name: str) -> str:
    return "".join(output["text"] for output in outputs if output.get("name") == name)


def test_in_a_kernel(hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    define = "def broken(x):\n    return x / 0"
    fails = f"""
import logging, sys
from alphamed_nb.node.context import NodeContext
with NodeContext({task!r}) as context:
    context.session({task!r})
    print("printed")
    print("to stderr", file=sys.stderr)
    logging.getLogger("user").warning("logged")
    print("no end", end="")
    broken(1)
"""
    watch = "from alphamed_nb.node.output.tracebacks import watch_cells; watch_cells()"
    outputs = notebook(hub, monkeypatch, watch, define, fails, "print('afterwards')")
    assert streamed(outputs[2], "stdout") == "printed\nno end"
    assert streamed(outputs[2], "stderr") == "to stderr\nlogged\n"
    assert outputs[2][-1]["ename"] == "ZeroDivisionError"
    assert streamed(outputs[3], "stdout") == "afterwards\n"
    bodies = hub.logs(task)
    assert [(body.get("source", "log"), body["text"]) for body in bodies] == [
        ("stdout", "printed"), ("stderr", "to stderr"), ("log", "logged"), ("stdout", "no end"),
        ("traceback", "ZeroDivisionError: division by zero"),
    ]  # fmt: skip
    frames = bodies[-1]["traceback"]["frames"]
    assert [(frame["file"], frame["line"], frame["user"]) for frame in frames] == [
        ("Cell In[3]", 9, True), ("Cell In[2]", 2, True),
    ]  # fmt: skip
    assert frames[-1]["code"] == "return x / 0" and "Cell In[2], line 2" in bodies[-1]["traceback"]["text"]
    (state,) = [row["body"] for row in hub.rows("messages", "state") if row["task"] == task]
    assert json.loads(json.dumps(state["failure"]))["place"] == "Cell In[2], line 2"


def test_an_interrupted_cell_leaves_the_kernel_usable(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = f"""
import os, signal, threading
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.run_pipe import FromNode, PipeReader
with NodeContext({task!r}) as context:
    session = context.session({task!r})
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    session.receive(Deadline())
"""
    again = f"""
with NodeContext({task!r}) as context:
    session = context.session({task!r})
    session.send([{task!r}], 'word', {{}})
    print(session.receive(Deadline(20)).type)
"""
    outputs = notebook(hub, monkeypatch, waits, again)
    assert outputs[0][-1]["ename"] == "KeyboardInterrupt"
    assert streamed(outputs[1], "stdout") == "word\n"
    states = [row["body"]["activity"] for row in hub.rows("messages", "state") if row["task"] == task]
    assert states == ["stopped"]
