"""For all tests."""

import signal
from collections.abc import Generator

import pytest

LONGEST = (
    "removed_protections.py",
    "system/test_three_notebooks.py",
    "examples/test_demo.py",
    "system/test_hub_killed.py",
    "cli/test_run.py",
    "test_packaging.py",
    "notebook/test_places.py",
    "hub/server/test_fuzz.py",
    "hub/test_standalone.py",
    "node/link/test_link.py",
    "cli/test_commands.py",
    "alphafed/test_fed_avg_processes.py",
)
"""These begin first, so that processes that share the files end at about the same time."""

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it runs in the background so, and every child would inherit it: no test of an interrupt could
    # ever end.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"tests/{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.location[0], len(places)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What tests print and log may be no UTF-8; a report of one process to the one that shows them has to be."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report
