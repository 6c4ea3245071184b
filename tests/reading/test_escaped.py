from __future__ import annotations

import sys
import unicodedata

import pytest

from alphamed_nb.reading.escaped import safe_lines, safe_name


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


EMOJI = "\U0001f469\u200d\U0001f4bb \u2764\ufe0f\u200d\U0001f525 \U0001f469\U0001f3fd\u200d\u2695\ufe0f 1\ufe0f\u20e3"
PERSIAN = "می\u200cخواهم"
HINDI = "क्\u200dष"


@pytest.mark.parametrize("text", [EMOJI, PERSIAN, HINDI, "عربي עברית 医院　甲", "\ue0b0 \xa0e\u0301"])
def test_writing_stays_as_it_is(text: str) -> None:
    assert safe_lines(text) == [text]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("safe\u202etxt.exe", "safe\\u202etxt.exe"),
        ("\u2067a\u2069", "\\u2067a\\u2069"),
        ("a\u200bb\u200c\u200d\u2060\ufeffc", "a\\u200bb\\u200c\\u200d\\u2060\\ufeffc"),
        ("a\ufe0fb\u00adc\u3164d", "a\\ufe0fb\\xadc\\u3164d"),
        ("\U0001f469\ufe0f\ufe0f\u200d", "\U0001f469\ufe0f\\ufe0f\\u200d"),
        ("م\u200c", "م\\u200c"),
        ("\u061c\u200cم", "\\u061c\\u200cم"),
        ("\U000e0041\x1b[31mx\u200b", "\\U000e0041\x1b[31mx\\u200b"),
    ],
)
def test_what_is_not_seen_is_shown(text: str, shown: str) -> None:
    assert safe_lines(text) == [shown]


def test_in_a_name_nothing_hides() -> None:
    assert safe_name("医院-甲 \U0001f3e5 عربي") == "医院-甲 \U0001f3e5 عربي"
    assert safe_name(EMOJI).count("\\u200d") == 3
    assert safe_name(PERSIAN) == "می\\u200cخواهم" and safe_name("a\tb") == "a\\tb"
    assert safe_name("\x1b[31m") == "\\x1b[31m"


def test_every_character_that_formats_is_escaped() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            assert safe_name(character) != character, hex(number)
        if not unicodedata.combining(character) and unicodedata.category(character)[0] in "LNPS":
            assert number in (0x115F, 0x1160, 0x3164, 0xFFA0) or safe_name(character) == character, hex(number)
