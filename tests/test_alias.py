"""The name `alphafed`. Each case runs in a fresh interpreter: what is tested is how the import system starts out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(code: str, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(cwd), *filter(None, sys.path)]), **env},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


INSTALL = "from alphamed_nb import alias; assert alias.install()\n"


@pytest.mark.parametrize(
    "imports",
    [
        "import alphafed.contractor.common as a; import alphamed_nb.alphafed.contractor.common as b",
        "import alphamed_nb.alphafed.contractor.common as b; import alphafed.contractor.common as a",
        (
            "import alphafed; import alphamed_nb.alphafed as b0; assert alphafed is b0; b = b0.contractor.common; "
            "import alphafed.contractor.common as a"
        ),
        "from alphafed.contractor import common as a; from alphamed_nb.alphafed.contractor import common as b",
    ],
)
def test_one_module_in_either_order(tmp_path: Path, imports: str) -> None:
    run(
        INSTALL + imports + "\nimport sys, alphafed, alphamed_nb.alphafed\n"
        "assert a is b and a.ContractEvent is b.ContractEvent\n"
        "assert alphafed is alphamed_nb.alphafed\n"
        "for name, module in list(sys.modules.items()):\n"
        "    if name == 'alphafed' or name.startswith('alphafed.'):\n"
        "        assert module is sys.modules['alphamed_nb.' + name], name\n"
        "        assert module.__spec__.name == module.__name__ == 'alphamed_nb.' + name, module.__spec__\n",
        tmp_path,
    )


def test_importing_the_real_package_installs_it(tmp_path: Path) -> None:
    run("import alphamed_nb.alphafed, alphafed; assert alphafed is alphamed_nb.alphafed", tmp_path)


def test_not_installed_by_importing_alphamed_nb_alone(tmp_path: Path) -> None:
    code = "import alphamed_nb\ntry:\n    import alphafed\nexcept ModuleNotFoundError: print('none')"
    assert run(code, tmp_path) == "none\n"


def test_a_submodule_that_does_not_exist_says_so_under_its_own_name(tmp_path: Path) -> None:
    code = INSTALL + "try:\n    import alphafed.no_such\nexcept ModuleNotFoundError as e: print(e)"
    assert run(code, tmp_path) == "No module named 'alphafed.no_such'\n"


@pytest.mark.parametrize("pickler", ["pickle", "cloudpickle"])
def test_pickles_carry_one_identity(tmp_path: Path, pickler: str) -> None:
    code = INSTALL + (
        f"import {pickler} as p, pickle\n"
        "from alphafed.contractor import ContractEvent\n"
        "from alphafed.contractor import ContractException\n"
        "data = p.dumps((ContractEvent, ContractException('x')))\n"
        "import alphamed_nb.alphafed.contractor.common as real\n"
        "kind, error = pickle.loads(data)\n"
        "assert kind is real.ContractEvent and type(error) is real.ContractException\n"
        "import sys; sys.stdout.write(data.hex())"
    )
    data = run(code, tmp_path)
    # Another process, where nobody installed the alias, gets the same classes.
    run(
        f"import pickle; kind, error = pickle.loads(bytes.fromhex('{data}'))\n"
        "import alphamed_nb.alphafed.contractor.common as real\nassert kind is real.ContractEvent",
        tmp_path,
    )


def test_cloudpickle_takes_a_notebook_class_along(tmp_path: Path) -> None:
    code = INSTALL + (
        "import cloudpickle, sys\n"
        "from alphafed.contractor import ContractEvent\n"
        "class Mine(ContractEvent):\n    TYPE = 'mine'\n"
        "sys.stdout.write(cloudpickle.dumps(Mine).hex())"
    )
    data = run(code, tmp_path)
    code = (
        f"import pickle; Mine = pickle.loads(bytes.fromhex('{data}'))\n"
        "from alphafed.contractor.common import ContractEvent\n"
        "assert issubclass(Mine, ContractEvent) and Mine.TYPE == 'mine'"
    )
    run(code, tmp_path)


def test_reload(tmp_path: Path) -> None:
    code = INSTALL + (
        "import importlib, sys\n"
        "import alphafed, alphafed.contractor.common as common\n"
        "old = common.ContractEvent\n"
        "assert importlib.reload(common) is common\n"
        "assert common.ContractEvent is not old and sys.modules['alphamed_nb.alphafed.contractor.common'] is common\n"
        "assert common.__spec__.name == 'alphamed_nb.alphafed.contractor.common'\n"
        "assert importlib.reload(alphafed) is alphafed is sys.modules['alphamed_nb.alphafed']\n"
        "from alphamed_nb import alias\n"
        "importlib.reload(alias); assert not alias.install()\n"
        "assert sum(getattr(f, 'serves_alphafed', False) for f in sys.meta_path) == 1"
    )
    run(code, tmp_path)


def test_pkgutil_and_inspect(tmp_path: Path) -> None:
    code = INSTALL + (
        "import importlib.util, inspect, pkgutil, sys\n"
        "spec = importlib.util.find_spec('alphafed.contractor.common')\n"
        "assert 'alphafed.contractor.common' not in sys.modules\n"
        "assert 'class ContractEvent' in spec.loader.get_source(spec.name)\n"
        "assert spec.loader.get_code(spec.name).co_filename.endswith('common.py')\n"
        "assert spec.loader.is_package('alphafed.contractor') and not spec.loader.is_package(spec.name)\n"
        "import alphafed.contractor\n"
        "names = [m.name for m in pkgutil.walk_packages(alphafed.contractor.__path__, 'alphafed.contractor.')]\n"
        "assert 'alphafed.contractor.common' in names, names\n"
        "event = pkgutil.resolve_name('alphafed.contractor.common:ContractEvent')\n"
        "assert 'class ContractEvent' in inspect.getsource(event)\n"
        "assert inspect.getmodule(event).__name__ == 'alphamed_nb.alphafed.contractor.common'\n"
        "assert inspect.getsourcefile(alphafed).endswith('__init__.py')\n"
    )
    run(code, tmp_path)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_child_that_unpickles_a_user_module(tmp_path: Path, method: str) -> None:
    """As a DataLoader's workers do where processes are spawned: the module says `from alphafed import ...`."""
    (tmp_path / "mine.py").write_text(
        "from alphafed.contractor import ContractEvent\n"
        "class Mine(ContractEvent):\n    pass\n"
        "def same(kind): return kind is Mine and issubclass(kind, ContractEvent)\n"
    )
    code = INSTALL + (
        "import multiprocessing as m, mine\n"
        f"with m.get_context('{method}').Pool(1) as pool:\n"
        "    assert pool.apply(mine.same, (mine.Mine,))\n"
    )
    run(code, tmp_path)


