"""The hub itself: it feeds the core, has the stores keep what the core wants kept, and performs what follows from it.

Everything here runs in one event loop. A request passes loop -> store thread -> loop once: the core's changes go to the
store at the end of the turn in which the request came, and the outputs are performed when their commit is reported.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from ..protocol.errors import HubError, InvalidRequest, StorageFailed
from ..protocol.messages import Claim, Clean, Hello, ProcessInfo, Proof, Records, Refused
from .checks import check_message
from .commits import CommitQueue, Watermark
from .core.effects import AdoptContext, Change, CloseLink, Deliver, DropRun, Outcome, Output, RemoveStream, StoreRow
from .core.router import Core
from .processes import ProcessWatch, host_identity, process_is_gone
from .records import RecordIntake
from .settings import HubSettings
from .store.data_directory import DataDirectory
from .store.logs import LogStore
from .store.messages import MessageStore
from .store.query import Page, RowQuery, merge
from .store.streams import SpoolFolder
from .turns import FairQueue, Turn

__all__ = ["HubService", "LinkPort"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

_INBOX_LENGTH = 512
"""A link with more messages than this waiting is not read from for a while."""
_UNSTORED_CHANGES = 20_000
"""While more changes than this are on their way to the disk, no link is read from."""
_LAST_WORDS_SECONDS = 0.5
"""How long the link of a process that ended is read on: it may have released its nodes just before."""
_ACTIVITY_SECONDS = 1.0
"""Activity is told to the server at most this often."""


class _Closed:
    """Stands in a link's inbox after its last message."""


class LinkPort(Protocol):
    """What the service needs of a link; :mod:`.server.link` provides it."""

    @property
    def id(self) -> str: ...
    @property
    def process(self) -> ProcessInfo: ...
    def send(self, message: Any) -> None: ...
    def flush(self) -> None: ...
    def refuse(self, error: HubError) -> None: ...
    def replaced(self) -> None: ...


