"""The hub's routing core: a pure state machine. It takes a request and the time, and returns what is to be done.

The rules stand in the modules beside it, each with one job: `claims` who is which node, `sending` contract messages,
`receiving` waits and hand-out, `transfers` and `offers` data streams, `presence`, `reports`, `stuck`. Here requests are
dispatched, links opened and closed, retries recognised, and time-outs performed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...protocol.errors import Damaged, ErrorBody, HubError, InvalidRequest, NotFound, RunIsLive
from ...protocol.journal import HubBody, SessionBody
from ...protocol.limits import Limits
from ...protocol.messages import (
    AskOffers,
    Cancel,
    Claim,
    Clean,
    Cleaned,
    Offer,
    ProcessInfo,
    Receive,
    Refused,
    Release,
    Report,
    Send,
    Settle,
    Stored,
    WatchNodes,
    WatchStuck,
    Withdraw,
)
from . import claims, loading, offers, presence, receiving, reports, sending, stuck, transfers
from .effects import Abandon, CloseLink, DropRun, LoadMail, Outcome, PutCounter
from .mailboxes import UNREAD_BYTES, Event
from .state import HubState, Process, Task
from .stored_task import StoredTask
from .work import Work

__all__ = ["Core"]

_DURABLE: dict[type, Callable[[Work, Process, Any], None]] = {
    Send: sending.send,
    Offer: transfers.offer,
    Withdraw: transfers.withdraw,
    Settle: transfers.settle,
    Report: reports.report,
}
_OTHERS: dict[type, Callable[[Work, Process, Any], None]] = {
    Receive: receiving.receive,
    Cancel: receiving.cancel,
    Claim: claims.claim,
    Release: claims.release,
    WatchNodes: presence.watch,
    AskOffers: transfers.ask_offers,
    WatchStuck: stuck.watch_stuck,
}


class Core:
    """The state of all tasks in memory and the rules on it.

    Whatever changes something takes `now`, seconds since the epoch, and returns an :class:`~.effects.Outcome`; the
    caller stores its changes and then performs its outputs, in the order of the calls.

    Args:
        next_seq: the first journal number to give.
        resume_seconds: how long a session may resume after its link was lost.
        limits: what is refused as too large.
        host: the machine it runs on, as processes name theirs.
        unread_bytes: what unread messages take in memory, about; others are read from the disk when it is their turn.
    """

    def __init__(
        self,
        *,
        next_seq: int,
        resume_seconds: float = 10.0,
        limits: Limits | None = None,
        host: str = "",
        unread_bytes: int = UNREAD_BYTES,
    ) -> None:
        self._hub = HubState(next_seq, resume_seconds, limits if limits is not None else Limits(), host, unread_bytes)

    @property
    def limits(self) -> Limits:
        return self._hub.limits

    @property
    def host(self) -> str:
        """The machine it runs on."""
        return self._hub.host

    @property
    def resume_seconds(self) -> float:
        return self._hub.resume_seconds

    @property
    def life(self) -> object:
        """Another one after each restart: what was found out of an earlier one counts no more."""
        return self._hub

    def restart(self, fresh: Core) -> None:
        """Go on with what `fresh` knows, which was read from the disk; nothing else of before counts."""
        self._hub = fresh._hub

    # -- the sequence and the tasks in memory --------------------------------------------------------------------------

    @property
    def next_seq(self) -> int:
        return self._hub.next_seq

    def take_seq(self, n: int = 1) -> int:
        """The first of `n` consecutive journal numbers, for rows that others write (the log file)."""
        return self._hub.take_seq(n)

    def knows(self, task: str) -> bool:
        return task in self._hub.tasks

    def load(self, stored: StoredTask, task: str = "") -> None:
        """Take up a task from the store.

        Args:
            task: its name; needed for a task that the store has never seen (`stored.task` is None).

        Raises:
            Damaged: its parts do not fit together. Nothing of it is taken up.
        """
        name = stored.task.task if stored.task is not None else task
        if not name:
            raise ValueError("what is stored of a new task does not name it: give its name")
        if name not in self._hub.tasks:
            try:
                loading.load_task(self._hub, name, stored)
            except Exception as error:
                loading.unload_task(self._hub, self._hub.tasks[name])
                raise Damaged.task(name, error) from error

    def abandon(self, task: str, held: list[tuple[str, int, int]], now: float) -> Outcome:
        """End the run of a task that could not be loaded: nobody can go on with it, and only so can it be removed.

        Args:
            held: (node, epoch, run) of its sessions that have not ended.
        """
        work = Work(self._hub, now)
        found = Task(task, self._hub.room)
        seq = 0
        for node, epoch, found.run in held:
            seq = work.row("session", found, node, SessionBody(change="ended", epoch=epoch, reason="gone"))
        work.change(Abandon(task, seq, now))
        return work.outcome()

    def restored(self, now: float) -> Outcome:
        """After a restart of the hub: the sessions found held may resume from now on for the usual time."""
        work = Work(self._hub, now)
        for task in self._hub.tasks.values():
            for session in task.held.values():
                if not session.link and session.resume_until is None:
                    claims.lose(work, session, "the hub was started again")
        return work.outcome()

    def tasks_of(self, message: Any) -> list[str]:
        """Which tasks must be in memory before `handle` gets this message.

        Only a claim needs that: every other request comes from a held session, whose task is in memory.
        """
        return [message.task] if isinstance(message, Claim) else []

    def tidy(self, before: int) -> bool:
        """Drop from memory what nobody needs: tasks without a run that is going on, processes without link or session.

        Args:
            before: every row with a smaller number is on the disk, with all that was changed with it. What changed
                later stays: it will be looked for on the disk, and is not there yet.

        Returns:
            Whether there was any.
        """
        known = len(self._hub.tasks) + len(self._hub.processes)
        for task in list(self._hub.tasks.values()):
            if not task.held and task.changed < before:
                loading.unload_task(self._hub, task)
        for process in list(self._hub.departed.values()):
            if process.departed <= before and not process.sessions and not process.refused:
                self._hub.forget(process)
        return len(self._hub.tasks) + len(self._hub.processes) < known

    def unload(self, task: str) -> None:
        """Drop an idle task from memory; does nothing for one that is not loaded or not idle."""
        found = self._hub.tasks.get(task)
        if found is not None and not found.held:
            loading.unload_task(self._hub, found)

    # -- links and processes -------------------------------------------------------------------------------------------

    def link_opened(self, link: str, process: ProcessInfo, messages_counter: int, now: float) -> Outcome:
        """A process has shown that it may speak to the hub.

        Args:
            messages_counter: its highest durable request in the messages file.
        """
        work = Work(self._hub, now)
        found = self._hub.processes.get(process.incarnation)
        if found is None:
            found = self._hub.processes[process.incarnation] = Process(process)
        elif found.link:
            earlier = found.link
            self._lose_link(work, found, "replaced by another link of its process")
            work.output(CloseLink(earlier, InvalidRequest("This process has opened another link to the hub.")))
        self._hub.departed.pop(process.incarnation, None)
        found.info = process
        found.counter = max(found.counter, messages_counter)
        found.link = link
        self._hub.links[link] = found
        return work.outcome()

    def link_closed(self, link: str, now: float) -> Outcome:
        """The link is gone: its sessions may resume over another one."""
        work = Work(self._hub, now)
        process = self._hub.links.get(link)
        if process is not None:
            self._lose_link(work, process, "connection lost")
        return work.outcome()

    def process_ended(self, incarnation: str, now: float) -> Outcome:
        """The process is dead: its sessions end at once."""
        work = Work(self._hub, now)
        process = self._hub.processes.get(incarnation)
        if process is not None:
            for session in list(process.sessions.values()):
                claims.end(work, session, "died")
            if not process.link:
                self._hub.forget(process)
        self._tell_stuck(work)
        return work.outcome()

    def keep_lines(self, process: ProcessInfo, node: str, context: str, now: float) -> Outcome:
        """What a process that is gone wrote as this node, without having claimed a task, belongs to a run of its own.

        The task named after the node must be in memory.
        """
        work = Work(self._hub, now)
        claims.keep_lines(work, process, node, context)
        return work.outcome()

    def counter_of(self, incarnation: str) -> int:
        """The highest durable request of this process that was applied, committed or not."""
        process = self._hub.processes.get(incarnation)
        return process.counter if process is not None else 0

    def owner_of(self, task: str, node: str) -> ProcessInfo | None:
        """Who holds the node, also while its link is lost."""
        found = self._hub.tasks.get(task)
        session = found.held.get(node) if found is not None else None
        return session.process.info if session is not None else None

    def holders(self) -> list[ProcessInfo]:
        """The processes that hold sessions."""
        return [process.info for process in self._hub.processes.values() if process.sessions]

    def _lose_link(self, work: Work, process: Process, reason: str) -> None:
        del self._hub.links[process.link]
        self._hub.stuck_watchers.pop(process.link, None)
        process.link = ""
        process.receives.clear()
        for session in process.sessions.values():
            if session.link:
                claims.lose(work, session, reason)
        self._hub.depart(process)

    # -- requests ------------------------------------------------------------------------------------------------------

    def handle(self, link: str, message: Any, now: float) -> Outcome:
        """Work through one request of a link, whose names and sizes are right. A refusal is an output like any other.

        Raises:
            LookupError: a claim of a task that is not in memory (`tasks_of`).
            TypeError: no message for the core.
        """
        work = Work(self._hub, now)
        process = self._hub.links.get(link)
        if process is None:
            return work.outcome()
        kind = type(message)
        durable = _DURABLE.get(kind)
        try:
            if durable is None:
                if kind not in _OTHERS:
                    raise TypeError(f"{kind.__name__} is not for the core")
                _OTHERS[kind](work, process, message)
            elif message.counter > process.counter:
                durable(work, process, message)
                process.counter = message.counter
                if process.refused:
                    process.refused.pop(message.counter, None)
                work.change(PutCounter(process.info.incarnation, message.counter))
            else:
                self._answer_again(work, process, message)
        except HubError as error:
            assert not work.changes, f"{kind.__name__} was refused after it had changed something"
            body = error.body()
            if durable is not None:
                self._keep_refusal(process, message.counter, body)
            work.deliver(link, Refused(id=message.id, error=body))
            return work.outcome()
        if work.unsettled:
            self._tell_stuck(work)
        return work.outcome()

    def refuse_again(self, incarnation: str, counter: int, error: HubError) -> None:
        """A durable request could not be stored: sent again, it is refused, and not taken for a stored one."""
        process = self._hub.processes.get(incarnation)
        if process is not None:
            self._keep_refusal(process, counter, error.body())

    def _keep_refusal(self, process: Process, counter: int, body: ErrorBody) -> None:
        """Its answer may get lost, and a later request may raise the counter above it."""
        process.refused[counter] = body
        if len(process.refused) > self._hub.limits.unanswered:
            del process.refused[next(iter(process.refused))]

    def _answer_again(self, work: Work, process: Process, message: Any) -> None:
        """A durable request that was sent again after its answer was lost: not applied a second time."""
        refused = process.refused.get(message.counter)
        if refused is not None:
            work.deliver(process.link, Refused(id=message.id, error=refused))
        elif isinstance(message, Withdraw):
            transfers.answer_states(work, process.link, message.id, message.offers)
        elif isinstance(message, Settle):
            transfers.answer_states(work, process.link, message.id, [message.offer])
        else:
            work.deliver(process.link, Stored(id=message.id))

    def _tell_stuck(self, work: Work) -> None:
        if self._hub.stuck_watchers:
            stuck.tell_stuck(work)

    def mail_loaded(self, load: LoadMail, events: list[Event], now: float) -> Outcome:
        """What a `LoadMail` asks for was read from the disk: these, in order."""
        work = Work(self._hub, now)
        receiving.mail_loaded(work, load, events)
        self._tell_stuck(work)
        return work.outcome()

    def load_failed(self, load: LoadMail, error: HubError, now: float) -> Outcome:
        """What a `LoadMail` asks for cannot be read."""
        work = Work(self._hub, now)
        receiving.load_failed(work, load, error)
        return work.outcome()

    # -- time ----------------------------------------------------------------------------------------------------------

    def due(self, now: float) -> Outcome:
        """Perform the time-outs that have come: sessions that did not resume are gone."""
        work = Work(self._hub, now)
        while (session := self._hub.pop_timer(now)) is not None:
            claims.end(work, session, "gone")
        self._tell_stuck(work)
        return work.outcome()

    def next_due(self) -> float | None:
        """When `due` has something to do, seconds since the epoch."""
        return self._hub.next_timer()

    # -- runs ----------------------------------------------------------------------------------------------------------

    def run_of_task(self, task: str) -> int | None:
        """The current or latest run; None if the task is not in memory or had none."""
        found = self._hub.tasks.get(task)
        return found.run or None if found is not None else None

    def run_of_context(self, context: str) -> tuple[str, int] | None:
        """Task and run that log rows of this context count with, as long as they name no task."""
        return self._hub.contexts.get(context)

    def drop_run(self, task: str, run: int, now: float, reason: str = "") -> Outcome:
        """Remove a run that has ended.

        Args:
            reason: why, for the record, for instance ``"retention"``.

        Raises:
            RunIsLive: it is going on; the error names its live nodes.
            NotFound: the task has not had that run.
        """
        work = Work(self._hub, now)
        found = self._hub.tasks.get(task)
        if run < 1 or (found is not None and run > found.run):
            raise NotFound(f"Task {task!r} has no run {run}.")
        if found is not None and found.held and run == found.run:
            nodes = list(found.held)
            raise RunIsLive(f"Run {run} of task {task!r} is going on: {', '.join(nodes)}.", nodes=nodes)
        self._drop_run(work, task, run, reason)
        return work.outcome()

    def clean(self, link: str, message: Clean, runs: list[tuple[str, int]], now: float) -> Outcome:
        """Answer a `Clean`: remove these runs, but none that is going on.

        Args:
            runs: the ended runs in which the node held a session, as the store knows them.
        """
        work = Work(self._hub, now)
        dropped = 0
        for task, run in runs:
            found = self._hub.tasks.get(task)
            if found is None or not found.held or run != found.run:
                self._drop_run(work, task, run, f"cleaned by {message.node}")
                dropped += 1
        if link in self._hub.links:
            work.deliver(link, Cleaned(id=message.id, runs=dropped))
        return work.outcome()

    def _drop_run(self, work: Work, task: str, run: int, reason: str) -> None:
        found = self._hub.tasks.get(task)
        if found is not None:
            found.changed = self._hub.next_seq
            for member in found.members.values():
                member.mailbox.drop_run(run)
                if member.session is not None and member.session.ended and member.session.run == run:
                    member.session = None
            offers.drop_run(self._hub, found, run)
        work.change(DropRun(task, run))
        text = f"Run {run} of task {task!r} was removed" + (f" ({reason})." if reason else ".")
        work.row("hub", None, "", HubBody(text=text))
