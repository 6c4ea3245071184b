"""Load modules with some of their source replaced: how a protection is removed to see its test fail.

Python imports a `sitecustomize` found on its path at start, so with this folder on PYTHONPATH the removal holds in
every process of a test: in pytest itself, in the Jupyter server, in kernels and nodes. REMOVED_PROTECTION is JSON:
`{module: [[old, new], ...], ...}`. Its name does not begin with ALPHAMED_NB_: tests take such variables away from the
processes they start.
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys


def changed(name, text, changes):
    """The source `text` of the module `name` with each old snippet replaced, which it must hold exactly once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise ImportError(f"{name} holds {text.count(old)} times, not once:\n{old}")
        text = text.replace(old, new)
    return text


class _ChangedSource(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname, path, changes):
        super().__init__(fullname, path)
        self.changes = changes

    def get_code(self, fullname):
        # Not the base class's: that one would take the byte code of the unchanged source from its cache.
        text = changed(fullname, self.get_data(self.path).decode(), self.changes)
        return compile(text, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, removal):
        self.removal = removal

    def find_spec(self, fullname, path, target=None):
        if fullname not in self.removal:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = _ChangedSource(fullname, spec.origin, self.removal[fullname])
        return spec


def install():
    """Remove what the environment says from the modules that are imported from now on."""
    if os.environ.get("REMOVED_PROTECTION"):
        sys.meta_path.insert(0, _Finder(json.loads(os.environ["REMOVED_PROTECTION"])))


install()
