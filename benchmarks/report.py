"""One benchmark's figure, the table of all, and the file that keeps them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True)
class Figure:
    """`ratio` is `median` / `floor`; a subject without a floor has neither."""

    name: str
    median: float
    unit: str
    floor: float | None
    ratio: float | None
    repeats: int


def figure(name: str, values: Sequence[float], unit: str, floors: Sequence[float] = ()) -> Figure:
    """The medians of what was measured, and their ratio."""
    median = statistics.median(values)
    floor = statistics.median(floors) if floors else None
    return Figure(name, median, unit, floor, median / floor if floor else None, len(values))


def ratio_figure(name: str, pairs: Sequence[tuple[float, float]], unit: str) -> Figure:
    """For subject and floor measured in turn: the median of the ratios, less noisy than the ratio of the medians."""
    return Figure(
        name,
        statistics.median(subject for subject, _ in pairs),
        unit,
        statistics.median(floor for _, floor in pairs),
        statistics.median(subject / floor for subject, floor in pairs),
        len(pairs),
    )


def keep(figures: Sequence[Figure]) -> None:
    """Replace the rows of these names in `results/latest.json`, leave the others."""
    rows = {row["name"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    rows |= {each.name: asdict(each) for each in figures}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(list(rows.values()), indent=1) + "\n")


def table(figures: Sequence[Figure]) -> str:
    lines = [f"{'name':<20} {'median':>12} {'unit':<8} {'floor':>12} {'ratio':>8} {'repeats':>8}"]
    for each in figures:
        floor = "-" if each.floor is None else f"{each.floor:,.4g}"
        ratio = "-" if each.ratio is None else f"{each.ratio:.2f}"
        lines.append(f"{each.name:<20} {each.median:>12,.4g} {each.unit:<8} {floor:>12} {ratio:>8} {each.repeats:>8}")
    return "\n".join(lines)
