from __future__ import annotations

import pytest

from alphamed_nb.node.output.lines import LineBuffer, split_text


@pytest.mark.parametrize(
    ("pieces", "lines", "rest"),
    [
        (["one\n"], ["one"], None),
        (["o", "ne", "\n", "\n"], ["one", ""], None),
        (["one\ntwo\nthr", "ee"], ["one", "two"], "three"),
        (["10%\r", "20%\r", "100%\n"], ["100%"], None),
        (["\r10%", "\r20%", "\n"], ["20%"], None),
        (["\r10%", "\r20%"], [], "20%"),
        (["windows\r\n"], ["windows"], None),
        (["gone\r"], [], "gone"),
        (["bar 1\rbar 2\nnext"], ["bar 2"], "next"),
    ],
)
def test_lines(pieces: list[str], lines: list[str], rest: str | None) -> None:
    buffer = LineBuffer(1000)
    assert [line for piece in pieces for line in buffer.feed(piece)] == lines
    assert buffer.rest() == rest
    assert buffer.rest() is None


def test_a_progress_bar_takes_no_memory() -> None:
    buffer = LineBuffer(1000)
    for number in range(10_000):
        assert buffer.feed(f"\r{number:>100}") == []
    assert buffer.rest() == f"{9999:>100}"


def test_a_line_that_does_not_end_is_let_out_in_parts() -> None:
    buffer = LineBuffer(10)
    assert buffer.feed("x" * 8) == [] and buffer.feed("yyy") == ["x" * 8 + "yyy"] and buffer.rest() is None


def test_a_text_is_split_by_bytes_and_nothing_is_lost() -> None:
    text = "aé中😀" * 1000
    parts = list(split_text(text, 100))
    assert "".join(parts) == text and all(len(part.encode()) <= 100 for part in parts)
    assert next(split_text(text, 10**6)) is text
