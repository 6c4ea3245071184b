"""Streams and files at the node door: in and out, in part, too large, cut off, and by whom."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from running_hub import RunningHub, with_hub
from tornado.iostream import IOStream
from tornado.tcpclient import TCPClient

from alphamed_nb.hub.server.streams import byte_range, sign_file
from alphamed_nb.protocol.limits import Limits


def new_id() -> str:
    return secrets.token_hex(16)


def code_of(response: Any) -> str:
    code: str = json.loads(response.body)["code"]
    return code


def test_a_stream_goes_in_and_comes_out(tmp_path: Path) -> None:
    data = os.urandom(5_000_000)

    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        response = await hub.fetch(f"/streams/{stream}", link, method="PUT", body=data)
        assert (response.code, json.loads(response.body)) == (201, {"stream": stream, "size": len(data)})
        path = hub.service.directory.spool / stream
        assert path.read_bytes() == data and stat.S_IMODE(path.stat().st_mode) == 0o600
        whole = await hub.fetch(f"/streams/{stream}", link)
        assert whole.body == data and whole.headers["Content-Type"] == "application/octet-stream"
        part = await hub.fetch(f"/streams/{stream}", link, headers={"Range": "bytes=1000000-1000999"})
        assert (part.code, part.body) == (206, data[1_000_000:1_001_000])
        assert part.headers["Content-Range"] == f"bytes 1000000-1000999/{len(data)}"
        outside = await hub.fetch(f"/streams/{stream}", link, headers={"Range": f"bytes={len(data)}-"})
        assert outside.code == 416
        head = await hub.fetch(f"/streams/{stream}", link, method="HEAD")
        assert head.headers["Content-Length"] == str(len(data))

    with_hub(tmp_path, scenario)


def test_several_readers_at_once(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)

    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        await hub.fetch(f"/streams/{stream}", link, method="PUT", body=data)
        answers = await asyncio.gather(*(hub.fetch(f"/streams/{stream}", link) for _ in range(5)))
        assert all(answer.body == data for answer in answers)

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-200", (90, 100)),
        ("bytes=50-", (50, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
    ],
)
def test_byte_range(header: str | None, expected: tuple[int, int] | None) -> None:
    assert byte_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=5-4", "bytes=-0"])
def test_byte_range_outside(header: str) -> None:
    with pytest.raises(ValueError):
        byte_range(header, 100)


BAD_IDS = ["..%2Fmessages.db", "%2e%2e", "messages.db", "token", "ABCDEF0123456789ABCD", "short", "ab" * 40, "ab%00cd"]


@pytest.mark.parametrize("stream", BAD_IDS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_no_path_is_a_stream(tmp_path: Path, stream: str, method: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        before = sorted(hub.service.directory.path.rglob("*"))
        response = await hub.fetch(f"/streams/{stream}", link, method=method, body=b"x" if method == "PUT" else None)
        assert response.code == 400 and code_of(response) in ("invalid_name", "invalid_request")
        assert sorted(hub.service.directory.path.rglob("*")) == before

    with_hub(tmp_path, scenario)


def test_a_stream_is_written_once(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        await hub.fetch(f"/streams/{stream}", link, method="PUT", body=b"first")
        again = await hub.fetch(f"/streams/{stream}", link, method="PUT", body=b"second")
        assert again.code == 400
        assert (await hub.fetch(f"/streams/{stream}", link)).body == b"first"

    with_hub(tmp_path, scenario)


def test_what_is_too_large_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        response = await hub.fetch(f"/streams/{stream}", link, method="PUT", body=b"x" * 2000)
        assert (response.code, code_of(response)) == (413, "too_large")
        assert not (hub.service.directory.spool / stream).exists()

    with_hub(tmp_path, scenario, limits=Limits(stream_bytes=1000))


async def raw(hub: RunningHub, text: bytes) -> IOStream:
    host, port = hub.file.address.split(":")
    stream = await TCPClient().connect(host, int(port))
    await stream.write(text)
    return stream


def put_head(hub: RunningHub, stream: str, ticket: str, *lines: str) -> bytes:
    head = [f"PUT /streams/{stream} HTTP/1.1", f"Host: {hub.file.address}", f"Authorization: Bearer {ticket}", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def test_a_chunked_body_is_measured_as_it_comes(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        assert link.welcome is not None
        socket = await raw(hub, put_head(hub, stream, link.welcome.ticket, "Transfer-Encoding: chunked"))
        for _ in range(3):
            await socket.write(b"200\r\n" + b"x" * 512 + b"\r\n")
        answer = await socket.read_until_close()
        assert b" 413 " in answer or b" 400 " in answer or answer == b""
        assert not (hub.service.directory.spool / stream).exists()

    with_hub(tmp_path, scenario, limits=Limits(stream_bytes=1000))


def test_a_body_of_unsaid_size_leaves_the_disk_its_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        assert link.welcome is not None
        free = shutil.disk_usage(tmp_path)
        reserve = hub.service.settings.free_bytes
        left = iter([reserve, reserve + 2**21, reserve])  # before the body, then for each piece of it
        monkeypatch.setattr(shutil, "disk_usage", lambda path: free._replace(free=next(left, 0)))
        head = put_head(hub, stream, link.welcome.ticket, "Transfer-Encoding: chunked\r\nConnection: close")
        socket = await raw(hub, head)
        for _ in range(2):
            await socket.write(b"100000\r\n" + b"x" * 2**20 + b"\r\n")
        await socket.write(b"0\r\n\r\n")
        answer = await socket.read_until_close()
        assert b" 507 " in answer and b"storage_failed" in answer, answer
        assert not (hub.service.directory.spool / stream).exists()

    with_hub(tmp_path, scenario)


def test_a_sender_that_goes_away_leaves_nothing(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        assert link.welcome is not None
        socket = await raw(
            hub, put_head(hub, stream, link.welcome.ticket, "Content-Length: 3000000") + b"x" * 2_000_000
        )
        path = hub.service.directory.spool / stream
        while not path.exists():
            await asyncio.sleep(0.01)
        socket.close()
        while path.exists():
            await asyncio.sleep(0.01)
        # And so it can be sent again.
        assert (await hub.fetch(f"/streams/{stream}", link, method="PUT", body=b"y")).code == 201

    with_hub(tmp_path, scenario)


def test_low_disk_refuses_streams_and_not_messages(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        response = await hub.fetch(f"/streams/{stream}", link, method="PUT", body=b"x")
        assert (response.code, code_of(response)) == (507, "storage_failed")
        held = await link.claim("task", "a", ["a"])
        assert (await link.send(held, "task", "a", ["a"], 1)).seq

    with_hub(tmp_path, scenario, free_bytes=2**60)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_streams_need_the_ticket_of_an_open_link(tmp_path: Path, method: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, stream = await hub.link(), new_id()
        await hub.fetch(f"/streams/{stream}", link, method="PUT", body=b"secret")
        path, body = f"/streams/{stream}", b"x" if method == "PUT" else None
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {hub.file.credential}"}):
            response = await hub.fetch(path, method=method, body=body, headers=headers)
            assert response.code == 403 and b"secret" not in response.body
        link.close()
        await link.wait_closed()
        while hub.service.links.tickets:
            await asyncio.sleep(0.01)
        assert (await hub.fetch(path, link, method=method, body=body)).code == 403

    with_hub(tmp_path, scenario)


# -- files of upload_file ----------------------------------------------------------------------------------------------


async def uploaded(hub: RunningHub, name: str = "report.zip", body: bytes = b"<script>") -> str:
    link = await hub.link()
    response = await hub.fetch(f"/files/{new_id()}?name={name}", link, method="PUT", body=body)
    assert response.code == 201, response.body
    url: str = json.loads(response.body)["url"]
    return url


def test_a_file_is_fetched_with_a_plain_get(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        url = await uploaded(hub, "%E6%8A%A5%E5%91%8A.zip")
        response = await hub.fetch(url)
        assert (response.code, response.body) == (200, b"<script>")
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A.zip"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("sandbox")

    with_hub(tmp_path, scenario)


def test_a_url_is_good_for_one_file_one_name_and_one_hour(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        url = await uploaded(hub)
        other = await uploaded(hub)
        name_of_other = url.replace(url.split("/files/")[1].split("?")[0], other.split("/files/")[1].split("?")[0])
        for wrong in (
            name_of_other,
            url.replace("report.zip", "other.zip"),
            url.replace("expires=1", "expires=2"),
            url.split("&signature")[0],
            url[:-4] + "0000",
            url.split("?")[0],
        ):
            assert (await hub.fetch(wrong)).code in (400, 403), wrong
        now = hub.service.journal.clock()
        hub.service.journal.clock = lambda: now + 3601
        assert (await hub.fetch(url)).code == 404

    with_hub(tmp_path, scenario)


def test_storing_a_file_needs_a_ticket(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        for headers in ({}, {"Authorization": f"Bearer {hub.file.credential}"}):
            response = await hub.fetch(f"/files/{new_id()}?name=x", method="PUT", body=b"x", headers=headers)
            assert (response.code, code_of(response)) == (403, "unauthorized")
        assert not list((hub.service.directory.path / "files").glob("[0-9a-f]*"))

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("name", ["..", "a%2Fb", "a%5Cb", "a%0Ab", "", "x" * 300])
def test_a_file_has_a_plain_name(tmp_path: Path, name: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        response = await hub.fetch(f"/files/{new_id()}?name={name}", link, method="PUT", body=b"x")
        assert (response.code, code_of(response)) == (400, "invalid_name")

    with_hub(tmp_path, scenario)


def test_files_are_removed_when_their_time_is_over(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:

        await uploaded(hub)
        folder = hub.service.directory.path / "files"
        assert len(list(folder.glob("[0-9a-f]*"))) == 1
        await hub.embedded.upkeep.remove_leftovers()
        assert len(list(folder.glob("[0-9a-f]*"))) == 1
        now = hub.service.journal.clock()
        hub.service.journal.clock = lambda: now + 3700
        await hub.embedded.upkeep.remove_leftovers()
        assert not list(folder.glob("[0-9a-f]*"))

    with_hub(tmp_path, scenario)


def test_a_signature_is_of_its_credential() -> None:
    assert sign_file("one", "ab", "n", 5) != sign_file("two", "ab", "n", 5)
