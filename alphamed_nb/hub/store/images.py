"""What the messages file knows of one task, read in one piece."""

from __future__ import annotations

import sqlite3

import msgspec

from ...protocol.journal import EventBody
from ...protocol.messages import EventItem, ProcessInfo
from ..core.effects import PutOffer, PutSession, PutTask
from ..core.image import TaskImage
from ..core.state import KEPT_SETTLED_OFFERS
from .changes import mailed_nodes
from .dropping import NOT_DROPPED

__all__ = ["read_image"]

_event_body = msgspec.json.Decoder(EventBody)
_names = msgspec.json.Decoder(list[str])
_process = msgspec.json.Decoder(ProcessInfo)


def read_image(connection: sqlite3.Connection, task: str) -> TaskImage:
    """The image of `task`. The connection must be in a transaction, so that its parts fit together."""
    image = TaskImage(
        task=_task(connection, task),
        sessions=_sessions(connection, task),
        positions=dict(connection.execute("SELECT node, position FROM positions WHERE task = ?", (task,))),
        offers=_offers(connection, task),
    )
    for node in mailed_nodes(connection, task):
        # From the position itself on: the event there was handed out last, and its answer may have been lost.
        position = image.positions.get(node, 0)
        for item, run in _mail(connection, task, node, position):
            image.mail_runs[item.seq] = run
            if item.seq > position:
                image.mail.setdefault(node, []).append(item)
            else:
                image.handed[node] = item
    return image


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


def _mail(connection: sqlite3.Connection, task: str, node: str, position: int) -> list[tuple[EventItem, int]]:
    found = []
    for seq, at, sender, run, body in connection.execute(
        "SELECT rows.seq, rows.at, rows.node, rows.run, rows.body FROM mail JOIN rows ON rows.seq = mail.seq "
        f"WHERE mail.task = ? AND mail.node = ? AND mail.seq >= ? AND {NOT_DROPPED} ORDER BY mail.seq",
        (task, node, position),
    ):
        event = _event_body.decode(body)
        item = EventItem(
            id=0, seq=seq, sender=sender, type=event.type, contract=event.contract, message=event.message, at=at
        )
        found.append((item, run))
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
