from __future__ import annotations

import io
from typing import Any

from alphamed_nb.reading.lines import Lines
from alphamed_nb.reading.terminal import Nodes, Style, clock, level_word, wants_color


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


def test_what_is_not_seen_of_a_name_is_shown_in_its_marks() -> None:
    nodes = Nodes()
    nodes.learn(["a\u200b", "a", "\u202egro\u202c", "医院-甲", "x" * 12 + "\u2060" + "y" * 12])
    assert [nodes.mark(node) for node in ("a\u200b", "a", "\u202egro\u202c", "医院-甲")] == [
        "0 a\\u200b", "1 a", "2 \\u202egro\\u202c"[:2] + nodes.short("\u202egro\u202c"), "3 医院-甲",
    ]  # fmt: skip
    assert all(short.isprintable() for short in map(nodes.short, ["\u202egro\u202c", "x" * 12 + "\u2060" + "y" * 12]))


def test_whatever_is_printed_is_safe() -> None:
    """Names, causes and errors come in parts of lines, too."""
    stream = io.StringIO()
    lines = Lines(stream, Style(True), Nodes())
    lines.write(lines.style.role("error", "b waits for \u202ea\x07"))
    lines.record(0.25, "n\u200b", "", 20, "of \u2066it\u2069")
    assert "\\u202ea\\x07" in stream.getvalue() and "\x1b[" in stream.getvalue()
    assert "n\\u200b" in stream.getvalue() and "of \\u2066it\\u2069" in stream.getvalue()
