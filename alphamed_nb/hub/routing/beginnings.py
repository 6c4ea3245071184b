"""How the hub begins, and begins again after its files failed: with what is on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...protocol.errors import Damaged
from ..core.effects import Outcome
from ..core.router import Core

if TYPE_CHECKING:
    from ..service import HubService

__all__ = ["begin_with", "make_core"]


def make_core(service: HubService, next_seq: int) -> tuple[Core, list[Outcome]]:
    """A core that knows the tasks with held sessions, and what to do with those that cannot be read. Blocks.

    Raises:
        StorageFailed: the messages file cannot be read.
    """
    settings, messages = service.settings, service.messages
    core = Core(
        next_seq=next_seq,
        resume_seconds=settings.resume_seconds,
        limits=service.limits,
        host=service.host,
        unread_bytes=settings.unread_bytes,
    )
    outcomes = []
    for task in messages.held_tasks():
        try:
            core.load(messages.load_task(task), task)
        except Damaged as error:
            service.tell_damaged(task, error)
            outcomes.append(core.abandon(task, messages.held_sessions(task), service.clock()))
    return core, outcomes


def begin_with(service: HubService, core: Core, outcomes: list[Outcome]) -> None:
    """Work with this core, as :func:`make_core` made it; the 10 seconds of held sessions begin now."""
    service.core = core
    for process in core.holders():
        service.processes.watch(process)
    for outcome in outcomes:
        service.apply(outcome)
    service.apply(core.restored(service.clock()))
    service.pipeline.submit()
