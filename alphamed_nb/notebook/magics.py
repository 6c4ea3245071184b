"""``%%mock_node``: the cell is a node."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from .arguments import checked, level_number, node_list, one_value, split_words, text_of
from .execution import run_body

if TYPE_CHECKING:
    from ..alphafed import mock_context

__all__ = ["MockMagics"]


@dataclass(frozen=True)
class NodeArguments:
    """What the line of a ``%%mock_node`` cell says, checked."""

    id: str
    nodes: list[str]
    task: str | None
    clean: bool
    hub: str | None
    level: int | None


def read_arguments(options: argparse.Namespace, namespace: dict[str, Any]) -> NodeArguments:
    """Look names up and check values.

    Raises:
        UsageError: says what was expected.
    """
    node = checked(one_value(options.id, namespace, "--id"), "node id")
    nodes = node_list(options.nodes, namespace)
    if node not in nodes:
        hint = ""
        if len(nodes) == 1 and "," in nodes[0]:
            hint = f" --nodes has one id, {nodes[0]!r}: what stands in quotes is literal, so quote each id by itself."
        elif node == text_of(options.id) and node.isidentifier():
            hint = f" No variable {node} holds a string, so it was taken as the id itself."
        raise UsageError(f"--id {node!r} is not one of --nodes: {', '.join(nodes)}.{hint}")
    return NodeArguments(
        id=node,
        nodes=nodes,
        task=None if options.task is None else checked(one_value(options.task, namespace, "--task"), "task id"),
        clean=options.clean,
        hub=None if options.hub is None else _hub(one_value(options.hub, namespace, "--hub")),
        level=None if options.log_level is None else level_number(options.log_level, "--log-level"),
    )


def _hub(value: str) -> str:
    if not value.startswith(("http://", "https://", "ws://", "wss://")) and not Path(value).expanduser().is_file():
        raise UsageError(f"--hub expects the address of a Jupyter server (http://...) or a hub file, got {value!r}.")
    return value


@contextmanager
def _log_level(level: int | None) -> Iterator[None]:
    """The level of the `alphafed` logger for the time of a cell."""
    from ..alphafed import logger

    before = logger.level
    if level is not None:
        logger.setLevel(level)
    try:
        yield
    finally:
        if level is not None:
            logger.setLevel(before)


class _Claiming(AbstractContextManager[None]):
    """A mock context that claims its node for a task as soon as it is entered."""

    def __init__(self, context: mock_context, task: str | None) -> None:
        self._context = context
        self._task = task

    def __enter__(self) -> None:
        from ..alphafed.mock import require_session

        self._context.__enter__()
        if self._task is None:
            return
        try:
            require_session(self._task, "--task")
        except BaseException as error:
            self._context.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._context.__exit__(kind, error, traceback)


@magics_class
class MockMagics(Magics):  # type: ignore[misc]
    """Cells that are nodes."""

    @magic_arguments()
    @argument("--id", required=True, metavar="ID", help="The node id. A name bound to a string stands for that string.")
    @argument(
        "--nodes",
        required=True,
        nargs="+",
        metavar="A,B,C",
        help="The ids of all nodes of the task, this one included, with commas between them. A name bound to a string "
        "or to a list of strings stands for its value; anything else, and anything in quotes, is literal.",
    )
    @argument("--task", metavar="T", help="Claim the node for this task at once, not at the first use of a contractor.")
    @argument(
        "--clean",
        action="store_true",
        help="First drop what is stored of earlier runs that have ended and in which this id took part.",
    )
    @argument("--hub", metavar="URL", help="The hub to use; found by itself when left out.")
    @argument(
        "--log-level",
        metavar="L",
        help="Level of the alphafed logger in this cell: DEBUG, INFO, WARNING, ERROR or CRITICAL.",
    )
    @no_var_expand
    @cell_magic
    def mock_node(self, line: str, cell: str) -> None:
        """Run the cell in this kernel as one node of a federated task.

        The cell runs as it would without the magic, inside ``mock_context(id=ID, nodes=[A, B, C])``: everything it
        logs and prints appears below it as usual and in the hub's log, with the node's name.

        Example::

            %%mock_node --id aggregator_id --nodes nodes
            scheduler._run(id=aggregator_id, task_id=task_id, is_initiator=True)
        """
        assert self.shell is not None  # a magic runs in a shell
        options = MockMagics.mock_node.parser.parse_args(split_words(line))
        arguments = read_arguments(options, self.shell.user_ns)
        from ..alphafed import mock_context

        context = mock_context(id=arguments.id, nodes=arguments.nodes, clean=arguments.clean, hub=arguments.hub)
        mark = f"node {arguments.nodes.index(arguments.id)} {arguments.id}"
        with _log_level(arguments.level):
            run_body(self.shell, f"%%mock_node {line}", cell, inside=_Claiming(context, arguments.task), mark=mark)


# `--node` would be taken for `--nodes`.
MockMagics.mock_node.parser.allow_abbrev = False
