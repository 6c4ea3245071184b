from __future__ import annotations

import io

import pytest

from alphamed_nb.reading.encoding import lose_nothing


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "── 失败 🎉 · a…b ▸ \\udcff"),
        ("gbk", "── 失败 \\U0001f389 · a…b > \\udcff"),
        ("ascii", "-- \\u5931\\u8d25 \\U0001f389 - a...b > \\udcff"),
        ("latin-1", "-- \\u5931\\u8d25 \\U0001f389 · a...b > \\udcff"),
    ],
)
def test_what_an_encoding_lacks_is_shown_as_ascii(encoding: str, shown: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, errors="strict", write_through=True)
    lose_nothing(stream)
    stream.write("── 失败 🎉 · a…b ▸ \udcff")
    assert written.getvalue().decode(encoding) == shown


def test_a_stream_that_encodes_nothing_is_left_alone() -> None:
    stream = io.StringIO()
    lose_nothing(stream)
    stream.write("失败")
    assert stream.getvalue() == "失败"
