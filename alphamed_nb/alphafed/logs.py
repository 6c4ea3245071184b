"""The loggers of the `alphafed` API: shown on stderr in a two-line format, each record once."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

__all__ = ["LOG_FORMAT", "logger", "task_logger"]

LOG_FORMAT = "%(asctime)s|%(levelname)s|%(module)s|%(funcName)s|%(lineno)d:\n%(message)s"

_MARK = "_alphamed_nb_stderr"


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment: a notebook's cell, not the terminal of the import."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.setFormatter(logging.Formatter(LOG_FORMAT))
        setattr(self, _MARK, True)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _set_up(name: str) -> logging.Logger:
    """The logger with exactly one handler of ours, also when this module is imported or reloaded again.

    A level that somebody has set is left as it is.
    """
    found = logging.getLogger(name)
    for handler in [handler for handler in found.handlers if hasattr(handler, _MARK)]:
        found.removeHandler(handler)
    found.addHandler(_StderrHandler())
    found.propagate = False
    if found.level == logging.NOTSET:
        found.setLevel(logging.DEBUG)
    return found


logger = _set_up("alphafed")
"""For the library's own records and those of user code."""

task_logger = logging.getLogger("alphafed.task")
"""The task log, called with `extra={"task_id": ...}`. Shown through `logger`'s handler, so at `logger`'s level."""
