"""A file under `alphamed-nb run` does what it does without."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from alphamed_nb.cli.run import sockets

TOLD = """
import sys, __main__
import beside
from dataclasses import dataclass, fields

@dataclass
class Place:
    bed: int

def told():
    yield sorted(vars(__main__))
    yield type(__builtins__).__name__, __spec__, __package__, __doc__, type(__loader__).__name__, __file__
    yield fields(Place)[0].type, __annotations__
    yield beside.WORD, sys.path[0], sys.flags, sys.argv[1:]
for line in told():
    print(line)
number: float = 1
print(__annotations__)

def end(kind, error, traceback):
    print("the end:", kind.__name__, error, traceback.tb_lineno)
sys.excepthook = end
raise LookupError("nothing more")
"""

FAILS_IN_A_REMOVED_FOLDER = """
import os, shutil
from alphafed import mock_context
{before}
shutil.rmtree(os.getcwd())
with mock_context(id="{node}", nodes=["first", "second"]):
    raise LookupError("lost in {node}")
"""


def test_a_script_finds_what_python_gives_it(command_line: Any) -> None:
    """Named through two links: the folder of the real file comes first in sys.path."""
    for folder in ("real", "link"):
        (command_line.folder / folder).mkdir()
    command_line.script("real/beside.py", "WORD = 'the right one'")
    command_line.script("link/beside.py", "WORD = 'another one'")
    command_line.script("real/main.py", TOLD)
    os.symlink("../real/main.py", command_line.folder / "link" / "second.py")
    os.symlink("second.py", command_line.folder / "link" / "first.py")
    named = command_line.folder / "link" / "first.py"
    plain = subprocess.run(
        [sys.executable, named], capture_output=True, text=True, cwd=named.parent, env=command_line.environment
    )
    expected = plain.stdout.splitlines()
    assert len(expected) == 6 and plain.returncode == 1, plain
    code, output = command_line("run", "link/first.py")
    assert re.findall(r"INFO  (.*)", output) == expected and code == 1, output
    assert output.count("LookupError: nothing more") == 1, output


def test_a_removed_folder_does_not_replace_the_error(command_line: Any) -> None:
    """Neither that of the script nor the one in which `run` was started."""
    (command_line.folder / "elsewhere").mkdir()
    command_line.script(
        "elsewhere/first.py", FAILS_IN_A_REMOVED_FOLDER.format(node="first", before="os.mkdir('x'); os.chdir('x')")
    )
    command_line.script("second.py", FAILS_IN_A_REMOVED_FOLDER.format(node="second", before=""))
    code, output = command_line("run", "elsewhere/first.py")
    assert code == 1 and output.count("LookupError: lost in first") == 1 and "FileNotFound" not in output, output
    assert re.search(r"failed +0 first .*LookupError at elsewhere/first\.py:7", output), output
    code, output = command_line("run", "second.py")
    assert code == 1 and output.count("LookupError: lost in second") == 1 and "FileNotFound" not in output, output
    assert re.search(r"failed +1 second .*LookupError at second\.py:7", output), output


def test_notebooks_end_as_scripts_do_also_below_a_long_tmpdir(command_line: Any, tmp_path: Path) -> None:
    command_line.notebook(
        "nodes.ipynb",
        "%load_ext alphamed_nb",
        "import asyncio\nfrom alphafed import mock_context\n"
        "with mock_context(id='b', nodes=['a', 'b']):\n    await asyncio.sleep(0)\n    print('awaited')",
        "for denominator in (0, 1):\n    try:\n        with mock_context(id='d', nodes=['d']):\n"
        "            1 / denominator\n    except ZeroDivisionError: print('again')",
        "%%mock_node --id a --nodes a,b\nimport sys\nprint('all done')\nsys.exit(0)",
        "print('not reached')",
    )
    expected = new_notebook(
        cells=[
            new_code_cell("%load_ext alphamed_nb"),
            new_code_cell("{}['expected']", metadata={"tags": ["raises-exception"]}),
            new_code_cell("%%mock_node --id c --nodes c\n[][1]", metadata={"tags": ["raises-exception"]}),
            new_code_cell("import sys\nsys.exit('the reason')"),
            new_code_cell("print('not reached')"),
        ]
    )
    nbformat.write(expected, command_line.folder / "reason.ipynb")
    command_line.notebook("code.ipynb", "import sys\nprint('at work')\nsys.exit(259)", "print('not reached')")
    command_line.notebook("exit.ipynb", "print('at work')\nexit()", "print('not reached')")
    command_line.notebook("dies.ipynb", "import os\nprint('at work', flush=True)\nos._exit(0)", "print('not reached')")
    long = tmp_path / ("long" * 30)
    long.mkdir()
    names = ["nodes.ipynb", "reason.ipynb", "code.ipynb", "exit.ipynb", "dies.ipynb"]
    code, output = command_line("run", *names, TMPDIR=str(long))
    assert code == 1 and "not reached" not in output and "To exit" not in output, output
    assert "awaited" in output and "all done" in output and output.count("at work") == 3, output
    assert re.search(r"^  ok +0 a ", output, re.M) and re.search(r"^  ok +1 b ", output, re.M), output
    assert re.search(r"^  ok +exit\.ipynb", output, re.M) and re.search(r"^  ok +dies\.ipynb", output, re.M), output
    assert re.search(r"failed +code\.ipynb +[\d.]+ s  exit code 3$", output, re.M), output
    # What was expected is no failure of the file, that of a node is one of the node, and is shown.
    assert "KeyError" not in output and len(re.findall(r"reason +INFO  the reason", output)) == 1, output
    assert re.search(r"failed +. c +[\d.]+ s  .*IndexError at Cell In\[3\], line 2", output), output
    # A line names a traceback below where one is, also if the file went on.
    for name, message in (("IndexError", "list index out of range"), ("ZeroDivisionError", "division by zero")):
        assert len(re.findall(rf"{name} at .* ▸ traceback below$", output, re.M)) == 1, output
        assert output.count(f"{name}: {message}") == 1, output
    assert output.count("traceback below") == output.count("Traceback (most recent call last)") == 2, output


def test_no_folder_for_sockets_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_SHORT", tmp_path / "nowhere")
    with sockets.socket_folder(Path("/tmp/near")) as folder:
        assert folder == Path("/tmp/near")
    with pytest.raises(ValueError, match="set TMPDIR to a folder with a shorter name"):
        with sockets.socket_folder(tmp_path / ("long" * 30)):
            pass
