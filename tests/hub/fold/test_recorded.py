"""A recorded federation: what the fold makes of its rows is what the panel's tests are given.

The rows in `labextension/tests/model/recorded.json` are of three nodes that averaged over four rounds: their aggregator
was killed in the second one and started again with recovery, and a holder was late in the third. `python
tests/hub/fold/test_recorded.py` writes the views anew when the fold has changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from alphamed_nb.hub.fold.folds import Fold
from alphamed_nb.protocol.journal import Row

RECORDED = Path(__file__).parents[3] / "labextension" / "tests" / "model" / "recorded.json"


def rows_of(recorded: dict[str, Any]) -> list[Row]:
    return msgspec.json.decode(json.dumps(recorded["rows"]), type=list[Row])


def views_of(rows: list[Row], numbers: list[int]) -> list[dict[str, Any]]:
    """The run as of each number, with the time of the last row that is in it."""
    views, fold, at = [], Fold(), 0.0
    for row in rows:
        if len(views) < len(numbers) and row.seq > numbers[len(views)]:
            views.append(_view(fold, at))
        fold.apply(row)
        at = row.at
    views.append(_view(fold, at))
    return views


def _view(fold: Fold, at: float) -> dict[str, Any]:
    run = fold.snapshot().tasks[0].runs[0]
    view: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(run))
    return {"number": fold.number, "at": at, "run": view}


def test_the_panels_views_are_what_the_fold_makes_of_the_recorded_rows() -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    rows = rows_of(recorded)
    numbers = [view["number"] for view in recorded["views"]]
    assert len(rows) > 200 and len(numbers) == 3
    assert views_of(rows, numbers[:-1]) == recorded["views"]


if __name__ == "__main__":
    recorded = json.loads(RECORDED.read_text("utf-8"))
    numbers = [view["number"] for view in recorded["views"]][:-1]
    recorded["views"] = views_of(rows_of(recorded), numbers)
    parts = [
        f'"{name}": [\n' + ",\n".join(json.dumps(each, ensure_ascii=False) for each in recorded[name]) + "\n]"
        for name in ("rows", "views")
    ]
    RECORDED.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")
