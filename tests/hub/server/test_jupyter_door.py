"""The Jupyter door, in a real Jupyter server under a prefix: who comes in, who does not, and what is behind it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jupyter_server.auth import Authorizer
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp

# By name and here, not as a plugin: some of these apply to every test that can see them.
from pytest_jupyter.jupyter_core import *  # noqa: F403
from pytest_jupyter.jupyter_server import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import http_server as http_server
from pytest_jupyter.pytest_tornasync import http_server_client as http_server_client
from pytest_jupyter.pytest_tornasync import http_server_port as http_server_port
from raw_link import RawLink, process_info, read_hub
from raw_socket import PING, open_socket, read_frame, websocket_frame
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect

from alphamed_nb.hub.server.rest import ENDPOINTS
from alphamed_nb.protocol.errors import HubError
from alphamed_nb.protocol.hub_file import HUB_FILE_VARIABLE
from alphamed_nb.protocol.journal import LogBody
from alphamed_nb.protocol.live import Following, LiveMessage, Rows
from alphamed_nb.protocol.messages import (
    PROTOCOL_VERSION,
    Done,
    Hello,
    Record,
    Records,
    RecordsStored,
    Refused,
    Release,
    encode_frame,
)

STREAM = "0123456789abcdef0123456789abcdef"
ROUTES = [
    *((endpoint.method, endpoint.path.replace("([^/]+)", "1")) for endpoint in ENDPOINTS),
    ("GET", f"streams/{STREAM}"),
    ("HEAD", f"streams/{STREAM}"),
    ("PUT", f"streams/{STREAM}"),
    ("GET", f"files/{STREAM}"),
    ("HEAD", f"files/{STREAM}"),
    ("PUT", f"files/{STREAM}"),
]
SOCKETS = ["link", "live"]


class Asked(Authorizer):
    """Allows what is in `allowed`; remembers what it was asked."""

    allowed: set[tuple[str, str]] = set()
    asked: list[tuple[str, str]] = []

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return (action, resource) in self.allowed


class Server:
    """A running server and what a test asks of it."""

    def __init__(self, app: ServerApp, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.app = app
        self.loop = loop
        self.base = f"127.0.0.1:{port}{app.base_url}"
        self.token: str = app.identity_provider.token
        self.extension = app.extension_manager.extension_apps["alphamed_nb"].copy().pop()

    @property
    def service(self) -> Any:
        return self.extension.hub.service

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    @property
    def with_token(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    async def fetch(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> HTTPResponse:
        if method in ("PUT", "POST"):
            more.setdefault("body", b"x")
        url = path if path.startswith("http") else f"http://{self.base}alphamed-nb/{path}"
        return await AsyncHTTPClient().fetch(
            url, method=method, headers=headers or {}, raise_error=False, follow_redirects=False, **more
        )

    async def read(self, path: str) -> Any:
        response = await self.fetch("GET", path, self.with_token)
        assert response.code == 200, (response.code, response.body)
        return json.loads(response.body)

    def socket_url(self, path: str) -> str:
        return f"ws://{self.base}alphamed-nb/{path}"

    async def open_code(self, path: str, headers: dict[str, str]) -> int:
        """101, or the status with which the upgrade was refused."""
        try:
            connection = await websocket_connect(HTTPRequest(self.socket_url(path), headers=headers))
        except HTTPClientError as error:
            return error.code
        connection.close()
        return 101

    async def cookies(self) -> dict[str, str]:
        """As a browser has them once it has logged in."""
        page = await self.fetch("GET", f"http://{self.base}login")
        response = await self.fetch("GET", f"http://{self.base}api/spec.yaml?token={self.token}")
        assert (page.code, response.code) == (200, 200)
        return {"Cookie": f"{_cookie(page)}; {_cookie(response)}"}

    async def link(self, **process: Any) -> RawLink:
        return await RawLink.open_jupyter(self.socket_url("link"), self.with_token, process_info(**process))


def _cookie(response: HTTPResponse) -> str:
    return "; ".join(line.split(";")[0] for line in response.headers.get_list("Set-Cookie"))


@pytest.fixture
def jp_server_config() -> Any:
    return {"ServerApp": {"jpserver_extensions": {"alphamed_nb": True}}}


@pytest.fixture
def server(jp_serverapp: ServerApp, http_server: Any, jp_asyncio_loop: Any, jp_http_port: int) -> Iterator[Server]:
    jp_asyncio_loop.run_until_complete(jp_serverapp.extension_manager.start_all_extensions())
    yield Server(jp_serverapp, jp_asyncio_loop, jp_http_port)


# -- who comes in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lax", [False, True], ids=["strict", "allow_unauthenticated_access"])
def test_nothing_without_a_token(server: Server, lax: bool) -> None:
    """Also where the server lets handlers without any check of their own be reached by everybody."""
    server.app.web_app.settings["allow_unauthenticated_access"] = lax

    async def scenario() -> None:
        for headers in ({}, {"Authorization": "token wrong"}, {"Authorization": f"Bearer {server.service.credential}"}):
            for method, path in ROUTES:
                response = await server.fetch(method, path, headers)
                assert response.code == 403, (method, path, response.code)
            for path in SOCKETS:
                assert await server.open_code(path, headers) == 403, path
        assert not list(server.service.directory.spool.glob("[0-9a-f]*"))

    server.run(scenario())


def test_a_token_opens_everything(server: Server) -> None:
    async def scenario() -> None:
        for method, path in ROUTES:
            response = await server.fetch(method, path, server.with_token)
            assert response.code != 403 or "signature" in path or "files" in path, (method, path, response.code)
            assert response.code < 500, (method, path, response.body)
        for path in SOCKETS:
            assert await server.open_code(path, server.with_token) == 101

    server.run(scenario())


def test_a_foreign_origin_is_refused_although_the_cookie_is_right(server: Server) -> None:
    """With the cookie alone: a token skips the origin check, as it should."""

    async def scenario() -> None:
        cookies = await server.cookies()
        own = {**cookies, "Origin": "http://" + server.base.split("/")[0]}
        foreign = {**cookies, "Origin": "http://evil.test"}
        for path in SOCKETS:
            assert await server.open_code(path, own) == 101, path
            assert await server.open_code(path, foreign) == 403, path
        assert (await server.fetch("GET", "api/hub", own)).code == 200
        assert (await server.fetch("GET", "api/hub", foreign)).code == 404
        assert (await server.fetch("PUT", f"streams/{STREAM}", server.with_token)).code == 201
        assert (await server.fetch("GET", f"streams/{STREAM}", own)).code == 200
        assert (await server.fetch("GET", f"streams/{STREAM}", foreign)).code == 404

    server.run(scenario())


def test_a_change_needs_the_xsrf_token_of_the_cookie(server: Server) -> None:
    async def scenario() -> None:
        cookies = await server.cookies()
        xsrf = dict(part.split("=", 1) for part in cookies["Cookie"].split("; "))["_xsrf"]
        lines = ("POST", "api/lines?task=none&run=1")
        for method, path in (lines, ("DELETE", "api/tasks/none"), ("PUT", f"streams/{STREAM}")):
            assert (await server.fetch(method, path, cookies)).code == 403, path
            response = await server.fetch(method, path, {**cookies, "X-XSRFToken": xsrf})
            assert response.code in (400, 404, 201), (path, response.code)

    server.run(scenario())


def test_a_foreign_host_is_refused(server: Server) -> None:
    async def scenario() -> None:
        for method, path in ROUTES:
            response = await server.fetch(method, path, {**server.with_token, "Host": "rebound.test"})
            assert response.code == 403, (method, path)

    server.run(scenario())


def test_each_endpoint_asks_the_authorizer(server: Server) -> None:
    authorizer = Asked(parent=server.app)
    server.app.web_app.settings["authorizer"] = authorizer
    needed = {"GET": "read", "POST": "read", "HEAD": "read", "DELETE": "write", "PUT": "write"}

    async def scenario() -> None:
        for method, path in ROUTES:
            Asked.allowed = {(action, "alphamed_nb") for action in ("read", "write", "execute")} - {
                (needed[method], "alphamed_nb")
            }
            Asked.asked = []
            assert (await server.fetch(method, path, server.with_token)).code == 403, (method, path)
            assert set(Asked.asked) == {(needed[method], "alphamed_nb")}, (method, path)
        for path, action in (("link", "execute"), ("live", "read")):
            Asked.allowed = {("read", "alphamed_nb"), ("execute", "alphamed_nb")} - {(action, "alphamed_nb")}
            assert await server.open_code(path, server.with_token) == 403
            Asked.allowed = {(action, "alphamed_nb")}
            assert await server.open_code(path, server.with_token) == 101
        assert not list(server.service.directory.spool.glob("[0-9a-f]*"))

    server.run(scenario())


# -- what is behind it -------------------------------------------------------------------------------------------------


def test_a_link_needs_no_proof_here_and_meets_nodes_of_the_other_door(server: Server) -> None:
    async def scenario() -> None:
        far, near = await server.link(), await RawLink.open(read_hub(os.environ[HUB_FILE_VARIABLE]))
        held_far = await far.claim("task", "far", ["far", "near"])
        held_near = await near.claim("task", "near", ["far", "near"])
        await far.send(held_far, "task", "far", ["near"], 1)
        assert (await near.receive(held_near, "task", "near")).sender == "far"
        await near.send(held_near, "task", "near", ["far"], 2)
        assert (await far.receive(held_far, "task", "far")).sender == "near"
        await far.say_text("nonsense")
        assert (await far.refused()).error.code == "invalid_request"
        near.close()

    server.run(scenario())


def test_nothing_long_is_taken_before_the_handshake(server: Server) -> None:
    async def scenario() -> None:
        link = await RawLink.dial(server.socket_url("link"), headers=server.with_token)
        await link.say(Hello(versions=[PROTOCOL_VERSION], nonce="n" * 5000, process=link.process))
        error = (await link.refused()).error
        assert error.code == "too_large" and error.details["limit"] == 4096

    server.run(scenario())


def test_pongs_lie_unread_like_anything_else(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alphamed_nb.hub.server.text_socket.UNREAD_BYTES", 10_000_000)

    async def scenario() -> None:
        address, _, base = server.base.partition("/")
        token = f"Authorization: token {server.token}\r\n"
        reader, writer = await open_socket(
            address, path=f"/{base}alphamed-nb/link", header=token, receive_buffer=4096
        )  # fmt: skip
        writer.write(
            websocket_frame(encode_frame([Hello(versions=[PROTOCOL_VERSION], nonce="n", process=process_info())]))
        )
        assert await read_frame(reader) is not None
        (port,) = server.service.links
        port.send(Refused(id=7, error=HubError("x" * 9_990_000).body()))
        port.flush()
        ended = asyncio.Event()
        server.service.links.watchers.append(ended.set)
        writer.write(websocket_frame(b"x" * 125, PING) * 200)
        await ended.wait()
        writer.transport.abort()

    server.run(scenario())


def test_streams_and_files(server: Server) -> None:
    data = os.urandom(2_000_000)

    async def scenario() -> None:
        stream = secrets.token_hex(16)
        assert (await server.fetch("PUT", f"streams/{stream}", server.with_token, body=data)).code == 201
        assert (await server.fetch("GET", f"streams/{stream}", server.with_token)).body == data
        part = await server.fetch("GET", f"streams/{stream}", {**server.with_token, "Range": "bytes=5-9"})
        assert (part.code, part.body) == (206, data[5:10])
        assert (await server.fetch("GET", "streams/..%2F..%2Flock", server.with_token)).code == 400
        response = await server.fetch("PUT", f"files/{stream}?name=r.zip", server.with_token, body=b"zip")
        url = json.loads(response.body)["url"]
        answer = await server.fetch("GET", url, server.with_token)
        assert (answer.code, answer.body) == (200, b"zip")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Content-Disposition"].startswith("attachment")

    server.run(scenario())


def test_runs_are_removed_unless_they_are_going_on(server: Server) -> None:
    async def scenario() -> None:
        link = await server.link()
        held = await link.claim("task", "a", ["a"])
        await link.send(held, "task", "a", ["a"], "private")
        for path in ("api/tasks/task", "api/tasks/task/runs/1"):
            response = await server.fetch("DELETE", path, server.with_token)
            error = json.loads(response.body)
            assert (response.code, error["code"]) == (409, "run_is_live") and "a" in error["message"], error
        assert isinstance(await link.ask(Release(id=900, task="task", node="a", epoch=held.epoch)), Done)
        held = await link.claim("task", "a", ["a"])
        response = await server.fetch("DELETE", "api/tasks/task/runs/1", server.with_token)
        assert (response.code, json.loads(response.body)) == (200, {"runs": 1})
        assert [run["run"] for run in await server.read("api/tasks/task/runs")] == [2]
        assert not (await server.read("api/events"))["rows"]
        assert (await server.fetch("DELETE", "api/tasks/task/runs/1", server.with_token)).code == 404
        await link.ask(Release(id=901, task="task", node="a", epoch=held.epoch))
        assert (await server.fetch("DELETE", "api/tasks/task", server.with_token)).code == 200
        assert await server.read("api/tasks") == []
        link.close()

    server.run(scenario())


def test_a_question_may_be_too_long_for_a_url(server: Server) -> None:
    """As with 500 of 1,000 nodes hidden, each id as long as an id may be."""
    hidden = ["node", *(f"{number:0200}" for number in range(1500))]
    question = {"task": "task", "run": 1, "without": hidden, "limit": 10}

    async def scenario() -> None:
        link = await server.link()
        await link.claim("task", "node", ["node", "other"], context="node")
        await link.claim("task", "other", ["node", "other"], context="other")
        for node in ("node", "other"):
            link.log_counter += 1
            line = Record(node=node, context=node, kind="log", body=LogBody(time=1.0, level=20, text=f"of {node}"))
            await link.say(Records(counter=link.log_counter, records=[line]))
            await link.expect(RecordsStored, counter=link.log_counter)
        for path in ("api/lines", "api/records"):
            more = {} if path == "api/lines" else {"kind": ["log"]}
            response = await server.fetch("POST", path, server.with_token, body=json.dumps(question | more))
            assert response.code == 200, response.body
            assert [row["node"] for row in json.loads(response.body)["rows"]] == ["other"], path
            for wrong in (
                {"limit": "x"},
                {"limit": [1]},
                {"limit": None},
                {"limit": 0},
                {"limit": ["1", "2"]},
                {"no": 1},
            ):
                response = await server.fetch("POST", path, server.with_token, body=json.dumps(question | wrong))
                assert (response.code, json.loads(response.body)["code"]) == (400, "invalid_request"), wrong
            for broken in (b"", b"[]", b"x=1", b"\xff{}", b'{"task": "\xff"}'):
                response = await server.fetch("POST", path, server.with_token, body=broken)
                assert (response.code, json.loads(response.body)["code"]) == (400, "invalid_request"), broken
        link.close()

    server.run(scenario())


def test_the_live_feed(server: Server) -> None:
    decode = msgspec.json.Decoder(LiveMessage).decode

    async def scenario() -> None:
        link = await server.link()
        viewer = await websocket_connect(HTTPRequest(server.socket_url("live"), headers=server.with_token))
        await viewer.write_message('{"op": "follow", "after": 0}')
        assert isinstance(decode(str(await viewer.read_message())), Following)
        await link.claim("task", "a", ["a"])
        rows = decode(str(await viewer.read_message()))
        assert isinstance(rows, Rows) and rows.rows[0].kind == "session"
        viewer.close()
        link.close()

    server.run(scenario())


def test_errors_are_said_alike_behind_both_doors(server: Server) -> None:
    async def scenario() -> None:
        response = await server.fetch("GET", "api/records?limit=0", server.with_token)
        assert response.code == 400 and json.loads(response.body)["code"] == "invalid_request"
        assert response.headers["Content-Type"] == "application/json"

    server.run(scenario())


# -- the extension -----------------------------------------------------------------------------------------------------


def test_kernels_find_the_hub(server: Server, jp_runtime_dir: Path) -> None:
    path = Path(os.environ[HUB_FILE_VARIABLE])
    hub = read_hub(path)
    assert path == jp_runtime_dir / f"alphamed-nb-{hub.hub}.json"
    assert (hub.kind, hub.pid, path.stat().st_mode & 0o777) == ("jupyter", os.getpid(), 0o600)
    assert server.app.base_url in hub.url and server.token not in path.read_text()
    server.run(server.extension.stop_extension())
    assert not path.exists() and HUB_FILE_VARIABLE not in os.environ

    async def closed() -> None:
        assert (await server.fetch("GET", "api/hub", server.with_token)).code == 503
        assert await server.open_code("link", server.with_token) == 503

    server.run(closed())


def test_the_servers_own_settings_stay(jp_configurable_serverapp: Any, jp_server_config: Any) -> None:
    def settings(with_hub: bool) -> dict[str, Any]:
        extensions = {"alphamed_nb": with_hub}
        app = jp_configurable_serverapp(config={"ServerApp": {"jpserver_extensions": extensions}})
        found = dict(app.web_app.settings)
        ServerApp.clear_instance()
        return found

    without, with_hub = settings(False), settings(True)
    assert {key for key in with_hub if key not in without and not key.startswith("alphamed_nb")} == set()
    plain = (str, int, float, bool, type(None))
    for key, value in without.items():
        if isinstance(value, plain) and key not in ("cookie_secret", "version_hash", "token", "ws_token"):
            assert with_hub[key] == value, key


def test_a_task_that_runs_keeps_the_server_awake(server: Server) -> None:
    async def scenario() -> None:
        activity = server.app.web_app.settings["last_activity_times"]
        activity.pop("alphamed_nb", None)
        server.service._told_activity = -1e9
        link = await RawLink.open(read_hub(os.environ[HUB_FILE_VARIABLE]))
        await link.claim("task", "a")
        assert activity["alphamed_nb"] >= server.app.web_app.settings["started"]
        link.close()

    server.run(scenario())


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    path = tmp_path / "in-the-way"
    path.write_text("a file")
    return path


def test_a_server_without_a_hub_still_serves(
    jp_configurable_serverapp: Any, jp_server_config: dict[str, Any], jp_asyncio_loop: Any, blocked: Path
) -> None:
    app = jp_configurable_serverapp(config={**jp_server_config, "AlphaMedNb": {"data_dir": str(blocked)}})
    jp_asyncio_loop.run_until_complete(app.extension_manager.start_all_extensions())
    extension = app.extension_manager.extension_apps["alphamed_nb"].copy().pop()
    assert str(blocked) in extension.door.failure
    assert HUB_FILE_VARIABLE not in os.environ


def test_a_server_that_never_starts_its_extensions_says_that_it_is_too_old(
    jp_configurable_serverapp: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(ExtensionApp, "_start_jupyter_server_extension")
    extension = jp_configurable_serverapp().extension_manager.extension_apps["alphamed_nb"].copy().pop()
    assert re.search(r"jupyter_server [\d.]+ is too old, 2\.16 or newer is needed$", extension.door.failure)
    assert extension.hub is None and HUB_FILE_VARIABLE not in os.environ


def test_traits_are_documented_and_reach_the_hub(jp_configurable_serverapp: Any, jp_server_config: Any) -> None:
    chosen = {"retention_days": 1.5, "max_contract_bytes": 5000, "resume_seconds": 3.0, "full_sync": True}
    app = jp_configurable_serverapp(config={**jp_server_config, "AlphaMedNb": chosen})
    extension = app.extension_manager.extension_apps["alphamed_nb"].copy().pop()
    settings = extension.hub_settings("jupyter", Path("own"))
    assert (settings.retention_days, settings.limits.contract_bytes, settings.resume_seconds, settings.full_sync) == (
        1.5, 5000, 3.0, True,
    )  # fmt: skip
    for name, trait in type(extension).class_own_traits(config=True).items():
        assert trait.help, name


def test_the_extension_imports_no_torch() -> None:
    code = "import sys, alphamed_nb.hub.extension; print(sorted({'torch', 'IPython', 'numpy'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"
