"""A node's context: what `mock_context` enters. Importing this module loads neither tornado nor torch."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, cast

from .folders import working_folder
from .output.author import Activation, Author
from .plain import as_name, as_names

if TYPE_CHECKING:
    from .link.link import Link
    from .session.session import Session

__all__ = ["NodeContext"]

_LEAVE_SECONDS = 10.0


class NodeContext(Author):
    """One node, attached to a hub while it is entered.

    Args:
        node: the node id; a random UUID by default.
        nodes: ids of all participants.
        clean: drop, on entry, every ended run in which this id took part.
        hub: an explicit hub; else discovery decides.

    Raises:
        InvalidName: an id that cannot be one folder name.
        TypeError: `nodes` is no list of ids.
    """

    def __init__(
        self,
        node: str | None = None,
        nodes: Sequence[str] | None = None,
        *,
        clean: bool = False,
        hub: str | None = None,
    ) -> None:
        super().__init__(
            as_name(node if node is not None else str(uuid.uuid4()), "id"),
            as_names(nodes, "nodes") if nodes is not None else [],
        )
        self.way_out: Link | None = None
        self._left = False
        """No session that is claimed now will be released by it any more."""
        self._clean = clean
        self._hub = hub
        self._sessions: dict[str, Session] = {}
        self._activation: Activation | None = None

    def __repr__(self) -> str:
        return f"NodeContext({self.id!r})"

    @property
    def link(self) -> Link:
        """The link to the hub; only while the context is entered."""
        if self.way_out is None:
            raise RuntimeError(f"The mock_context of node {self.id!r} is not active.")
        return self.way_out

    # -- entering and leaving ------------------------------------------------------------------------------------------

    def enter(self) -> NodeContext:
        """Attach the node to the hub; waits until the hub has welcomed this process.

        Raises:
            HubError: there is no hub, or it refuses this process.
        """
        from ..protocol.messages import Clean
        from .kernel_info import cell_id
        from .link.registry import get_link
        from .output import capture, tracebacks
        from .output.pipe import run_pipe

        if self.way_out is not None:
            raise RuntimeError(f"The mock_context of node {self.id!r} is active already.")
        link = get_link(self._hub)
        link.use()
        try:
            link.wait_connected()
            if self._clean:
                link.request(Clean(id=0, node=self.id))
            self.way_out = link
            self.context_id = uuid.uuid4().hex
            self.last_task = ""
            self.reported = self._left = False
            self.folder = working_folder()
            self.entered_cell = cell_id()
            tracebacks.watch_cells()
            capture.flush_at_exit()
            self._activation = Activation(self)
            capture.start()
            if (pipe := run_pipe()) is not None:
                pipe.entered(self.id, self.context_id, self.nodes)
        except BaseException:
            self._detach()
            self.way_out = None
            link.let_go()
            raise
        return self

    def leave(self, exc: BaseException | None = None) -> None:
        """Detach the node: report how it ended, release its sessions, let out what is queued.

        None is an ordinary end, KeyboardInterrupt a stop, anything else a failure, whose traceback is stored once.
        Waits at most 10 s for the hub, and not at all while the hub is away.
        """
        from .output import stdout

        link = self.way_out
        if link is None:
            return
        try:
            stdout.flush_context(self)
            state = _end_of(exc)
            if state == "failed" and exc is not None:
                self._report_traceback(exc)
            try:
                if self.reported and not self._sessions and link.connected:
                    self._claim_own_task()
            finally:
                self._release(link, state, exc)
        finally:
            self._detach()
            self.way_out = None
            link.let_go()

    def __enter__(self) -> NodeContext:
        return self.enter()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave(exc)

    def _detach(self) -> None:
        """Restore what was before, in this process."""
        from .output import capture

        activation, self._activation = self._activation, None
        if activation is None:
            return
        activation.end()
        capture.stop()

    def _claim_own_task(self) -> None:
        """What it wrote belongs to no task: a run named after the node keeps it, so that every view finds it."""
        from ..protocol.errors import AlreadyClaimed, HubUnreachable

        try:
            self.session(self.id)
        except (AlreadyClaimed, HubUnreachable):
            return  # another live process has that run, or the hub went away: the lines stay with this context's id

    def _release(self, link: Link, state: Literal["ended", "failed", "stopped"], exc: BaseException | None) -> None:
        from ..protocol.errors import HubError
        from .output import forked
        from .output.tracebacks import failure_of
        from .waiting import Deadline

        deadline = Deadline(_LEAVE_SECONDS)
        failure = failure_of(exc) if state == "failed" and exc is not None else None
        releases = []
        with link.claims:
            self._left = True
            for session in self._sessions.values():
                session.users.discard(self.context_id)
                if session.users:
                    continue
                if state != "ended" and session.held:
                    session.report_end(state, failure)
                releases.append(session.leave(state))
            self._sessions.clear()
        if link.closed or not link.connected:
            return
        for release in releases:
            try:
                if release is not None:
                    release.result(deadline)
            except (HubError, TimeoutError):
                continue  # fenced, or the hub went away: the session ends there too
        if forked.has_children():
            link.call(forked.read_all)
        link.records.drain(deadline)

    def _report_traceback(self, exc: BaseException) -> None:
        if getattr(exc, "__alphamed_reported__", False):
            return
        from .output.records import report_traceback
        from .output.tracebacks import traceback_of

        report_traceback(self, traceback_of(exc))
        try:
            exc.__alphamed_reported__ = True  # type: ignore[attr-defined]
        except AttributeError:
            return  # a class with slots: an outer context may store it again

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def session(self, task: str) -> Session:
        """The session of this node in the task, claimed at first use.

        Raises:
            InvalidName: the task id cannot be one folder name.
            AlreadyClaimed: another live process is this node in this task.
        """
        link = self.link
        task = as_name(task, "task_id", "task id")
        found = self._sessions.get(task) or self._join(link, task)
        self.last_task = task
        return found

    def _join(self, link: Link, task: str) -> Session:
        """The session of this node in this process: one that is there, or another one.

        While the hub answers a claim, other nodes of the process claim theirs; who wants the same one waits for it.
        """
        from .session.session import Session
        from .waiting import wait_until

        key, sessions = (task, self.id), cast("dict[tuple[str, str], Session]", link.sessions)  # they are made here
        with link.claims:
            wait_until(link.claims, lambda: (other := sessions.get(key)) is None or other.decided)
            session = sessions.get(key)
            claims = session is None or not session.held
            if session is None or claims:
                session = sessions[key] = Session(
                    link, task, node=self.id, nodes=self.nodes, context=self.context_id, cell=self.entered_cell
                )
            session.users.add(self.context_id)
            if not claims:
                self._sessions[task] = session
                return session
        try:
            session.claim()
            with link.claims:
                if not self._left:
                    self._sessions[task] = session
                    return session
            session.leave("ended")
            raise RuntimeError(f"The mock_context of node {self.id!r} was left while task {task!r} was claimed.")
        finally:
            with link.claims:
                if not session.held and sessions.get(key) is session:
                    del sessions[key]
                link.claims.notify_all()

    def sessions(self) -> list[Session]:
        """Those claimed so far."""
        return list(self._sessions.values())

    def round_of(self, task: str) -> int:
        """The round this node last reported in the task."""
        session = self._sessions.get(task)
        return session.last_state.round if session is not None and session.last_state is not None else 0


def _end_of(exc: BaseException | None) -> Literal["ended", "failed", "stopped"]:
    if exc is None or isinstance(exc, GeneratorExit) or (isinstance(exc, SystemExit) and not exc.code):
        return "ended"
    # CancelledError is BaseException too; an exit with a code, like any Exception, is a failure.
    return "failed" if isinstance(exc, Exception | SystemExit) else "stopped"
