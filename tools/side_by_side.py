"""Runs commands at the same time, a few at once; what each said is printed in one piece when it has ended.

`python tools/side_by_side.py --at-once 2 "make lint" "make test-python"`: they begin in this order. The exit code is 0
if all of theirs are. All are run to their end, whichever fails.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    commands: Sequence[Sequence[str]],
    at_once: int,
    environment: Mapping[str, str] = os.environ,
    quiet: Sequence[Sequence[str]] = (),
) -> list[str]:
    """Run them here; return those that failed. Of the `quiet` ones that went well only the end is told."""
    waiting, running, failed = list(commands)[::-1], {}, []
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < at_once:
                command = waiting.pop()
                output = Path(folder, str(len(waiting)))
                with output.open("wb") as file:
                    process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT)
                running[process.pid] = command, output
            pid, status = os.wait()
            command, output = running.pop(pid)
            name = shlex.join(part.removeprefix(f"{Path.cwd()}/") for part in command)
            if status:
                failed.append(name)
            print(f"== {'failed' if status else 'ok'} after {time.monotonic() - begun:.0f} s: {name[:120]}", flush=True)
            if status or command not in quiet:
                print(output.read_text(encoding="utf-8", errors="replace"), flush=True)
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--at-once", type=int, default=2, help="so many at the same time")
    parser.add_argument("commands", nargs="+")
    asked = parser.parse_args()
    failed = run([shlex.split(command) for command in asked.commands], asked.at_once)
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
