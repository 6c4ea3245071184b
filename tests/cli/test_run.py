"""`alphamed-nb run`, from outside: real processes and kernels, a real hub."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from typing import Any

import psutil
import pytest

WAITING = """
from alphafed import mock_context
from alphafed.contractor import TaskMessageContractor
with mock_context(id={node!r}, nodes=["ag", "h1", "h2"]):
    contractor = TaskMessageContractor(task_id="T")
    print({node!r}, "is ready")
    for event in contractor.contract_events(timeout={timeout}):
        print(event)
    {then}
"""


def waiting(node: str, timeout: float = 0, then: str = "pass") -> str:
    return WAITING.format(node=node, timeout=timeout, then=then)


def lines_with(output: str, text: str) -> list[str]:
    return [line for line in output.splitlines() if text in line]


def test_one_merged_log_and_each_error_once(command_line: Any) -> None:
    command_line.script(
        "good.py",
        "from alphafed import logger, mock_context\nimport logging, sys\n"
        "print('outside')\n"
        "with mock_context(id='good', nodes=['good', 'bad', 'cell']):\n"
        "    print('a print')\n    logger.info('a record')\n    print('to stderr', file=sys.stderr)\n"
        "    logging.getLogger('mine').warning('my own logger')\n",
    )
    command_line.script(
        "bad.py",
        "from alphafed import mock_context\n"
        "def f():\n    raise ValueError('very special message')\n"
        "with mock_context(id='bad', nodes=['good', 'bad', 'cell']):\n    f()\n",
    )
    command_line.notebook(
        "cell.ipynb",
        "%load_ext alphamed_nb",
        "%%mock_node --id cell --nodes good,bad,cell\nprint('in a cell')\n1/0",
        "print('never')",
    )
    code, output = command_line("run", "good.py", "bad.py", "cell.ipynb")
    assert code == 1, output
    for text in ("outside", "a print", "a record", "to stderr", "my own logger", "in a cell"):
        assert len(lines_with(output, text)) == 1, output
    assert "never" not in output
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3}  0 good +INFO  a print$", output, re.MULTILINE), output
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3}  0 good +WARN  my own logger$", output, re.MULTILINE)
    assert re.search(r"^\d\d:\d\d:\d\d\.\d{3}  good +INFO  outside$", output, re.MULTILINE)
    # Message and traceback once in the whole output; type and place in the lines before.
    assert output.count("very special message") == 1 + 1  # the line of code that raises it, and the error
    assert output.count("ValueError: very special message") == 1 and output.count("division by zero") == 1
    assert output.count("Traceback (most recent call last)") == 2
    assert re.search(r"failed +1 bad +\d+\.\d s  .*ValueError at bad\.py:3", output), output
    assert re.search(r"failed +2 cell +\d+\.\d s  .*ZeroDivisionError at Cell In\[2\], line 3", output), output
    assert re.search(r"ok +0 good +\d+\.\d s", output)
    assert "0 good: ok   " in output and re.search("1 bad, 2 cell: failed|2 cell, 1 bad: failed", output)
    assert output.rstrip().endswith("exit code 1 · executed notebooks: --save DIR")
    assert "\x1b" not in output


def test_a_scheduler_that_fails_says_so_in_one_line(command_line: Any) -> None:
    """It logs that itself; `run` adds nothing until the end."""
    command_line.script(
        "task.py",
        "from alphafed import mock_context\nfrom alphafed.scheduler import Scheduler\n"
        "class Mine(Scheduler):\n"
        "    def _run(self, id, task_id, is_initiator=False, recover=False):\n"
        "        raise KeyError('special message')\n"
        "with mock_context(id='n', nodes=['n']):\n    Mine()._run(id='n', task_id='T')\n",
    )
    code, output = command_line("run", "task.py")
    assert code == 1 and output.count("KeyError: 'special message'") == 1, output
    errors = [line for line in output.splitlines() if re.match(r"\d\d:\d\d:\d\d\.\d{3}  0 n +ERROR ", line)]
    assert len(errors) == 1 and "KeyError" in errors[0] and "special message" not in errors[0], output


def test_all_well_is_exit_code_0_and_save_keeps_notebooks(command_line: Any) -> None:
    command_line.notebook("one.ipynb", "print('hello')\n6 * 7")
    code, output = command_line("run", "one.ipynb", "--save", "kept")
    assert code == 0, output
    import nbformat

    saved = nbformat.read(command_line.folder / "kept" / "one.ipynb", as_version=4)
    outputs = saved.cells[0].outputs
    assert outputs[0].text == "hello\n" and outputs[1].data["text/plain"] == "42"
    assert not nbformat.read(command_line.folder / "one.ipynb", as_version=4).cells[0].outputs


def test_a_kernel_that_does_not_end_is_killed(command_line: Any) -> None:
    command_line.notebook(
        "ends.ipynb", "import atexit\natexit.register(print, 'the last line', flush=True)\nprint('the cell')"
    )
    command_line.notebook("hangs.ipynb", "import atexit, threading\natexit.register(threading.Event().wait)")
    code, output = command_line("run", "ends.ipynb", "hangs.ipynb")
    assert code == 0, output
    assert len(lines_with(output, "the last line")) == 1, output
    assert len(lines_with(output, "The kernel did not end within 10 s and is killed.")) == 1, output
    for name in ("ends", "hangs"):
        assert re.search(rf"ok +{name}\.ipynb", output), output


def test_nothing_is_lost_by_a_hard_death(command_line: Any) -> None:
    command_line.script(
        "dies.py",
        "import os\nfrom alphafed import mock_context\n"
        "with mock_context(id='d', nodes=['d']):\n    print('last words'); os._exit(3)\n",
    )
    command_line.notebook(
        "dies_too.ipynb", "import os, signal\nprint('last line of the kernel'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    code, output = command_line("run", "dies.py", "dies_too.ipynb")
    assert code == 1
    assert len(lines_with(output, "last words")) == 1 and len(lines_with(output, "last line of the kernel")) == 1
    assert re.search(r"failed +0 d +\d+\.\d s  exit code 3", output), output
    assert re.search(r"failed +dies_too\.ipynb +\d+\.\d s  killed by SIGKILL", output), output


def test_stuck_after_a_failure_ends_and_names_who_waited(command_line: Any) -> None:
    command_line.script("ag.py", waiting("ag"))
    command_line.script("h1.py", waiting("h1"))
    command_line.script("h2.py", waiting("h2", timeout=1, then="raise RuntimeError('gone')"))
    code, output = command_line("run", "ag.py", "h1.py", "h2.py")
    assert code == 1, output
    assert "Stuck: h2.py has failed" in output, output
    for waiting_line in ("0 ag waited for", "1 h1 waited for"):
        assert "; without a live session: 2 h2" in lines_with(output, waiting_line)[0], output
    assert re.search(r"failed +2 h2 ", output) and re.search(r"stopped +0 ag ", output)
    assert output.count("RuntimeError: gone") == 1


def test_stuck_although_the_other_died_before_it_was_ever_seen(command_line: Any) -> None:
    """The hub may tell of the wait before the live feed tells whose session it is."""
    command_line.script("dies.py", "import os; os._exit(3)")
    command_line.script("late.py", "import time; time.sleep(1)\n" + waiting("late"))
    code, output = command_line("run", "dies.py", "late.py")
    assert code == 1 and "Stuck: dies.py has failed" in output, output
    assert lines_with(output, "late waited for"), output


def test_waiting_with_a_limit_is_not_stuck(command_line: Any) -> None:
    command_line.script("ag.py", waiting("ag", timeout=3, then="print('went on')"))
    command_line.script("h2.py", waiting("h2", timeout=0.5, then="raise RuntimeError('gone')"))
    code, output = command_line("run", "ag.py", "h2.py")
    assert code == 1 and "Stuck" not in output and lines_with(output, "went on"), output


def test_interrupt_ends_all_and_says_so(command_line: Any) -> None:
    command_line.script("ag.py", waiting("ag"))
    command_line.notebook("h1.ipynb", waiting("h1"))
    process = command_line.start("run", "ag.py", "h1.ipynb")
    seen = read_until(process, "ag is ready", "h1 is ready")
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    output = seen + process.communicate(timeout=60)[0]
    assert process.returncode == 130, output
    assert "Ctrl-C: ending 2 processes" in output and "Traceback" not in output
    assert re.search(r"stopped +0 ag ", output) and re.search(r"stopped +1 h1 ", output), output
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_no_process_outlives_a_killed_run(command_line: Any) -> None:
    command_line.script("ag.py", waiting("ag"))
    command_line.notebook("h1.ipynb", waiting("h1"))
    process = command_line.start("run", "ag.py", "h1.ipynb")
    read_until(process, "ag is ready", "h1 is ready")
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert not alive


def test_cores_are_shared_unless_the_user_says_how(command_line: Any) -> None:
    text = "import os; print('threads', os.environ['OMP_NUM_THREADS'], os.environ['MKL_NUM_THREADS'])"
    command_line.script("a.py", text)
    command_line.script("b.py", text)
    share = max(1, (os.cpu_count() or 1) // 2)
    code, output = command_line("run", "a.py", "b.py")
    assert code == 0 and len(lines_with(output, f"threads {share} {share}")) == 2, output
    code, output = command_line("run", "a.py", "b.py", OMP_NUM_THREADS="7")
    assert len(lines_with(output, f"threads 7 {share}")) == 2, output


def test_output_past_python_and_control_sequences(command_line: Any) -> None:
    command_line.script(
        "a.py",
        "import os, subprocess\nos.write(1, b'raw bytes\\n')\nsubprocess.run(['echo', 'a program'])\n"
        "print('\\x1b[31mred\\x1b[0m \\x1b[2J\\x1b]0;title\\x07 end')\nprint('two\\nlines')\n",
    )
    code, output = command_line("run", "a.py", "--color")
    assert code == 0
    assert len(lines_with(output, "raw bytes")) == 1 and len(lines_with(output, "a program")) == 1
    assert "\x1b[31mred\x1b[0m \\x1b[2J\\x1b]0;title\\x07 end" in output
    code, output = command_line("run", "a.py")
    assert "red \\x1b[2J\\x1b]0;title\\x07 end" in output and "\x1b" not in output


def test_each_file_runs_in_its_own_folder_as_main(command_line: Any) -> None:
    (command_line.folder / "sub").mkdir()
    command_line.script("sub/helper.py", "WORD = 'helped'")
    command_line.script(
        "sub/main.py",
        "import os, sys, pickle, helper\nclass C: pass\n"
        "if __name__ == '__main__':\n"
        "    print(helper.WORD, os.path.basename(os.getcwd()), os.path.basename(sys.argv[0]), len(sys.argv))\n"
        "    print(type(pickle.loads(pickle.dumps(C()))).__module__)\n    sys.exit(4)\n",
    )
    code, output = command_line("run", "sub/main.py")
    assert code == 1 and lines_with(output, "helped sub main.py 1") and lines_with(output, "  __main__"), output
    assert "exit code 4" in output and "Traceback" not in output


def test_full_tracebacks_when_asked_for(command_line: Any) -> None:
    command_line.script("a.py", "import json\njson.loads('{')")
    _, short = command_line("run", "a.py")
    assert "frames of Python (all frames: --traceback full)" in short and "decoder.py" not in short
    _, full = command_line("run", "a.py", "--traceback", "full")
    assert "decoder.py" in full and full.count("JSONDecodeError: ") == 1 and "cli/run" not in full


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.py"], "no such file"),
        (["text.txt"], "expected a notebook"),
        (["broken.ipynb"], "no notebook"),
        (["fine.py", "--hub", "nowhere.json"], "neither the address"),
        (["fine.py", "--hub", "http://127.0.0.1:1/"], "needs a hub on this machine"),
    ],
)
def test_wrong_usage_is_exit_code_2(command_line: Any, arguments: list[str], says: str) -> None:
    command_line.script("text.txt", "")
    command_line.script("broken.ipynb", "{")
    command_line.script("fine.py", "print('ran')")
    code, output = command_line("run", *arguments)
    assert code == 2 and says in output and "ran" not in output and "Traceback" not in output, output


def read_until(process: subprocess.Popen[str], *texts: str) -> str:
    """Read lines until each of the texts has come."""
    assert process.stdout is not None
    seen = ""
    while not all(text in seen for text in texts):
        line = process.stdout.readline()
        assert line, seen
        seen += line
    return seen
