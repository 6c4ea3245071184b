"""A messages file that the release before wrote is read: what it said in words is facts."""

from __future__ import annotations

import json
import sqlite3

import pytest
from store_files import Commits

from alphamed_nb.hub.fold.folds import Fold
from alphamed_nb.hub.store.messages import MessageStore
from alphamed_nb.hub.store.query import RowQuery

SINCE = {"since": 5.0, "whom": ["a"]}
OFFER = {"offer": "0f", "source": "a", "target": "b", "state": "taken", "stream": "5c", "size": 7}


def leads(change: str, **more: object) -> tuple[str, str, dict[str, object]]:
    return "task", "a", {"time": 1.0, "change": change, "role": "aggregator", "attempt": "n", **more}


ROWS: list[tuple[str, str, dict[str, object] | bytes]] = [
    ("session", "a", {"change": "began", "epoch": 1, "nodes": ["a", "b"]}),
    ("session", "b", {"change": "began", "epoch": 2, "nodes": ["a", "b"]}),
    leads("started", scheduler="Demo", max_rounds=2),
    ("task", "b", {"time": 1.0, "change": "started", "role": "data holder"}),
    leads("round", round=1),
    ("offer", "a", {**OFFER, "label": "6e/1"}),
    ("offer", "b", {**OFFER, "offer": "1f", "source": "b", "target": "a", "label": "6e/1"}),
    ("offer", "a", {**OFFER, "offer": "2f", "label": "my own"}),
    ("offer", "a", {**OFFER, "offer": "3f"}),
    ("state", "b", b'{"time": 1.0, "activity": "waiting", "wait": {"what": 7}}'),
    ("state", "b", b"\xff damaged"),
    ("state", "a", {"time": 1.0, "activity": "waiting", "wait": {**SINCE, "what": "update of round 1", "expected": 1}}),
    ("state", "a", {"time": 1.0, "activity": "waiting", "wait": {"since": 5.0, "arrived": ["b"]}}),
]  # fmt: skip


@pytest.fixture
def reopened(tmp_path):
    """What is opened of a file with these rows of the release before."""
    path = tmp_path / "messages.db"
    opened = []

    def reopen(rows) -> MessageStore:
        MessageStore(path, **Commits().callbacks).close()
        with sqlite3.connect(path) as connection:
            for column in ("round", "name"):
                connection.execute(f"ALTER TABLE offers DROP COLUMN {column}")
            offer = ("0f", 6, "t", 1, "a", 1, "b", "5c", 7, "6e/1", "taken", 0, "")
            connection.execute(f"INSERT INTO offers VALUES({','.join('?' * len(offer))})", offer)
            for seq, (kind, node, body) in enumerate(rows, start=1):
                stored = body if isinstance(body, bytes) else json.dumps(body).encode()
                connection.execute("INSERT INTO rows VALUES(?,?,?,?,'t',1,?)", (seq, float(seq), kind, node, stored))
            connection.execute("PRAGMA user_version=1")
        connection.close()
        opened.append(MessageStore(path, **Commits().callbacks))
        return opened[-1]

    yield reopen
    for store in opened:
        store.close()


def bodies(store: MessageStore) -> list[bytes]:
    return [bytes(row.body) for row in store.rows(RowQuery(task="t", run=1))]


@pytest.mark.parametrize(
    ("what", "about"),
    [
        ("checkin", {"kind": "join", "name": "checkin"}),
        ("announce_task", {"kind": "message", "name": "announce_task"}),
        ("sync_state_response of round 12", {"kind": "message", "name": "sync_state_response", "round": 12}),
        ("update of round 3", {"kind": "stream", "name": "update", "round": 3}),
        ("parameters of round 1", {"kind": "stream", "name": "parameters", "round": 1}),
        ("any message of task t", {}),
        ("the next round", {"kind": "message", "name": "the next round"}),
    ],
)
def test_a_wait_says_what_it_is(reopened, what, about):
    store = reopened([("state", "a", {"time": 1.0, "activity": "waiting", "wait": {**SINCE, "what": what}})])
    assert json.loads(bodies(store)[0])["wait"] == {**SINCE, **about}


def test_an_old_run_stands_as_it_stood(reopened):
    store = reopened(ROWS)
    fold = Fold()
    for row in store.rows(RowQuery(task="t", run=1)):
        fold.apply(row)
    (run,) = fold.snapshot().tasks[0].runs
    (attempt,) = run.attempts
    assert (attempt.leader, attempt.max_rounds, [item.round for item in attempt.rounds]) == ("a", 2, [1])
    assert (attempt.rounds[0].streams, attempt.rounds[0].updates) == (4, 1)
    assert [(member.role, member.leads) for member in run.members] == [("aggregator", True), ("data holder", False)]
    wait = run.members[0].wait
    assert wait is not None and (wait.kind, wait.name, wait.round) == ("stream", "update", 1)
    assert (wait.arrived, wait.expected) == (["b"], 1)


def test_a_stream_of_federated_averaging_says_what_it_is(reopened):
    store = reopened(ROWS)
    offers = [json.loads(body) for body in bodies(store)[5:9]]
    assert [(body.get("round"), body.get("name")) for body in offers] == [
        (1, "parameters"), (1, "update"), (None, None), (None, None),
    ]  # fmt: skip
    assert offers[0]["label"] == "6e/1" and offers[2]["label"] == "my own"
    assert [(offer.offer, offer.round, offer.name) for offer in store.load_task("t").offers] == [("0f", 0, "")]


def test_what_cannot_be_read_stays_as_it_is(reopened, tmp_path):
    reopened(ROWS).close()
    with sqlite3.connect(tmp_path / "messages.db") as connection:
        kept = [body for (body,) in connection.execute("SELECT body FROM rows WHERE seq IN (10, 11) ORDER BY seq")]
    connection.close()
    assert kept == [ROWS[9][2], ROWS[10][2]]
