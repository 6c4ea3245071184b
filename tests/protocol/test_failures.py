"""In which order failures are told, which of them are one, and of what some are a consequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alphamed_nb.protocol.failures import NodeFailure, failures_of
from alphamed_nb.protocol.journal import Failure


def failed(
    node: str, number: int, kind: str, place: str = "", because_of: Sequence[str] = (), **more: Any
) -> NodeFailure:
    failure = Failure(type=kind, place=place, because_of=list(because_of), **more)
    return NodeFailure(node, number, 1000.0 + number, failure)


def gone(node: str, number: int, cause: str = "connection lost") -> NodeFailure:
    return NodeFailure(node, number, 1000.0 + number, None, cause)


def told(*nodes: NodeFailure) -> list[tuple[list[str], str, list[str]]]:
    return [(view.nodes, view.type, view.because_of) for view in failures_of(nodes)]


def test_what_broke_by_itself_leads_and_consequences_say_of_what():
    views = failures_of(
        [
            failed("ag", 9, "TooFewUpdates", "ag.py:4", ["h1", "h2", "late"]),
            failed("h2", 7, "RuntimeError", "net.py:28", message="second"),
            failed("h1", 5, "RuntimeError", "net.py:28", message="first"),
        ]
    )
    assert [view.nodes for view in views] == [["h1", "h2"], ["ag"]]
    first, consequence = views
    assert (first.count, first.at, first.message, first.because_of) == (2, 1005.0, "first", [])
    assert (consequence.type, consequence.because_of, consequence.gone) == ("TooFewUpdates", ["h1", "h2"], False)


def test_a_consequence_stands_behind_what_broke_later_by_itself():
    assert told(
        failed("h1", 1, "KeyError", "a.py:1"),
        failed("ag", 2, "TooFewUpdates", "ag.py:4", ["h1"]),
        failed("h2", 3, "OSError", "b.py:2"),
        failed("h3", 4, "AggregatorFailed", "h.py:8", ["ag"]),
    ) == [
        (["h1"], "KeyError", []), (["h2"], "OSError", []), (["ag"], "TooFewUpdates", ["h1"]),
        (["h3"], "AggregatorFailed", ["ag"]),
    ]  # fmt: skip


def test_named_nodes_that_are_well_or_failed_later_are_no_cause():
    """A holder that is late, or was started again, broke nothing."""
    assert told(failed("ag", 1, "TooFewUpdates", "ag.py:4", ["h1", "h2"]), failed("h1", 2, "KeyError", "a.py:1")) == [
        (["ag"], "TooFewUpdates", []), (["h1"], "KeyError", []),
    ]  # fmt: skip


def test_a_node_that_is_gone_counts_where_it_is_the_cause():
    lost = gone("h1", 1, "its process ended")
    assert told(lost) == []
    views = failures_of([lost, gone("h2", 2), failed("ag", 3, "TooFewUpdates", "ag.py:4", ["h1"])])
    assert [(view.nodes, view.gone, view.message) for view in views] == [
        (["h1"], True, "its process ended"), (["ag"], False, ""),
    ]  # fmt: skip
    assert views[1].because_of == ["h1"]


def test_alike_is_one_type_at_one_place_or_with_one_message():
    def groups(*nodes: NodeFailure) -> list[list[str]]:
        return [view.nodes for view in failures_of(nodes)]

    one = failed("a", 1, "ValueError", "net.py:3", message="bad")
    assert groups(one, failed("b", 2, "ValueError", "net.py:3", message="worse")) == [["a", "b"]]
    assert groups(one, failed("b", 2, "ValueError", "other.py:9", message="bad")) == [["a", "b"]]
    assert groups(one, failed("b", 2, "ValueError", "other.py:9", message="worse")) == [["a"], ["b"]]
    assert groups(one, failed("b", 2, "TypeError", "net.py:3", message="bad")) == [["a"], ["b"]]
    assert groups(one, failed("b", 2, "ValueError", "net.py:3", ["a"])) == [["a"], ["b"]]
    # Without place and message nothing but the type is known of it.
    assert groups(failed("a", 1, "E"), failed("b", 2, "E"), failed("c", 3, "E", "x.py:1")) == [["a", "b"], ["c"]]
    assert groups(NodeFailure("a", 1, 1.0, None), NodeFailure("b", 2, 2.0, None)) == [["a", "b"]]
