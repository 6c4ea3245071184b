"""What `alphamed-nb run` shows of scripts: every line once, named, in order, whatever way it took."""

from __future__ import annotations

import re
from typing import Any

import pytest

WAYS = r"""
import faulthandler, functools, io, logging, os, subprocess, sys
from sys import stdout as early
from alphafed import logger, mock_context

say = functools.partial(print, file=sys.stderr)
old = logging.StreamHandler()
faulthandler.enable()
sys.stdout.buffer.write(b"outside as bytes\n")
with mock_context(id="a", nodes=["a", "b"]):
    early.write("bound before\n")
    say("to stderr")
    sys.stdout.buffer.write("half a 字".encode()[:-1])
    sys.stdout.buffer.write("字\n".encode()[2:])
    os.write(1, b"the descriptor\n")
    subprocess.run(["sh", "-c", "echo a shell; echo its errors >&2; echo by name > /dev/stderr"], stdout=sys.stdout)
    print("a", "print", end=" ")
    print("and its end")
    with open(1, "w", closefd=False) as again:
        again.write("opened again\n")
    print(subprocess.run([sys.executable, "-c", "print('kept')"], capture_output=True, text=True).stdout, end="")
    old.handle(logging.makeLogRecord({"msg": "an old handler"}))
    logger.info("a record")
    os.dup2(1, 9)
    faulthandler.dump_traceback(file=9, all_threads=False)
    sys.stdout.buffer.write(b"\xff no text\n")
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
    print("wrapped \\u5305")
    sys.stdout.flush()
    sys.__stdout__.write("the first stream\n")
with mock_context(id="b", nodes=["a", "b"]):
    print("wrapped, not flushed")
    logger.info("a record after it")
os.write(2, b"before the end\n")
print("without an end", end="")
"""

SHOWN = [
    ("ways", "outside as bytes"), ("a", "bound before"), ("a", "to stderr"), ("a", "half a \\u5b57"),
    ("ways", "the descriptor"), ("ways", "a shell"), ("ways", "its errors"), ("ways", "by name"),
    ("a", "a print and its end"),
    ("ways", "opened again"), ("a", "kept"), ("a", "an old handler"), ("a", "a record"),
    ("ways", "Stack (most recent call first):"), ("ways", "dump"), ("a", "\\xff no text"), ("a", "wrapped \\u5305"),
    ("a", "the first stream"), ("b", "wrapped, not flushed"), ("b", "a record after it"), ("ways", "before the end"),
    ("ways", "without an end"),
]  # fmt: skip


def shown(output: str) -> list[tuple[str, str]]:
    """Who and what, of each line of the log; the frames that faulthandler shows are one."""
    found = re.findall(r"^[\d:.]{12}  (?:\d )?(\w+) +[A-Z]+ +(.*)$", output, re.MULTILINE)
    lines = [(who, "dump" if text.startswith("File ") else text) for who, text in found]
    return [each for number, each in enumerate(lines) if each[1] != "dump" or lines[number - 1] != each]


def test_whatever_way_a_line_took(command_line: Any) -> None:
    code, output = command_line("run", command_line.script("ways.py", WAYS), PYTHONIOENCODING="ascii")
    assert code == 0 and shown(output) == SHOWN, output


CHILDREN = r"""
import multiprocessing, os, signal, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
from alphamed_nb.alphafed import logger, mock_context

NAMES = ["fork", "spawn", "forkserver", "pool", "program"]

def work(name):
    print(f"{name} not yet")
    with mock_context(id=name, nodes=NAMES):
        print(f"{name} prints")
        logger.info("%s logs", name)
        if name == "spawn":
            os.kill(os.getpid(), signal.SIGKILL)
    print(f"{name} ends")
    return name

if __name__ == "__main__":
    if sys.argv[1:]:
        work(sys.argv[1])
    else:
        for name in NAMES[:3]:
            child = multiprocessing.get_context(name).Process(target=work, args=(name,))
            child.start()
            child.join()
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            print("back:", pool.submit(work, "pool").result())
        done = subprocess.run([sys.executable, __file__, "program"], capture_output=True, text=True)
        print("kept:", done.stdout.replace("\n", "|"))
"""


def test_nodes_in_children_of_a_script(command_line: Any) -> None:
    code, output = command_line("run", command_line.script("children.py", CHILDREN))
    assert code == 0, output
    found = shown(output)
    for name in ("fork", "spawn", "forkserver", "pool", "program"):
        inside = [(name, f"{name} prints"), (name, f"{name} logs")]
        around = [("children", f"{name} not yet"), ("children", f"{name} ends")]
        expected = {"spawn": [around[0], *inside], "program": inside}.get(name, [around[0], *inside, around[1]])
        assert [each for each in found if each[1].startswith(f"{name} ")] == expected, output
        assert re.search(rf"^  ok +\d {name} ", output, re.MULTILINE), output
    assert ("children", "back: pool") in found
    assert ("children", "kept: program not yet|program prints|program ends|") in found, output


@pytest.mark.parametrize("form", ["short", "full"])
def test_a_recursion_without_end_is_a_page(command_line: Any, form: str) -> None:
    command_line.script("deep.py", "def visit(n):\n    return visit(n + 1)\nvisit(0)\n")
    code, output = command_line("run", "deep.py", "--traceback", form)
    assert code == 1 and len(output.splitlines()) < 30, output
    assert len(re.findall(r"^ +\[Previous line repeated 9\d\d more times\]$", output, re.MULTILINE)) == 1, output
