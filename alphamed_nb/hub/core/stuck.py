"""When a task is stuck: every live session waits without limit, and nothing is on its way to any of them.

A receive that waits has been judged against everything that is there for it, so a task is stuck when each of its held
sessions has an unlimited receive that waits. Looked at only while somebody wants to know.
"""

from __future__ import annotations

from ...protocol.messages import Done, Stuck, WatchStuck
from .state import Process, Task
from .work import Work

__all__ = ["tell_stuck", "watch_stuck"]


def watch_stuck(work: Work, process: Process, message: WatchStuck) -> None:
    """From now on this link is told of stuck tasks, beginning with those that are stuck now."""
    work.hub.stuck_watchers[process.link] = None
    work.deliver(process.link, Done(id=message.id))
    for task in work.hub.tasks.values():
        situation = _situation(task)
        task.stuck = situation
        if situation:
            work.deliver(process.link, _stuck(work, task))


def tell_stuck(work: Work) -> None:
    """Tell the watchers of the tasks that became stuck by this request; once in each situation."""
    for task in dict.fromkeys(work.unsettled):
        situation = _situation(task)
        if situation and situation != task.stuck:
            task.stuck = situation
            for link in work.hub.stuck_watchers:
                work.deliver(link, _stuck(work, task))


def _situation(task: Task) -> frozenset[tuple[str, int, int]]:
    """Who waits by which receive, if all do; empty if the task is not stuck."""
    waits = []
    for node, session in task.held.items():
        message = session.receive
        if message is None or message.limited:
            return frozenset()
        if session.member.mailbox.load is not None:
            return frozenset()
        waits.append((node, session.epoch, message.id))
    return frozenset(waits)


def _stuck(work: Work, task: Task) -> Stuck:
    return Stuck(task=task.name, nodes=list(task.held), seq=work.hub.next_seq - 1)