def test_a_spawned_child_of_a_script_whose_main_module_imports_it(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from alphafed.contractor import ContractEvent\n"
        "import multiprocessing as m\n"
        "def f(kind): assert kind is ContractEvent\n"
        "if __name__ == '__main__':\n"
        "    with m.get_context('spawn').Pool(1) as pool: pool.apply(f, (ContractEvent,))\n"
        "    print('done')\n"
    )
    # runpy leaves sys.modules['__main__'] in place; a child needs the script's path there, as for `python main.py`.
    code = (
        INSTALL
        + "import runpy, sys; sys.modules['__main__'].__file__ = 'main.py'\nrunpy.run_path('main.py', run_name='x')"
    )
    assert run(code, tmp_path) == ""
    code = INSTALL + (
        "import sys\nmain = sys.modules['__main__']; main.__file__ = 'main.py'; main.__spec__ = None\n"
        "exec(compile(open('main.py').read(), 'main.py', 'exec'), main.__dict__)"
    )
    assert run(code, tmp_path) == "done\n"


def test_a_bare_directory_is_no_package(tmp_path: Path) -> None:
    """A node named alphafed has such a folder beside its notebook."""
    (tmp_path / "alphafed" / "some-task").mkdir(parents=True)
    run(INSTALL + "import alphafed; assert alphafed.__name__ == 'alphamed_nb.alphafed'", tmp_path)
    # also when it was imported, as a namespace package, before the extension was loaded
    run("import alphafed\n" + INSTALL + "import alphafed; assert alphafed.__name__ == 'alphamed_nb.alphafed'", tmp_path)


def test_a_real_package_is_left_alone_and_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "alphafed").mkdir()
    (tmp_path / "alphafed" / "__init__.py").write_text("who = 'the platform'\n")
    (tmp_path / "alphafed" / "contractor.py").write_text("who = 'the platform too'\n")
    for before in ("", "import alphafed\n"):
        said = run(
            before + INSTALL + "import alphafed, alphafed.contractor as c\nprint(alphafed.who, c.who)\n"
            "try:\n    import alphafed.scheduler\nexcept ModuleNotFoundError: print('no scheduler')\n"
            "import importlib; importlib.reload(alphafed)",
            tmp_path,
        )
        lines = said.splitlines()
        assert lines[:2] == ["the platform the platform too", "no scheduler"]
        assert len(lines) == 3 and "alphafed is installed" in lines[2] and str(tmp_path) in lines[2]


def test_first_in_line_even_if_somebody_came_before(tmp_path: Path) -> None:
    run(
        INSTALL + "import sys\nclass Other:\n    def find_spec(self, name, path, target=None): return None\n"
        "sys.meta_path.insert(0, Other()); assert not alias.install()\n"
        "assert sys.meta_path[0].serves_alphafed",
        tmp_path,
    )


def test_uninstall_undoes_all(tmp_path: Path) -> None:
    run(
        "import sys; before = list(sys.meta_path)\n"
        "from multiprocessing import spawn; data = spawn.get_preparation_data\n"
        + INSTALL
        + "import alphafed.contractor\nassert spawn.get_preparation_data is not data\nalias.uninstall()\n"
        "assert sys.meta_path == before and spawn.get_preparation_data is data\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'alphafed']\n"
        "assert 'alphamed_nb.alphafed.contractor' in sys.modules\n"
        "try:\n    import alphafed\nexcept ModuleNotFoundError: pass\nelse: assert False\n"
        "assert alias.install(); import alphafed",
        tmp_path,
    )
