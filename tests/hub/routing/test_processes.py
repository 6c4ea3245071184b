"""Whether a process is still there, also when its pid was used again, and being told when it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest
from raw_link import process_info

from alphamed_nb._host import host_identity
from alphamed_nb.hub.routing.processes import ProcessWatch, process_is_gone
from alphamed_nb.protocol.messages import ProcessInfo


@dataclass
class Child:
    process: subprocess.Popen[bytes]
    info: ProcessInfo

    def kill(self, *, reap: bool) -> None:
        self.process.kill()
        if reap:
            self.process.wait()


@pytest.fixture
def child() -> Iterator[Child]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(process.pid).create_time()
    yield Child(process, process_info(pid=process.pid, started=started))
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


def test_a_live_process_is_there(child: Child) -> None:
    assert not process_is_gone(child.info, host_identity())


@pytest.mark.parametrize("reap", [True, False], ids=["reaped", "zombie"])
def test_a_dead_one_is_not(child: Child, reap: bool) -> None:
    child.kill(reap=reap)
    while not process_is_gone(child.info, host_identity()):
        os.sched_yield()


def test_a_pid_that_was_used_again_is_another_process() -> None:
    info = process_info(started=psutil.Process().create_time() - 1000.0)
    assert process_is_gone(info, host_identity())


def test_of_another_host_nothing_is_known() -> None:
    assert not process_is_gone(process_info(pid=2**22 + 1), "another host")


@pytest.mark.parametrize("pidfd", [True, False])
def test_the_end_is_told_once(child: Child, pidfd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the operating system's word, and without where it gives none."""
    if not pidfd:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
        monkeypatch.setattr("alphamed_nb.hub.routing.processes._LOOK_SECONDS", 0.02)

    async def scenario() -> None:
        told: list[str] = []
        ended = asyncio.get_running_loop().create_future()

        def on_ended(incarnation: str) -> None:
            told.append(incarnation)
            if not ended.done():
                ended.set_result(None)

        watch = ProcessWatch(on_ended, host_identity())
        watch.watch(child.info)
        watch.watch(child.info)
        child.kill(reap=False)
        await asyncio.wait_for(ended, 20)
        await asyncio.sleep(0.1)
        assert told == [child.info.incarnation]
        watch.close()

    asyncio.run(scenario())


def test_one_that_is_gone_already_is_told_too(child: Child) -> None:
    child.kill(reap=True)

    async def scenario() -> None:
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        watch = ProcessWatch(ended.set_result, host_identity())
        watch.watch(child.info)
        assert await asyncio.wait_for(ended, 20) == child.info.incarnation
        watch.close()

    asyncio.run(scenario())


def test_a_forgotten_process_and_a_closed_watch_leave_no_descriptor(child: Child) -> None:
    def descriptors() -> int:
        return psutil.Process().num_fds()

    async def scenario() -> None:
        watch = ProcessWatch(lambda incarnation: None, host_identity())
        before = descriptors()
        watch.watch(child.info)
        watch.forget(child.info.incarnation)
        assert descriptors() == before
        watch.watch(child.info)
        watch.close()
        assert descriptors() == before

    asyncio.run(scenario())
