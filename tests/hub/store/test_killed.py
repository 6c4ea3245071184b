"""A hub that is killed while it writes: everything it said was stored is there, and nothing by halves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import killed_writer
import pytest
from store_files import Commits

from alphamed_nb.hub.store.logs import LogStore
from alphamed_nb.hub.store.messages import MessageStore
from alphamed_nb.hub.store.query import RowQuery

ROOT = Path(__file__).parents[3]


def killed_after(kind: str, path: Path, acknowledgements: int) -> int:
    """Let a process write, kill it (SIGKILL) after so many acknowledgements, return the last ticket it told of."""
    modules = [str(ROOT), str(ROOT / "tests" / "helpers"), os.environ.get("PYTHONPATH", "")]
    process = subprocess.Popen(
        [sys.executable, killed_writer.__file__, kind, str(path)],
        stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, modules))},
    )  # fmt: skip
    try:
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
    finally:
        process.kill()
        lines += process.stdout.readlines()  # also what it said between the last one and its end
        process.wait()
        process.stdout.close()
    whole = [int(line) for line in lines if line.endswith(b"\n")]
    assert len(whole) >= acknowledgements
    return whole[-1]


def all_rows(store) -> list[int]:
    found: list[int] = []
    while True:
        page = store.page(RowQuery(after=found[-1] if found else 0, limit=5000))
        found += [row.seq for row in page.rows]
        if page.complete:
            return found


@pytest.mark.parametrize("kind", ["messages", "logs"])
def test_what_was_acknowledged_is_there_once_and_whole(kind, tmp_path):
    path = tmp_path / "file.db"
    stored = 0
    for acknowledgements in (1, 2, 5, 13, 40, 100):
        acknowledged = stored + killed_after(kind, path, acknowledgements)
        store = (MessageStore if kind == "messages" else LogStore)(path, **Commits().callbacks)
        try:
            stored = store.counter("p")
            assert stored >= acknowledged
            assert all_rows(store) == list(range(2, 2 * stored + 2))
            assert store.highest_seq() == 2 * stored + 1
            if kind == "messages":
                assert store.load_task("t").positions == {"b": 2 * stored}
                assert store.load_task("t").unread == {}
        finally:
            store.close()
