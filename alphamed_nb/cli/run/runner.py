"""One run: its processes, what they report, and when it is over."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
import tempfile
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from ...protocol.errors import HubError
from ...protocol.hub_file import HUB_FILE_VARIABLE
from ...protocol.journal import LogBody, MetricBody, SessionBody
from ...protocol.live import Follow, FollowRefused, Rows
from ...protocol.run_pipe import FromNode
from ...reading.terminal import Nodes, Style, wants_color
from .ending import Ending
from .hub import Forwarder, RunHub, hub_for_run
from .programs import Program, program_for
from .screen import Screen
from .sockets import socket_folder
from .summary import FileReport, outcomes, show, show_tracebacks
from .view import NodeView, View
from .waits import wait_words

__all__ = ["Run"]

_WAIT_SECONDS = 10.0
"""A wait that lasts longer is told."""
_SETTLE_SECONDS = 3.0
"""For the hub's last rows and for records to be stored, after the last process has ended."""


class Run:
    """``alphamed-nb run``.

    Args:
        options: of the command line.
        stream: where everything is printed.
    """

    def __init__(self, options: argparse.Namespace, stream: TextIO) -> None:
        self._options = options
        self._save_in = None if options.save is None else options.save.absolute()
        self._nodes = Nodes()
        self._screen = Screen(stream, Style(wants_color(stream, options.color)), self._nodes)
        self._view = View(self._nodes, self._is_ours, self._show_round, self._watch_wait)
        self._programs: list[Program] = []
        self._reports: dict[str, FileReport] = {}
        self._told_errors: dict[str, str] = {}
        self._row_came = asyncio.Event()
        self._timers: list[asyncio.TimerHandle] = []
        self._spawned: set[asyncio.Future[None]] = set()

    async def main(self) -> int:
        """Run everything and return the exit code.

        Raises:
            ValueError: a file cannot be run.
            HubError: an explicit hub cannot be used.
        """
        with (
            tempfile.TemporaryDirectory(prefix="alphamed-nb-", ignore_cleanup_errors=True) as scratch,
            socket_folder(Path(scratch)) as sockets,
        ):
            programs = self._programs_of(sockets)
            async with hub_for_run(self._options.hub, Path(scratch)) as hub:
                return await self._run(programs, hub)

    def _programs_of(self, sockets: Path) -> list[Program]:
        programs: list[Program] = []
        for number, name in enumerate(self._options.files):
            label = name
            if name in self._options.files[:number]:
                label = f"{name} ({self._options.files[:number].count(name) + 1})"
            folder = sockets / str(number)
            programs.append(program_for(Path(name).absolute(), label, folder, self._take_record, self._take_output))
        return programs

    # -- the course of it ----------------------------------------------------------------------------------------------

    async def _run(self, programs: list[Program], hub: RunHub) -> int:
        loop = asyncio.get_running_loop()
        count = f"{len(programs)} file{'s' if len(programs) > 1 else ''}"
        self._screen.title("hub", f"{hub.words} · {count} · Ctrl-C stops all")
        started = time.time()
        self._reports = {program.label: FileReport(program, started) for program in programs}
        self._programs = programs
        self._forwarder = Forwarder(hub.reader, self._pause)
        self._hub = hub
        self._ending = Ending(programs, hub, self._view, self._screen, self._nodes)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._ending.interrupt)
        following = asyncio.Event()
        feed = asyncio.ensure_future(self._follow(hub, following))
        await following.wait()
        await hub.watch_stuck(self._ending.take_stuck)
        environment = self._environment(programs, hub)
        running = {asyncio.ensure_future(self._one(program, environment)) for program in programs}
        try:
            while running:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            for program in programs:
                program.kill()
            if running:
                await asyncio.wait(running)
            for timer in self._timers:
                timer.cancel()
            await asyncio.gather(*self._spawned, self._ending.finish())
        await self._last_rows()
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed
        await self._forwarder.finish(_SETTLE_SECONDS)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        self._save(programs)
        return self._close(programs, time.time() - started)

    async def _one(self, program: Program, environment: dict[str, str]) -> None:
        report = self._reports[program.label]
        await program.run(environment)
        report.ended = time.time()
        if program.failed and not program.stopped:
            self._ending.ask_stuck()

    def _environment(self, programs: list[Program], hub: RunHub) -> dict[str, str]:
        environment = dict(os.environ)
        if hub.file is not None:
            environment[HUB_FILE_VARIABLE] = str(hub.file)
        # Without this each process takes all cores, and small training steps take several times as long.
        share = str(max(1, (os.cpu_count() or 1) // len(programs)))
        environment.setdefault("OMP_NUM_THREADS", share)
        environment.setdefault("MKL_NUM_THREADS", share)
        return environment

    async def _follow(self, hub: RunHub, following: asyncio.Event) -> None:
        """Apply the rows of the hub's live feed; taken up again where it was lost."""
        after: int | None = None
        while True:
            try:
                async for message in hub.reader.follow(Follow(after=after, kinds=["session", "state", "task"])):
                    if isinstance(message, Rows):
                        after = message.upto
                        for program in self._programs:
                            program.sink.drain()  # a context is told of there before it claims anything
                        for row in message.rows:
                            self._view.apply(row)
                        self._row_came.set()
                        if self._ending.failed() and any(row.kind == "session" for row in message.rows):
                            self._ending.ask_stuck()  # it may have been told before we knew that node
                    elif isinstance(message, FollowRefused):
                        raise HubError(message.message)
                    following.set()
            except HubError as error:
                if not following.is_set():
                    self._screen.notice(
                        f"The hub's live feed cannot be read ({error}): no rounds and states are shown."
                    )
                    following.set()
                    return
            await asyncio.sleep(1.0)  # the hub is away; back-off
            with suppress(HubError):
                await hub.reconnected()

    async def _last_rows(self) -> None:
        """Wait until the hub has said how each of our nodes ended, for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                while any(not view.ended for view in self._view.nodes.values()):
                    self._row_came.clear()
                    await self._row_came.wait()

    def _save(self, programs: list[Program]) -> None:
        if self._save_in is None:
            return
        import nbformat

        from .programs import Notebook

        self._save_in.mkdir(parents=True, exist_ok=True)
        for program in programs:
            if isinstance(program, Notebook):
                name = program.file.name
                if sum(other.file.name == name for other in programs) > 1:
                    name = f"{programs.index(program) + 1}-{name}"
                nbformat.write(program.notebook, self._save_in / name)

    def _close(self, programs: list[Program], seconds: float) -> int:
        screen = self._screen
        reports = list(self._reports.values())
        rounds = ""
        begun = [task for task in self._view.tasks.values() if task.rounds]
        if len(begun) == 1:
            rounds = f", {begun[0].rounds}" + (f" of {begun[0].max_rounds}" if begun[0].max_rounds else "") + " rounds"
        found = outcomes(reports, self._view)
        show(screen, found, seconds, rounds)
        show_tracebacks(screen, reports, found, self._options.traceback == "full")
        if self._ending.interrupted:
            code = 130
        else:
            code = int(self._ending.stuck or any(outcome.status != "ok" for outcome in found))
        screen.write()
        saved = (
            f"executed notebooks in {self._options.save}" if self._options.save else "executed notebooks: --save DIR"
        )
        screen.write(screen.style.role("secondary", f"exit code {code} · {saved}"))
        return code

    # -- what processes report -----------------------------------------------------------------------------------------

    def _pause(self, paused: bool) -> None:
        for program in self._programs:
            program.sink.pause(paused)

    def _take_record(self, program: Program, sent: FromNode) -> None:
        record = sent.record
        report = self._reports[program.label]
        if record.node:
            self._nodes.learn([*sent.nodes, record.node])
            report.first_seen.setdefault(record.node, time.time())
            program.contexts.add(record.context)
            if record.kind:
                self._forwarder.put(record)
        body: object = record.body
        if isinstance(body, LogBody):
            if record.task and body.round and self._view.begin_round(record.task, body.round):
                self._show_round(record.task, body.round)
            self._show_log(report, record.node, body)
        elif isinstance(body, MetricBody):
            self._show_metric(report, record.node, body)

    def _show_log(self, report: FileReport, node: str, log: LogBody) -> None:
        file = Path(report.program.label).stem
        key = node or report.program.label
        if log.traceback is None:
            if log.level >= 40:
                self._told_errors[key] = log.text
            self._screen.record(log.time, node, file, log.level, log.text)
            return
        report.tracebacks[node] = log.traceback
        if report.program.stopped:
            return
        report.announced.append((node, log.traceback))
        # A scheduler has said already in an ERROR line that it failed; then the traceback waits for the end.
        if log.traceback.type not in self._told_errors.pop(key, ""):
            from .tracebacks import last_place

            place = last_place(log.traceback)
            text = f"{log.traceback.type}{f' at {place}' if place else ''}  ▸ traceback below"
            self._screen.record(log.time, node, file, log.level, text)

    def _show_metric(self, report: FileReport, node: str, metric: MetricBody) -> None:
        if not metric.writer and metric.name == "progress":
            return
        value = math.nan if metric.value is None else metric.value
        report.metrics.setdefault(node, {})[metric.name] = value
        if "acc" in metric.name.lower():
            step = f" (step {metric.step})" if metric.step else ""
            self._screen.record(metric.time, node, "", 20, f"{metric.name} {value:.4g}{step}")

    def _take_output(self, program: Program, line: str) -> None:
        self._screen.record(time.time(), "", Path(program.label).stem, 20, line)

    # -- what the hub says ---------------------------------------------------------------------------------------------

    def _is_ours(self, session: SessionBody) -> bool:
        return any(session.context in program.contexts for program in self._programs)

    def _show_round(self, task: str, number: int) -> None:
        several = len([each for each in self._view.tasks.values() if each.rounds]) > 1
        of = self._view.tasks[task].max_rounds if task in self._view.tasks else 0
        self._screen.round(number, of, self._nodes.short(task) if several else "")

    def _watch_wait(self, view: NodeView) -> None:
        wait = view.wait

        async def tell() -> None:
            words = await wait_words(view, self._hub.reader, self._nodes)
            if view.wait is wait and wait is not None:
                left = "" if not wait.limit else f", {max(0.0, wait.since + wait.limit - time.time()):.0f} s left"
                self._screen.notice(f"{self._nodes.mark(view.node)} waits for {words}{left}")

        def tell_if_it_goes_on() -> None:
            if view.wait is wait:
                self._spawn(tell())

        if wait is not None:
            self._timers.append(asyncio.get_running_loop().call_later(_WAIT_SECONDS, tell_if_it_goes_on))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        """Run something beside the rest; it is waited for at the end."""
        task = asyncio.ensure_future(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned.discard)
