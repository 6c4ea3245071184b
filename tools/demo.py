"""`make demo`: three nodes train on handwritten digits, in a scratch copy of `examples/fedavg`.

Prints each command before it runs it, so that it can be repeated by hand. Exits non-zero if the task failed or its
results are missing.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from io import TextIOWrapper
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fedavg"
AGGREGATOR = "1bb9feba-7b53-455b-b127-0eb19ffc9d3f"
NODES = [AGGREGATOR, "663ad4b0-b617-409f-8bc9-3682b30f7f30", "0fc1a571-2920-47bf-9e4e-b4edb7fa2caa"]
TASK = "cbb3ffd0-838c-41ca-a41a-7c11cae29181"
NOTEBOOKS = ["mock_aggregator.ipynb", "mock_collaborator_1.ipynb", "mock_collaborator_2.ipynb"]


def main() -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # the path of the scratch folder, in a terminal that is no UTF-8
    folder = Path(tempfile.mkdtemp(prefix="alphamed-demo-"))
    for file in sorted(EXAMPLE.iterdir()):
        if file.suffix in (".py", ".ipynb"):
            shutil.copy(file, folder)
    say(f"cd {shlex.quote(str(folder))}   # a copy of examples/fedavg; nothing is written into the clone")
    for arguments in (["data", "--task", TASK, "--nodes", ",".join(NODES)], ["run", *NOTEBOOKS]):
        code = alphamed_nb(arguments, folder)
        if code != 0:
            print(f"The demo failed: alphamed-nb {arguments[0]} ended with exit code {code}. Its files: {folder}")
            return 1
    result = folder / AGGREGATOR / TASK / "result"
    files = [result / "model.pt", result / "report.zip"]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        print(f"The demo failed: no {' and no '.join(missing)}.")
        return 1
    print("\nThe aggregator's results:")
    for file in files:
        print(f"  {file}  ({file.stat().st_size:,} bytes)")
    return 0


def alphamed_nb(arguments: list[str], folder: Path) -> int:
    """Run one command of this interpreter's alphamed-nb in `folder`; return its exit code."""
    say(f"alphamed-nb {shlex.join(arguments)}")
    # The node processes find the same interpreter's packages, wherever the shell's PATH points.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run([sys.executable, "-m", "alphamed_nb", *arguments], cwd=folder, env=environment).returncode


def say(command: str) -> None:
    print(f"\n$ {command}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
