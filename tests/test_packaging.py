"""What is installed: the package, the panel, the file that enables the extension, the metadata, no stray files."""

from __future__ import annotations

import ast
import configparser
import csv
import hashlib
import importlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "etc/jupyter/jupyter_server_config.d/alphamed_nb.json"
PANEL = "share/jupyter/labextensions/alphamed_nb"


@pytest.fixture(scope="module")
def backend() -> ModuleType:
    return load("build_backend")


@pytest.fixture(scope="module")
def front_end() -> ModuleType:
    return load("front_end")


def load(name: str) -> ModuleType:
    """A module of tools, which is no package."""
    if str(ROOT / "tools") not in sys.path:
        sys.path.append(str(ROOT / "tools"))
    return importlib.import_module(name)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone holds, so that building writes nothing into the clone."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("this is no clone: git does not say which files belong to it")
    copy = tmp_path_factory.mktemp("source")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    if (ROOT / "node_modules" / ".installed").is_file():
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
    return copy


def build(kind: str, source: Path, folder: Path) -> Path:
    """Call the build backend as pip does, without fetching anything."""
    code = f"import sys; sys.path.insert(0, 'tools'); import build_backend; build_backend.build_{kind}(sys.argv[1])"
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", code, str(folder)], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build("wheel", source, tmp_path_factory.mktemp("built") / "wheel"))


def version() -> str:
    text = (ROOT / "alphamed_nb" / "_version.py").read_text(encoding="utf-8")
    match = re.search(r'__version__ = "([^"]+)"', text)
    assert match is not None
    return match[1]


def metadata(wheel: zipfile.ZipFile) -> str:
    return wheel.read(f"alphamed_nb-{version()}.dist-info/METADATA").decode()


def check_record(wheel: zipfile.ZipFile) -> None:
    """Every file of a wheel must stand in RECORD with its right hash, or uninstalling leaves it."""
    record = f"alphamed_nb-{version()}.dist-info/RECORD"
    rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(wheel.read(record).decode()))}
    assert set(rows) == {item.filename for item in wheel.infolist()}
    for name, (digest, size) in rows.items():
        if name != record:
            content = wheel.read(name)
            expected = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={expected}", str(len(content))), name


def panel_files(wheel: zipfile.ZipFile) -> set[str]:
    """Those of the panel, relative to its folder."""
    folder = f"alphamed_nb-{version()}.data/data/{PANEL}/"
    return {name.removeprefix(folder) for name in wheel.namelist() if name.startswith(folder)}


def check_panel(wheel: zipfile.ZipFile) -> None:
    names = panel_files(wheel)
    stated = json.loads(wheel.read(f"alphamed_nb-{version()}.data/data/{PANEL}/package.json"))
    assert stated["version"] == version()
    assert stated["jupyterlab"]["_build"]["load"] in names
    others = {name for name in names if not name.startswith("static/")}
    schemas = {"schemas/alphamed_nb/package.json.orig", "schemas/alphamed_nb/plugin.json"}
    assert others == {"package.json", "install.json"} | schemas
    entries = [name for name in names if name.startswith("static/remoteEntry.")]
    assert len(entries) == 1, "files of an earlier build"


def test_an_editable_wheel_enables_the_server_extension_and_has_the_panel(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build("editable", source, tmp_path / "editable")) as wheel:
        enabled = json.loads(wheel.read(f"alphamed_nb-{version()}.data/data/{CONFIG}"))
        assert enabled == {"ServerApp": {"jpserver_extensions": {"alphamed_nb": True}}}
        check_panel(wheel)
        check_record(wheel)


def test_a_wheel_has_the_package_and_the_panel_and_nothing_else(wheel: zipfile.ZipFile, source: Path) -> None:
    names = {item.filename for item in wheel.infolist()}
    stem = f"alphamed_nb-{version()}"
    data = {name for name in names if name.startswith(f"{stem}.data/")}
    assert data == {
        f"{stem}.data/data/{name}" for name in [CONFIG, *(f"{PANEL}/{file}" for file in panel_files(wheel))]
    }
    check_panel(wheel)
    inside = {name for name in names - data if not name.startswith(f"{stem}.dist-info/")}
    package = source / "alphamed_nb"
    expected = {
        path.relative_to(source).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and package / "labextension" not in path.parents
    }
    assert inside == expected
    assert "alphamed_nb/py.typed" in inside
    check_record(wheel)


def test_what_was_removed_from_the_sources_is_not_in_the_wheel(source: Path, tmp_path: Path) -> None:
    stale = source / "build" / "lib" / "alphamed_nb" / "stale.py"
    stale.parent.mkdir(parents=True, exist_ok=True)
    stale.touch()
    with zipfile.ZipFile(build("wheel", source, tmp_path / "wheel")) as wheel:
        assert "alphamed_nb/stale.py" not in wheel.namelist()


