"""Run the body of a cell magic as if it were the cell.

The body is compiled under the code name of the cell that holds the magic, with its lines where they stand in the
notebook: line 1 is the magic. So line numbers, the source shown in tracebacks, breakpoints and the journal's cell ids
are the ordinary ones. A last expression is displayed, AST transformers apply, and an exception is shown by IPython
itself, once, without the frames between the cell and its body.
"""

from __future__ import annotations

import ast
import linecache
import sys
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any

from IPython.core.displayhook import DisplayHook
from IPython.core.error import UsageError

from ..reading.tracebacks import left_out_words, shortened

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["run_body", "without_surroundings"]


def run_body(
    shell: InteractiveShell, first_line: str, body: str, *, inside: AbstractContextManager[Any], mark: str
) -> None:
    """Run `body` inside the context manager `inside`.

    Args:
        first_line: the line with the magic, shown as a comment where a traceback shows line 1.
        inside: told of the body's exception as of any other, with a traceback that begins in the body.
        mark: written above the traceback of an exception.

    Raises:
        Exception: whatever the body raises; it renders itself as its ordinary traceback under the mark.
        UsageError: the body awaits at its top level.
    """
    transformed = _transformed(shell, first_line, body)
    inside.__enter__()
    try:
        for code in _compiled(shell, transformed, body):
            exec(code, shell.user_global_ns, shell.user_ns)  # noqa: S102  the user's own code
    except BaseException as error:  # noqa: BLE001  raised again below
        error.with_traceback(without_surroundings(error.__traceback__))
        inside.__exit__(type(error), error, error.__traceback__)
        shown = _shown(shell, error, mark)
        if shown is error:
            raise
        raise shown from None
    inside.__exit__(None, None, None)


def _transformed(shell: InteractiveShell, first_line: str, body: str) -> str:
    """The body as Python, its lines counted as in the cell: blank lines at its start, which IPython removes, stay."""
    lines = body.splitlines(keepends=True)
    blank = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    return f"# {first_line}\n" + "\n" * blank + str(shell.transform_cell("".join(lines[blank:])))


def _compiled(shell: InteractiveShell, source: str, body: str) -> Iterator[CodeType]:
    """The statements of the cell, one code object each, as IPython runs them: the last expression is displayed."""
    name = _code_name(shell, source)
    module = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    if shell.should_run_async(body, transformed_cell=source):
        raise UsageError(
            "A cell that is a node cannot use `await` at its top level. A context can: put the code below "
            "`with mock_context(id=..., nodes=[...]):` (it comes from alphafed) into a cell without the magic."
        )
    statements = list(module.body)
    # A semicolon at the end keeps the value back; IPython's display hook looks for it in the cell's own last line.
    mode = "none" if DisplayHook.semicolon_at_end_of_expression(body) else shell.ast_node_interactivity
    if mode == "last_expr_or_assign" and statements:
        target = getattr(statements[-1], "target", None)
        if isinstance(statements[-1], ast.Assign) and len(statements[-1].targets) == 1:
            target = statements[-1].targets[0]
        if isinstance(target, ast.Name):
            shown = ast.Expr(ast.Name(target.id, ast.Load()))
            statements.append(ast.fix_missing_locations(ast.copy_location(shown, statements[-1])))
    for statement in statements:
        last = statement is statements[-1]
        if mode == "all" or (last and (mode == "last" or (mode != "none" and isinstance(statement, ast.Expr)))):
            yield shell.compile(ast.Interactive([statement]), name, "single")
        else:
            yield shell.compile(ast.Module([statement], []), name, "exec")


def _code_name(shell: InteractiveShell, source: str) -> str:
    """The name under which the surrounding cell was compiled, now with the body as its source."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals is shell.user_global_ns and frame.f_code.co_name == "<module>":
            name = frame.f_code.co_filename
            # As IPython's own cache does it: without a time, linecache never drops the entry.
            linecache.cache[name] = (len(source), None, [f"{line}\n" for line in source.splitlines()], name)
            return name
        frame = frame.f_back  # type: ignore[assignment]
    return str(shell.compile.cache(source, shell.execution_count))


def without_surroundings(frames: TracebackType | None) -> TracebackType | None:
    """Cut off the leading frames that stand here or in IPython: what remains begins in the user's code."""
    while frames is not None and frames.tb_frame.f_globals.get("__name__", "").partition(".")[0] in _SURROUNDINGS:
        frames = frames.tb_next
    return frames


_SURROUNDINGS = {__name__.partition(".")[0], "IPython", "ipykernel", "codeop"}


class _Shown(Exception):
    """Stands in for a SyntaxError, which IPython would show with the frames of this module."""


def _shown(shell: InteractiveShell, error: BaseException, mark: str) -> BaseException:
    """The exception to raise out of the magic, so that IPython shows the traceback as usual, under the mark."""
    if isinstance(error, UsageError):
        return error
    if isinstance(error, SyntaxError):
        frames = traceback.extract_tb(error.__traceback__)
        lines = shell.SyntaxTB.structured_traceback(type(error), error, frames)
        shown: BaseException = type(type(error).__name__, (_Shown,), {})(str(error))
    else:
        shown = error
        render = getattr(error, "_render_traceback_", None)
        if render is not None:
            lines = render()
        else:
            with shortened(error) as lacking:
                lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=0)
            if lacking:
                mark += f" ({left_out_words(lacking)})"
    marked = [f"In {mark}:", *lines]
    # Not setattr: an exception class may refuse it, as a frozen dataclass does.
    BaseException.__setattr__(shown, "_render_traceback_", lambda: marked)
    return shown
