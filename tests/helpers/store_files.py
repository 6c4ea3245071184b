"""For tests of the store: waits for commits, and makes rows and changes."""

from __future__ import annotations

import queue

import msgspec

from alphamed_nb.hub.core.effects import AddMail, PutOffer, PutSession, PutTask, StoreRow
from alphamed_nb.protocol.journal import EventBody, LogBody, MetricBody, Row, StateBody
from alphamed_nb.protocol.messages import ProcessInfo

WAIT = 60.0

PROCESS = ProcessInfo(incarnation="p1", pid=7, host="h", started=1.5, notebook="a.ipynb")


class Commits:
    """The callbacks of a store, with a wait for commits."""

    def __init__(self) -> None:
        self.committed: queue.Queue[int] = queue.Queue()
        self.refused: queue.Queue[object] = queue.Queue()
        self.failed: queue.Queue[BaseException] = queue.Queue()

    @property
    def callbacks(self) -> dict[str, object]:
        return {"on_committed": self.committed.put, "on_refused": self.refused.put, "on_failed": self.failed.put}

    def wait(self, ticket: int) -> int:
        """Until the ticket is committed; returns the last ticket of its commit."""
        while True:
            done = self.committed.get(timeout=WAIT)
            if done >= ticket:
                return done


def raw(body: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(body))


def event(
    seq: int, *, task: str = "t", run: int = 1, node: str = "a", contract: object = None, kind: str = "hello"
) -> Row:
    body = EventBody(targets=["b"], type=kind, message=f"m{seq}", contract=raw(contract or {"n": seq}))
    return Row(seq=seq, at=float(seq), kind="event", node=node, task=task, run=run, body=raw(body))


def state(seq: int, *, task: str = "t", run: int = 1, node: str = "a") -> Row:
    return Row(
        seq=seq, at=float(seq), kind="state", node=node, task=task, run=run,
        body=raw(StateBody(time=1.0, activity="training")),
    )  # fmt: skip


def log(
    seq: int, text: str = "line", *, task: str = "t", run: int = 1, node: str = "a", level: int = 20, **more
) -> Row:
    body = LogBody(time=1.0, level=level, text=text, **more)
    return Row(seq=seq, at=float(seq), kind="log", node=node, task=task, run=run, body=raw(body))


def metric(seq: int, *, task: str = "t", run: int = 1, node: str = "a") -> Row:
    body = raw(MetricBody(time=1.0, name="loss", value=0.5))
    return Row(seq=seq, at=float(seq), kind="metric", node=node, task=task, run=run, body=body)


def mailed(seq: int, *targets: str, task: str = "t", run: int = 1, node: str = "a") -> list[object]:
    return [StoreRow(event(seq, task=task, run=run, node=node)), AddMail(seq, task, list(targets))]


def session(
    node: str, *, task: str = "t", run: int = 1, began: int = 1, ended: int = 0, state: str = "up"
) -> PutSession:
    return PutSession(
        task=task, node=node, epoch=began, run=run, began=began, ended=ended, state=state, nodes=["a", "b"],
        process=PROCESS, round=3, error="ValueError", cause="why", since=2.5,
    )  # fmt: skip


def run_of(task: str = "t", run: int = 1, *, started: float = 1.0, ended: float = 0.0) -> PutTask:
    return PutTask(task=task, run=run, nodes=["a", "b"], started=started, ended=ended)


def offer(
    name: str, seq: int, *, state: str = "offered", task: str = "t", run: int = 1, stream: str = "ab" * 16
) -> PutOffer:
    return PutOffer(
        offer=name, seq=seq, task=task, run=run, source="a", source_epoch=1, target="b", stream=stream, size=5,
        label="l", state=state, reader_epoch=2, cause="c", round=3, name="n",
    )  # fmt: skip
