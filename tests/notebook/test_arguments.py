from __future__ import annotations

from typing import Any

import pytest
from IPython.core.error import UsageError

from alphamed_nb.notebook.arguments import split_words
from alphamed_nb.notebook.magics import MockMagics, NodeArguments, read_arguments

NAMES: dict[str, Any] = {
    "A": "id-a",
    "B": "id-b",
    "everybody": ["id-a", "id-b", "id-c"],
    "pair": ("id-b", "id-c"),
    "number": 3,
    "none": [],
    "mixed": ["id-a", 1],
}


def read(line: str) -> NodeArguments:
    return read_arguments(MockMagics.mock_node.parser.parse_args(split_words(line)), NAMES)


def refused(line: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(line)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "node", "nodes"),
    [
        ("--id x --nodes x,y,z", "x", ["x", "y", "z"]),
        ("--id A --nodes A,B,C", "id-a", ["id-a", "id-b", "C"]),
        ("--id A --nodes everybody", "id-a", ["id-a", "id-b", "id-c"]),
        ("--id A --nodes A,pair", "id-a", ["id-a", "id-b", "id-c"]),
        ("--id id-c --nodes everybody", "id-c", ["id-a", "id-b", "id-c"]),
        ("--id 'A' --nodes 'A',B", "A", ["A", "id-b"]),
        ('--id "A" --nodes A,"A"', "A", ["id-a", "A"]),
        ("--id number --nodes number,none,mixed", "number", ["number", "none", "mixed"]),
        ('--id "node 1" --nodes "node 1","node 2"', "node 1", ["node 1", "node 2"]),
        ('--id "a,b" --nodes "a,b",c', "a,b", ["a,b", "c"]),
        ("--nodes x, y ,z --id x", "x", ["x", "y", "z"]),
        ("--id=A --nodes=A,B", "id-a", ["id-a", "id-b"]),
        ('--id="A" --nodes="A",B', "A", ["A", "id-b"]),
        ("--id 医院-甲 --nodes 医院-甲,b", "医院-甲", ["医院-甲", "b"]),
        ("--id '-x' --nodes '-x',y", "-x", ["-x", "y"]),
        ("--id {A} --nodes {A},$B", "{A}", ["{A}", "$B"]),
        ("--id x'A' --nodes x\"A\"", "xA", ["xA"]),
    ],
)
def test_names_and_literals(line: str, node: str, nodes: list[str]) -> None:
    arguments = read(line)
    assert (arguments.id, arguments.nodes) == (node, nodes)


def test_the_other_options() -> None:
    arguments = read("--id x --nodes x --task A --clean --hub http://h:1/ --log-level warn")
    assert (arguments.task, arguments.clean, arguments.hub, arguments.level) == ("id-a", True, "http://h:1/", 30)
    arguments = read('--id x --nodes x --task "A"')
    assert (arguments.task, arguments.clean, arguments.hub, arguments.level) == ("A", False, None, None)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "--id"),
        ("--id x", "--nodes"),
        ("--id x --nodes", "--nodes"),
        ("--id x --nodes y,z", "'x' is not one of --nodes: y, z"),
        ("--id aggregator_id --nodes A,B", "No variable aggregator_id holds a string"),
        ("--id A --nodes 'A,B'", "quote each id by itself"),
        ("--id everybody --nodes everybody", "everybody is a list of 3"),
        ("--id x --nodes x,,y", "empty element"),
        ("--id x --nodes x,", "empty element"),
        ("--id x --nodes x y", "no"),
        ("--id x --nodes x,y,x", "2 times"),
        ("--id x --nodes x,A,everybody", "2 times"),
        ("--id ../x --nodes ../x", "separates folders"),
        ("--id .. --nodes ..", "folder name"),
        ("--id '' --nodes ''", "must not be empty"),
        ("--id 'x --nodes x", "never closed"),
        ("--id x --nodes x --task a/b", "task id"),
        ("--id x --nodes x --log-level LOUD", "DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("--id x --node x", "--nodes"),
        ("--id x --nodes x --nonsense", "--nonsense"),
        ("x --id x --nodes x", "x"),
    ],
)
def test_what_is_refused_says_what_was_expected(line: str, says: str) -> None:
    assert says in refused(line)
