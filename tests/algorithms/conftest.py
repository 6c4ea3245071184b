"""What the library logs, without its output."""

import logging

import pytest


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
