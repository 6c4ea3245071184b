"""One real hub for the tests of the node side, and links that end with each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_process import HubProcess

from alphamed_nb.node.link.registry import close_links


@pytest.fixture(scope="session")
def shared_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path_factory.mktemp("hub")).start()
    yield hub
    hub.stop()


@pytest.fixture
def hub(shared_hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubProcess]:
    """A hub that this process finds; tests use ids of their own."""
    close_links()  # of tests elsewhere, to hubs of their own
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(shared_hub.file))
    yield shared_hub
    close_links()


@pytest.fixture
def own_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubProcess]:
    """A hub that the test may kill and start again."""
    close_links()
    hub = HubProcess(tmp_path).start()
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(hub.file))
    yield hub
    close_links()
    hub.stop()


@pytest.fixture
def task(request: pytest.FixtureRequest) -> str:
    """A task id that no other test uses."""
    return request.node.name
