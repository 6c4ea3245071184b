"""What broke, told in one order wherever it is told: first what broke by itself, then what is a consequence of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .journal import Failure
from .snapshot import FailureView

__all__ = ["NodeFailure", "failures_of"]


class NodeFailure(NamedTuple):
    """That one node failed, or is gone."""

    node: str
    number: float
    """Of two the one that happened first has the smaller one."""
    at: float
    """Seconds since the epoch."""
    failure: Failure | None
    """None: it did not say why."""
    cause: str | None = None
    """Of a node that is gone: why, if that is known; None: it failed."""


def failures_of(nodes: Iterable[NodeFailure]) -> list[FailureView]:
    """Those that are alike as one. Nodes that are gone count where they are the cause of a failure."""
    found = sorted(nodes, key=lambda each: each.number)
    numbers = {each.node: each.number for each in found}
    causes = {
        each.node: [name for name in _blamed(each) if numbers.get(name, each.number) < each.number] for each in found
    }
    blamed = {name for names in causes.values() for name in names}
    views: list[FailureView] = []
    alike: dict[tuple[bool, str, str, str], FailureView] = {}
    for each in found:
        if each.cause is not None and each.node not in blamed:
            continue
        view = _view(each, causes[each.node])
        keys = [(bool(view.because_of), view.type, *where) for where in _likeness(view)]
        known = next((alike[key] for key in keys if key in alike), None)
        if known is not None:
            known.nodes.append(each.node)
            known.count += 1
        else:
            views.append(view)
            alike.update(dict.fromkeys(keys, view))
    return sorted(views, key=lambda view: bool(view.because_of))


def _blamed(each: NodeFailure) -> list[str]:
    return each.failure.because_of if each.failure is not None else []


def _view(each: NodeFailure, because_of: list[str]) -> FailureView:
    failure = each.failure or Failure(type="")
    return FailureView(
        nodes=[each.node],
        count=1,
        at=each.at,
        gone=each.cause is not None,
        type=failure.type,
        message=failure.message if each.cause is None else each.cause,
        place=failure.place,
        because_of=because_of,
    )


def _likeness(view: FailureView) -> list[tuple[str, str]]:
    """In one of these a failure of the same type has to be the same."""
    known = [(what, text) for what, text in (("at", view.place), ("says", view.message)) if text]
    return known or [("", "")]
