"""The node door lets in processes of this machine that know the credential, to what they need, and nobody else."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from running_hub import RunningHub, with_hub

from alphamed_nb.hub.server.rest import ENDPOINTS
from alphamed_nb.protocol.errors import StorageFailed

PATHS = [endpoint.path.replace("([^/]+)", "1") for endpoint in ENDPOINTS if endpoint.method == "GET"]


@pytest.mark.parametrize("path", [*PATHS, "streams/0123456789abcdef", "live", "nothing"])
def test_without_a_ticket_nothing_is_said(tmp_path: Path, path: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        response = await hub.fetch(f"/{path}")
        assert (response.code, json.loads(response.body)["code"]) == (403, "unauthorized")

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("path", [*PATHS, "streams/0123456789abcdef", "files/0123456789abcdef", "link", "live", "x"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1"},
        {"Host": "localhost:1"},
        {"Host": "rebound.test"},
    ],
    ids=str,
)
def test_even_with_a_ticket_no_page_and_no_other_host(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        response = await hub.fetch(f"/{path}", link, headers=headers)
        assert (response.code, json.loads(response.body)["code"]) == (403, "unauthorized")

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize("path", ["api/tasks/task", "api/tasks/task/runs/1", "api/hub"])
@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT", "PATCH"])
def test_nothing_is_removed_or_changed_here(tmp_path: Path, path: str, method: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a")
        body = None if method == "DELETE" else "{}"
        assert (await hub.fetch(f"/{path}", link, method=method, body=body)).code == 405

    with_hub(tmp_path, scenario)


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        port = int(hub.file.address.split(":")[1])
        with socket.socket() as other, pytest.raises(OSError):
            other.connect(("127.0.0.2", port))

    with_hub(tmp_path, scenario)


def test_nothing_listens_after_the_stop(tmp_path: Path) -> None:
    ports = []

    async def scenario(hub: RunningHub) -> None:
        ports.append(int(hub.file.address.split(":")[1]))
        assert hub.embedded.hub_file.exists()

    with_hub(tmp_path, scenario)
    assert not (tmp_path / "data" / "hub.json").exists()
    with socket.socket() as other, pytest.raises(OSError):
        other.connect(("127.0.0.1", ports[0]))


def test_the_hub_file_is_private(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        assert hub.embedded.hub_file.stat().st_mode & 0o777 == 0o600
        assert hub.service.directory.path.stat().st_mode & 0o777 == 0o700

    with_hub(tmp_path, scenario)


def test_a_hub_whose_file_anybody_could_write_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on some file systems: its nodes would not believe it."""
    monkeypatch.setattr("alphamed_nb.hub.server.publish.create_private_file", lambda path: open_to_all(path))

    async def scenario(hub: RunningHub) -> None:
        raise AssertionError("it started")

    with pytest.raises(StorageFailed, match=r"hub.json cannot be written: .* by other users \(mode 0666\)"):
        with_hub(tmp_path, scenario)


def open_to_all(path: Path) -> int:
    path.touch()
    path.chmod(0o666)
    return os.open(path, os.O_RDWR)


def test_a_large_body_is_not_read(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        response = await hub.fetch("/api/hub", link, method="POST", body=b"x" * 1_000_000)
        assert response.code in (400, 413, 599)
        assert (await hub.fetch("/api/hub", method="POST", body=b"x" * 5000)).code in (400, 413, 599)
        assert (await hub.fetch("/api/hub", link)).code == 200

    with_hub(tmp_path, scenario)
