"""`python -m benchmarks [NAME ...]`: run all, or the named ones, and print the table."""

from __future__ import annotations

import argparse
import importlib
import sys

from . import report

MODULES = {
    "request_answer": "messages",
    "routed_messages": "messages",
    "blocking_messages": "messages",
    "neighbour": "neighbour",
    "stream_48mb": "streams",
    "round_orchestration": "federated_averaging",
    "fedavg_wall": "federated_averaging",
    "round_growth": "federated_averaging",
    "hundred_nodes_round": "many_nodes",
    "three_hundred_nodes_round": "many_nodes",
    "log_records": "logs",
    "hub_memory": "hub_memory",
    "hub_memory_viewed": "hub_memory",
    "run_end_scripts": "runs",
    "run_end_notebooks": "runs",
    "panel_first_rows": "panel",
    "panel_frame": "panel",
    "panel_memory": "panel",
    "panel_filter": "panel",
    "panel_records": "panel",
    "panel_frame_meanwhile": "panel",
}
"""Which module measures which figure; one call of `measure(names)` gives all that are wanted of it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(MODULES)}")
    names = parser.parse_args().names
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(MODULES)}")
    wanted = names or list(MODULES)
    figures = []
    for module in dict.fromkeys(MODULES[name] for name in wanted):
        measure = importlib.import_module(f".{module}", __package__).measure
        for figure in measure([name for name in wanted if MODULES[name] == module]):
            print(report.table([figure]).splitlines()[1], file=sys.stderr, flush=True)
            report.keep([figure])
            figures.append(figure)
    print(report.table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
