"""``%mock_logs``: what all nodes logged and printed, in a cell."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from .arguments import checked, level_number, node_list, one_value, split_words, text_of, whole_number

__all__ = ["LogMagics"]

_TAIL = 1000
"""So many records are shown unless more are asked for: a notebook keeps what its cells show."""


@magics_class
class LogMagics(Magics):  # type: ignore[misc]
    """Views of the log."""

    @magic_arguments()
    @argument("--task", metavar="T", help="This task; left out: the one whose run began last.")
    @argument("--run", metavar="N", help="This run of the task; left out: the latest.")
    @argument(
        "--node",
        nargs="+",
        action="extend",
        default=[],
        metavar="ID",
        help="Only these nodes. A name bound to a string or to a list of strings stands for its value.",
    )
    @argument("--level", metavar="L", help="From this level on: DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    @argument("--text", metavar="TEXT", help="Only lines that contain this text, whatever the case.")
    @argument("--follow", action="store_true", help="Go on as new lines come, until the kernel is interrupted.")
    @argument("--tail", metavar="N", help=f"Only the last so many; 0: all. Left out: {_TAIL}.")
    @argument("--hub", metavar="URL", help="The hub to read; found by itself when left out.")
    @no_var_expand
    @line_magic
    def mock_logs(self, line: str) -> None:
        """Show what all nodes of a task logged and printed, in one order, as ``alphamed-nb logs`` does in a terminal.

        Example::

            %mock_logs --task task_id --level WARNING --follow
        """
        assert self.shell is not None  # a magic runs in a shell
        options = LogMagics.mock_logs.parser.parse_args(split_words(line))
        _show(options, self.shell.user_ns, cell=hasattr(self.shell, "kernel"))


# As for `%%mock_node`: an option is written in full.
LogMagics.mock_logs.parser.allow_abbrev = False


def _show(options: argparse.Namespace, namespace: dict[str, Any], cell: bool) -> None:
    from ..protocol.errors import HubError
    from ..reading.hub import connect
    from ..reading.lines import Lines
    from ..reading.log import LogQuery, NoSuchRun, not_recorded, show_log
    from ..reading.terminal import Nodes, Style, wants_color

    def given(name: str, read: Any, *more: Any) -> Any:
        word = getattr(options, name)
        return None if word is None else read(word, *more)

    tail = given("tail", whole_number, namespace, "--tail")
    task = given("task", one_value, namespace, "--task")
    nodes = dict.fromkeys(node for word in options.node for node in node_list([word], namespace, "--node"))
    query = LogQuery(
        task=None if task is None else checked(task, "task id"),
        run=given("run", whole_number, namespace, "--run"),
        nodes=tuple(nodes),
        level=given("level", level_number, "--level") or 0,
        text=given("text", text_of) or "",
    )
    hub = given("hub", one_value, namespace, "--hub")
    lines = Lines(sys.stdout, Style(cell or wants_color(sys.stdout, None), cell=cell), Nodes())
    with not_recorded():  # in a cell that is a node it would be read again, for ever
        try:
            reader = connect(hub)
            try:
                show_log(reader, lines, query, tail=_TAIL if tail is None else tail or None, follow=options.follow)
            finally:
                reader.close()
        except NoSuchRun as error:
            print(error, file=sys.stderr)
        except HubError as error:
            raise UsageError(f"%mock_logs: {error}") from None
        except KeyboardInterrupt:
            if not options.follow:
                raise
