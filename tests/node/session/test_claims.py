"""Many nodes of one process claim at once; several threads of one node claim once."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from hub_process import HubProcess

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link.link import Link
from alphamed_nb.node.link.registry import get_link
from alphamed_nb.node.session.session import Session
from alphamed_nb.protocol.errors import AlreadyClaimed, HubUnreachable
from alphamed_nb.protocol.messages import Claim

SECONDS = 30


class Claims:
    """The claims that were handed to the link while the hub stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = 0
        self._posted = threading.Semaphore(0)
        post = Link.post

        def posted(link: Link, message: Any, *more: Any) -> Any:
            pending = post(link, message, *more)
            if isinstance(message, Claim):
                self.seen += 1
                self._posted.release()
            return pending

        monkeypatch.setattr(Link, "post", posted)

    def wait(self, count: int) -> None:
        for number in range(count):
            assert self._posted.acquire(timeout=SECONDS), f"only {number} of {count} claims were made"


@pytest.fixture
def claims(own_hub: HubProcess, monkeypatch: pytest.MonkeyPatch) -> Claims:
    get_link().wait_connected()
    return Claims(monkeypatch)


def test_a_thousand_nodes_claim_at_once(own_hub: HubProcess, claims: Claims) -> None:
    """No claim waits for the answer to another: all are under way while the hub answers none."""
    contexts = [NodeContext(f"node-{number}").enter() for number in range(1000)]
    own_hub.pause(True)
    with ThreadPoolExecutor(len(contexts)) as threads:
        sessions = [threads.submit(context.session, "crowd") for context in contexts]
        claims.wait(len(contexts))
        own_hub.pause(False)
        assert sorted(session.result(SECONDS).node for session in sessions) == sorted(each.id for each in contexts)
    assert all(context.sessions()[0].held for context in contexts)
    for context in contexts:
        context.leave()


def test_threads_of_one_node_share_one_claim(own_hub: HubProcess, claims: Claims) -> None:
    one, same = NodeContext("a").enter(), NodeContext("a").enter()
    own_hub.pause(True)
    with ThreadPoolExecutor(8) as threads:
        sessions = [threads.submit(context.session, "shared") for context in [one, same] * 4]
        claims.wait(1)
        own_hub.pause(False)
        session = sessions[0].result(SECONDS)
        assert {each.result(SECONDS) for each in sessions} == {session}
    assert claims.seen == 1
    one.leave()
    assert session.held, "the other context still uses it"
    same.leave()
    assert not session.held


def test_who_waited_for_a_refused_claim_claims_for_itself(own_hub: HubProcess, claims: Claims, monkeypatch) -> None:
    """As when there was no other thread: each learns from the hub why it cannot have it."""
    answered = Session._claimed
    errors = [AlreadyClaimed("it is taken"), AlreadyClaimed("it is taken still")]

    def refused(session: Session, pending: Any) -> None:
        if errors:
            pending.error = errors.pop(0)
        else:
            answered(session, pending)

    monkeypatch.setattr(Session, "_claimed", refused)
    context = NodeContext("a").enter()
    own_hub.pause(True)
    with ThreadPoolExecutor(3) as threads:
        sessions: list[Future[Session]] = [threads.submit(context.session, "refused") for _ in range(3)]
        claims.wait(1)
        own_hub.pause(False)
        outcomes = [str(each.exception(SECONDS)) for each in sessions]
    assert sorted(outcomes) == ["None", "it is taken", "it is taken still"]
    assert claims.seen == 3
    context.leave()


def test_a_context_that_is_left_during_a_claim_keeps_no_node_from_others(own_hub: HubProcess, claims: Claims) -> None:
    context = NodeContext("a").enter()
    own_hub.pause(True)
    with ThreadPoolExecutor(1) as thread:
        session = thread.submit(context.session, "left")
        claims.wait(1)
        context.leave()
        own_hub.pause(False)
        assert "was left while" in str(session.exception(SECONDS))
    assert not get_link().sessions


def test_a_link_that_ends_leaves_no_claim_waiting(own_hub: HubProcess, claims: Claims) -> None:
    context = NodeContext("a").enter()
    own_hub.pause(True)
    with ThreadPoolExecutor(2) as threads:
        sessions = [threads.submit(context.session, "ends") for _ in range(2)]
        claims.wait(1)
        context.link.close()
        assert all(isinstance(each.exception(SECONDS), HubUnreachable) for each in sessions)
    own_hub.pause(False)
    context.leave()
