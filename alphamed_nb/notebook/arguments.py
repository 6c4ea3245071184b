"""The arguments of the magics: words and quotes, names that stand for their values, lists of node ids.

A name bound to a string is that string; anything else, and anything in quotes, is literal. So ``--id ID_1`` may name a
variable, ``--id 1bb9feba-7b53`` is the id itself, and ``--id "ID_1"`` is an id that happens to look like a variable.

A *word* is a piece of the line as it was typed, quotes included.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from ..protocol.errors import InvalidName
from ..protocol.names import check_name

__all__ = ["checked", "level_number", "node_list", "one_value", "split_words", "text_of", "whole_number"]

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True)
class Part:
    """A piece of a word: all of it in quotes, or none."""

    text: str
    quoted: bool


def split_words(line: str) -> list[str]:
    """Split at white space outside quotes, ``'...'`` or ``"..."``.

    Raises:
        UsageError: a quote is never closed.
    """
    words: list[str] = []
    start: int | None = None
    position = 0
    while position < len(line):
        if line[position].isspace():
            if start is not None:
                words.append(line[start:position])
            start = None
        else:
            start = position if start is None else start
            if line[position] in "'\"":
                position = _end_of_quote(line, position)
        position += 1
    if start is not None:
        words.append(line[start:])
    return words


def text_of(word: str) -> str:
    """The word without its quotes, nothing looked up."""
    return ",".join("".join(part.text for part in element) for element in _elements(word))


def one_value(word: str, namespace: Mapping[str, Any], option: str) -> str:
    """The value of an option that takes one string: a name bound to a string is that string.

    Raises:
        UsageError: the name is bound to a list.
    """
    elements = _elements(word)
    value = _look_up(elements[0], namespace) if len(elements) == 1 else text_of(word)
    if isinstance(value, str):
        return value
    raise UsageError(f"{option} expects one string, but {text_of(word)} is a list of {len(value)}.")


def level_number(word: str, option: str) -> int:
    """The number of a level of `logging`, given by its name. Raises UsageError for another word."""
    name = text_of(word).upper()
    name = {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(name, name)
    if name not in _LEVELS:
        raise UsageError(f"{option} expects one of {', '.join(_LEVELS)}, got {text_of(word)!r}.")
    number: int = getattr(logging, name)
    return number


def whole_number(word: str, namespace: Mapping[str, Any], option: str) -> int:
    """A number from 0 on; a name bound to one is that number. Raises UsageError for anything else."""
    text = text_of(word)
    value = namespace.get(word) if word.isidentifier() else None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"{option} expects a number, got {text!r}.")
    return int(text)


def node_list(words: list[str], namespace: Mapping[str, Any], option: str = "--nodes") -> list[str]:
    """The node ids of ``--nodes``: each element of the comma list by itself; a name bound to a list gives all its ids.

    Several words are one list if commas stand between them (``A, B, C``).

    Raises:
        UsageError: empty elements, ids that cannot be one folder name, an id that comes twice.
    """
    elements: list[list[Part]] = [[]]
    for word in words:
        first, *others = _elements(word)
        if elements[-1] and first:
            raise UsageError(
                f"{option} expects ids with commas between them; there is none before {text_of(word)!r}. "
                "An id that holds a space must stand in quotes."
            )
        elements[-1].extend(first)
        elements.extend(others)
    nodes: list[str] = []
    for element in elements:
        if not element:
            raise UsageError(f"{option} {' '.join(words)} has an empty element; expected ids with commas between them.")
        value = _look_up(element, namespace)
        nodes.extend([value] if isinstance(value, str) else value)
    for node in nodes:
        checked(node, "node id")
        if nodes.count(node) > 1:
            raise UsageError(f"{option} has {node!r} {nodes.count(node)} times; expected each node once.")
    return nodes


def checked(name: str, what: str) -> str:
    """Raises UsageError if the string cannot be a node id or a task id."""
    try:
        return check_name(name, what)
    except InvalidName as error:
        raise UsageError(error.message) from None


def _end_of_quote(line: str, start: int) -> int:
    end = line.find(line[start], start + 1)
    if end < 0:
        raise UsageError(f"The quote in {line[start:]!r} is never closed.")
    return end


def _elements(word: str) -> list[list[Part]]:
    """The elements of a comma list, each as its parts. A comma inside quotes separates nothing."""
    elements: list[list[Part]] = [[]]
    plain = ""
    position = 0
    while position <= len(word):
        character = word[position] if position < len(word) else ""
        if plain and character in ("", ",", "'", '"'):
            elements[-1].append(Part(plain, quoted=False))
            plain = ""
        if character == ",":
            elements.append([])
        elif character and character in "'\"":
            end = _end_of_quote(word, position)
            elements[-1].append(Part(word[position + 1 : end], quoted=True))
            position = end
        else:
            plain += character
        position += 1
    return elements


def _look_up(element: list[Part], namespace: Mapping[str, Any]) -> str | list[str]:
    text = "".join(part.text for part in element)
    if any(part.quoted for part in element):
        return text
    bound = namespace.get(text) if text.isidentifier() else None
    if isinstance(bound, str):
        return bound
    if isinstance(bound, (list, tuple)) and bound and all(isinstance(each, str) for each in bound):
        return list(bound)
    return text
