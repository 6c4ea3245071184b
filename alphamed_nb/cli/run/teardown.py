"""The end of a process of a run: Python looks through the user's objects as ever, and not at what libraries hold."""

from __future__ import annotations

import atexit
import fcntl
import gc
import io
import os
import stat
import sys
import sysconfig
import typing
from contextlib import suppress
from types import ModuleType

__all__ = ["end_quickly"]


def end_quickly() -> None:
    """Let this process end without taking apart what large libraries have loaded; with torch that takes 0.7 s.

    To be called before user code runs: exit handlers are called in reverse order, so that the user's come first.
    """
    atexit.register(_leave_libraries)


def _leave_libraries() -> None:
    # What Python does next with all modules, with the user's alone: without these their objects are garbage, finalized
    # with every name still in place. What is left then belongs to libraries. But if one of them, or an exit handler,
    # holds on to a namespace of the user's, Python has to come to that in its own way.
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        vars(sys).pop(name, None)
    for forget in getattr(typing, "_cleanups", ()):
        forget()  # it keeps `Optional[Theirs]`
    _flush_files()
    mark = object()
    before = sys.getrefcount(mark)
    for name in [name for name, module in sys.modules.items() if _is_users(module)]:
        vars(sys.modules.pop(name))["__alphamed_nb_mark__"] = mark
    gc.collect()
    if sys.getrefcount(mark) == before:  # no namespace holds it any more
        gc.freeze()


def _flush_files() -> None:
    """A file in a cycle of objects loses what it has not written yet, if Python finds its parts in the wrong order."""
    written = {number for number in map(int, os.listdir("/dev/fd")) if number > 2 and _is_written(number)}
    if not written:
        return  # to look through all objects takes some time
    objects = gc.get_objects()
    kinds = {kind for kind in set(map(type, objects)) if issubclass(kind, io.IOBase)}
    for each in objects:
        if type(each) in kinds:
            with suppress(
                OSError, ValueError
            ):  # it has no file, or is closed, or the disk is full: as Python does then
                if each.fileno() in written:
                    each.flush()


def _is_written(number: int) -> bool:
    try:
        regular = stat.S_ISREG(os.fstat(number).st_mode)
    except OSError:
        return False  # that of the listing itself
    return regular and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY


def _is_users(module: object) -> bool:
    file = getattr(module, "__file__", None)
    if not isinstance(module, ModuleType) or not isinstance(file, str):
        return False
    return os.path.isabs(file) and not file.startswith(_LIBRARIES) and "site-packages" not in file


_LIBRARIES = tuple(
    os.path.join(folder, "")
    for folder in (
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
    )
)
