from __future__ import annotations

import io
from typing import Any

import pytest

from alphamed_nb.reading.terminal import Nodes, Style, clock, level_word, safe_lines, wants_color


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("plain", ["plain"]),
        ("a\tb", ["a\tb"]),
        ("\x1b[1;31mred\x1b[0m", ["\x1b[1;31mred\x1b[0m"]),
        ("\x1b[38:2::1:2:3mred\x1b[m", ["\x1b[38:2::1:2:3mred\x1b[m"]),
        ("one\ntwo\r\nthree", ["one", "two", "three"]),
        ("\x1b[2Jgone", ["\\x1b[2Jgone"]),
        ("\x1b]0;title\x07", ["\\x1b]0;title\\x07"]),
        ("\x1b]8;;http://x\x1b\\link", ["\\x1b]8;;http://x\\x1b\\link"]),
        ("\x1bc\x9b2J\x7f\x00", ["\\x1bc\\x9b2J\\x7f\\x00"]),
        ("over\rwritten", ["over\\rwritten"]),
        ("a\u2028b", ["a\\u2028b"]),
        ("\x1b[31\x1b[0m", ["\\x1b[31\x1b[0m"]),
        ("中文 ok", ["中文 ok"]),
        ("", [""]),
    ],
)
def test_only_colours_pass(text: str, lines: list[str]) -> None:
    assert safe_lines(text) == lines


def test_without_colours_nothing_is_left_of_them() -> None:
    style = Style(False)
    assert style.text("\x1b[31mred\x1b[0m") == "red"
    assert style.role("error", "x", bold=True) == style.node(3, "x") == style.bold("x") == "x"


def test_user_colours_end_with_the_line() -> None:
    style = Style(True)
    assert style.text("\x1b[31mred") == "\x1b[31mred\x1b[0m" and style.text("plain") == "plain"


def test_colours_of_nodes_come_round(monkeypatch: Any) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("COLORFGBG", "15;0")
    assert Style(True).node(0, "x") == Style(True).node(12, "x") == "\x1b[38;2;158;185;255mx\x1b[0m"
    monkeypatch.setenv("COLORFGBG", "0;15")
    assert Style(True).node(0, "x") == "\x1b[38;2;58;71;203mx\x1b[0m"
    monkeypatch.delenv("COLORTERM")
    assert Style(True).node(0, "x") == "\x1b[38;5;62mx\x1b[0m"


def test_when_to_colour(monkeypatch: Any) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_color(Terminal(), None) and not wants_color(io.StringIO(), None)
    assert wants_color(io.StringIO(), True) and not wants_color(Terminal(), False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_color(Terminal(), None) and wants_color(Terminal(), True)


def test_levels_and_clock() -> None:
    assert [level_word(level) for level in (10, 15, 20, 25, 30, 40, 50)] == [
        "DEBUG", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "CRITICAL",
    ]  # fmt: skip
    assert clock(0.25).endswith(":00.250")


UUID = "1bb9feba-7b53-455b-b127-0eb19ffc9d3f"


def test_numbers_and_short_names() -> None:
    nodes = Nodes()
    assert nodes.mark("early") == "early"
    nodes.learn([UUID, "node 1", "a-rather-long-name"])
    assert nodes.mark(UUID) == "0 1bb9feba" and nodes.mark("node 1") == "1 node 1"
    assert nodes.mark("a-rather-long-name") == "2 a-rath…ng-name"[:2] + nodes.short("a-rather-long-name")
    assert len(nodes.short("a-rather-long-name")) == 14 and "…" in nodes.short("a-rather-long-name")
    nodes.learn(["another", UUID])
    assert nodes.number(UUID) == 0 and nodes.number("another") == 0


def test_short_names_that_would_be_the_same_are_longer() -> None:
    nodes = Nodes()
    other = UUID[:9] + "8" + UUID[10:]
    assert nodes.short(UUID) == "1bb9feba"
    assert nodes.short(other) != nodes.short(UUID)
    assert nodes.short(other) == other[:13] and nodes.short(UUID) == UUID[:13]
    long = [f"hospital-number-{number}-in-the-north" for number in range(12)]
    assert len({nodes.short(each) for each in long}) == 12
    assert len({nodes.short(each) for each in long + [UUID, other]}) == 14
