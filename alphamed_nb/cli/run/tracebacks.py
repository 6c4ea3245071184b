"""Tracebacks at the end of a run: the user's own frames with what lies between them counted, or everything."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator

from ...node.output.tracebacks import short_path
from ...protocol.journal import Frame, Traceback
from ...reading.escaped import safe_lines
from ...reading.terminal import Style
from ...reading.tracebacks import left_out_words

__all__ = ["full", "last_lines", "last_place", "short"]


def full(traceback: Traceback, style: Style) -> Iterator[str]:
    """Every frame, as the process itself would have shown it."""
    for line in safe_lines(traceback.text.rstrip("\n")):
        yield style.text(line)


def short(traceback: Traceback, style: Style) -> Iterator[str]:
    """The frames of the user's own code; runs of library frames are counted. Without such frames: everything."""
    if not any(frame.user for frame in traceback.frames):
        yield from full(traceback, style)
        return
    yield "Traceback (most recent call last)"
    hidden: list[Frame] = []
    hint = " (all frames: --traceback full)"
    for frame in traceback.frames:
        if not frame.user:
            hidden.append(frame)
            continue
        if hidden:
            yield _counted(hidden, style, hint)
            hidden, hint = [], ""
        function = "" if frame.function == "<module>" else f", in {frame.function}"
        yield style.role("link", _place(frame)) + function
        yield f"---> {frame.line} {''.join(safe_lines(frame.code.strip()))}"
        if frame.repeated:
            yield style.role(
                "secondary",
                f"    [Previous line repeated {frame.repeated} more time{'s' if frame.repeated > 1 else ''}]",
            )
        if frame.left_out:
            yield style.role("secondary", f"    [{left_out_words(frame.left_out)}]")
    if hidden:
        yield _counted(hidden, style, hint)
    yield from last_lines(traceback, style)


def last_lines(traceback: Traceback, style: Style) -> Iterator[str]:
    """The error itself: usually one line."""
    for line in safe_lines(f"{traceback.type}: {traceback.message}" if traceback.message else traceback.type):
        yield style.role("error", style.text(line), bold=True)


def last_place(traceback: Traceback) -> str:
    """`scheduler.py:47`, or `Cell In[2], line 14`: the innermost frame of the user's own code, else of any."""
    frames = [frame for frame in traceback.frames if frame.user] or traceback.frames
    return _place(frames[-1]).removeprefix("File ") if frames else ""


def _place(frame: Frame) -> str:
    if frame.file.startswith("Cell "):
        return f"{frame.file}, line {frame.line}"
    return f"File {short_path(frame.file)}:{frame.line}"


def _counted(frames: list[Frame], style: Style, hint: str) -> str:
    libraries = list(dict.fromkeys(_library(frame.file) for frame in frames))
    number = sum(1 + frame.repeated + frame.left_out for frame in frames)
    count = f"{number} frame{'s' if number > 1 else ''}"
    return style.role("secondary", f"    {count} of {', '.join(libraries)}{hint}")


def _library(file: str) -> str:
    parts = file.replace("\\", "/").split("/")
    if "alphamed_nb" in parts:
        return "alphafed"
    for folder in ("site-packages", "dist-packages"):
        if folder in parts:
            return parts[parts.index(folder) + 1].removesuffix(".py")
    return "Python" if file.startswith((sysconfig.get_path("stdlib"), "<")) else parts[-1]
