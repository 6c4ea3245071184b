"""Run as a process: writes to a store without an end, and says on stdout which tickets are committed.

`python killed_writer.py messages|logs FILE`. Outcome n of the messages file holds the rows 2n and 2n + 1, mail for row
2n, the position 2n of node b, and counter n: all or none of it must be found.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from store_files import event, log, state

from alphamed_nb.hub.core.effects import AddMail, PutCounter, SetPosition, StoreRow
from alphamed_nb.hub.store.logs import LogStore
from alphamed_nb.hub.store.messages import MessageStore

AHEAD = 200


def say(ticket: int) -> None:
    os.write(1, f"{ticket}\n".encode())


def main(kind: str, path: Path) -> None:
    committed = [0]

    def on_committed(ticket: int) -> None:
        committed[0] = ticket
        say(ticket)

    def on_refused(work: object) -> None:
        print(f"refused: {work}", file=sys.stderr)
        os._exit(4)

    def on_failed(error: BaseException) -> None:
        print(repr(error), file=sys.stderr)
        os._exit(3)

    store = (MessageStore if kind == "messages" else LogStore)(
        path, on_committed=on_committed, on_refused=on_refused, on_failed=on_failed
    )
    base = store.counter("p")
    ticket = 0
    while True:
        if ticket - committed[0] > AHEAD:
            os.sched_yield()
            continue
        n = base + ticket + 1
        if isinstance(store, MessageStore):
            ticket = store.submit(
                [
                    StoreRow(event(2 * n, contract={"n": n, "filler": "x" * 200})), AddMail(2 * n, "t", ["b"]),
                    SetPosition("t", "b", 2 * n), StoreRow(state(2 * n + 1)), PutCounter("p", n),
                ]
            )  # fmt: skip
        else:
            ticket = store.append([(log(2 * n), "c"), (log(2 * n + 1), "c")], ("p", n))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
