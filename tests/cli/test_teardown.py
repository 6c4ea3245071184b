"""A process of a run ends as one of Python does, but for what libraries have loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alphamed_nb.cli.run import teardown

BOOK = """
class Book:
    def __init__(self, name):
        self.me = self
        self.name = name
        self.file = open(name + ".txt", "w")
        self.file.write("written")
    def __del__(self):
        print("closed", self.name, names(), flush=True)
def names():
    return len(sorted("ab"))
"""
PROCESS = """
import atexit, gc, sys
atexit.register(lambda: print("frozen" if gc.get_freeze_count() else "as ever", flush=True))
from alphamed_nb.cli.run.teardown import end_quickly
end_quickly()
import book
{how}
del book
"""


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("", ["closed one 2", "frozen"]),
        ("from typing import Optional; Optional[book.Book]", ["closed one 2", "frozen"]),
        ("sys.last_value = book.kept", ["closed one 2", "frozen"]),
        ("import json; json.kept = book.names", ["as ever", "closed one 2"]),
        ("atexit.register(book.names)", ["as ever", "closed one 2"]),
    ],
)
def test_objects_of_the_user_are_finalized_and_those_of_libraries_left(
    how: str, said: list[str], tmp_path: Path
) -> None:
    """Unless something still holds the user's names: Python alone comes to that."""
    (tmp_path / "book.py").write_text(BOOK + "kept = Book('one')\n")
    ended = subprocess.run(
        [sys.executable, "-c", PROCESS.format(how=how)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(teardown.__file__).parents[3])},
        capture_output=True,
        text=True,
    )
    assert ended.stdout.splitlines() == said and ended.stderr == "", ended
    assert (tmp_path / "one.txt").read_text() == "written"


def test_what_a_file_leaves_open_is_written_at_its_end(command_line: Any) -> None:
    command_line.script("book.py", BOOK)
    command_line.script("keeps.py", BOOK + "import book\nkept = Book('first'), book.Book('second')\n")
    command_line.notebook("cell.ipynb", "import book\nkept = book.Book('third')")
    code, output = command_line("run", "keeps.py", "cell.ipynb")
    assert code == 0, output
    for name in ("first", "second", "third"):
        assert (command_line.folder / f"{name}.txt").read_text() == "written", name
    for name in ("first", "second"):
        assert output.count(f"closed {name} 2") == 1, output


def test_only_files_that_are_written_are_looked_for(tmp_path: Path) -> None:
    with open(tmp_path / "f", "w") as written, open(tmp_path / "f") as read:
        assert teardown._is_written(written.fileno()) and not teardown._is_written(read.fileno())
        reading, writing = os.pipe()
        assert not teardown._is_written(writing)
        os.close(reading)
        os.close(writing)
        assert not teardown._is_written(writing)
