"""Every record and warning once, whatever user code and libraries have put around the ways they take."""

from __future__ import annotations

import logging
import logging.handlers
import multiprocessing
import queue
import sys
import warnings
from collections.abc import Iterator

import pytest
from hub_process import HubProcess

from alphamed_nb.node.context import NodeContext


@pytest.fixture
def logger(task: str) -> Iterator[logging.Logger]:
    """A logger of this test alone, which passes nothing on."""
    found = logging.getLogger(task)
    found.setLevel(logging.INFO)
    found.propagate = False
    yield found
    found.handlers.clear()


@pytest.fixture
def all_warnings() -> Iterator[None]:
    """Each is shown, whether it was before or not; what the test leaves in the way of warnings goes."""
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        yield


def texts(hub: HubProcess, node: str) -> list[str]:
    return [body["text"] for body in hub.logs(node)]


def test_records_that_wait_in_a_queue_or_a_buffer(
    hub: HubProcess, task: str, logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = logging.StreamHandler(sys.stderr)
    waiting: queue.Queue = queue.Queue()
    listener = logging.handlers.QueueListener(waiting, shown)
    buffered = logging.handlers.MemoryHandler(100, target=shown)
    with NodeContext(task):
        logger.addHandler(logging.handlers.QueueHandler(waiting))  # copies each record
        listener.start()
        logger.info("queued %d", 1)
        listener.stop()
        logger.handlers[:] = [buffered]
        logger.info("buffered %d", 2)
        buffered.flush()
        print("printed", file=sys.stderr)
    assert capsys.readouterr().err == "queued 1\nbuffered 2\nprinted\n"
    assert texts(hub, task) == ["queued 1", "buffered 2", "printed"]


def test_records_that_another_process_hands_on(hub: HubProcess, task: str, logger: logging.Logger) -> None:
    """As a worker's are shown by the process that started it; both are the node."""
    waiting = multiprocessing.get_context("fork").Queue()
    logger.addHandler(logging.handlers.QueueHandler(waiting))
    with NodeContext(task):
        worker = multiprocessing.get_context("fork").Process(target=logger.info, args=("from the worker",))
        worker.start()
        logging.StreamHandler(sys.stderr).handle(waiting.get(timeout=20))
        worker.join()
    assert texts(hub, task) == ["from the worker"]


def test_records_that_only_tools_read_are_no_lines(hub: HubProcess, task: str) -> None:
    tool = logging.getLogger("torch.__trace")
    with NodeContext(task):
        tool.warning("", extra={"metadata": {"chromium_event": {}}})
        logging.getLogger(task).warning("")
        print()
        tool.warning("in words")
    assert texts(hub, task) == ["", "", "in words"]


def wrap(owner: object, name: str, heard: list[str]) -> None:
    """As a library does it that adds something of its own, when it is switched on."""
    original = getattr(owner, name)

    def wrapper(*args: object, **kwargs: object) -> object:
        heard.append(name)
        return original(*args, **kwargs)

    setattr(owner, name, wrapper)


def test_libraries_that_wrap_what_we_wrap(
    hub: HubProcess, task: str, logger: logging.Logger, all_warnings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [(warnings, "showwarning"), (logging.Logger, "callHandlers"), (logging.Handler, "handle")]
    for owner, name in places:
        monkeypatch.setattr(owner, name, getattr(owner, name))  # put back at the end
    logger.addHandler(logging.StreamHandler(sys.stderr))
    heard: list[str] = []
    nodes = [f"{task}-{number}" for number in range(4)]
    for number, node in enumerate(nodes):
        with NodeContext(node):
            if number < 3:
                for owner, name in places:
                    wrap(owner, name, heard)
            heard.clear()
            logger.info("record %d", number)
            warnings.warn(f"warning {number}", stacklevel=1)
        assert set(heard) == {name for _, name in places}
    for number, node in enumerate(nodes):
        assert texts(hub, node) == [f"record {number}", f"UserWarning: warning {number}"]


def test_warnings_that_logging_shows(hub: HubProcess, task: str, all_warnings: None) -> None:
    nodes = [f"{task}-{number}" for number in range(4)]
    for number, node in enumerate(nodes):
        with NodeContext(node):
            logging.captureWarnings(number % 2 == 0)  # switched inside; the next node begins with it
            warnings.warn(f"warning {number}", stacklevel=1)
    logging.captureWarnings(False)
    with NodeContext(task + "-last"):
        warnings.warn("the last", stacklevel=1)
    for number, node in enumerate(nodes):
        (text,) = texts(hub, node)
        assert f"UserWarning: warning {number}" in text
    assert texts(hub, task + "-last") == ["UserWarning: the last"]
