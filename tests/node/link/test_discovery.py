from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from hub_process import HubProcess, eventually, run_node

from alphamed_nb._host import host_identity
from alphamed_nb.node.link import discovery
from alphamed_nb.node.link.discovery import NotUsable, explain, find_hub, usable_hub
from alphamed_nb.protocol.errors import HubUnreachable
from alphamed_nb.protocol.hub_file import HubFile, encode_hub_file, jupyter_hub_file


@pytest.fixture(autouse=True)
def nothing_around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No hub of this user or machine is seen."""
    for name in ("ALPHAMED_NB_HUB_FILE", "JPY_PARENT_PID", "JUPYTER_TOKEN", "http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "runtime").mkdir()
    return tmp_path


@pytest.fixture
def listener():
    server = socket.create_server(("127.0.0.1", 0))
    yield f"127.0.0.1:{server.getsockname()[1]}"
    server.close()


def write(file: Path, address: str, **fields: object) -> Path:
    hub = HubFile(
        protocol=1,
        hub="h",
        address=address,
        credential="00",
        pid=os.getpid(),
        host=host_identity(),
        release="0",
        data_dir="/d",
        kind="standalone",
        started=0.0,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encode_hub_file(msgspec.structs.replace(hub, **fields)))
    file.chmod(0o600)
    return file


def test_the_file_of_the_environment_comes_first(listener: str, tmp_path: Path, monkeypatch) -> None:
    file = write(tmp_path / "named.json", listener)
    write(Path(os.environ["JUPYTER_DATA_DIR"]) / "alphamed_nb/standalone/hub.json", listener)
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(file))
    assert find_hub(start=False).file == file


def test_then_the_server_that_owns_the_kernel(listener: str, monkeypatch) -> None:
    runtime = os.environ["JUPYTER_RUNTIME_DIR"]
    write(jupyter_hub_file(runtime, "other"), listener, pid=1)
    ours = write(jupyter_hub_file(runtime, "ours"), listener)
    (Path(runtime) / "alphamed-nb-broken.json").write_text("{")
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    assert find_hub(start=False).file == ours


def test_then_a_running_standalone_hub_and_the_fallback_is_said(
    listener: str, monkeypatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = write(Path(os.environ["JUPYTER_DATA_DIR"]) / "alphamed_nb/standalone/hub.json", listener)
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", "/no/Such/file")
    assert find_hub(start=False).file == file
    (record,) = caplog.records
    assert record.getMessage() == "There is no file /no/Such/file; using the standalone hub."


def test_without_any_hub_it_says_so_when_it_may_not_start_one() -> None:
    with pytest.raises(HubUnreachable, match="No hub runs"):
        find_hub(start=False)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"host": "elsewhere"}, "another machine"),
        ({"pid": 2**22 + 1}, "is gone"),
        ({"address": "127.0.0.1:1"}, "does not answer"),
        ({"address": "nonsense"}, "does not answer"),
    ],
)
def test_a_file_that_leads_to_no_hub_says_why(listener: str, tmp_path: Path, fields: dict, why: str) -> None:
    file = write(tmp_path / "hub.json", **{"address": listener} | fields)
    with pytest.raises(NotUsable, match=why):
        usable_hub(file)


# -- whose the file is -------------------------------------------------------------------------------------------------


def others_write(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.chmod(0o620)


def a_link(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))


def a_pipe(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.unlink()
    os.mkfifo(file)


def of_somebody_else(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: file.stat().st_uid + 1)


UNTRUSTED = [
    (others_write, r"can be written by other users \(mode 0620\)"),
    (a_link, "is a symbolic link"),
    (a_pipe, "is not a regular file"),
    (of_somebody_else, r"belongs to another user \(uid \d+\)"),
]


@pytest.mark.parametrize(("make", "why"), UNTRUSTED, ids=[make.__name__ for make, _ in UNTRUSTED])
def test_a_file_that_somebody_else_may_have_written_does_not_count(
    listener: str, tmp_path: Path, monkeypatch, caplog: pytest.LogCaptureFixture, make, why: str
) -> None:
    runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"])
    named, ours = write(tmp_path / "named.json", listener), write(jupyter_hub_file(runtime, "ours"), listener)
    for file in (named, ours):
        make(file, monkeypatch)
    with pytest.raises(NotUsable, match=f"{named} {why}"):
        usable_hub(named)
    with pytest.raises(HubUnreachable, match=f"{named} {why}"):
        find_hub(str(named))
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(named))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    with pytest.raises(HubUnreachable, match=f"No hub runs. {named} {why}.*{ours} {why}"):
        find_hub(start=False)
    assert [re.search(why, line) is not None for line in explain()][:3] == [True, True, False]


def test_the_standalone_hubs_file_is_refused_with_a_word_too(listener: str) -> None:
    file = write(Path(os.environ["JUPYTER_DATA_DIR"]) / "alphamed_nb/standalone/hub.json", listener)
    file.chmod(0o606)
    with pytest.raises(HubUnreachable, match="can be written by other users"):
        find_hub(start=False)


def test_folders_may_be_a_groups(listener: str, tmp_path: Path, monkeypatch) -> None:
    """The file is what counts: what another user puts into its place belongs to that user."""
    file = write(tmp_path / "shared" / "runtime" / "hub.json", listener)
    for folder in (file.parent, file.parent.parent):
        folder.chmod(0o2775)
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(file))
    assert find_hub(start=False).file == file


def test_explicit_hubs(listener: str, tmp_path: Path, monkeypatch) -> None:
    file = write(tmp_path / "hub.json", listener)
    assert find_hub(str(file)).file == file
    place = find_hub("http://host:8888/user/x/lab?token=abc")
    assert (place.url, place.token, place.file) == ("http://host:8888/user/x/alphamed-nb", "abc", None)
    monkeypatch.setenv("JUPYTER_TOKEN", "from the environment")
    assert find_hub("https://host/alphamed-nb/").token == "from the environment"
    with pytest.raises(HubUnreachable, match="neither the address"):
        find_hub("/no/such/file")


def test_one_is_started_for_all_and_outlives_who_started_it(tmp_path: Path, nothing_around: Path) -> None:
    hub = HubProcess(tmp_path)
    hub.file = Path(os.environ["JUPYTER_DATA_DIR"]) / "alphamed_nb/standalone/hub.json"
    code = (
        "from alphamed_nb.node.context import NodeContext\n"
        "with NodeContext('a') as context: context.session('t'); print(context.link.welcome.hub)"
    )
    try:
        first = run_node(code, hub, ALPHAMED_NB_HUB_FILE="")
        assert first.returncode == 0, first.stderr
        assert "No hub was running; started one: using the standalone hub." in first.stderr
        second = run_node(code, hub, ALPHAMED_NB_HUB_FILE="")
        assert first.stdout == second.stdout != ""
        assert second.stderr == ""
        process = psutil.Process(usable_hub(hub.file).pid)
        assert os.getsid(process.pid) == process.pid  # an interrupt of our group does not reach it
    finally:
        pid = usable_hub(hub.file).pid
        psutil.Process(pid).terminate()
        eventually(lambda: not psutil.pid_exists(pid))


def test_what_a_hub_that_cannot_start_said_is_told(monkeypatch, tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'the disk is full' >&2\nexit 1\n")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(HubUnreachable, match="could not be started: the disk is full"):
        discovery.start_standalone()


def test_explain_says_what_was_found_and_why(listener: str, tmp_path: Path, monkeypatch) -> None:
    assert explain()[-1] == "No hub runs; the first node starts a standalone one."
    monkeypatch.setenv("ALPHAMED_NB_HUB_FILE", str(write(tmp_path / "named.json", listener)))
    monkeypatch.setenv("http_proxy", "http://proxy")
    lines = explain()
    assert lines[0].startswith(f"used: the Jupyter server's hub: {listener}, process {os.getpid()}")
    assert lines[1].startswith("not used: the standalone hub: there is no file")
    assert "no_proxy does not name 127.0.0.1" in lines[2]
