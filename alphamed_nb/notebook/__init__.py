"""What a notebook sees: the magics, and what ``%load_ext alphamed_nb`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load", "unload"]

_INSTALLED = "_alphamed_nb_installed_alias"
"""Attribute of the shell: whether loading the extension installed the alias, so that unloading may undo it."""


def load(shell: InteractiveShell) -> None:
    """Serve the name `alphafed` and register the magics. Prints nothing; a second call changes nothing."""
    from .. import alias
    from .logs import LogMagics
    from .magics import MockMagics

    if alias.install():
        setattr(shell, _INSTALLED, True)
    shell.register_magics(MockMagics, LogMagics)


def unload(shell: InteractiveShell) -> None:
    """Undo :func:`load`."""
    from .. import alias
    from .logs import LogMagics
    from .magics import MockMagics

    manager = shell.magics_manager
    for magics in (MockMagics, LogMagics):
        for kind, names in magics.magics.items():
            for name in names:
                manager.magics[kind].pop(name, None)
        manager.registry.pop(magics.__name__, None)
    if getattr(shell, _INSTALLED, False):
        delattr(shell, _INSTALLED)
        alias.uninstall()
