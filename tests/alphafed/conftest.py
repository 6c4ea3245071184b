"""A hub, nodes in threads, and what the library logs."""

import contextvars
import logging
import os
import threading

import pytest
from servers import standalone_hub

from alphamed_nb.alphafed import mock_context
from alphamed_nb.node.link.registry import close_links


@pytest.fixture
def alphafed_log():
    """The records of the logger `alphafed`, as they come."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("alphafed")
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


@pytest.fixture(scope="session")
def hub_file():
    """The hub file of a standalone hub that all tests of this folder share; each uses a task of its own."""
    with standalone_hub() as hub:
        yield hub.environment["ALPHAMED_NB_HUB_FILE"]


@pytest.fixture
def in_hub(hub_file, tmp_path, monkeypatch):
    """Nodes entered in this test find that hub and keep their files in `tmp_path`."""
    close_links()  # of tests elsewhere, to hubs of their own
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", hub_file)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    close_links()


@pytest.fixture
def task():
    return f"task-{os.urandom(8).hex()}"


class NodeThread(threading.Thread):
    """`body()` as one node, in a thread with a context of its own."""

    def __init__(self, node, nodes, body):
        super().__init__(name=f"node {node}", daemon=True)
        self._node, self._nodes, self._body = node, nodes, body
        self.result = None
        self.error = None
        self.start()

    def run(self):
        contextvars.Context().run(self._enter)

    def _enter(self):
        try:
            with mock_context(id=self._node, nodes=self._nodes):
                self.result = self._body()
        except BaseException as error:  # shown by `value`
            self.error = error

    def value(self, timeout=60):
        self.join(timeout)
        assert not self.is_alive(), f"{self.name} is still at work"
        if self.error is not None:
            raise self.error
        return self.result


@pytest.fixture
def start_node(in_hub):
    """`start_node(id, nodes, body)` runs `body()` as that node at the same time."""
    return NodeThread
