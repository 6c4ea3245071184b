"""What `make check` takes to be near a change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import check

    return check


def test_near_a_module_are_its_own_tests_then_those_of_its_folder_that_import_it(check) -> None:
    near = check.near(["alphamed_nb/hub/store/query.py"])
    assert near[0] == "tests/hub/store/test_query.py"
    assert len(near) > 1 and all(test.startswith("tests/hub/store/") for test in near)


def test_a_module_at_the_bottom_has_the_tests_of_its_folder_only(check) -> None:
    near = check.near(["alphamed_nb/protocol/messages.py"])
    assert "tests/protocol/test_messages.py" in near and {Path(test).parent.name for test in near} == {"protocol"}


def test_every_module_of_ours_has_tests_near_it(check) -> None:
    parts = [path for path in (ROOT / "alphamed_nb").glob("*/**/*.py") if path.name != "__init__.py"]
    assert len(parts) > 100
    assert not [path for path in parts if not check.near([path.relative_to(ROOT).as_posix()])]


def test_near_a_test_is_that_test_and_near_a_helper_are_those_that_import_it(check) -> None:
    assert check.near(["tests/test_host.py"]) == ["tests/test_host.py"]
    assert "tests/hub/server/test_fuzz.py" in check.near(["tests/helpers/fuzz_door.py"])
    assert check.near(["README.md", "labextension/src/index.ts", "tests/browser/test_actions.py"]) == []


def test_what_there_was_no_time_for_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("import time\ndef test_one(): time.sleep(0.3)\ndef test_two(): assert False\n")
    code = "import check, pytest, sys; sys.exit(pytest.main(['-q', 'test_a.py'], plugins=[check.OutOfTime(0.2)]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True,
        env={"PYTHONPATH": str(ROOT / "tools"), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "make test runs them: test_a.py" in done.stdout


def test_files_that_are_named_are_there(check) -> None:
    from tests.conftest import LONGEST

    named = [*(f"tests/{name}" for name in LONGEST), *(test.partition("::")[0] for test in check.WHOLE)]
    assert not [name for name in named if not (ROOT / name).is_file()]


def test_side_by_side_all_end_each_speaks_in_one_piece_and_one_that_fails_is_named() -> None:
    words = "sh -c 'echo {0} 1; sleep 0.1; echo {0} 2; exit {1}'"
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "side_by_side.py"), words.format("one", 3), words.format("two", 0)],
        text=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1 and "failed: sh -c" in done.stderr and "one 1" in done.stderr
    assert "one 1\none 2\n" in done.stdout and "two 1\ntwo 2\n" in done.stdout