class HubService:
    """One hub.

    Args:
        settings: what a person set.
        clock: seconds since the epoch.
        on_activity: told, at most once a second, that somebody uses the hub.
    """

    def __init__(
        self,
        settings: HubSettings,
        *,
        clock: Callable[[], float] = time.time,
        on_activity: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.clock = clock
        self.host = host_identity()
        self.started = 0.0
        self.address = ""
        """`127.0.0.1:PORT` of the node door, once it listens."""
        self.credential = secrets.token_hex(32)
        self.tickets: dict[str, str] = {}
        """Bearer token -> id of the link it was given to."""
        self.links: dict[str, LinkPort] = {}
        self.link_watchers: list[Callable[[], None]] = []
        """Told when a link came or went."""
        self.row_watchers: set[Callable[[], None]] = set()
        """Told when rows came that readers may see."""
        self.viewers: set[object] = set()
        """Open live feeds."""
        self._on_activity = on_activity
        self._told_activity = 0.0
        self._directory: DataDirectory | None = None
        self._processes: dict[str, ProcessInfo] = {}
        """Links the core knows of: the open ones, and those whose last messages are still worked on."""
        self._by_incarnation: dict[str, str] = {}
        self._closing: dict[str, asyncio.Future[None]] = {}
        """By incarnation: done when everything its closed link had sent was worked on."""
        self._ended: set[str] = set()
        """Incarnations whose process has ended, while their link is still read to its end."""
        self._inboxes: FairQueue[Any] = FairQueue()
        self._changes: list[Change] = []
        self._outputs: list[Output | DropRun] = []
        self._submission: asyncio.Handle | None = None
        self._unstored: deque[tuple[int, int]] = deque()
        self._unstored_changes = 0
        self._relieved: list[tuple[str, asyncio.Future[None]]] = []
        self._loading: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Future[Any]] = set()
        self._dirty: dict[str, LinkPort] = {}
        self._due: tuple[float, asyncio.TimerHandle] | None = None
        self._failure: BaseException | None = None
        self._recovering: asyncio.Task[None] | None = None
        self._stopped = False

    # -- life ----------------------------------------------------------------------------------------------------------

    def acquire(self) -> DataDirectory:
        """Take the data directory, for this hub's life. Raises `StorageFailed` when none can be had."""
        if self._directory is None:
            self._directory = DataDirectory.acquire(self.settings.data_dir, self.settings.kind, now=self.clock())
        return self._directory

    @property
    def directory(self) -> DataDirectory:
        if self._directory is None:
            raise RuntimeError("The hub has no data directory before acquire().")
        return self._directory

    @property
    def hub_id(self) -> str:
        return self.directory.hub_id

    async def start(self) -> None:
        """Open the stores and take up what an earlier hub left: its held sessions may resume."""
        directory = self.acquire()
        self.started = self.clock()
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="alphamed_nb read")
        # Removing a big file takes a while; one thread keeps the loop and the readers free of it.
        self._remover = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alphamed_nb remove")
        self.commits = CommitQueue()
        self._intake_turn = Turn(self._take_one, self._end_of_intake)
        self._output_turn = Turn(self._perform_one, self._flush)
        self.processes = ProcessWatch(self._process_ended, self.host)
        self.messages = MessageStore(
            directory.messages,
            full_sync=self.settings.full_sync,
            on_committed=lambda ticket: self._from_store(self._messages_committed, ticket),
            on_failed=lambda error: self._from_store(self.storage_failed, error),
        )
        self.logs = LogStore(
            directory.logs,
            full_sync=self.settings.full_sync,
            on_committed=lambda ticket: self._from_store(self._logs_committed, ticket),
            on_failed=lambda error: self._from_store(self.storage_failed, error),
        )
        self.spool = SpoolFolder(directory.spool, reserve=self.settings.free_bytes)
        self.files = SpoolFolder(directory.path / "files", reserve=self.settings.free_bytes)
        last = max(self.messages.highest_seq(), self.logs.highest_seq())
        self.watermark_keeper = Watermark(last)
        self.records = RecordIntake(self)
        self._make_core(last + 1)

    async def stop(self) -> None:
        """Let go of everything; sessions that are held may resume at the next hub on this directory."""
        if self._stopped:
            return
        self._stopped = True
        if self._directory is None or not self.started:
            return
        for task in list(self._running):
            task.cancel()
        self._intake_turn.cancel()
        if self._due is not None:
            self._due[1].cancel()
        self.processes.close()
        await asyncio.to_thread(self._close_stores)
        # What was committed last is still delivered, so that no sender waits for an answer that was due.
        while self._perform_one():
            pass
        self._flush()
        self._output_turn.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._remover.shutdown(wait=True)
        self._directory.release()

    def _close_stores(self) -> None:
        self.messages.close()
        self.logs.close()

    def _make_core(self, next_seq: int) -> None:
        """A core that knows the tasks with held sessions, whose 10 seconds begin now."""
        self.core = Core(next_seq=next_seq, resume_seconds=self.settings.resume_seconds, limits=self.limits)
        for task in self.messages.held_tasks():
            self.core.load(self.messages.load_task(task), task)
        for process in self.core.holders():
            self.processes.watch(process)
        self._apply(self.core.restored(self.clock()))
        self._submit()

    # -- links ---------------------------------------------------------------------------------------------------------

    async def open_link(self, link: LinkPort) -> tuple[int, int]:
        """Take up a link whose handshake is done. Returns the counters stored in the messages and in the logs file.

        An earlier link of the same process is closed: the process has given it up.
        """
        incarnation = link.process.incarnation
        if self._failure is not None:
            await self._recover()
        earlier = self._by_incarnation.get(incarnation)
        if earlier is not None:
            self.links[earlier].replaced()
            self.close_link(earlier)
        closing = self._closing.get(incarnation)
        if closing is not None:
            await asyncio.shield(closing)
        # What the earlier link sent counts too, so the counters are read once that is on the disk.
        await self.settle()
        messages_counter = await self.in_thread(self.messages.counter, incarnation)
        logs_counter = await self.records.counter(incarnation)
        if incarnation in self._by_incarnation:
            raise InvalidRequest("Two links of one process were opened at the same time.")
        self.links[link.id] = link
        self._processes[link.id] = link.process
        self._by_incarnation[incarnation] = link.id
        self.processes.watch(link.process)
        self._apply(self.core.link_opened(link.id, link.process, messages_counter, self.clock()))
        self._submit()
        self._told_links()
        return messages_counter, logs_counter

    def close_link(self, link_id: str) -> None:
        """A link is gone; its sessions may resume. What it sent before is still worked on."""
        link = self.links.pop(link_id, None)
        if link is None or self._stopped:
            return
        incarnation = link.process.incarnation
        if self._by_incarnation.get(incarnation) == link_id:
            del self._by_incarnation[incarnation]
        self._closing[incarnation] = self._loop.create_future()
        self._inboxes.add(link_id, [_Closed()])
        self._intake_turn.run()
        self._told_links()

    def _closed(self, link_id: str) -> None:
        process = self._processes.pop(link_id)
        incarnation = process.incarnation
        self._dirty.pop(link_id, None)
        now = self.clock()
        self._apply(self.core.link_closed(link_id, now))
        if incarnation in self._ended:
            self._ended.discard(incarnation)
            self._apply(self.core.process_ended(incarnation, now))
        closing = self._closing.pop(incarnation, None)
        if closing is not None and not closing.done():
            closing.set_result(None)
        self.call_later(self.settings.resume_seconds + 1.0, lambda: self._forget(process))

    def _forget(self, process: ProcessInfo) -> None:
        if process.incarnation not in self._by_incarnation:
            self.processes.forget(process.incarnation)
            self.records.forget(process.incarnation)

    def _told_links(self) -> None:
        for watcher in list(self.link_watchers):
            watcher()

    def accept(self, link_id: str, messages: list[Any]) -> Awaitable[None] | None:
        """Work on messages of a link, in order. A future, if given, says when the link may be read from again."""
        self.touch()
        self._inboxes.add(link_id, messages)
        self._intake_turn.run()
        if self._inboxes.length(link_id) <= _INBOX_LENGTH and self._unstored_changes <= _UNSTORED_CHANGES:
            return None
        future: asyncio.Future[None] = self._loop.create_future()
        self._relieved.append((link_id, future))
        return future

    def new_ticket(self, link_id: str) -> str:
        """A bearer token for the node door's HTTP, good while the link is open."""
        ticket = secrets.token_urlsafe(32)
        self.tickets[ticket] = link_id
        return ticket

    def call_later(self, seconds: float, function: Callable[[], None]) -> asyncio.TimerHandle:
        """Call `function` once, unless the hub has stopped by then."""
        return self._loop.call_later(seconds, lambda: None if self._stopped else function())

    def touch(self) -> None:
        """Somebody uses the hub."""
        now = self._loop.time()
        if now - self._told_activity >= _ACTIVITY_SECONDS:
            self._told_activity = now
            self._on_activity()

    # -- from a message to the store -----------------------------------------------------------------------------------

    def _take_one(self) -> bool:
        taken = self._inboxes.take()
        if taken is None:
            return False
        link_id, message = taken
        assert isinstance(link_id, str)
        if link_id in self._processes:
            if type(message) is _Closed:
                self._closed(link_id)
            else:
                self._handle(link_id, message)
        return True

    def _handle(self, link_id: str, message: Any) -> None:
        try:
            check_message(message, self.limits)
            if type(message) is Records:
                self.records.take(link_id, self._processes[link_id].incarnation, message)
                return
            if isinstance(message, (Hello, Proof)):
                raise InvalidRequest("The handshake of this link is over.")
            if type(message) is Clean:
                self._hold_for(link_id, self._clean(link_id, message))
                return
            missing = [task for task in self.core.tasks_of(message) if not self.core.knows(task)]
            if missing:
                self._inboxes.put_back(link_id, message)
                self._hold_for(link_id, self._load(missing))
                return
            if type(message) is Claim:
                self._end_dead_owner(message, self._processes[link_id])
            self._apply(self.core.handle(link_id, message, self.clock()))
        except HubError as error:
            self._refuse(link_id, message, error)
        except Exception:
            # A fault of ours: its sender is told, everybody else goes on.
            logger.exception("The hub failed at a %s message.", type(message).__name__)
            self._refuse(link_id, message, HubError("The hub failed at this request; its log has the traceback."))

    def _refuse(self, link_id: str, message: Any, error: HubError) -> None:
        request = getattr(message, "id", None)
        if request is None:
            self._apply(Outcome(outputs=[CloseLink(link_id, error)]))
        else:
            self._apply(Outcome(outputs=[Deliver(link_id, Refused(id=request, error=error.body()))]))

    def _end_dead_owner(self, claim: Claim, claimant: ProcessInfo) -> None:
        """Before a claim can be refused: is its owner's process still there?"""
        owner = self.core.owner_of(claim.task, claim.node)
        if owner is None or owner.incarnation == claimant.incarnation:
            return
        if process_is_gone(owner, self.host):
            self._apply(self.core.process_ended(owner.incarnation, self.clock()))

    def _apply(self, outcome: Outcome) -> None:
        for change in outcome.changes:
            if type(change) is StoreRow:
                self.watermark_keeper.taken(change.row.seq)
            elif type(change) is DropRun:
                # Of the logs file too, once it is gone from this one.
                self._outputs.append(change)
        self._changes.extend(outcome.changes)
        self._outputs.extend(outcome.outputs)

    def _end_of_intake(self) -> None:
        """Submit at once if the store is idle; else what comes in this turn of the loop may go in one transaction."""
        if self._changes and not self.commits.settled:
            if self._submission is None:
                self._submission = self._loop.call_soon(self._submit)
            self._arm()
        else:
            self._submit()

    def _submit(self) -> None:
        """Hand what the core wants kept to the store, all at once."""
        if self._submission is not None:
            self._submission.cancel()
            self._submission = None
        changes, self._changes = self._changes, []
        outputs, self._outputs = self._outputs, []
        if changes and self._failure is None:
            numbers = [change.row.seq for change in changes if type(change) is StoreRow]
            try:
                ticket = self.messages.submit(changes)
            except StorageFailed as error:
                self.storage_failed(error)
                return
            if numbers:
                self.watermark_keeper.submitted("messages", ticket, numbers[0], numbers[-1])
            self._unstored.append((ticket, len(changes)))
            self._unstored_changes += len(changes)
            self.commits.add(ticket, outputs)
        elif outputs:
            self.commits.add(self.commits.submitted, outputs)
            self._output_turn.run()
        self._arm()

    async def settle(self) -> None:
        """Wait until all that was accepted so far is on the disk. Raises `StorageFailed`."""
        self._submit()
        await self.commits.settle()

    # -- from the store to the links -----------------------------------------------------------------------------------

    def _from_store(self, callback: Callable[[Any], None], argument: object) -> None:
        """Called on a store's thread."""
        self._loop.call_soon_threadsafe(callback, argument)

    def _messages_committed(self, ticket: int) -> None:
        while self._unstored and self._unstored[0][0] <= ticket:
            self._unstored_changes -= self._unstored.popleft()[1]
        self.watermark_keeper.committed("messages", ticket)
        self.commits.commit(ticket)
        self._output_turn.run()
        self._relieve()
        self._told_rows()

    def _logs_committed(self, ticket: int) -> None:
        self.watermark_keeper.committed("logs", ticket)
        self.records.committed(ticket)
        self._flush()
        self._told_rows()

    def _relieve(self) -> None:
        if not self._relieved or self._unstored_changes > _UNSTORED_CHANGES // 2:
            return
        still = []
        for link_id, future in self._relieved:
            if self._inboxes.length(link_id) > _INBOX_LENGTH // 2:
                still.append((link_id, future))
            elif not future.done():
                future.set_result(None)
        self._relieved = still

    def _told_rows(self) -> None:
        for watcher in list(self.row_watchers):
            watcher()

    def _perform_one(self) -> bool:
        outputs = self.commits.take()
        if outputs is None:
            return False
        for output in outputs:
            kind = type(output)
            if kind is Deliver:
                self.deliver(output.link, output.message)  # type: ignore[union-attr]
            elif isinstance(output, CloseLink):
                link = self.links.get(output.link)
                if link is not None:
                    link.refuse(output.error)
            elif isinstance(output, AdoptContext):
                self.logs.adopt(output.context, output.task, output.run)
            elif isinstance(output, DropRun):
                self.logs.drop_run(output.task, output.run)
            else:
                self._remover.submit(self._remove_stream, output.stream)
        return True

    def deliver(self, link_id: str, message: Any) -> None:
        """Queue a message for a link; one that is gone asks again when it is back."""
        link = self.links.get(link_id)
        if link is not None:
            link.send(message)
            self._dirty[link_id] = link

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for link in dirty.values():
            link.flush()

    def _remove_stream(self, stream: str) -> None:
        try:
            self.spool.remove(stream)
        except OSError as error:
            logger.warning("The spool file %s could not be removed: %s", stream, error)

    # -- what takes longer than a turn ---------------------------------------------------------------------------------

    async def in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        """A blocking read, in a thread of the hub's own."""
        return await self._loop.run_in_executor(self._threads, function, *arguments)

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Run a coroutine; it is cancelled when the hub stops."""
        task: asyncio.Task[Any] = self._loop.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _hold_for(self, link_id: str, work: Any) -> None:
        """Work on nothing else of this link until `work` is done."""
        self._inboxes.hold(link_id)

        async def held() -> None:
            try:
                await work
            except HubError as error:
                link = self.links.get(link_id)
                if link is not None:
                    link.refuse(error)
            finally:
                self._inboxes.release(link_id)
                self._intake_turn.run()
                self._submit()
                self._relieve()

        self.spawn(held())

    async def _load(self, tasks: list[str]) -> None:
        for task in tasks:
            await self.load_task(task)

    async def load_task(self, task: str) -> None:
        """Have the core know a task. It is unloaded only while nothing of it is on its way to the disk."""
        if self.core.knows(task):
            return
        loading = self._loading.get(task)
        if loading is None:
            loading = self._loading[task] = self.spawn(self._load_task(task))
            loading.add_done_callback(lambda _: self._loading.pop(task, None))
        await asyncio.shield(loading)

    async def _load_task(self, task: str) -> None:
        core = self.core
        image = await self.in_thread(self.messages.load_task, task)
        if core is self.core and not core.knows(task):
            core.load(image, task)

    async def _clean(self, link_id: str, message: Clean) -> None:
        await self.settle()
        runs = await self.in_thread(self.messages.ended_runs_of, message.node)
        self._apply(self.core.clean(link_id, message, runs, self.clock()))

    async def drop_run(self, task: str, run: int, reason: str) -> None:
        """Remove a run that has ended. Raises `RunIsLive` or `NotFound`; returns when it is gone from the disk."""
        self._apply(self.core.drop_run(task, run, self.clock(), reason))
        await self.settle()

    # -- time and processes --------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        """Keep one timer, for the core's next time-out."""
        due = self.core.next_due()
        if self._due is not None:
            if due == self._due[0]:
                return
            self._due[1].cancel()
            self._due = None
        if due is not None and not self._stopped:
            self._due = (due, self._loop.call_later(max(0.0, due - self.clock()), self._on_due))

    def _on_due(self) -> None:
        self._due = None
        self._apply(self.core.due(self.clock()))
        self._submit()

    def _process_ended(self, incarnation: str) -> None:
        if self._stopped:
            return
        if incarnation in self._by_incarnation or incarnation in self._closing:
            # The last it wrote may be unread; its link closes by itself once that was read.
            self._ended.add(incarnation)
            self.call_later(_LAST_WORDS_SECONDS, lambda: self._ended_for_good(incarnation))
        else:
            self._apply(self.core.process_ended(incarnation, self.clock()))
            self._submit()

    def _ended_for_good(self, incarnation: str) -> None:
        """Its link is still open: held by a child, or slow to drain."""
        if incarnation in self._ended:
            self._ended.discard(incarnation)
            self._apply(self.core.process_ended(incarnation, self.clock()))
            self._submit()

    def unload_idle_tasks(self) -> None:
        """Drop tasks nobody works on from memory."""
        if self.commits.settled and not self._changes and self._failure is None:
            for task in self.core.idle_tasks():
                self.core.unload(task)

    # -- storage that fails --------------------------------------------------------------------------------------------

    def storage_failed(self, error: BaseException) -> None:
        """Nothing that was not committed happened: all links are closed, and resume once the stores work again."""
        if self._failure is not None or self._stopped:
            return
        logger.error("The hub cannot store any more (%s); nodes wait until it can.", error)
        self._failure = error
        failure = StorageFailed(f"The hub cannot store: {error}")
        self._changes, self._outputs = [], []
        self._unstored.clear()
        self._unstored_changes = 0
        self.commits.fail(failure)
        self.watermark_keeper.failed("messages")
        self.watermark_keeper.failed("logs")
        self.records.failed()
        links, self.links = self.links, {}
        for link_id in self._processes:
            self._inboxes.drop(link_id)
        self._processes.clear()
        self._by_incarnation.clear()
        self._ended.clear()
        for link in links.values():
            link.refuse(failure)
        closing, self._closing = self._closing, {}
        for future in closing.values():
            future.set_result(None)
        relieved, self._relieved = self._relieved, []
        for _, future in relieved:
            if not future.done():
                future.set_result(None)
        if self._due is not None:
            self._due[1].cancel()
            self._due = None
        self._told_links()

    async def _recover(self) -> None:
        """Try the stores again, when somebody wants in. Raises `StorageFailed`."""
        if self._recovering is None:
            self._recovering = self.spawn(self._reopen())
            self._recovering.add_done_callback(self._recovered)
        await asyncio.shield(self._recovering)

    async def _reopen(self) -> None:
        await self.in_thread(self.messages.reopen)
        await self.in_thread(self.logs.reopen)
        last = max(self.messages.highest_seq(), self.logs.highest_seq(), self.core.take_seq())
        self._failure = None
        self.watermark_keeper = Watermark(last)
        self._make_core(last + 1)
        logger.warning("The hub can store again.")

    def _recovered(self, task: asyncio.Task[None]) -> None:
        self._recovering = None
        if not task.cancelled():
            task.exception()

    # -- what readers may know -----------------------------------------------------------------------------------------

    def watermark(self) -> int:
        """The highest number below which both files have committed."""
        return self.watermark_keeper.number

    async def page(self, query: RowQuery) -> Page:
        """Rows of both files in one order, up to the watermark."""
        before = self.watermark() + 1
        query = replace(query, before=before if query.before is None else min(before, query.before))
        pages = await asyncio.gather(self.in_thread(self.messages.page, query), self.in_thread(self.logs.page, query))
        return merge(query, list(pages))
