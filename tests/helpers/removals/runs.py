"""Runs pytest many times, a few runs at once, in processes forked from one that has the large libraries loaded.

Started as a process. Its input is JSON: `{"at_once": n, "runs": [{"arguments": [...], "removed": {...}, "output": path}]}`.
For each run that ended it writes a line, `[number of the run, exit code]`. Nothing of alphamed_nb is loaded before the
fork, so that what is removed in a run is removed in that run only.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from typing import Any

import pytest
import sitecustomize  # of tests/helpers/removed

LOADED = ("IPython", "jupyter_server.serverapp", "pytest_jupyter.jupyter_server", "torch.optim")


def main() -> None:
    asked = json.load(sys.stdin)
    for name in LOADED:
        importlib.import_module(name)
    assert not any(name.partition(".")[0] in ("alphamed_nb", "alphafed") for name in sys.modules)
    gc.collect()
    gc.freeze()  # pytest collects garbage again and again; what is loaded here is none
    waiting = list(enumerate(asked["runs"]))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < asked["at_once"]:
            number, run = waiting.pop()
            process = os.fork()
            if process == 0:
                sys.exit(one(run))
            running[process] = number
        process, status = os.wait()
        print(json.dumps([running.pop(process), os.waitstatus_to_exitcode(status)]), flush=True)


def one(run: dict[str, Any]) -> int:
    """In the child."""
    output = os.open(run["output"], os.O_WRONLY | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    # What a test that ran out of time leaves behind must not write into the repository.
    os.chdir(run["folder"])
    for number, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(number, target)
    if run["removed"]:
        os.environ["REMOVED_PROTECTION"] = json.dumps(run["removed"])
        sitecustomize.install()
    return int(pytest.main(run["arguments"]))


if __name__ == "__main__":
    main()
