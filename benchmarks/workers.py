"""What a benchmark's node processes do. Run as `python -m benchmarks.workers ROLE ARGUMENT ...`.

A worker prints `@` and JSON for its driver, says `ready` first, then waits for a line on its standard input before each
measured part, so that starting Python and the connection to the hub stay outside of what is timed.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from alphamed_nb import alphafed  # noqa: F401  (serves the name alphafed)

ROLES: dict[str, Callable[..., None]] = {}


def role(function: Callable[..., None]) -> Callable[..., None]:
    ROLES[function.__name__] = function
    return function


def say(value: object) -> None:
    sys.__stdout__.write("@" + json.dumps(value) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


def wait_for_go() -> Any:
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def _contractor(task: str) -> Any:
    from dataclasses import dataclass

    from alphafed.contractor import ContractEvent, TaskMessageContractor, TaskMessageEventFactory

    @dataclass
    class Note(ContractEvent):
        TYPE = "note"
        text: str

        @classmethod
        def contract_to_event(cls, contract: dict[str, Any]) -> Note:
            return cls(text=contract["text"])

    class Factory(TaskMessageEventFactory):
        _CLASS_MAP = {Note.TYPE: Note, **TaskMessageEventFactory._CLASS_MAP}  # noqa: RUF012

    class Contractor(TaskMessageContractor):
        def __init__(self, task_id: str) -> None:
            super().__init__(task_id=task_id)
            self._event_factory = Factory

    return Contractor(task), Note


# -- contract messages -------------------------------------------------------------------------------------------------


@role
def sender(task: str, node: str, target: str) -> None:
    """Send as many 200-byte events as it is told: `blocking`, one by one, or `pipelined`; says the seconds it took."""
    from alphafed import mock_context

    from alphamed_nb.node.active import current_context

    with mock_context(id=node, nodes=[node, target]):
        contractor, note = _contractor(task)
        event = note("x" * 150)
        contractor._new_contract([target], event)
        session = current_context().session(task)
        say("ready")
        while True:
            order = wait_for_go()
            count = order["count"]
            begin = time.perf_counter()
            if order["how"] == "blocking":
                for _ in range(count):
                    contractor._new_contract([target], event)
            else:
                contract = event.event_to_contract()
                for _, pending in [session.post_send([target], event.type, contract) for _ in range(count)]:
                    pending.result()
            say([begin, time.perf_counter()])


@role
def steady_sender(task: str, node: str, target: str, rate: str) -> None:
    """From `go` to the next line on standard input, send `rate` events a second in batches of 10 ms."""
    import threading

    from alphafed import mock_context

    from alphamed_nb.node.active import current_context

    with mock_context(id=node, nodes=[node, target]):
        contractor, note = _contractor(task)
        contractor._new_contract([target], note("x" * 150))
        session = current_context().session(task)
        contract = note("x" * 150).event_to_contract()
        say("ready")
        while True:
            wait_for_go()
            stop = threading.Event()

            def until_told(stop: threading.Event = stop) -> None:
                wait_for_go()
                stop.set()

            threading.Thread(target=until_told, daemon=True).start()
            begin = time.perf_counter()
            sent = 0
            waiting = []
            while not stop.is_set():
                due = int((time.perf_counter() - begin) * int(rate))
                waiting += [session.post_send([target], "note", contract)[1] for _ in range(due - sent)]
                sent = due
                while len(waiting) > 500:
                    waiting.pop(0).result()
                stop.wait(0.01)
            for pending in waiting:
                pending.result()
            say({"sent": sent, "seconds": time.perf_counter() - begin})


@role
def asker(task: str, node: str, other: str) -> None:
    """Ask and wait for the answer, `count` times; says every time, in ms."""
    from alphafed import mock_context

    with mock_context(id=node, nodes=[node, other]):
        contractor, note = _contractor(task)
        say("ready")
        while True:
            count = wait_for_go()
            times = []
            for _ in range(count):
                begin = time.perf_counter()
                contractor._new_contract([other], note("x" * 150))
                for _event in contractor.contract_events():
                    break
                times.append((time.perf_counter() - begin) * 1000)
            say(times)


@role
def answerer(task: str, node: str, other: str) -> None:
    """Answer whatever comes, until the asker says `end` or its input closes."""
    from alphafed import mock_context

    with mock_context(id=node, nodes=[node, other]):
        contractor, note = _contractor(task)
        say("ready")
        for event in contractor.contract_events():
            if event.text == "end":
                return
            contractor._new_contract([other], note(event.text))


# -- data streams ------------------------------------------------------------------------------------------------------


@role
def stream_sender(task: str, node: str, *targets: str) -> None:
    """Send `size` bytes to all targets; says begin and end."""
    import os

    from alphafed import mock_context
    from alphafed.data_channel import SharedFileDataChannel

    with mock_context(id=node, nodes=[node, *targets]):
        contractor, _ = _contractor(task)
        channel = SharedFileDataChannel(contractor)
        say("ready")
        while True:
            data = os.urandom(wait_for_go())
            begin = time.time()
            took = channel.batch_send_stream(source=node, target=list(targets), data_stream=data)
            say({"begin": begin, "end": time.time(), "took": len(took)})


@role
def stream_receiver(task: str, node: str, source: str) -> None:
    """Receive one stream each time it is told to; says when it had the bytes and how many."""
    from alphafed import mock_context
    from alphafed.data_channel import SharedFileDataChannel

    with mock_context(id=node, nodes=[node, source]):
        contractor, _ = _contractor(task)
        channel = SharedFileDataChannel(contractor)
        say("ready")
        while True:
            wait_for_go()
            _, data = channel.receive_stream(receiver=node, source=source)
            say({"end": time.time(), "size": len(data)})


# -- log records -------------------------------------------------------------------------------------------------------


@role
def log_writer(task: str, node: str) -> None:
    """Log `count` numbered lines; says begin and end (everything handed to the hub and stored)."""
    from alphafed import logger, mock_context

    from alphamed_nb.node.active import current_context
    from alphamed_nb.node.waiting import Deadline

    logger.setLevel(logging.INFO)
    with mock_context(id=node, nodes=[node]):
        current_context().session(task)
        link = current_context().link
        say("ready")
        while True:
            count = wait_for_go()
            begin = time.time()
            for i in range(count):
                logger.info("line %d of %d: loss 0.1234, accuracy 0.9876", i, count)
            assert link.records.drain(Deadline(120))
            say([begin, time.time()])


@role
def paced_log_writer(task: str, node: str) -> None:
    """Log numbered lines at a rate a second, for some seconds; says begin and end (everything stored)."""
    from alphafed import logger, mock_context

    from alphamed_nb.node.active import current_context
    from alphamed_nb.node.waiting import Deadline

    logger.setLevel(logging.INFO)
    with mock_context(id=node, nodes=[node]):
        current_context().session(task)
        link = current_context().link
        say("ready")
        rate, seconds = wait_for_go()
        begin = time.time()
        for i in range(rate * seconds):
            logger.info("line %d: loss 0.1234, accuracy 0.9876", i)
            if i % 10 == 9:
                time.sleep(max(0.0, begin + (i + 1) / rate - time.time()))
        assert link.records.drain(Deadline(120))
        say([begin, time.time()])


# -- federated averaging -----------------------------------------------------------------------------------------------


@role
def federated_node(task: str, node: str, nodes: str, rounds: str) -> None:
    """One node of the example's task; says begin and end of `_run` and the seconds of each training and test."""
    from alphafed import logger, mock_context

    from . import example

    logger.setLevel(logging.WARNING)
    scheduler = example.timed_scheduler(int(rounds))
    everybody = nodes.split(",")
    say("ready")
    wait_for_go()
    with mock_context(id=node, nodes=everybody):
        begin = time.time()
        scheduler._run(id=node, task_id=task, is_initiator=node == everybody[0])
        say({"begin": begin, "end": time.time(), "trained": scheduler.trained, "tested": scheduler.tested})


@role
def empty_round_node(task: str, node: str, nodes: str, rounds: str) -> None:
    """One node of a task without training; the aggregator says when each round's test came."""
    from alphafed import logger, mock_context

    from . import example

    logger.setLevel(logging.WARNING)
    scheduler = example.empty_scheduler(int(rounds))
    everybody = nodes.split(",")
    say("ready")
    wait_for_go()
    with mock_context(id=node, nodes=everybody):
        scheduler._run(id=node, task_id=task, is_initiator=node == everybody[0])
        say(scheduler.tested_at)


@role
def many(work: str, *arguments: str) -> None:
    """Says what this function of :mod:`.many_nodes` returns."""
    say("ready")
    wait_for_go()
    say(getattr(importlib.import_module(".many_nodes", __package__), work)(*arguments))


if __name__ == "__main__":
    ROLES[sys.argv[1]](*sys.argv[2:])
