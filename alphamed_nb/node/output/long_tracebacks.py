"""Tracebacks of a page: of frames that are the same again three remain, as Python shows them; of others the two ends.

A recursion without end has a thousand frames. They tell no more than a few of them do.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from types import TracebackType
from typing import Any, NamedTuple

__all__ = ["Kept", "formatted", "kept_frames", "left_out_words", "shortened"]

_ALIKE = 3
"""Of a frame that repeats itself so many are shown."""
_OUTERMOST = 10
_INNERMOST = 30
"""Of more frames than both together, those in the middle are left out."""

_LEFT_OUT = "<frames that are left out>"


def left_out_words(count: int) -> str:
    return f"{count} frames are left out" if count != 1 else "1 frame is left out"


class Kept(NamedTuple):
    """A frame that is shown."""

    traceback: TracebackType
    """Of this frame."""
    repeated: int
    """So many more like it follow, which are not shown."""
    left_out: int
    """So many others follow, which are not shown."""


def kept_frames(found: TracebackType | None) -> list[Kept]:
    """The frames to show, the outermost first."""
    frames = list(_each(found))
    keys = [(each.tb_frame.f_code.co_filename, each.tb_lineno, each.tb_frame.f_code.co_name) for each in frames]
    begin, end = _gap(keys)
    kept: list[Kept] = []
    for low, high in ((0, begin), (end, len(frames))):
        for _, run in groupby(range(low, high), lambda index: keys[index]):
            indices = list(run)
            repeated = max(0, len(indices) - _ALIKE)
            shown = [Kept(frames[index], 0, 0) for index in indices[:_ALIKE]]
            kept += [*shown[:-1], shown[-1]._replace(repeated=repeated)]
        if high < end and kept:
            kept[-1] = kept[-1]._replace(left_out=end - begin)
    return kept


def formatted(error: BaseException) -> str:
    """The text of a traceback, as Python has it."""
    whole = traceback.TracebackException.from_exception(error)
    waiting: list[Any] = [whole]
    while waiting:
        part = waiting.pop()
        frames = list(part.stack)
        begin, end = _gap([(frame.filename, frame.lineno, frame.name) for frame in frames])
        if begin < end:
            gap = traceback.FrameSummary(_LEFT_OUT, end - begin, "")
            part.stack = _Page([*frames[:begin], gap, *frames[end:]])
        waiting += filter(None, [part.__cause__, part.__context__, *(getattr(part, "exceptions", None) or ())])
    return "".join(whole.format())


class _Page(traceback.StackSummary):
    def format_frame_summary(self, frame_summary: traceback.FrameSummary, **options: Any) -> str:
        if frame_summary.filename == _LEFT_OUT:
            return f"  [{left_out_words(frame_summary.lineno or 0)}]\n"
        return super().format_frame_summary(frame_summary, **options)


@contextmanager
def shortened(error: BaseException) -> Iterator[int]:
    """While somebody else shows an exception and those it came from: how many frames they lack meanwhile."""
    before = [(each, each.__traceback__) for each in _chain(error)]
    lacking = 0
    try:
        for each, found in before:
            kept = kept_frames(found)
            left_out = sum(frame.repeated + frame.left_out for frame in kept)
            if left_out:
                lacking += left_out
                each.with_traceback(_linked([frame.traceback for frame in kept]))
        yield lacking
    finally:
        for each, found in before:
            each.with_traceback(found)


def _each(found: TracebackType | None) -> Iterator[TracebackType]:
    while found is not None:
        yield found
        found = found.tb_next


def _linked(frames: Sequence[TracebackType]) -> TracebackType | None:
    linked: TracebackType | None = None
    for each in reversed(frames):
        linked = TracebackType(linked, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return linked


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def _gap(keys: Sequence[tuple[str, int | None, str]]) -> tuple[int, int]:
    """From which frame to which nothing is shown."""
    runs = [len(list(run)) for _, run in groupby(keys)]
    if sum(min(run, _ALIKE) for run in runs) <= _OUTERMOST + _INNERMOST:
        return 0, 0
    return _taken(runs, _OUTERMOST), len(keys) - _taken(runs[::-1], _INNERMOST)


def _taken(runs: Sequence[int], shown: int) -> int:
    """How many frames stand for so many that are shown."""
    frames = 0
    for run in runs:
        shown -= min(run, _ALIKE)
        if shown < 0:
            break
        frames += run
    return frames
