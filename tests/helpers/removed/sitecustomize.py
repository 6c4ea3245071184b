"""Load one module with some of its source replaced: how a protection is removed to see its test fail.

Python imports a `sitecustomize` that it finds on its path at start, so with this folder on PYTHONPATH the removal holds in
every process of a test: in pytest itself, in the Jupyter server, in kernels and nodes. ALPHAMED_NB_TEST_REMOVE is JSON:
`{"module": name, "changes": [[old, new], ...]}`.
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys


class _ChangedSource(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname, path, changes):
        super().__init__(fullname, path)
        self.changes = changes

    def get_code(self, fullname):
        # Not the base class's: that one would take the byte code of the unchanged source from its cache.
        text = self.get_data(self.path).decode()
        for old, new in self.changes:
            if text.count(old) != 1:
                raise ImportError(f"{fullname} holds {text.count(old)} times, not once:\n{old}")
            text = text.replace(old, new)
        return compile(text, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, module, changes):
        self.module = module
        self.changes = changes

    def find_spec(self, fullname, path, target=None):
        if fullname != self.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = _ChangedSource(fullname, spec.origin, self.changes)
        return spec


if os.environ.get("ALPHAMED_NB_TEST_REMOVE"):
    _removal = json.loads(os.environ["ALPHAMED_NB_TEST_REMOVE"])
    sys.meta_path.insert(0, _Finder(_removal["module"], _removal["changes"]))
