"""The body of a magic runs as the cell would."""

from __future__ import annotations

import atexit
import linecache
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from alphamed_nb.notebook.execution import run_body


class Inside:
    """A context manager that notes what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, list[str]]] = []

    def __enter__(self) -> None:
        self.told.append(("entered", []))

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        assert (error is None and traceback is None) or traceback is error.__traceback__
        names = []
        while traceback is not None:
            names.append(f"{traceback.tb_frame.f_code.co_name}:{traceback.tb_lineno}")
            traceback = traceback.tb_next
        self.told.append((error, names))


@pytest.fixture
def inside() -> Inside:
    return Inside()


@pytest.fixture
def shell(inside: Inside) -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.colors = "nocolor"
    shell.InteractiveTB.set_theme_name("nocolor")
    shell.SyntaxTB.set_theme_name("nocolor")

    def node(line: str, cell: str) -> None:
        run_body(shell, f"%%node {line}", cell, inside=inside, mark="node 1 b")

    shell.register_magic_function(node, "cell", "node")
    yield shell
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()
    InteractiveShell.clear_instance()


def run(shell: InteractiveShell, cell: str) -> Any:
    return shell.run_cell(cell, store_history=True)


def moved(line: str) -> str:
    """A line of a traceback, one line further down for the magic's own line, and one cell later."""
    return re.sub(
        r"(?<=^)( +|-+> ?)\d+|(?<=line )\d+|In\[\d+\]",
        lambda found: re.sub(r"\d+", lambda number: str(int(number[0]) + 1), found[0]),
        line,
    )


def test_names_display_and_value(shell: InteractiveShell, inside: Inside, capsys: Any) -> None:
    assert run(shell, "%%node x\na = 20\nb = a + 1\nb * 2").success
    assert shell.user_ns["b"] == 21
    assert capsys.readouterr().out == "Out[1]: 42\n" and shell.user_ns["_"] == 42 and shell.user_ns["Out"] == {1: 42}
    assert run(shell, "%%node x\nb * 2;").success
    assert run(shell, "%%node x\nc = 1").success
    assert run(shell, "%%node x\nNone").success
    assert capsys.readouterr().out == ""
    assert inside.told == [("entered", []), (None, [])] * 4


@pytest.mark.parametrize(
    ("mode", "shown"), [("all", ["1", "2"]), ("last", ["2"]), ("none", []), ("last_expr_or_assign", ["2"])]
)
def test_interactivity(shell: InteractiveShell, capsys: Any, mode: str, shown: list[str]) -> None:
    shell.ast_node_interactivity = mode
    assert run(shell, "%%node x\n1\n2").success
    assert re.findall(r"Out\[\d+\]: (.*)\n", capsys.readouterr().out) == shown


def test_an_assignment_is_shown_where_the_user_asked_for_it(shell: InteractiveShell, capsys: Any) -> None:
    shell.ast_node_interactivity = "last_expr_or_assign"
    assert run(shell, "%%node x\na: int = 5").success
    assert capsys.readouterr().out == "Out[1]: 5\n"


def test_magics_and_shell_lines_inside(shell: InteractiveShell, capsys: Any) -> None:
    assert run(shell, "%%node x\nfiles = !echo one\n%time y = 3").success
    assert shell.user_ns["y"] == 3 and list(shell.user_ns["files"]) == ["one"]


def test_the_traceback_is_the_ordinary_one_once_and_marked(
    shell: InteractiveShell, inside: Inside, capsys: Any
) -> None:
    cell = "def f():\n    return 1 / 0\n\nf()"
    run(shell, cell)
    ordinary = capsys.readouterr().out.splitlines()
    result = run(shell, "%%node x\n" + cell)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    marked = capsys.readouterr().out.splitlines()
    assert marked[0] == "In node 1 b:"
    assert marked[1:] == [moved(line) for line in ordinary]
    assert [names for error, names in inside.told] == [[], ["<module>:5", "f:3"]]
    assert inside.told[1][0] is result.error_in_exec


def test_lines_count_from_the_magic_also_after_blank_lines(shell: InteractiveShell, capsys: Any) -> None:
    run(shell, "%%node x\n\n\n    y = 1\n    raise KeyError('here')")
    assert "Cell In[1], line 5" in capsys.readouterr().out


