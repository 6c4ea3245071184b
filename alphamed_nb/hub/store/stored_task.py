"""What the messages file knows of one task, read in one piece."""

from __future__ import annotations

import sqlite3
from array import array

import msgspec

from ...protocol.journal import EventBody
from ...protocol.messages import ProcessInfo
from ..core.effects import PutOffer, PutSession, PutTask
from ..core.mailboxes import Event
from ..core.state import KEPT_SETTLED_OFFERS
from ..core.stored_task import StoredTask
from .changes import mailed_nodes
from .dropping import NOT_DROPPED

__all__ = ["read_image", "read_mail"]

_event_body = msgspec.json.Decoder(EventBody)
_names = msgspec.json.Decoder(list[str])
_process = msgspec.json.Decoder(ProcessInfo)


def read_image(connection: sqlite3.Connection, task: str) -> StoredTask:
    """What the file has of `task`. The connection must be in a transaction, so that its parts fit together."""
    stored = StoredTask(
        task=_task(connection, task),
        sessions=_sessions(connection, task),
        positions=dict(connection.execute("SELECT node, position FROM positions WHERE task = ?", (task,))),
        offers=_offers(connection, task),
    )
    runs = _runs(connection, task)
    for node in mailed_nodes(connection, task):
        position = stored.positions.get(node, 0)
        unread = _unread(connection, task, node, position, runs)
        if unread:
            stored.unread[node] = unread
        # The event there was handed out last, and its answer may have been lost.
        stored.handed.update((node, event) for event in read_mail(connection, task, node, [position], 0))
    return stored


def _task(connection: sqlite3.Connection, task: str) -> PutTask | None:
    found = connection.execute("SELECT task, run, nodes, started, ended FROM tasks WHERE task = ?", (task,)).fetchone()
    if found is None:
        return None
    name, run, nodes, started, ended = found
    return PutTask(task=name, run=run, nodes=_names.decode(nodes), started=started, ended=ended)


def _sessions(connection: sqlite3.Connection, task: str) -> list[PutSession]:
    return [
        PutSession(
            task=task,
            node=node,
            epoch=epoch,
            run=run,
            began=began,
            ended=ended,
            state=state,
            nodes=_names.decode(nodes),
            process=_process.decode(process),
            round=round_,
            error=error,
            cause=cause,
            since=since,
        )
        for node, epoch, run, began, ended, state, nodes, process, round_, error, cause, since in connection.execute(
            "SELECT node, epoch, run, began, ended, state, nodes, process, round, error, cause, since FROM sessions "
            "WHERE task = ? ORDER BY began",
            (task,),
        )
    ]


def _runs(connection: sqlite3.Connection, task: str) -> list[tuple[int, int, int]]:
    """The runs of the task that have rows, each with the first and the last number of them. No two overlap."""
    end = (
        "(SELECT {}(seq) FROM rows WHERE rows.task = runs.task AND rows.run = runs.run AND seq > ifnull("
        "(SELECT up_to FROM dropped WHERE dropped.task = runs.task AND dropped.run = runs.run), 0))"
    )
    found = connection.execute(
        f"SELECT run, {end.format('min')}, {end.format('max')} FROM runs WHERE task = ? ORDER BY run", (task,)
    )
    return [(run, first, last) for run, first, last in found if first is not None]


def _unread(
    connection: sqlite3.Connection, task: str, node: str, position: int, runs: list[tuple[int, int, int]]
) -> dict[int, array[int]]:
    """Only the numbers, and only out of the index: what waits may be much."""
    unread = {}
    for run, first, last in runs:
        if last > position:
            found = connection.execute(
                "SELECT seq FROM mail WHERE task = ? AND node = ? AND seq BETWEEN ? AND ? ORDER BY seq",
                (task, node, max(first, position + 1), last),
            )
            numbers = array("q", (seq for (seq,) in found))
            if numbers:
                unread[run] = numbers
    return unread


def read_mail(connection: sqlite3.Connection, task: str, node: str, numbers: list[int], most_bytes: int) -> list[Event]:
    """Those of these events that wait for the node, or did, in order. The first one always, no more once their contents
    are more than `most_bytes`."""
    found: list[Event] = []
    size = 0
    for seq, at, sender, run, body in connection.execute(
        "SELECT rows.seq, rows.at, rows.node, rows.run, rows.body FROM mail JOIN rows ON rows.seq = mail.seq "
        "WHERE mail.task = ? AND mail.node = ? AND mail.seq IN (SELECT value FROM json_each(?)) "
        f"AND {NOT_DROPPED} ORDER BY mail.seq",
        (task, node, msgspec.json.encode(numbers).decode()),
    ):
        size += len(body)
        if found and size > most_bytes:
            break
        event = _event_body.decode(body)
        contract = event.contract.copy()  # of its own: the rest of the row need not stay in memory with it
        found.append(Event(seq, sender, event.type, contract, event.message, at, run))
    return found


def _offers(connection: sqlite3.Connection, task: str) -> list[PutOffer]:
    """Those that are not settled, and the newest of the others: who sent or took them may ask again."""
    rows = connection.execute(
        "SELECT * FROM offers WHERE task = ? AND state IN ('offered', 'reading')", (task,)
    ).fetchall()
    rows += connection.execute(
        "SELECT * FROM offers WHERE task = ? AND state NOT IN ('offered', 'reading') "
        "ORDER BY run DESC, seq DESC LIMIT ?",
        (task, KEPT_SETTLED_OFFERS),
    ).fetchall()
    return sorted((PutOffer(*row) for row in rows), key=lambda offer: offer.seq)
