"""Rows of the messages file as releases before wrote them: sentences where there are facts now.

They are brought into the present form once, when the file is opened, so that nobody else knows the old one.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import msgspec

__all__ = ["state_facts"]

_ROUND_LABEL = re.compile(r"[^/]*/(\d{1,9})")
"""How federated averaging labelled its streams: attempt and round."""
_AWAITED = re.compile(r"(\S+) of round (\d{1,9})")
_STREAMS = {"aggregator": "parameters", "data holder": "update"}
"""What it sent, by the role of the sender."""


def state_facts(connection: sqlite3.Connection) -> None:
    """From version 1 to 2: a wait said in words what it was for, the roles' names said who leads, and a stream's label
    what it was. A body that cannot be read stays as it is."""
    connection.execute("ALTER TABLE offers ADD COLUMN round INTEGER NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE offers ADD COLUMN name TEXT NOT NULL DEFAULT ''")
    roles: dict[tuple[str, int, str], str] = {}

    def reports(task: str, run: int, node: str, stored: bytes) -> bytes:
        if (body := _decoded(stored)) is None:
            return stored
        role = body.get("role", "")
        roles[task, run, node] = role or roles.get((task, run, node), "")
        if "change" in body and role == "aggregator":
            body["leads"] = True
        if wait := body.get("wait"):
            wait.update(_awaited(wait.pop("what", "")))
        return msgspec.json.encode(body)

    def offer(task: str, run: int, node: str, stored: bytes) -> bytes:
        body = _decoded(stored)
        found = _ROUND_LABEL.fullmatch(body.get("label", "")) if body is not None else None
        if body is None or found is None:
            return stored
        body.update(round=int(found[1]), name=_STREAMS.get(roles.get((task, run, node), ""), ""))
        return msgspec.json.encode(body)

    for name, kinds, function in (("reports", "'state', 'task'", reports), ("offer", "'offer'", offer)):
        connection.create_function(name, 4, function)
        connection.execute(f"UPDATE rows SET body = {name}(task, run, node, body) WHERE kind IN ({kinds})")


class _OldWait(msgspec.Struct):
    what: str = ""


class _OldBody(msgspec.Struct):
    """What is read of a body."""

    role: str = ""
    wait: _OldWait | None = None
    label: str = ""


def _decoded(stored: bytes) -> dict[str, Any] | None:
    try:
        msgspec.json.decode(stored, type=_OldBody)
        return msgspec.json.decode(stored, type=dict[str, Any])
    except msgspec.MsgspecError:
        return None


def _awaited(what: str) -> dict[str, object]:
    if what == "" or what.startswith("any message of task "):
        return {}
    found = _AWAITED.fullmatch(what)
    name = found[1] if found else what
    kind = "join" if name == "checkin" else "stream" if name in _STREAMS.values() else "message"
    return {"kind": kind, "name": name} | ({"round": int(found[2])} if found else {})
