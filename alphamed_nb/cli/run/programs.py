"""The files of a run, each as a process of its own: a notebook in a kernel, a script in a Python process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ...protocol.run_pipe import RUN_PIPE_VARIABLE, FromNode
from .child import LABEL_VARIABLE, OWNER_VARIABLE
from .sink import Sink

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Notebook", "Program", "Script", "program_for"]

_START_SECONDS = 300.0
"""For a kernel to begin."""
_END_SECONDS = 10.0
"""For a kernel to end, before it is killed. One with torch takes 5 on a busy machine."""


TakeRecord: TypeAlias = "Callable[[Program, FromNode], None]"
TakeOutput: TypeAlias = "Callable[[Program, str], None]"


class Program(ABC):
    """One file and its process.

    Args:
        label: the file as the user named it.
        folder: its own, for its pipe and its kernel's sockets.
        take_record: called with each record that they report.
        take_output: called with each line that they wrote past Python's own streams.
    """

    def __init__(self, file: Path, label: str, folder: Path, take_record: TakeRecord, take_output: TakeOutput) -> None:
        self.file = file
        self.label = label
        self.folder = folder
        self.sink = Sink(folder / "output", partial(take_record, self), partial(take_output, self))
        self.contexts: set[str] = set()
        """Of the nodes that its processes are, or were."""
        self.stopped = False
        """It was ended from outside."""
        self.exit_code: int | None = None
        """Of the process, once it has ended; negative: the signal that killed it."""
        self.failed = False

    async def run(self, environment: dict[str, str]) -> None:
        """Run the file to its end, and the process with it."""
        # What Python prints is UTF-8 whatever this terminal is, and has left its process before `print` returns.
        ours = {RUN_PIPE_VARIABLE: str(self.sink.path), "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
        with self.sink.opened() as writing:
            await self._run({**environment, **ours, LABEL_VARIABLE: self.label}, writing)

    @abstractmethod
    async def _run(self, environment: dict[str, str], output: int) -> None:
        """Start the process with this as its stdout and stderr, and wait for its end."""

    @property
    def alive(self) -> bool:
        return self.exit_code is None

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Of the process, once it has been started."""

    def interrupt(self) -> None:
        """As the user's interrupt does; nodes leave their tasks as stopped."""
        if self.alive:
            self.stopped = True
            self._signal(signal.SIGINT)

    def kill(self) -> None:
        if self.alive:
            self.stopped = True
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Send a signal to the process and those it started."""
        if self.pid is not None:
            _kill_group(self.pid, number)


async def _ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process, as soon as it has ended."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[int] = loop.create_future()

    def wait() -> None:
        code = process.wait()
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(settle, code)

    def settle(code: int) -> None:
        if not future.done():
            future.set_result(code)

    # A thread for each, not an executor's: there are as many as files, and each blocks for the whole run.
    threading.Thread(target=wait, name=f"process {process.pid}", daemon=True).start()
    return await future


def _kill_group(process: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended; macOS says so with the latter
        os.killpg(process, number)


class Script(Program):
    _process: subprocess.Popen[bytes] | None = None

    async def _run(self, environment: dict[str, str], output: int) -> None:
        owner, kept = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.script", str(self.file)],
                cwd=self.file.parent,
                env={**environment, OWNER_VARIABLE: str(owner)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[owner],
                start_new_session=True,
            )
        finally:
            os.close(owner)
        try:
            self.exit_code = await _ended(self._process)
        finally:
            os.close(kept)
            _kill_group(self._process.pid, signal.SIGKILL)  # what it left behind
        self.failed = self.exit_code != 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid


class Notebook(Program):
    """Executed cell by cell, as "Run All" does, up to the first cell that fails."""

    def __init__(self, file: Path, label: str, folder: Path, take_record: TakeRecord, take_output: TakeOutput) -> None:
        import nbformat

        super().__init__(file, label, folder, take_record, take_output)
        self._pid: int | None = None
        # Raises ValueError or nbformat.ValidationError for what is no notebook.
        self.notebook: NotebookNode = nbformat.read(file, as_version=4)

    async def _run(self, environment: dict[str, str], output: int) -> None:
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        # Only the kernel of this interpreter: the one in which alphamed_nb is installed.
        manager = AsyncKernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[]), kernel_name="python3")
        # Sockets in our own folder: no port is opened, and no warning about that is printed.
        manager.transport, manager.ip = "ipc", str(self.folder / "kernel")
        manager.connection_file = str(self.folder / "kernel.json")
        await manager.start_kernel(
            cwd=str(self.file.parent),
            env={**environment, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
            stdout=output,
            stderr=output,
            extra_arguments=[
                # What C code writes goes to our pipe; Python's streams go to the notebook.
                "--IPKernelApp.capture_fd_output=False",
                "--HistoryManager.enabled=False",
                # Leaves no name behind in the user's namespace.
                f"--InteractiveShellApp.exec_lines=__import__('{__package__}.child', fromlist='_').begin_kernel()",
            ],
        )
        process = manager.provisioner.process
        self._pid = process.pid
        ended = asyncio.ensure_future(_ended(process))
        client = NotebookClient(self.notebook, km=manager, timeout=None)
        cells = asyncio.ensure_future(self._cells(client))
        code: int | None = None
        try:
            await asyncio.wait({cells, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not cells.done():
                cells.cancel()  # the kernel has ended under it
            await asyncio.wait({cells})
            if not cells.cancelled():
                code = cells.result()
            self.failed = self.failed or (await ended if code is None else code) != 0
            if not ended.done():
                asking = asyncio.ensure_future(self._ask_to_end(client))
                await asyncio.wait({ended}, timeout=_END_SECONDS)
                asking.cancel()
                await asyncio.wait({asking})
            if not ended.done():
                self.sink.take_line(f"The kernel did not end within {_END_SECONDS:g} s and is killed.")
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            _kill_group(process.pid, signal.SIGKILL)
            self.exit_code = await ended or code or 0
            await manager.cleanup_resources()

    async def _cells(self, client: Any) -> int | None:
        """Execute the cells. With what code one of them left, as a script does; None: the kernel has ended."""
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        try:
            # Without the heartbeat's channel, which takes up to 2 s to be closed when the kernel has ended: we have its
            # process. nbclient's own way to connect opens all channels.
            client.kc = client.km.client()
            client.kc.start_channels(hb=False)
            await client.kc.wait_for_ready(timeout=_START_SECONDS)
            client.kc.allow_stdin = False
            for index, cell in enumerate(self.notebook.cells):
                await client.async_execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
            client.set_widgets_metadata()
        except CellExecutionError as error:
            if error.ename == "SystemExit":
                return int(error.evalue)
            self.failed = True
        except DeadKernelError:
            return None
        return 0

    @staticmethod
    async def _ask_to_end(client: Any) -> None:
        """Ask the kernel to end as `exit` in a cell does; what was registered for its end runs.

        At a shutdown request ipykernel's control thread still writes while the main thread already closes what it
        writes to: in 7.4 one kernel in three then took 10 s to end, and some never did.
        """
        end = f"__import__('{__package__}.child', fromlist='_').end_kernel()"
        status = "aborted"  # what a kernel answers to requests that come close behind a cell that failed
        while client.kc is not None and status == "aborted":
            status = (await client.kc.execute(end, silent=True, reply=True))["content"]["status"]

    @property
    def pid(self) -> int | None:
        return self._pid


def program_for(file: Path, label: str, folder: Path, take_record: TakeRecord, take_output: TakeOutput) -> Program:
    """The program of a file by its suffix; `folder` is made for it.

    Raises:
        ValueError: neither a notebook nor a script, or not readable as one; says which.
    """
    if not file.is_file():
        raise ValueError(f"{label}: there is no such file.")
    if file.suffix not in (".py", ".ipynb"):
        raise ValueError(f"{label}: expected a notebook (.ipynb) or a script (.py).")
    folder.mkdir()
    if file.suffix == ".py":
        return Script(file, label, folder, take_record, take_output)
    import nbformat

    try:
        return Notebook(file, label, folder, take_record, take_output)
    except (ValueError, nbformat.ValidationError) as error:
        raise ValueError(f"{label}: this is no notebook: {error}") from None
