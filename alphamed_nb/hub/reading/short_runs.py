"""A run in short: of the fold, and of what the logs file counts."""

from __future__ import annotations

import zlib
from collections.abc import Collection

import msgspec

from ...protocol.live import TaskGlance
from ..fold.folds import ClosedRun
from ..fold.glances import first_failed, glance
from ..fold.run_fold import RunFold
from ..store.logs import LogStore

__all__ = ["closed_run", "glance_of"]

_GLANCED_ERRORS = 100

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(TaskGlance).decode


def glance_of(logs: LogStore, task: str, run: RunFold | ClosedRun, numbers: Collection[int], upto: int) -> bytes:
    """A task in short, by its latest run: the JSON of a `TaskGlance`.

    Args:
        numbers: those of all its runs.
        upto: log records up to this number count.
    """
    if isinstance(run, ClosedRun):
        found = zlib.decompress(run.glance)
        return found if len(numbers) == 1 else _encode(msgspec.structs.replace(_decode(found), runs=sorted(numbers)))
    failures = run.failures()
    failed = first_failed(failures)
    told = logs.errors(task, run.run, failed, upto, 1) if failed is not None else []
    return _encode(
        glance(
            task,
            numbers,
            run,
            errors=logs.errors(task, run.run, None, upto, _GLANCED_ERRORS),
            failures=failures,
            problem_seq=told[-1] if told else 0,
            score=logs.score(task, run.run),
        )
    )


def closed_run(logs: LogStore, task: str, run: RunFold, upto: int) -> ClosedRun:
    """What is kept of it."""
    return ClosedRun(run.run, run.changed, zlib.compress(glance_of(logs, task, run, [run.run], upto)))