def test_jupyterlab_shows_the_installed_panel_and_uninstalling_leaves_nothing(
    wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    """In an environment of its own, which sees the packages of this one but not its Jupyter folders."""
    prefix = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(prefix)], check=True)
    python = str(prefix / "bin" / "python")

    def pip(*arguments: str) -> None:
        command = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def content() -> set[Path]:
        names = (path for path in prefix.rglob("*") if path.is_file() or "alphamed_nb" in path.name)
        return {path for path in names if "__pycache__" not in path.parts}

    def labextensions() -> str:
        places = [path for path in sys.path if path.endswith("site-packages")]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(places)}
        command = [python, "-m", "jupyterlab.labextensions", "list"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    before = content()
    pip("install", "--no-deps", "--no-index", str(wheel.filename))
    listed = re.sub(r"\x1b\[\d*m", "", labextensions())
    assert re.search(rf"alphamed_nb v{re.escape(version())} +enabled +OK +\(python, alphamed_nb\)", listed), listed
    pip("uninstall", "--yes", "alphamed_nb")
    assert content() == before
    assert "alphamed_nb" not in labextensions()


def test_the_command_and_the_metadata(wheel: zipfile.ZipFile) -> None:
    entry_points = wheel.read(f"alphamed_nb-{version()}.dist-info/entry_points.txt").decode()
    assert "alphamed-nb = alphamed_nb.cli.main:main" in entry_points
    text = metadata(wheel)
    assert "License-Expression: BSD-3-Clause" in text
    assert f"Version: {version()}\n" in text
    assert f"alphamed_nb-{version()}.dist-info/licenses/LICENSE" in wheel.namelist()


def test_classifiers_name_a_version_of_python_that_is_tested(wheel: zipfile.ZipFile) -> None:
    named = re.findall(r"Python :: (3\.\d+)\n", metadata(wheel))
    assert named == ["3.11"], "name a version here once the tests ran on it"


def test_an_sdist_builds_the_same_wheel(source: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    import tarfile

    with tarfile.open(build("sdist", source, tmp_path / "sdist")) as sdist:
        sdist.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again = zipfile.ZipFile(build("wheel", unpacked, tmp_path / "wheel"))
    assert set(again.namelist()) == set(wheel.namelist())


def test_data_files_are_those_of_setup_cfg(backend: ModuleType, wheel: zipfile.ZipFile, source: Path) -> None:
    folder = f"alphamed_nb-{version()}.data/data/"
    shipped = {name.removeprefix(folder) for name in wheel.namelist() if name.startswith(folder)}
    found = backend.data_files(source)
    assert set(found) == shipped
    assert found[CONFIG] == source / CONFIG


def test_the_panel_is_built_only_when_a_source_is_newer(front_end: ModuleType, tmp_path: Path) -> None:
    built = tmp_path / front_end.BUILT
    for name in ["package.json", "labextension/src/index.ts", "labextension/style/base.css", front_end.BUILT]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert front_end.is_built(tmp_path)
    newer = built.stat().st_mtime + 1
    os.utime(tmp_path / "labextension" / "style" / "base.css", (newer, newer))
    assert not front_end.is_built(tmp_path)
    (tmp_path / "PKG-INFO").touch()
    assert front_end.is_built(tmp_path), "an unpacked sdist comes with the panel"


def test_without_node_the_build_asks_for_a_package_that_has_it(
    backend: ModuleType, front_end: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_end, "is_built", lambda root: False)
    monkeypatch.setattr(front_end, "find_npm", lambda: None)
    for ask in [
        backend.get_requires_for_build_wheel,
        backend.get_requires_for_build_editable,
        backend.get_requires_for_build_sdist,
    ]:
        assert front_end.WHEEL in ask()
    with pytest.raises(SystemExit, match="apt-get install nodejs npm"):
        front_end.run_npm(ROOT, "ci")
    monkeypatch.setattr(front_end, "find_npm", lambda: (["npm"], "/usr/bin"))
    assert front_end.WHEEL not in backend.get_requires_for_build_wheel()


def test_no_script_of_package_json_calls_npm() -> None:
    scripts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["scripts"]
    assert not [name for name, script in scripts.items() if re.search(r"\b(npm|npx|jlpm|yarn)\b", script)]


NAMES = {"google-re2": "re2", "scikit-learn": "sklearn"}
"""Distribution -> the name it is imported by, where they differ."""

NOT_IMPORTED = {
    "cloudpickle": "user code imports it beside alphafed",
    "ipykernel": "the kernels in which `alphamed-nb run` executes notebooks",
    "ipywidgets": "shows progress in notebooks",
    "tensorboard": "torch.utils.tensorboard needs it",
    "torchvision": "user code imports it beside alphafed",
}
IMPLIED = {
    "alphamed_nb": "this",
    "alphafed": "this",
    "jupyter_core": "comes with jupyter_client",
    "yaml": "comes with jupyter_server; only writes openapi.yaml anew",
}


def test_every_dependency_is_needed_and_every_import_declared() -> None:
    config = configparser.RawConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["options"]["install_requires"].split("\n")
    declared = {NAMES.get(name, name) for name in (re.split("[<>=]", line)[0] for line in lines) if name}
    used = set()
    for path in (ROOT / "alphamed_nb").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                used.add(node.module.split(".")[0])
    used -= set(sys.stdlib_module_names)
    assert declared - used <= set(NOT_IMPORTED), "not needed"
    assert used - declared <= set(IMPLIED), "not declared"


def test_the_oldest_versions_that_are_allowed_are_tried() -> None:
    config = configparser.RawConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    allowed = {line.replace(">=", "==") for line in config["options"]["install_requires"].split("\n") if ">=" in line}
    tried = {line for line in (ROOT / "tests" / "lowest.txt").read_text(encoding="utf-8").splitlines() if "==" in line}
    assert {line.partition("==")[0] for line in allowed - tried} == {"scikit-learn", "tensorboard"}
    assert tried <= allowed


def test_one_version_everywhere() -> None:
    assert json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["version"] == version()
    assert version() in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_registry_address_is_in_the_sources(source: Path) -> None:
    hosts = "|".join(["pypi", "pythonhosted", "npmjs", "conda", "registry"])
    address = re.compile(rf"https?://[\w.]*({hosts})\b|^\s*(extra-)?index-" + "url|find-" + "links", re.MULTILINE)
    found = [
        path.relative_to(source).as_posix()
        for path in sorted(source.rglob("*"))
        if path.is_file() and address.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found
