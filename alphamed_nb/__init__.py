"""A JupyterLab mock environment for federated learning tasks.

``%load_ext alphamed_nb`` in a notebook makes the name `alphafed` and the magic ``%%mock_node`` available. Everything
here is loaded when it is first used: importing this package imports neither IPython nor jupyter_server nor torch.

=====================  =================================================================================
:mod:`.alphafed`       the AlphaMed API as user code sees it
:mod:`.alias`          serves it under the name `alphafed`
:mod:`.notebook`       the magics
:mod:`.node`           what lives next to user code: link to the hub, sessions, capture
:mod:`.reading`        what terminals and cells show of a hub
:mod:`.hub`            the routing hub: in the Jupyter server, standalone, or in ``alphamed-nb run``
:mod:`.protocol`       what they say to each other
:mod:`.cli`            ``alphamed-nb run|logs|nodes|doctor|hub|clean|data``
=====================  =================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .alphafed import is_mock_mode, logger, mock_context, mock_node_id, mock_nodes, task_logger

__all__ = [
    "__version__",
    "is_mock_mode",
    "load_ipython_extension",
    "logger",
    "mock_context",
    "mock_node_id",
    "mock_nodes",
    "task_logger",
    "unload_ipython_extension",
]

_OF_ALPHAFED = {"is_mock_mode", "logger", "mock_context", "mock_node_id", "mock_nodes", "task_logger"}


def __getattr__(name: str) -> Any:
    if name in _OF_ALPHAFED:
        from . import alphafed

        return getattr(alphafed, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_OF_ALPHAFED})


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """``%load_ext alphamed_nb``: serve the name `alphafed`, register the magics. Harmless if done twice."""
    from .node.output.tracebacks import watch_cells
    from .notebook import load

    load(ipython)
    watch_cells()  # the code of this cell and of later ones is known, whenever a node fails in it


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """``%unload_ext alphamed_nb``: undo all of it."""
    from .node.output.tracebacks import unwatch_cells
    from .notebook import unload

    unload(ipython)
    unwatch_cells()


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .hub.extension import AlphaMedNb

    return [{"module": "alphamed_nb", "app": AlphaMedNb}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "alphamed_nb"}]
