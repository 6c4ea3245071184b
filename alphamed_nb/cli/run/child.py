"""What runs inside the processes of ``alphamed-nb run``, before and around the user's code."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

from ..._version import __version__  # noqa: F401  fails early, and clearly, where another alphamed_nb is found first
from .teardown import end_quickly

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult

__all__ = ["LABEL_VARIABLE", "OWNER_VARIABLE", "begin_kernel", "end_kernel", "report_exception", "run_script"]

LABEL_VARIABLE = "ALPHAMED_NB_RUN_LABEL"
"""The file as the user named it."""
OWNER_VARIABLE = "ALPHAMED_NB_RUN_OWNER"
"""File descriptor of a pipe whose other end `alphamed-nb run` holds: its end of file means that `run` is gone."""


def begin_kernel() -> None:
    """First line of a kernel: capture from now on, make `alphafed` and the magics available.

    ``%load_ext alphamed_nb`` in the notebook stays what it is; nothing is registered as loaded here.
    """
    from IPython import get_ipython

    from ...node.output.capture import install_process_capture
    from ...notebook import load

    install_process_capture(os.environ.pop(LABEL_VARIABLE))
    warnings.filterwarnings("ignore", "To exit: use 'exit'", module="IPython")  # `run` takes SystemExit as an end
    shell = get_ipython()
    assert shell is not None
    load(shell)
    # Before that IPython empties the user's namespace, and still before that comes what the user's code registers.
    atexit.unregister(shell.atexit_operations)
    end_quickly()
    atexit.register(shell.atexit_operations)
    shell.events.register("post_run_cell", _report_result)


def end_kernel() -> None:
    """Last line of a kernel: it ends once this is done."""
    from IPython import get_ipython

    shell = get_ipython()
    assert shell is not None
    shell.ask_exit()


def _report_result(result: ExecutionResult) -> None:
    from IPython import get_ipython

    from ...notebook.execution import without_surroundings

    shell = get_ipython()
    assert shell is not None
    error = result.error_in_exec or result.error_before_exec
    if isinstance(error, SystemExit) or shell.exit_now:
        # The kernel's answer tells it to `run`; after `exit` too, lest a further cell begins while the kernel ends.
        result.error_in_exec = SystemExit(_exit_code(getattr(error, "code", 0)) & 0xFF)
    elif error is not None and shell.kernel.get_parent()["content"].get("stop_on_error", True):
        report_exception(error.with_traceback(without_surroundings(error.__traceback__)))


def report_exception(error: BaseException) -> None:
    """Hand the traceback of an exception that ends the file to `run`, unless a context did so already."""
    from ...node.output.pipe import run_pipe
    from ...node.output.stdout import flush_lines
    from ...node.output.tracebacks import traceback_of
    from ...node.waiting import wall_clock
    from ...protocol.journal import LogBody
    from ...protocol.messages import Record

    flush_lines()
    pipe = run_pipe()
    if pipe is None or getattr(error, "__alphamed_reported__", False):
        return
    traceback = traceback_of(error)
    pipe.put(
        Record(
            node="",
            context="",
            kind="log",
            body=LogBody(time=wall_clock(), level=40, text=traceback.text, source="traceback", traceback=traceback),
        ),
        [],
    )


def run_script(file: str, arguments: list[str]) -> int:
    """Run a script as ``python FILE`` would, with its lines captured from the start.

    Returns:
        The exit code of the process.
    """
    import faulthandler

    from ... import alias
    from ...node.output import tracebacks  # noqa: F401  it notes the folder in which the script begins
    from ...node.output.capture import install_process_capture

    end_quickly()
    faulthandler.enable()
    if owner := os.environ.pop(OWNER_VARIABLE, ""):
        threading.Thread(target=_end_with_owner, args=(int(owner),), daemon=True, name="alphamed_nb owner").start()
    install_process_capture(os.environ.pop(LABEL_VARIABLE))
    alias.install()
    return _run_as_main(file, arguments)


def _run_as_main(file: str, arguments: list[str]) -> int:
    # As `python FILE` does it: a module __main__, where pickles, spawned children and `inspect` find the script.
    import builtins
    import types
    from importlib.machinery import SourceFileLoader

    _replaced.append(sys.modules["__main__"])
    main = types.ModuleType("__main__")
    main.__dict__.update(
        __builtins__=builtins,
        __cached__=None,
        __file__=file,
        __loader__=SourceFileLoader("__main__", file),
    )
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    sys.modules["__main__"] = main
    sys.argv = [file, *arguments]
    if not sys.flags.safe_path:  # else it is not the folder of `-m`
        sys.path[0] = os.path.dirname(os.path.realpath(file))
    try:
        with open(file, "rb") as source:
            code = compile(source.read(), file, "exec", dont_inherit=True)
        exec(code, main.__dict__)  # noqa: S102  the user's own code
    except SystemExit as leaving:
        return _exit_code(leaving.code)
    except BaseException as error:  # noqa: BLE001  reported, and told by the exit code
        report_exception(error.with_traceback(_of_the_script(error.__traceback__)))
        if sys.excepthook is not sys.__excepthook__:
            sys.excepthook(type(error), error, error.__traceback__)  # what the user has set
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


# The main module that `-m` made: a module that nobody holds loses its names.
_replaced: list[Any] = []


def _of_the_script(frames: Any) -> Any:
    while frames is not None and frames.tb_frame.f_globals.get("__name__") == __name__:
        frames = frames.tb_next
    return frames


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1


def _end_with_owner(pipe: int) -> None:
    os.read(pipe, 1)
    os._exit(143)
