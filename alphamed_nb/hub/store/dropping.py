"""Removing runs without keeping the writer busy: a run is marked as dropped at once, its rows go in small steps.

Both files have a table `rows` with (seq, task, run), and a table `dropped` with (task, run, up_to): rows of that run
with a number of at most `up_to` are no longer there for any reader; rows of it that come later (a line on its way) are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from .database import transaction

__all__ = ["NOT_DROPPED", "SCRIPT", "highest_seq", "mark_dropped", "remove_some"]

SCRIPT = """
CREATE TABLE dropped(
    task TEXT NOT NULL, run INTEGER NOT NULL, up_to INTEGER NOT NULL, PRIMARY KEY(task, run)
) WITHOUT ROWID;
CREATE TABLE highest(seq INTEGER NOT NULL);
INSERT INTO highest VALUES(0);
"""

NOT_DROPPED = (
    "NOT EXISTS(SELECT 1 FROM dropped WHERE dropped.task = rows.task AND dropped.run = rows.run AND rows.seq <= up_to)"
)

_ROWS_A_STEP = 1000
_PAGES_A_STEP = 250


def highest_seq(connection: sqlite3.Connection) -> int:
    """The highest number ever stored here, also if its row was removed since."""
    found = connection.execute("SELECT max(seq, ifnull((SELECT max(seq) FROM rows), 0)) FROM highest").fetchone()
    return int(found[0])


def mark_dropped(connection: sqlite3.Connection, task: str, run: int) -> None:
    """From now on no reader sees the run's present rows."""
    highest = highest_seq(connection)
    connection.execute("UPDATE highest SET seq = ?", (highest,))
    connection.execute("INSERT OR REPLACE INTO dropped VALUES(?, ?, ?)", (task, run, highest))


def remove_some(
    connection: sqlite3.Connection, also: Callable[[sqlite3.Connection, str, int, int, int], None] | None = None
) -> bool:
    """Remove some rows of dropped runs, then give freed pages back. True: there is more to do.

    Args:
        also: removes what goes with rows in the same transaction, before them; called with task, run, and the first and
            the last number of the rows.
    """
    with transaction(connection):
        found = connection.execute("SELECT task, run, up_to FROM dropped LIMIT 1").fetchone()
        if found is not None:
            task, run, up_to = found
            _remove_rows(connection, task, run, up_to, also)
            return True
    if connection.execute("PRAGMA freelist_count").fetchone()[0] == 0:
        return False
    # Frees one page for each step of the statement; only executescript() takes them all.
    connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_A_STEP})")
    return True


def _remove_rows(
    connection: sqlite3.Connection,
    task: str,
    run: int,
    up_to: int,
    also: Callable[[sqlite3.Connection, str, int, int, int], None] | None,
) -> None:
    some = connection.execute(
        "SELECT seq FROM rows WHERE task = ? AND run = ? AND seq <= ? ORDER BY seq LIMIT ?",
        (task, run, up_to, _ROWS_A_STEP),
    ).fetchall()
    if some and also is not None:
        also(connection, task, run, some[0][0], some[-1][0])
    connection.executemany("DELETE FROM rows WHERE seq = ?", some)
    if len(some) < _ROWS_A_STEP:
        connection.execute("DELETE FROM dropped WHERE task = ? AND run = ?", (task, run))
