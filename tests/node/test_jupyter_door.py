"""A node that comes in through the Jupyter server, as one on another machine does."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from servers import Hub, jupyter_server

from alphamed_nb.node import spool
from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.links import close_links
from alphamed_nb.node.transfers import receive_streams, send_stream
from alphamed_nb.node.waiting import Deadline
from alphamed_nb.protocol.errors import HubUnreachable, Unauthorized
from alphamed_nb.protocol.messages import EventItem


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with jupyter_server() as hub:
        yield hub
    close_links()


@pytest.mark.parametrize("shared", [True, False])
def test_messages_and_streams(server: Hub, task: str, shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shared:
        monkeypatch.setattr(spool, "shared_spool", lambda link: None)
    with NodeContext("a", ["a"], hub=f"{server.url}?token={server.token}") as context:
        session = context.session(task)
        session.send(["a"], "word", {"type": "word"})
        item = session.receive(Deadline(20))
        assert isinstance(item, EventItem) and item.type == "word"
        data = b"123" * 1_000_000
        sender = threading.Thread(target=send_stream, args=(session, ["a"], data))
        sender.start()
        assert receive_streams(session, ["a"], Deadline(20)) == {"a": data}
        sender.join(20)


def test_a_wrong_token_is_refused_at_once(server: Hub) -> None:
    with pytest.raises(Unauthorized, match="is the token right"):
        NodeContext("a", hub=f"{server.url}?token=wrong").enter()


def test_a_server_without_a_hub_is_told_as_one(server: Hub) -> None:
    with pytest.raises(HubUnreachable, match="is alphamed_nb installed"):
        NodeContext("a", hub=f"{server.url}elsewhere/?token={server.token}").enter()
