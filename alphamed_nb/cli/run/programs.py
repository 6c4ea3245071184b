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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .child import LABEL_VARIABLE, OWNER_VARIABLE

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Notebook", "Program", "Script", "program_for"]

_END_SECONDS = 10.0
"""For a kernel to end, before it is killed. One with torch takes 5 on a busy machine."""


class Program(ABC):
    """One file and its process.

    Args:
        label: the file as the user named it.
        take_output: called with each line that the process wrote past Python's own streams.
    """

    def __init__(self, file: Path, label: str, take_output: Callable[[Program, str], None]) -> None:
        self.file = file
        self.label = label
        self.stopped = False
        """It was ended from outside."""
        self.exit_code: int | None = None
        """Of the process, once it has ended; negative: the signal that killed it."""
        self.failed = False
        self._take_output = take_output

    @abstractmethod
    async def run(self, environment: dict[str, str]) -> None:
        """Run the file to its end, and the process with it."""

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

    async def _forward(self, pipe: int) -> None:
        """Pass on what comes out of a pipe, line by line, until all ends that write to it are closed."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
        )
        pending = b""
        try:
            while content := await reader.read(65536):
                *lines, pending = (pending + content).split(b"\n")
                for line in lines:
                    self._take_output(self, line.decode(errors="replace"))
        finally:
            if pending:
                self._take_output(self, pending.decode(errors="replace"))
            transport.close()


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

    async def run(self, environment: dict[str, str]) -> None:
        reading, writing = os.pipe()
        owner, kept = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.script", str(self.file)],
                cwd=self.file.parent,
                env={**environment, LABEL_VARIABLE: self.label, OWNER_VARIABLE: str(owner)},
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=[owner],
                start_new_session=True,
            )
        finally:
            os.close(writing)
            os.close(owner)
        output = asyncio.ensure_future(self._forward(reading))
        try:
            self.exit_code = await _ended(self._process)
        finally:
            os.close(kept)
            _kill_group(self._process.pid, signal.SIGKILL)  # what it left behind
            await output
        self.failed = self.exit_code != 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid


class Notebook(Program):
    """Executed cell by cell, as "Run All" does, up to the first cell that fails."""

    def __init__(self, file: Path, label: str, take_output: Callable[[Program, str], None], sockets: Path) -> None:
        import nbformat

        super().__init__(file, label, take_output)
        self._sockets = sockets
        self._pid: int | None = None
        # Raises ValueError or nbformat.ValidationError for what is no notebook.
        self.notebook: NotebookNode = nbformat.read(file, as_version=4)

    async def run(self, environment: dict[str, str]) -> None:
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        # Only the kernel of this interpreter: the one in which alphamed_nb is installed.
        manager = AsyncKernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[]), kernel_name="python3")
        # Sockets in our own folder: no port is opened, and no warning about that is printed.
        manager.transport, manager.ip = "ipc", str(self._sockets / "kernel")
        manager.connection_file = str(self._sockets / "kernel.json")
        reading, writing = os.pipe()
        try:
            await manager.start_kernel(
                cwd=str(self.file.parent),
                env={**environment, LABEL_VARIABLE: self.label, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
                stdout=writing,
                stderr=writing,
                extra_arguments=[
                    # What C code writes goes to our pipe; Python's streams go to the notebook.
                    "--IPKernelApp.capture_fd_output=False",
                    "--HistoryManager.enabled=False",
                    # Leaves no name behind in the user's namespace.
                    f"--InteractiveShellApp.exec_lines=__import__('{__package__}.child', fromlist='_').begin_kernel()",
                ],
            )
        finally:
            os.close(writing)
        process = manager.provisioner.process
        self._pid = process.pid
        output = asyncio.ensure_future(self._forward(reading))
        ended = asyncio.ensure_future(_ended(process))
        client = NotebookClient(self.notebook, km=manager, timeout=None, startup_timeout=300)
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
                self._ask_to_end(client)
                await asyncio.wait({ended}, timeout=_END_SECONDS)
            if not ended.done():
                self._take_output(self, f"The kernel did not end within {_END_SECONDS:g} s and is killed.")
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            _kill_group(process.pid, signal.SIGKILL)
            self.exit_code = await ended or code or 0
            await output
            await manager.cleanup_resources()

    async def _cells(self, client: Any) -> int | None:
        """Execute the cells. With what code one of them left, as a script does; None: the kernel has ended."""
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        try:
            await client.async_start_new_kernel_client()
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
    def _ask_to_end(client: Any) -> None:
        """Ask the kernel to end as `exit` in a cell does; what was registered for its end runs.

        At a shutdown request ipykernel's control thread still writes while the main thread already closes what it
        writes to: in 7.4 one kernel in three then took 10 s to end, and some never did.
        """
        if client.kc is not None:
            client.kc.execute(f"__import__('{__package__}.child', fromlist='_').end_kernel()", silent=True)

    @property
    def pid(self) -> int | None:
        return self._pid


def program_for(file: Path, label: str, take_output: Callable[[Program, str], None], sockets: Path) -> Program:
    """The program of a file by its suffix; `sockets` is made for those of a kernel.

    Raises:
        ValueError: neither a notebook nor a script, or not readable as one; says which.
    """
    if not file.is_file():
        raise ValueError(f"{label}: there is no such file.")
    if file.suffix == ".py":
        return Script(file, label, take_output)
    if file.suffix != ".ipynb":
        raise ValueError(f"{label}: expected a notebook (.ipynb) or a script (.py).")
    import nbformat

    sockets.mkdir()
    try:
        return Notebook(file, label, take_output, sockets)
    except (ValueError, nbformat.ValidationError) as error:
        raise ValueError(f"{label}: this is no notebook: {error}") from None
