"""Streams are listened to where they write: it does not matter how and when somebody came by them."""

from __future__ import annotations

import functools
import io
import logging
import sys
from typing import Any

import nbformat
import pytest
from hub_process import HubProcess, node_environment
from nbclient import NotebookClient

from alphamed_nb.node.context import NodeContext


def texts(hub: HubProcess, node: str) -> list[tuple[str, str]]:
    return [(body.get("source", "log"), body["text"]) for body in hub.logs(node)]


def test_streams_bound_before_the_node(hub: HubProcess, task: str, capsys: pytest.CaptureFixture[str]) -> None:
    early, write = sys.stdout, sys.stdout.writelines
    say = functools.partial(print, file=sys.stderr)
    handler = logging.StreamHandler()
    with NodeContext(task):
        early.write("bound\n")
        write(["two\n", "lines\n"])
        say("a partial")
        handler.emit(logging.makeLogRecord({"msg": "a handler of its own"}))
        print("plain")
    early.write("afterwards\n")
    assert texts(hub, task) == [
        ("stdout", "bound"), ("stdout", "two"), ("stdout", "lines"), ("stderr", "a partial"),
        ("stderr", "a handler of its own"), ("stdout", "plain"),
    ]  # fmt: skip
    assert capsys.readouterr() == ("bound\ntwo\nlines\nplain\nafterwards\n", "a partial\na handler of its own\n")


def test_a_write_that_somebody_put_there_and_back(
    hub: HubProcess, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As IPython does it in each cell: what it puts back may be ours, of a node that has been left."""
    stream: Any = sys.stdout
    heard: list[str] = []

    def over(original: Any) -> Any:
        def write(text: str) -> Any:
            heard.append(text)
            return original(text)

        return write

    nodes = [f"{task}-{number}" for number in range(3)]
    with NodeContext(nodes[0]):
        ours = stream.write
        stream.write = over(ours)
        stream.write("first\n")
    with NodeContext(nodes[1]):
        stream.write("second\n")
    stream.write = ours
    with NodeContext(nodes[2]):
        stream.write("third\n")
    stream.write("nobody's\n")
    assert [texts(hub, node) for node in nodes] == [[("stdout", text)] for text in ("first", "second", "third")]
    assert heard == ["first\n", "second\n"]
    assert capsys.readouterr().out == "first\nsecond\nthird\nnobody's\n"


def test_one_stream_for_both_and_one_that_takes_no_attributes(
    hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Slotted:
        __slots__ = ("written",)

        def write(self, text: str) -> None:
            self.written = text

    both, slotted = io.StringIO(), Slotted()
    monkeypatch.setattr(sys, "stdout", both)
    monkeypatch.setattr(sys, "stderr", both)
    with NodeContext(task):
        print("once", file=sys.stderr)
    monkeypatch.setattr(sys, "stderr", slotted)
    with NodeContext(task + "-2"):
        sys.stderr.write("not heard\n")
        print("heard")
    assert both.getvalue() == "once\nheard\n" and slotted.written == "not heard\n"
    assert texts(hub, task) == [("stdout", "once")] and ("stdout", "heard") in texts(hub, task + "-2")
    assert "sys.stderr is a Slotted, which takes no attributes" in caplog.text


KERNEL = [
    """
import functools, logging, multiprocessing, sys, threading
from sys import stdout
from alphamed_nb.node.context import NodeContext
write, say, handler = sys.stdout.write, functools.partial(print, file=sys.stderr), logging.StreamHandler()
begun, go_on = threading.Event(), threading.Event()
def thread_node():
    with NodeContext(TASK + "-thread"):
        stdout.write("begins\\n")
        begun.set()
        go_on.wait(20)
        stdout.write("goes on\\n")
        print("ends")
thread = threading.Thread(target=thread_node)
thread.start()
begun.wait(20)
""",
    "go_on.set(); thread.join()",
    """
def child():
    print("in", "a child")
    stdout.write("its ")
    stdout.write("end")
with NodeContext(TASK):
    write("bound\\n")
    say("a partial")
    handler.emit(logging.makeLogRecord({"msg": "a handler of its own"}))
    print("no", end=" ")
    print("end", end="")
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
""",
    "stdout.write('afterwards\\n'); print(stdout.echo)",
]


def test_streams_of_a_kernel(hub: HubProcess, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in node_environment(hub).items():
        monkeypatch.setenv(name, value)
    cells = [nbformat.v4.new_code_cell(cell.strip().replace("TASK", repr(task))) for cell in KERNEL]
    NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=60, kernel_name="python3").execute()
    shown = [
        {
            name: "".join(output["text"] for output in cell.outputs if output.get("name") == name)
            for name in ("stdout", "stderr")
        }
        for cell in cells
    ]
    assert shown[0] == {"stdout": "begins\n", "stderr": ""}
    assert shown[1]["stdout"] == "goes on\nends\n"
    assert sorted(shown[2]["stdout"]) == sorted("bound\nno endin a child\nits end")
    assert shown[2]["stderr"] == "a partial\na handler of its own\n"
    assert shown[3]["stdout"] == "afterwards\nNone\n"
    assert texts(hub, task + "-thread") == [("stdout", "begins"), ("stdout", "goes on"), ("stdout", "ends")]
    found = texts(hub, task)
    assert found[:3] == [("stdout", "bound"), ("stderr", "a partial"), ("stderr", "a handler of its own")]
    assert sorted(found[3:]) == [("stdout", "in a child"), ("stdout", "its end"), ("stdout", "no end")]
