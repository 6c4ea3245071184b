"""Tracebacks as data: frames with cell ids, the innermost frame of the user's own code, its place in words."""

from __future__ import annotations

import linecache
import os
import re
import sysconfig
import traceback
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from types import FrameType, TracebackType
from typing import Any

from ...protocol.journal import Failure, Frame, Traceback
from ..folders import working_folder
from ..kernel_info import cell_id, ipython
from .long_tracebacks import formatted, kept_frames

__all__ = ["failure_of", "module_of", "place_of", "short_path", "traceback_of", "unwatch_cells", "watch_cells"]

_cells: dict[str, str] = {}
"""File name that IPython gives the code of a cell -> cell id."""
_watched: list[tuple[Any, Any]] = []
"""Shells, each with the callback registered there."""


# -- cells -------------------------------------------------------------------------------------------------------------


def watch_cells() -> None:
    """From now on remember which cell each piece of a notebook's code stands in. Harmless to repeat."""
    shell = ipython()
    if shell is None or any(shell is watched for watched, _ in _watched):
        return

    def remember(info: Any) -> None:
        _remember(shell, info.raw_cell, getattr(info, "cell_id", None) or cell_id())

    shell.events.register("pre_run_cell", remember)
    _watched.append((shell, remember))
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None)
    if history:
        _remember(shell, history[-1], cell_id())  # the cell that is running


def unwatch_cells() -> None:
    """Undo :func:`watch_cells`; what is known of cells that ran stays."""
    for shell, callback in _watched:
        shell.events.unregister("pre_run_cell", callback)
    _watched.clear()


def _remember(shell: Any, code: str, cell: str) -> None:
    if not cell or not isinstance(code, str):
        return
    try:
        name = shell.compile.get_code_name(code, shell.transform_cell(code), shell.execution_count)
    except Exception:  # noqa: BLE001 - a cell with wrong syntax, say: it has no frames
        return
    _cells[name] = cell


def module_of(path: str) -> str:
    """What to call the module of a piece of code: its name, or `Cell In[3]`."""
    shown = _shown_file(path)
    return shown if shown != path else _stem(path)


@lru_cache
def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _shown_file(file: str) -> str:
    """`Cell In[3]` for the code of a cell, else the file as it is."""
    shell = ipython()
    format_name = getattr(getattr(shell, "compile", None), "format_code_name", None)
    if format_name is not None:
        try:
            found = format_name(file)
        except (AttributeError, KeyError, TypeError):
            found = None
        if found:
            return " ".join(found)
    return file


# -- whose code --------------------------------------------------------------------------------------------------------


@cache
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {os.path.realpath(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders.add(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))
    return tuple(folder + os.sep for folder in folders)


def _is_user_code(file: str) -> bool:
    if file in _cells or _shown_file(file) != file:
        return True
    if file.startswith("<") or not file:
        return False
    path = os.path.realpath(_absolute(file))
    return not path.startswith(_library_folders()) and "site-packages" not in path.split(os.sep)


# -- names of files ----------------------------------------------------------------------------------------------------


_began_in = working_folder() or os.path.join(os.sep, "(removed folder)")
"""The working folder; user code may change or remove it before it fails."""


def _absolute(file: str) -> str:
    return file if file.startswith("<") else os.path.normpath(os.path.join(working_folder() or _began_in, file))


def short_path(file: str) -> str:
    """A file as seen from the folder in which this process began, if it lies below that; else in full."""
    return _absolute(file).removeprefix(os.path.join(_began_in, ""))


# -- tracebacks --------------------------------------------------------------------------------------------------------


def _frames(found: TracebackType | None) -> list[Frame]:
    frames = []
    for kept in kept_frames(found):
        frame, line = kept.traceback.tb_frame, kept.traceback.tb_lineno
        code = frame.f_code
        file = code.co_filename
        shown = _shown_file(file)
        frames.append(
            Frame(
                function=code.co_qualname.rpartition("<locals>.")[2],
                line=line,
                # Absolute, so that who reads it in another folder finds the file; `<string>` is none.
                file=_absolute(file) if shown == file else shown,
                cell=_cells.get(file, ""),
                code=linecache.getline(file, line, frame.f_globals).strip(),
                user=_is_user_code(file),
                repeated=kept.repeated,
                left_out=kept.left_out,
            )
        )
    return frames


def _message(exc: BaseException) -> str:
    try:
        return str(exc)
    except Exception as error:  # noqa: BLE001 - a broken __str__ must not hide the failure itself
        return f"<its message cannot be shown: {type(error).__name__}>"


_FILE_LINE = re.compile(r'^( +)File "([^"]+)", line (\d+)', re.MULTILINE)


def _text(exc: BaseException) -> str:
    def named(match: re.Match[str]) -> str:
        shown = _shown_file(match[2])
        return match[0] if shown == match[2] else f"{match[1]}{shown}, line {match[3]}"

    return _FILE_LINE.sub(named, formatted(exc))


def traceback_of(exc: BaseException) -> Traceback:
    """The whole traceback of an exception."""
    return Traceback(type=type(exc).__name__, message=_message(exc), text=_text(exc), frames=_frames(exc.__traceback__))


def _callers(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    """File and line of a frame and of those that called it, the innermost first."""
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def place_of(exc: BaseException) -> str:
    """`file:line`, or `Cell In[n], line m`, of the innermost frame of the user's own code, else of any code."""
    found = exc.__traceback__
    if found is None:
        return ""
    inside = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(found)][::-1]
    # An exception on its way out has not come yet to the code that called what it has passed.
    outside = _callers(found.tb_frame.f_back)
    file, line = next((where for where in chain(inside, outside) if _is_user_code(where[0])), inside[0])
    shown = _shown_file(file)
    if shown != file:
        return f"{shown}, line {line}"
    return f"{short_path(file)}:{line}"


def failure_of(exc: BaseException) -> Failure:
    """A failure as others may know it."""
    lines = _message(exc).strip().splitlines()
    return Failure(
        type=type(exc).__name__,
        message=lines[-1] if lines else "",
        place=place_of(exc),
        because_of=_because_of(exc),
    )


def _because_of(exc: BaseException) -> list[str]:
    """Whom an error of the library names as the cause of it. A user's own may have anything of that name."""
    named = getattr(exc, "because_of", ())
    return [name for name in named if isinstance(name, str)] if isinstance(named, list | tuple) else []
