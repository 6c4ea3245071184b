"""`make check`: lint, types and the tests near what changed against main, in about a minute.

What changed is every file that differs from where this branch left `main`, uncommitted and new ones included. Tests lie
as the modules do, so near a module `alphamed_nb/PART/NAME.py` are `tests/PART/test_NAME*.py` and the files of
`tests/PART` that import it (if there are none, the tests of its package); near a helper are the tests that import it.
A few tests of the whole come last. No test starts after SECONDS: what was not reached is named, `make test` runs it.

The panel's sources are checked, and tested as far as they import what changed, when some of them did.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import front_end
import pytest
import side_by_side

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60
WHOLE = [
    "tests/test_house.py",
    "tests/removed_protections.py::test_each_removal_is_of_a_name_and_of_source_of_its_own_and_its_test_is_there",
    "tests/hub/test_service.py",
    "tests/alphafed/test_fed_avg.py",
]
"""The rules of the house, source that is quoted, the hub behind its doors, and nodes that train together."""

Command = list[str]


def changed(base: str) -> list[str]:
    """The files that differ from where this branch left `base`, the deleted ones left out."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE)
        if done.returncode:
            raise SystemExit(f"git cannot tell what changed since {base}: --base names another branch or commit.")
        return done.stdout

    start = git("merge-base", "HEAD", base).strip()
    names = git("diff", "--name-only", "-z", "--diff-filter=d", start).split("\0")
    names += git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return sorted(set(names) - {""})


def near(files: Iterable[str]) -> list[str]:
    """The test files near these, own ones first; those of the browser are none of them."""
    tests = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    texts = {test: (ROOT / test).read_text(encoding="utf-8") for test in tests if not test.startswith("tests/browser/")}
    own: list[str] = []
    others: list[str] = []
    for file in map(Path, files):
        if file.as_posix() in texts:
            own.append(file.as_posix())
        elif file.suffix == ".py" and file.parts[0] == "alphamed_nb":
            folder = Path("tests", *file.parts[1:-1])
            mirrors = [test for test in texts if is_of(test, folder, file.stem)]
            importing = [test for test in texts if folder in Path(test).parents and imports(texts[test], file)]
            own += mirrors
            others += importing
            if not mirrors and not importing and len(folder.parts) > 1:
                # One of several modules that are tested as one.
                others += [test for test in texts if is_of(test, folder.parent, folder.name)]
                others += [test for test in texts if Path(test).parent == folder]
        elif file.suffix == ".py" and file.parts[:2] == ("tests", "helpers"):
            others += [test for test in texts if imports(texts[test], file)]
    return list(dict.fromkeys(own + others))


def is_of(test: str, folder: Path, name: str) -> bool:
    """Whether this is a test file of the module or package of that name, there."""
    return Path(test).parent == folder and bool(re.fullmatch(rf"test_{name.strip('_')}(_\w+)?\.py", Path(test).name))


def imports(text: str, file: Path) -> bool:
    """Whether this source imports that module, by its whole name, from its package, or as a helper."""
    package, name = r"\.".join(file.parts[:-1]), file.stem
    if file.parts[0] == "tests":
        return bool(re.search(rf"^\s*(from|import) (\w+\.)*{name}\b", text, re.MULTILINE))
    # A few lines may lie between the brackets of one import.
    whole = rf"^\s*(from|import) {package}\.{name}\b"
    return bool(re.search(rf"{whole}|^\s*from {package} import (\([^)]*|.*)\b{name}\b", text, re.MULTILINE))


class OutOfTime:
    """A plugin of pytest: no test starts when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._left: dict[str, None] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        if time.monotonic() < self._end:
            return None
        self._left[item.location[0]] = None
        return True  # pytest has nothing left to do for this one

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._left:
            terminalreporter.write_line(f"Not reached in {SECONDS} s; make test runs them: {' '.join(self._left)}")


def commands(files: list[str]) -> list[Command]:
    """What is run for these files; all of it at the same time."""
    tools = Path(sys.executable).parent
    found: list[Command] = []
    if any(file.endswith((".py", ".toml", ".cfg")) for file in files):
        found += [
            [str(tools / "ruff"), "check", "--quiet", "."],
            [str(tools / "ruff"), "format", "--quiet", "--check", "."],
            [str(tools / "mypy")],
            [str(tools / "lint-imports"), "--no-cache"],
            [sys.executable, __file__, "--tests", *near(files), *WHOLE],
        ]
    panel = [file for file in files if re.search(r"\.(tsx?|mjs|css|json)$", file)]
    sources = [file for file in panel if re.search(r"\.tsx?$", file)]
    if panel:
        found.append(["node_modules/.bin/prettier", "--log-level", "warn", "--check", *panel])
    if sources:
        found += [
            ["node_modules/.bin/eslint", *sources],
            ["node_modules/.bin/tsc", "-p", "tsconfig.tests.json"],
            ["node_modules/.bin/vitest", "related", "--run", "--reporter=dot", *sources],
        ]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--base", default="main", help="what the changes are counted from")
    parser.add_argument("--tests", nargs="+", metavar="FILE", help="only these tests, as long as there is time")
    asked = parser.parse_args()
    if asked.tests:
        return int(pytest.main(["-q", *asked.tests], plugins=[OutOfTime(SECONDS)]))
    files = changed(asked.base)
    print(f"{len(files)} files changed since {asked.base}")
    npm = front_end.find_npm()
    path = [*([npm[1]] if npm else []), os.environ.get("PATH", "")]
    environment = os.environ | {"PATH": os.pathsep.join(path), "NO_COLOR": "1"}
    found = commands(files)
    os.chdir(ROOT)
    failed = side_by_side.run(found, len(found), environment, quiet=[each for each in found if __file__ not in each])
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
