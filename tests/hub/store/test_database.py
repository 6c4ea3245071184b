"""A file that is not ours, or of another release, is refused with words; it is never changed."""

from __future__ import annotations

import os
import sqlite3

import pytest
from store_files import Commits, event

from alphamed_nb.hub.core.effects import StoreRow
from alphamed_nb.hub.store.database import insert
from alphamed_nb.hub.store.logs import LogStore
from alphamed_nb.hub.store.messages import MessageStore
from alphamed_nb.protocol.errors import StorageFailed


def opened(path, kind=MessageStore, **more):
    return kind(path, **Commits().callbacks, **more)


@pytest.mark.parametrize("version, words", [(99, "a newer release .*schema 99"), (0, "an older release")])
def test_another_releases_file_is_refused(tmp_path, version, words):
    path = tmp_path / "messages.db"
    opened(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    with pytest.raises(StorageFailed, match=words):
        opened(path)


def test_the_other_kind_of_file_and_another_programs_file_are_refused(tmp_path):
    opened(tmp_path / "logs.db", LogStore).close()
    with pytest.raises(StorageFailed, match="not the hub's messages file"):
        opened(tmp_path / "logs.db")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE mine(x)")
    connection.close()
    with pytest.raises(StorageFailed, match="not the hub's messages file"):
        opened(tmp_path / "other.db")


def test_what_is_no_database_is_refused_and_stays_as_it_is(tmp_path):
    path = tmp_path / "messages.db"
    path.write_text("dear diary " * 1000)
    with pytest.raises(StorageFailed, match="not a database"):
        opened(path)
    assert path.read_text() == "dear diary " * 1000


def test_a_link_in_the_files_place_is_not_followed(tmp_path):
    opened(tmp_path / "real.db").close()
    for target in ("real.db", "nowhere.db"):
        link = tmp_path / f"to-{target}"
        link.symlink_to(tmp_path / target)
        with pytest.raises(StorageFailed, match="symbolic link"):
            opened(link)
    assert not (tmp_path / "nowhere.db").exists()


def test_a_pipe_in_the_files_place_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "messages.db")
    with pytest.raises(StorageFailed, match="regular file"):
        opened(tmp_path / "messages.db")


def test_a_file_that_others_could_read_is_made_private(tmp_path):
    path = tmp_path / "messages.db"
    opened(path).close()
    path.chmod(0o666)
    opened(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StorageFailed, match="No such file"):
        opened(tmp_path / "missing" / "messages.db")


@pytest.mark.parametrize("full_sync, level", [(False, 1), (True, 2)])
def test_how_commits_reach_the_disk_is_a_setting(tmp_path, full_sync, level, monkeypatch):
    from alphamed_nb.hub.store import writer

    connections = []
    real = writer.open_database
    monkeypatch.setattr(writer, "open_database", lambda *a, **k: connections.append(real(*a, **k)) or connections[-1])
    store = opened(tmp_path / "messages.db", full_sync=full_sync)
    assert connections[0].execute("PRAGMA synchronous").fetchone() == (level,)
    assert connections[0].execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_names_with_odd_characters(tmp_path):
    folder = tmp_path / "50% #1 ?x=y é"
    folder.mkdir()
    commits = Commits()
    store = MessageStore(folder / "m.db", **commits.callbacks)
    commits.wait(store.submit([StoreRow(event(1))]))
    assert store.highest_seq() == 1
    store.close()
    assert (folder / "m.db").exists()


@pytest.mark.parametrize("rows", [0, 1, 49, 50, 51, 120])
def test_any_number_of_rows_is_inserted_once_and_in_order(rows):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE some(number INTEGER, name TEXT)")
    expected = [(number, f"row {number}") for number in range(rows)]
    insert(connection, "some", 2, [value for row in expected for value in row])
    assert connection.execute("SELECT number, name FROM some ORDER BY rowid").fetchall() == expected
