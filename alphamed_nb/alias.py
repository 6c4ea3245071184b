"""The finder that serves the name `alphafed`.

User code says ``from alphafed import ...`` and must not change. On the platform a package of that name is installed and
must win; here :mod:`alphamed_nb.alphafed` stands in for it. After :func:`install`, ``alphafed.x.y`` *is* the module
``alphamed_nb.alphafed.x.y``: the same object, so one class has one identity, and pickles and tracebacks carry the real
name.

The finder stands first in `sys.meta_path`: at the end the ordinary path finder would find submodules in the package's
`__path__` and load them a second time. For the top-level name it asks the other finders and yields to a package that
has a loader; a bare directory ``alphafed/`` (a namespace package without a loader) is no package.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.abc import InspectLoader
from types import CodeType, ModuleType
from typing import Any

__all__ = ["AlphafedFinder", "install", "is_installed", "uninstall"]

ALIAS = "alphafed"
REAL = f"{__package__}.alphafed"


def real_name(fullname: str) -> str:
    """`alphafed.x` -> `alphamed_nb.alphafed.x`."""
    return REAL + fullname[len(ALIAS) :]


def _real_spec(fullname: str) -> importlib.machinery.ModuleSpec | None:
    """The spec of the module behind an alias; None if there is no such module."""
    name = real_name(fullname)
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        # A parent that does not exist, or is no package, means "no such module". An import that fails inside a parent
        # is the user's to see.
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            return None
        raise


class AlphafedLoader(InspectLoader):
    """Hands out the real module under the second name, and leaves the module's own attributes as they are."""

    def __init__(self) -> None:
        self._own_spec: dict[str, importlib.machinery.ModuleSpec | None] = {}

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(real_name(spec.name))
        # The import system writes the alias's spec into the module after this call; exec_module puts its own back.
        self._own_spec[spec.name] = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__ = self._own_spec.pop(module.__spec__.name)

    # What runpy, pkgutil and inspect ask a loader for, before anything is imported.

    def is_package(self, fullname: str) -> bool:
        spec = _real_spec(fullname)
        return spec is not None and spec.submodule_search_locations is not None

    def get_code(self, fullname: str) -> CodeType | None:
        return self._inspect_loader(fullname).get_code(real_name(fullname))

    def get_source(self, fullname: str) -> str | None:
        return self._inspect_loader(fullname).get_source(real_name(fullname))

    def _inspect_loader(self, fullname: str) -> InspectLoader:
        spec = _real_spec(fullname)
        if spec is None or not isinstance(spec.loader, InspectLoader):
            raise ImportError(f"No source for {fullname!r}.", name=fullname)
        return spec.loader


class AlphafedFinder:
    """Finds `alphafed` and everything below it in :mod:`alphamed_nb.alphafed`."""

    serves_alphafed = True
    """Tells this finder from others, also from one of an earlier load of this module."""

    def __init__(self) -> None:
        self._loader = AlphafedLoader()
        self._said: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname == ALIAS:
            installed = self._installed_package()
            if installed is not None:
                self.say_left_alone(installed.origin)
                return None
        elif not fullname.startswith(f"{ALIAS}.") or sys.modules.get(ALIAS) is not sys.modules.get(REAL):
            return None
        real = _real_spec(fullname)
        if real is None:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, self._loader, origin=real.origin)
        spec.submodule_search_locations = real.submodule_search_locations
        return spec

    def invalidate_caches(self) -> None:
        """Nothing is cached."""

    def say_left_alone(self, origin: str | None) -> None:
        """Say once, in one line, that a real package keeps the name."""
        origin = origin or "built in"
        if origin not in self._said:
            self._said.add(origin)
            logging.getLogger("alphamed_nb").warning(
                "A package named alphafed is installed (%s): `alphafed` is that package, not the mock environment.",
                origin,
            )

    def _installed_package(self) -> importlib.machinery.ModuleSpec | None:
        """What the other finders have under the name, if it is more than a bare directory."""
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            if find_spec is None or getattr(finder, "serves_alphafed", False):
                continue
            spec: importlib.machinery.ModuleSpec | None = find_spec(ALIAS, None, None)
            if spec is not None and spec.loader is not None:
                return spec
        return None


def install() -> bool:
    """Serve the name `alphafed` from now on, in this process and in children it starts through `multiprocessing`.

    Returns:
        False if it was served already.
    """
    present = [finder for finder in sys.meta_path if getattr(finder, "serves_alphafed", False)]
    if present:
        if sys.meta_path[0] is not present[0]:
            sys.meta_path.remove(present[0])
            sys.meta_path.insert(0, present[0])
        return False
    finder = AlphafedFinder()
    module = sys.modules.get(ALIAS)
    if module is not None and getattr(module, "__file__", None) is None and hasattr(module, "__path__"):
        _forget(lambda name, _: True)  # a bare directory that was imported before
    elif module is not None and module is not sys.modules.get(REAL):
        finder.say_left_alone(getattr(module, "__file__", None))
    sys.meta_path.insert(0, finder)
    _serve_children()
    return True


def uninstall() -> None:
    """Undo :func:`install`: the name means again what it means without us."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not getattr(finder, "serves_alphafed", False)]
    _forget(lambda name, module: module is sys.modules.get(real_name(name)))
    _stop_serving_children()


def is_installed() -> bool:
    return any(getattr(finder, "serves_alphafed", False) for finder in sys.meta_path)


def _forget(which: Callable[[str, ModuleType], bool]) -> None:
    for name in [name for name in sys.modules if name == ALIAS or name.startswith(f"{ALIAS}.")]:
        if which(name, sys.modules[name]):
            del sys.modules[name]


# -- children of multiprocessing ---------------------------------------------------------------------------------------
#
# A spawned child imports the parent's main module, and the modules of what it unpickles, before any code of ours runs
# there; they may say `from alphafed import ...`. The data that prepare the child are unpickled first of all, so a value
# in them whose unpickling installs the finder comes early enough. The child ignores keys it does not know.


class _Installed:
    """Installs the finder where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[], bool], tuple[()]]:
        return install, ()


def _serve_children() -> None:
    from multiprocessing import spawn

    original = spawn.get_preparation_data
    if getattr(original, "serves_alphafed", False):
        return

    def get_preparation_data(name: str) -> dict[str, Any]:
        return {**original(name), "alphamed_nb_alias": _Installed()}

    get_preparation_data.serves_alphafed = True  # type: ignore[attr-defined]
    get_preparation_data.original = original  # type: ignore[attr-defined]
    spawn.get_preparation_data = get_preparation_data


def _stop_serving_children() -> None:
    spawn = sys.modules.get("multiprocessing.spawn")
    original = getattr(getattr(spawn, "get_preparation_data", None), "original", None)
    if original is not None:
        spawn.get_preparation_data = original  # type: ignore[union-attr]
