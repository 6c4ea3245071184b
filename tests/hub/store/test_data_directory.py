"""One data directory, one hub."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from alphamed_nb.hub.store import data_directory
from alphamed_nb.hub.store.data_directory import DataDirectory, Holder, erase, file_system_of, holder_of
from alphamed_nb.protocol.errors import StorageFailed

ROOT = Path(__file__).parents[3]

HOLDING = """
import sys, pathlib
from alphamed_nb.hub.store.data_directory import DataDirectory
directory = DataDirectory.acquire(pathlib.Path(sys.argv[1]), "jupyter", now=12.5)
directory.announce("127.0.0.1:4711")
print(directory.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other_hub(tmp_path):
    """A process that owns `tmp_path / "data"` until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path / "data")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout.readline().strip() == str(tmp_path / "data")
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def acquired(path, **more):
    return DataDirectory.acquire(path, "standalone", now=1.0, **more)


def test_a_directory_keeps_its_hub_id(tmp_path):
    first = acquired(tmp_path / "a" / "data")
    assert (first.path, first.holder, first.note) == (tmp_path / "a" / "data", None, "")
    first.release()
    first.release()
    again = acquired(tmp_path / "a" / "data")
    other = acquired(tmp_path / "b")
    assert again.hub_id == first.hub_id != other.hub_id
    assert len(first.hub_id) == 32
    again.release()
    other.release()


def test_an_id_cut_short_by_a_kill_is_made_anew(tmp_path):
    acquired(tmp_path).release()
    (tmp_path / "hub-id").write_text("abc")
    again = acquired(tmp_path)
    assert (tmp_path / "hub-id").read_text() == again.hub_id != "abc"
    again.release()


def test_a_second_hub_takes_the_next_directory_and_names_the_first(tmp_path, other_hub):
    second, third = acquired(tmp_path / "data"), acquired(tmp_path / "data")
    assert [second.path.name, third.path.name] == ["data-2", "data-3"]
    assert second.holder == Holder(pid=other_hub.pid, kind="jupyter", started=12.5, address="127.0.0.1:4711")
    assert third.holder == second.holder
    assert f"pid {other_hub.pid} at 127.0.0.1:4711" in second.note
    assert str(tmp_path / "data-2") in second.note
    assert holder_of(tmp_path / "data-2").pid == os.getpid()
    second.release()
    assert acquired_name(tmp_path) == "data-2"
    third.release()


def acquired_name(tmp_path) -> str:
    directory = acquired(tmp_path / "data")
    directory.release()
    return directory.path.name


def test_a_killed_hub_holds_nothing(tmp_path, other_hub):
    assert holder_of(tmp_path / "data").address == "127.0.0.1:4711"
    other_hub.kill()
    other_hub.wait()
    assert holder_of(tmp_path / "data") is None
    assert acquired_name(tmp_path) == "data"


def test_nobody_holds_what_is_not_there(tmp_path):
    assert holder_of(tmp_path) is None
    assert holder_of(tmp_path / "missing") is None


def test_what_is_erased_is_gone_and_what_a_hub_has_stays(tmp_path, other_hub):
    assert f"pid {other_hub.pid} at 127.0.0.1:4711" in erase(tmp_path / "data")
    assert (tmp_path / "data" / "hub-id").exists()
    other_hub.kill()
    other_hub.wait()
    (tmp_path / "data" / "spool").mkdir()
    (tmp_path / "data" / "spool" / "ab").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").write_text("x")
    (tmp_path / "data" / "link").symlink_to(tmp_path / "elsewhere")
    assert erase(tmp_path / "data") == ""
    assert not (tmp_path / "data").exists() and (tmp_path / "elsewhere" / "kept").exists()
    (tmp_path / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageFailed, match="symbolic link"):
        erase(tmp_path / "data")
    assert (tmp_path / "elsewhere" / "kept").exists()


def test_no_hub_begins_in_a_directory_while_it_is_erased(tmp_path, monkeypatch):
    acquired(tmp_path / "data").release()
    meanwhile = []
    unlink = os.unlink

    def unlinked(path):
        if not meanwhile:
            meanwhile.append(acquired(tmp_path / "data"))
        unlink(path)

    monkeypatch.setattr(os, "unlink", unlinked)
    assert erase(tmp_path / "data") == ""
    assert [directory.path.name for directory in meanwhile] == ["data-2"]
    meanwhile[0].release()


def test_a_directory_that_is_erased_while_a_hub_begins_is_made_anew(tmp_path, monkeypatch):
    acquired(tmp_path / "data").release()
    real = data_directory.try_lock

    def lock_too_late(fd):
        monkeypatch.setattr(data_directory, "try_lock", real)
        assert erase(tmp_path / "data") == ""
        return real(fd)

    monkeypatch.setattr(data_directory, "try_lock", lock_too_late)
    directory = acquired(tmp_path / "data")
    assert directory.path.name == "data" and (tmp_path / "data" / "hub-id").exists()
    assert acquired_name(tmp_path) == "data-2"
    directory.release()


def test_a_look_at_the_lock_takes_no_directory_away(tmp_path, monkeypatch):
    """Somebody else has the lock for a moment, and nothing says it is theirs: it is tried again."""
    real = data_directory.try_lock
    answers = iter([False, True])
    monkeypatch.setattr(data_directory, "try_lock", lambda fd: next(answers, True) and real(fd))
    assert acquired_name(tmp_path) == "data"


def test_a_directory_with_other_things_is_left_alone(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "thesis.tex").write_text("x")
    with pytest.raises(StorageFailed, match="holds other things"):
        acquired(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert os.listdir(home) == ["thesis.tex"]
    # Beside a directory in use it is passed over.
    first = acquired(tmp_path / "data")
    (tmp_path / "data-2").mkdir()
    (tmp_path / "data-2" / "mine").write_text("x")
    second = acquired(tmp_path / "data")
    assert second.path.name == "data-3"
    first.release()
    second.release()


def test_what_is_no_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageFailed):
            acquired(path)


def test_everything_is_the_users_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        directory = acquired(tmp_path / "x" / "data")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "x").rglob("*")}
    assert modes == {"data": 0o700, "lock": 0o600, "hub-id": 0o600}
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o700
    directory.release()
    (tmp_path / "x" / "data").chmod(0o777)
    acquired(tmp_path / "x" / "data").release()
    assert stat.S_IMODE((tmp_path / "x" / "data").stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_on_a_network_file_system_a_local_directory_is_used_and_said(tmp_path, kind, monkeypatch):
    (tmp_path / "local").mkdir()
    monkeypatch.setattr(data_directory, "_lasting_folder", lambda: tmp_path / "local")
    here, there = (acquired(tmp_path / name, file_system=lambda path: kind) for name in ("a", "b"))
    for directory in (here, there):
        assert directory.path.is_relative_to(tmp_path / "local")
        assert f"network file system ({kind})" in directory.note
        assert str(directory.path) in directory.note
    assert here.path != there.path
    assert not (tmp_path / "a").exists()
    here.release()
    again = acquired(tmp_path / "a", file_system=lambda path: kind)
    assert again.path == here.path
    again.release()
    there.release()


def test_a_local_folder_that_somebody_else_prepared_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(data_directory, "_lasting_folder", lambda: tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"alphamed_nb-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageFailed, match="symbolic link"):
        acquired(tmp_path / "a", file_system=lambda path: "nfs")
    assert os.listdir(tmp_path / "elsewhere") == []


def test_the_file_system_is_that_of_the_innermost_mount(monkeypatch):
    import psutil

    parts = [
        ("/", "ext4"),
        ("/home", "nfs4"),
        ("/home/me/scratch", "XFS"),
        ("/home/me", "autofs"),
        ("/home/me", "cifs"),
    ]
    named = [type("Part", (), {"mountpoint": at, "fstype": kind}) for at, kind in parts]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: named)
    monkeypatch.setattr(os.path, "realpath", str)
    seen = {path: file_system_of(Path(path)) for path in ("/homes", "/home/you", "/home/me/x", "/home/me/scratch/d/e")}
    assert seen == {"/homes": "ext4", "/home/you": "nfs4", "/home/me/x": "cifs", "/home/me/scratch/d/e": "xfs"}


def test_the_lock_file_always_holds_one_whole_text(tmp_path):
    directory = acquired(tmp_path)
    directory.announce("a-very-long-address.example:12345")
    directory.announce("x")
    assert json.loads((tmp_path / "lock").read_text())["address"] == "x"
    directory.release()
