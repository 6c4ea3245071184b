"""What `import alphamed_nb` and `%load_ext alphamed_nb` do, and what they leave alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


HEAVY = ("torch", "IPython", "jupyter_server", "ipykernel", "tornado", "zmq", "numpy", "sklearn", "notebook", "rich")


def test_importing_it_imports_nothing_heavy() -> None:
    code = f"import sys, alphamed_nb; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert run(code) == "[]\n"


def test_the_command_line_imports_nothing_heavy() -> None:
    code = f"import sys, alphamed_nb.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert run(code) == "[]\n"


def test_the_face() -> None:
    code = (
        "import alphamed_nb, alphamed_nb.alphafed as real\n"
        "for name in ('mock_context', 'is_mock_mode', 'mock_node_id', 'mock_nodes', 'logger', 'task_logger'):\n"
        "    assert getattr(alphamed_nb, name) is getattr(real, name), name\n"
        "    assert name in dir(alphamed_nb) and name in alphamed_nb.__all__\n"
        "from alphamed_nb import *\n"
        "assert mock_context is real.mock_context\n"
        "try:\n    alphamed_nb.nothing\nexcept AttributeError as error: print(error)\n"
        "import sys; assert 'torch' not in sys.modules\n"
    )
    assert run(code) == "module 'alphamed_nb' has no attribute 'nothing'\n"


def test_the_server_extension_is_found_where_jupyter_looks() -> None:
    code = (
        "import alphamed_nb\n(point,) = alphamed_nb._jupyter_server_extension_points()\n"
        "from jupyter_server.extension.application import ExtensionApp\n"
        "assert point['module'] == 'alphamed_nb' and issubclass(point['app'], ExtensionApp)\n"
        "import sys; assert 'torch' not in sys.modules\n"
    )
    assert run(code) == ""


EXTENSION = (
    "from IPython.core.interactiveshell import InteractiveShell\n"
    "shell = InteractiveShell.instance()\n"
    "import sys\n"
    "def state():\n"
    "    magics = {kind: sorted(names) for kind, names in shell.magics_manager.magics.items()}\n"
    "    callbacks = {name: list(found) for name, found in shell.events.callbacks.items()}\n"
    "    return magics, sorted(shell.magics_manager.registry), list(sys.meta_path), callbacks\n"
)


def test_loading_prints_nothing_twice_is_harmless_unloading_undoes_all() -> None:
    code = EXTENSION + (
        "before = state()\n"
        "import alphamed_nb\n"
        "alphamed_nb.load_ipython_extension(shell)\n"
        "loaded = state()\n"
        "assert loaded != before and 'mock_node' in loaded[0]['cell']\n"
        "alphamed_nb.load_ipython_extension(shell)\n"
        "assert state() == loaded\n"
        "import alphafed\n"
        "alphamed_nb.unload_ipython_extension(shell)\n"
        "assert state() == before\n"
        "assert 'alphafed' not in sys.modules and 'torch' not in sys.modules\n"
        "alphamed_nb.load_ipython_extension(shell)\n"
        "assert state()[0] == loaded[0]\n"
    )
    assert run(code) == ""


def test_the_magic_commands_of_ipython_do_it_too() -> None:
    code = EXTENSION + (
        "shell.run_cell('%load_ext alphamed_nb\\nimport alphafed')\n"
        "assert shell.find_cell_magic('mock_node') is not None and 'alphafed' in shell.user_ns\n"
        "shell.run_cell('%reload_ext alphamed_nb\\nimport alphafed')\n"
        "shell.run_cell('%unload_ext alphamed_nb')\n"
        "assert shell.find_cell_magic('mock_node') is None\n"
    )
    assert run(code) == ""


def test_unloading_leaves_an_alias_that_somebody_else_installed() -> None:
    code = EXTENSION + (
        "import alphamed_nb.alphafed\n"
        "alphamed_nb.load_ipython_extension(shell)\nalphamed_nb.unload_ipython_extension(shell)\n"
        "import alphafed\nassert alphafed is alphamed_nb.alphafed\n"
    )
    assert run(code) == ""


def test_loading_imports_nothing_that_takes_long() -> None:
    code = EXTENSION + (
        "before = set(sys.modules)\nimport alphamed_nb\nalphamed_nb.load_ipython_extension(shell)\n"
        "packages = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(packages & {'torch', 'numpy', 'tornado', 're2', 'jupyter_server', 'nbformat', 'zmq'}))"
    )
    assert run(code) == "[]\n"