def test_source_is_found_under_the_cells_own_name(shell: InteractiveShell) -> None:
    import inspect

    assert run(shell, "%%node x\ndef f():\n    return 1").success
    f = shell.user_ns["f"]
    assert inspect.getsource(f) == "def f():\n    return 1\n"
    assert linecache.getline(f.__code__.co_filename, 1) == "# %%node x\n"
    assert shell.compile.format_code_name(f.__code__.co_filename) == ("Cell", "In[1]")


@pytest.mark.parametrize("body", ["x = (", "def f(:\n  pass", "a b", "return 5", "if True:\npass"])
def test_a_syntax_error_is_shown_as_one(shell: InteractiveShell, inside: Inside, capsys: Any, body: str) -> None:
    run(shell, body)
    ordinary = capsys.readouterr().out.strip().splitlines()
    result = run(shell, "%%node x\n" + body)
    assert not result.success
    error = result.error_in_exec or result.error_before_exec
    marked = capsys.readouterr().out.strip().splitlines()
    assert marked[0] == "In node 1 b:"
    assert marked[-1] == moved(ordinary[-1]) and type(error).__name__ == ordinary[-1].split(":")[0]
    assert not [line for line in marked if "execution.py" in line or "compilerop.py" in line]
    assert isinstance(inside.told[1][0], SyntaxError)


def test_a_syntax_error_of_a_module_shows_how_it_came_there(
    shell: InteractiveShell, capsys: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    (tmp_path / "broken_module.py").write_text("x = (\n")
    monkeypatch.syspath_prepend(tmp_path)
    run(shell, "%%node x\n1\nimport broken_module")
    shown = capsys.readouterr().out
    assert "import broken_module" in shown and "broken_module.py" in shown and "execution.py" not in shown


def test_await_is_refused(shell: InteractiveShell, capsys: Any) -> None:
    result = run(shell, "%%node x\nimport asyncio\nawait asyncio.sleep(0)")
    assert not result.success
    assert re.search(r"cannot use `await`.*put the code below `with mock_context\(", capsys.readouterr().err)


def test_an_exception_with_a_rendering_of_its_own_keeps_it(shell: InteractiveShell, capsys: Any) -> None:
    run(
        shell,
        "%%node x\nclass Own(Exception):\n    def _render_traceback_(self):\n        return ['my own words']\n"
        "raise Own()",
    )
    assert capsys.readouterr().out == "In node 1 b:\nmy own words\n"


def test_an_exception_that_takes_no_attributes(shell: InteractiveShell, capsys: Any) -> None:
    run(
        shell,
        "%%node x\nfrom dataclasses import dataclass\n@dataclass(frozen=True)\nclass Frozen(Exception):\n    n: int\n"
        "raise Frozen(1)",
    )
    shown = capsys.readouterr().out
    assert shown.startswith("In node 1 b:") and "Frozen: " in shown and "FrozenInstanceError" not in shown


def test_a_recursion_without_end_is_a_page(shell: InteractiveShell, inside: Inside, capsys: Any) -> None:
    run(shell, "%%node x\ndef visit(n):\n    return visit(n + 1)\nvisit(0)")
    first, *shown = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"In node 1 b \(\d\d\d frames are left out\):", first)
    assert sum("in visit(n)" in line for line in shown) == 3 and len(shown) < 30
    assert len(inside.told[1][1]) > 900  # what else hears of it has all frames


def test_keyboard_interrupt_passes(shell: InteractiveShell, inside: Inside, capsys: Any) -> None:
    result = run(shell, "%%node x\nraise KeyboardInterrupt")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert isinstance(inside.told[1][0], KeyboardInterrupt)
    assert capsys.readouterr().out.count("KeyboardInterrupt") == 3  # head, source line, last line


def test_an_error_on_entering_leaves_the_body_alone(shell: InteractiveShell, capsys: Any) -> None:
    @contextmanager
    def refuses() -> Iterator[None]:
        raise RuntimeError("no hub")
        yield

    def node(line: str, cell: str) -> None:
        run_body(shell, "%%other", cell, inside=refuses(), mark="")

    shell.register_magic_function(node, "cell", "other")
    result = run(shell, "%%other\ntouched = True")
    assert str(result.error_in_exec) == "no hub" and "touched" not in shell.user_ns
