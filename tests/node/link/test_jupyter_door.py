"""A node that comes in through the Jupyter server, as one on another machine does."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import servers
from servers import Hub, jupyter_server

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.link import spool
from alphamed_nb.node.link.registry import close_links
from alphamed_nb.node.session.streams_in import receive_streams
from alphamed_nb.node.session.streams_out import send_stream
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


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def answering(tls: bool) -> Iterator[str]:
    """The address of a server whose certificate nobody has signed, or that has none."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(servers.__file__).parent / "self_signed.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("tls", "says"), [(True, r"is not trusted \(self-signed certificate\).* SSL_CERT_FILE "), (False, "is it https://")]
)
def test_a_certificate_that_is_not_trusted_is_an_error_at_once(tls: bool, says: str) -> None:
    """Waiting would not help; a hub that only does not answer is waited for."""
    with answering(tls) as url, pytest.raises(HubUnreachable, match=says):
        NodeContext("a", hub=url).enter()


@pytest.mark.parametrize("url", ["https://a..b/", "ws://127.0.0.1:99999/", "http://", "http://127.0.0.1:port/"])
def test_what_is_no_address_is_an_error_at_once(url: str) -> None:
    with pytest.raises(HubUnreachable, match="is no address"):
        NodeContext("a", hub=url).enter()


def test_a_wrong_token_is_refused_at_once(server: Hub) -> None:
    with pytest.raises(Unauthorized, match="is the token right"):
        NodeContext("a", hub=f"{server.url}?token=wrong").enter()


def test_a_server_without_a_hub_is_told_as_one(server: Hub) -> None:
    with pytest.raises(HubUnreachable, match="is alphamed_nb installed"):
        NodeContext("a", hub=f"{server.url}elsewhere/?token={server.token}").enter()
