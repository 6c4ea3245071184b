"""The AlphaMed API. User code imports it by the name `alphafed`; everything here is loaded when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ..alias import install as _install_alias

if TYPE_CHECKING:
    from .fs import get_dataset_dir, get_model_dir, get_result_dir, get_root_dir, get_runtime_dir, get_share_dir
    from .logs import logger, task_logger
    from .mock import is_mock_mode, mock_context, mock_node_id, mock_nodes

__all__ = [
    "get_dataset_dir",
    "get_model_dir",
    "get_result_dir",
    "get_root_dir",
    "get_runtime_dir",
    "get_share_dir",
    "is_mock_mode",
    "logger",
    "mock_context",
    "mock_node_id",
    "mock_nodes",
    "task_logger",
]

_HOMES = {
    "get_dataset_dir": "fs",
    "get_model_dir": "fs",
    "get_result_dir": "fs",
    "get_root_dir": "fs",
    "get_runtime_dir": "fs",
    "get_share_dir": "fs",
    "is_mock_mode": "mock",
    "logger": "logs",
    "mock_context": "mock",
    "mock_node_id": "mock",
    "mock_nodes": "mock",
    "task_logger": "logs",
}
_SUBMODULES = frozenset({"bass", "contractor", "data_channel", "fed_avg", "fs", "logs", "mock", "rounds", "scheduler"})

_install_alias()


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value
    if name in _SUBMODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_SUBMODULES})
