from __future__ import annotations

import threading

import pytest

from alphamed_nb.node.link.request import Request
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import HubUnreachable
from alphamed_nb.protocol.messages import Clean


def test_the_answer_is_noted_before_whoever_waits_wakes() -> None:
    noting, go_on = threading.Event(), threading.Event()

    def note(pending: Request) -> None:
        noting.set()
        assert go_on.wait(20)
        noted.append(pending.answer)

    noted: list[object] = []
    pending = Request(None, note)
    link = threading.Thread(target=pending.settle, args=("answer",))
    link.start()
    assert noting.wait(20)
    with pytest.raises(TimeoutError):
        pending.result(Deadline.passed())
    go_on.set()
    assert pending.result(Deadline(20)) == "answer" and noted == ["answer"]
    link.join(20)


def test_a_failure_while_the_answer_is_noted_leaves_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    def note(pending: Request) -> None:
        raise ZeroDivisionError

    pending = Request(Clean(id=1, node="a"), note)
    pending.settle("answer")
    assert caplog.messages == ["The answer to a Clean of node 'a' could not be taken up"]
    assert pending.result(Deadline.passed()) == "answer"


@pytest.mark.parametrize("first", ["settle", "abandon"])
def test_an_answer_that_nobody_waits_for_goes_where_it_was_left_to(first: str) -> None:
    noted: list[object] = []
    pending = Request(None)
    if first == "settle":
        pending.settle(error=HubUnreachable("away"))
    pending.abandon(lambda pending: noted.append(pending.error))
    if first == "abandon":
        pending.settle(error=HubUnreachable("away"))
    assert noted == [pending.error]
