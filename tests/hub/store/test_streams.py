"""The spool folder: private files with opaque names, no path but its own."""

from __future__ import annotations

import os
import stat

import pytest

from alphamed_nb.hub.store.streams import SpoolFolder
from alphamed_nb.protocol.errors import InvalidRequest, NotFound, StorageFailed

ID = "0123456789abcdef" * 2


@pytest.fixture
def spool(tmp_path):
    return SpoolFolder(tmp_path / "spool", reserve=0)


def write(spool, stream: str, data: bytes) -> None:
    with os.fdopen(spool.create(stream, len(data)), "wb") as file:
        file.write(data)


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read_by_several_also_after_its_removal(spool):
    write(spool, ID, b"weights")
    assert spool.size(ID) == 7
    with os.fdopen(spool.open(ID), "rb") as one, os.fdopen(spool.open(ID), "rb") as other:
        spool.remove(ID)
        assert one.read() == other.read() == b"weights"
    with pytest.raises(NotFound, match=ID):
        spool.open(ID)
    spool.remove(ID)


def test_a_stream_is_written_once(spool):
    write(spool, ID, b"first")
    with pytest.raises(InvalidRequest, match="already"):
        spool.create(ID)
    assert spool.size(ID) == 5


@pytest.mark.parametrize(
    "name",
    ["", "token", "../" + ID, "/etc/passwd", ID.upper(), ID + "\n", ID + "/x", "g" * 32, "a" * 65, "..", None],
)
def test_a_name_that_is_no_stream_id_reaches_no_file(spool, name):
    for what in (spool.create, spool.open, spool.size, spool.remove):
        with pytest.raises(InvalidRequest, match="not a stream id"):
            what(name)


def test_a_link_in_a_streams_place_is_neither_read_nor_written(spool, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s")
    (spool.path / ID).symlink_to(secret)
    with pytest.raises(StorageFailed, match="symbolic link"):
        spool.open(ID)
    with pytest.raises(InvalidRequest, match="already"):
        spool.create(ID)
    spool.remove(ID)
    assert secret.read_text() == "s"


def test_folder_and_files_are_the_users_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        spool = SpoolFolder(tmp_path / "a" / "spool", reserve=0)
        write(spool, ID, b"x")
    finally:
        os.umask(before)
    assert (mode(spool.path), mode(spool.path.parent)) == (0o700, 0o700)
    assert (mode(spool.path / ID), mode(spool.path / "token")) == (0o600, 0o600)


def test_the_token_is_in_its_file_and_new_for_each_hub(spool):
    assert (spool.path / "token").read_text() == spool.token
    later = SpoolFolder(spool.path, reserve=0)
    assert (spool.path / "token").read_text() == later.token != spool.token
    assert os.listdir(spool.path) == ["token"]


def test_a_sweep_leaves_live_streams_young_ones_and_what_is_no_stream(spool):
    keep, old, young = "a" * 32, "b" * 32, "c" * 32
    for stream in (keep, old, young):
        write(spool, stream, b"x")
    for stream, time in ((keep, 100), (old, 100), (young, 200)):
        os.utime(spool.path / stream, (time, time))
    assert spool.sweep({keep}, older_than=200) == [old]
    assert spool.sweep({keep}) == [young]
    assert sorted(os.listdir(spool.path)) == [keep, "token"]


def test_a_full_disk_refuses_streams_while_there_is_room_for_messages(tmp_path):
    spool = SpoolFolder(tmp_path, reserve=2**62)
    with pytest.raises(StorageFailed, match="too full"):
        spool.create(ID, 1)
    assert not (tmp_path / ID).exists()
