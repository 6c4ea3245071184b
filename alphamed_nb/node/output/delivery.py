"""The way of records out of the process.

Usually over the link (:mod:`.record_queue`). In a process of `alphamed-nb run`: its pipe (:mod:`.pipe`), into which
each record is written before `print` or `log` returns.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...protocol.journal import MetricBody
from ...protocol.messages import Record
from ..plain import as_text
from ..waiting import wall_clock
from . import forked
from .pipe import run_pipe

if TYPE_CHECKING:
    from .author import WayOut

__all__ = ["deliver", "metric_body"]

_METRIC_NAME = 1024
_METRIC_WRITER = 4096
"""Of a metric, so many characters of its name and writer are taken by the hub."""


def metric_body(name: str, value: float, step: int = 0, *, round: int = 0, writer: str = "") -> MetricBody:
    """A scalar of a `SummaryWriter`, or a progress value (`writer` is empty), such as every hub takes it."""
    return MetricBody(
        time=wall_clock(),
        name=as_text(name, "the name of a scalar")[:_METRIC_NAME],
        value=value if math.isfinite(value) else None,
        step=step,
        round=round,
        writer=as_text(writer, "the folder of a SummaryWriter")[:_METRIC_WRITER],
    )


def deliver(link: WayOut, record: Record[Any], nodes: list[str]) -> None:
    """Send a record on its way: through the parent of a forked child, the pipe of `alphamed-nb run`, or the link."""
    pipe = run_pipe() or forked.parent_pipe()
    if pipe is not None:
        pipe.put(record, nodes)
    else:
        link.put(record)
