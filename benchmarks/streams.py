"""[stream_48mb]: a 48 MB stream to two receivers, beside writing and reading the same file twice."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.helpers.servers import jupyter_server

from .processes import node_processes
from .report import Figure, ratio_figure

SIZE = 48 * 1024 * 1024
REPEATS = 9


def measure(names: Sequence[str]) -> Iterator[Figure]:
    task = uuid.uuid4().hex
    pairs = []
    calls = [
        ("stream_sender", task, "sender", "receiver 1", "receiver 2"),
        ("stream_receiver", task, "receiver 1", "sender"),
        ("stream_receiver", task, "receiver 2", "sender"),
    ]
    with jupyter_server() as hub, node_processes(hub, calls) as (sender, *receivers):
        for _ in range(REPEATS):
            for receiver in receivers:
                receiver.go()
            sender.go(SIZE)
            sent = sender.read()
            received = [receiver.read() for receiver in receivers]
            if sent["took"] != 2 or any(each["size"] != SIZE for each in received):
                raise RuntimeError(f"the stream did not arrive: {sent}, {received}")
            pairs.append((max(sent["end"], *(each["end"] for each in received)) - sent["begin"], _floor()))
    yield ratio_figure("stream_48mb", pairs, "s")


def _floor() -> float:
    """Write the file once, read it twice."""
    data = os.urandom(SIZE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "stream"
        begin = time.perf_counter()
        file.write_bytes(data)
        file.read_bytes()
        file.read_bytes()
        return time.perf_counter() - begin
