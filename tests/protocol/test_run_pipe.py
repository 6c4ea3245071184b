from __future__ import annotations

import random

import pytest

from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.messages import Record
from alphamed_nb.protocol.run_pipe import FromNode, PipeReader, frames


def line(text: str) -> FromNode:
    return FromNode(
        record=Record(node="甲", context="c", kind="log", body=LogBody(time=1.0, level=20, text=text)),
        nodes=["甲", "b"],
    )


def read(content: bytes, size: int) -> list[bytes | FromNode]:
    """What comes out if it comes in such pieces; neighbouring output in one."""
    reader = PipeReader()
    found: list[bytes | FromNode] = []
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    for each in [*(each for piece in pieces for each in reader.feed(piece)), reader.rest()]:
        if isinstance(each, bytes) and found and isinstance(found[-1], bytes):
            found[-1] += each
        elif each:
            found.append(each)
    return found


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_records_stand_where_they_were_written_however_it_is_cut(size: int) -> None:
    long = line("字" * 700)
    begun = next(frames(line("x"), 1, 512))[:5]
    content = [
        b"before\n\x00",
        *frames(long, 1, 512),
        b"between ",
        *frames(line("short"), 2, 512),
        b"after\xff\n",
        begun,
    ]
    assert all(len(each) <= 512 for each in content) and len(content) > 6
    assert read(b"".join(content), size) == [b"before\n\x00", long, b"between ", line("short"), b"after\xff\n" + begun]


def test_the_frames_of_several_writers_may_mix() -> None:
    sent = [line(str(number) * 3000) for number in range(4)]
    waiting = [list(frames(each, number, 256)) for number, each in enumerate(sent)]
    chance = random.Random(1)
    content = b""
    while waiting:
        writer = chance.choice(waiting)
        content += writer.pop(0)
        if not writer:
            waiting.remove(writer)
    assert sorted(read(content, 1000), key=repr) == sorted(sent, key=repr)


def test_what_only_looks_like_a_frame_is_output() -> None:
    (frame,) = frames(line("text"), 1, 4096)
    broken = frame.replace(b'"record"', b"'record'")
    found = read(broken + b"\nnext\n", 50)
    assert len(found) == 1 and isinstance(found[0], bytes)
    assert b"'record'" in found[0] and found[0].endswith(b"\nnext\n")
