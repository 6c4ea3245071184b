"""A real JupyterLab in a real Chromium: the server, the page, and what a person does with both."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Error, Page, Playwright, Response

from tests.helpers.servers import REPOSITORY, Hub, own_environment

__all__ = [
    "BUILT", "EXAMPLE", "NOTEBOOKS", "PATIENCE_SECONDS", "START_SECONDS", "ChromiumMissing", "Lab", "LabPage",
    "chromium", "finish", "node", "run_all", "run_code",
]  # fmt: skip

BUILT = REPOSITORY / "alphamed_nb" / "labextension"
EXAMPLE = REPOSITORY / "examples" / "fedavg"
NOTEBOOKS = ("mock_aggregator.ipynb", "mock_collaborator_1.ipynb", "mock_collaborator_2.ipynb")
PATIENCE_SECONDS = 30
"""How long anything may take to come, on a slow and busy machine; nothing waits longer than it has to."""
START_SECONDS = 120
"""The same for what starts: servers, pages, kernels that load torch."""
_BASE_URL = "/hospital/lab%20a/"
"""Everything has to work below a prefix."""

_ERRORS_OF_JUPYTERLAB = ("Canceled future for create_subshell_request", "Disposed")
"""JupyterLab rejects these where nobody looks, when a notebook is closed or restarted soon after it was opened."""
_ERRORS_OF_NOTEBOOK = (*_ERRORS_OF_JUPYTERLAB, "Cannot read properties of undefined (reading 'schema')")
"""Notebook 7 throws this on every page, without this extension too."""

_SETTINGS: dict[str, dict[str, object]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "alphamed_nb/plugin": {"hintSeen": True},
}

_EXPOSES = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}
_HOME = {"jupyterlab": "lab", "notebook": "tree"}


@dataclass
class Lab:
    """A JupyterLab server with directories of its own; it can be stopped, killed and started again there."""

    folder: Path
    application: Literal["jupyterlab", "notebook"] = "jupyterlab"
    """`notebook`: Notebook 7."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    variables: dict[str, str] = field(default_factory=dict)
    """More of its environment, and of its kernels'."""
    port: int = 0
    process: subprocess.Popen[str] | None = None

    @property
    def root(self) -> Path:
        """What the file browser shows."""
        return self.folder / "work"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{_BASE_URL}"

    def environment(self) -> dict[str, str]:
        # The extension as it was just built, whatever is installed in this environment.
        path = self.folder / "share"
        link = path / "labextensions" / "alphamed_nb"
        if not link.exists():
            link.parent.mkdir(parents=True)
            link.symlink_to(BUILT)
        return (
            own_environment(self.folder)
            | self.variables
            | {
                "JUPYTER_PATH": str(path),
                "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            }
        )

    def setting(self, name: str, values: dict[str, object]) -> None:
        """Write a user setting, `<package>/<plugin>`; read when a page is loaded."""
        file = self.folder / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def start(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for name, values in _SETTINGS.items():
            self.setting(name, values)
        log = self.folder / f"lab-{secrets.token_hex(4)}.log"
        command = [
            sys.executable, "-m", self.application, "--allow-root", "--no-browser", "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}", f"--ServerApp.base_url={_BASE_URL}",
            f"--{_EXPOSES[self.application]}.expose_app_in_browser=True",
            "--ServerApp.jpserver_extensions=alphamed_nb=True",
        ]  # fmt: skip
        with log.open("w") as output:
            server = subprocess.Popen(
                command, env=self.environment(), stdout=output, stderr=subprocess.STDOUT, text=True, cwd=self.root
            )
        self.process = server
        info = self.folder / "runtime" / f"jpserver-{server.pid}.json"
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and server.poll() is None:
            if info.exists() and list((self.folder / "runtime").glob("alphamed-nb-*.json")):
                self.port = json.loads(info.read_text())["port"]
                return
            time.sleep(0.05)
        server.kill()
        raise RuntimeError(f"JupyterLab did not come up:\n{log.read_text()}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                # Told to stop while it loads a page, a server can stand still at the interpreter's end, all its work
                # done: AnyIO, which jupyter_server reads files with, then leaves an idle thread that nothing ends.
                self.process.kill()
                self.process.wait()
            self.process = None

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def hub(self) -> Hub:
        """For nodes that are no notebooks: processes of this machine that use the server's hub."""
        assert self.process is not None
        (file,) = (self.folder / "runtime").glob("alphamed-nb-*.json")
        environment = self.environment() | {"ALPHAMED_NB_HUB_FILE": str(file)}
        return Hub(self.root, environment, self.process, url=self.url, token=self.token)

    def ask(self, path: str) -> Any:
        """What the hub's REST answers under `api/`."""
        call = urllib.request.Request(
            f"{self.url}alphamed-nb/api/{path}", headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(call) as answer:
            return json.loads(answer.read())

    def copy_example(self, folder: str = "") -> None:
        """The FedAvg example, below the root."""
        for file in EXAMPLE.iterdir():
            if file.is_file():
                target = self.root / folder / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)

    def open(
        self, browser: Browser, *, theme: str = "light", locale: str = "en", width: int = 1440, load: bool = True
    ) -> LabPage:
        """A new page, JupyterLab restored; without `load` an empty one, for what has to be there before."""
        name = "JupyterLab Light" if theme == "light" else "JupyterLab Dark"
        self.setting("@jupyterlab/apputils-extension/themes", {"theme": name})
        self.setting("@jupyterlab/translation-extension/plugin", {"locale": locale})
        page = self.page(browser, viewport={"width": width, "height": 900})
        if load:
            page.load()
        return page

    def page(self, browser: Browser, **options: Any) -> LabPage:
        """An empty page, with `options` of a browser context."""
        context = browser.new_context(**options)
        context.set_default_timeout(1000 * PATIENCE_SECONDS)
        return LabPage(self, context.new_page())


class LabPage:
    """One browser tab."""

    def __init__(self, lab: Lab, page: Page) -> None:
        self.lab = lab
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", self._on_error)

    def _on_error(self, error: Error) -> None:
        known = _ERRORS_OF_JUPYTERLAB if self.lab.application == "jupyterlab" else _ERRORS_OF_NOTEBOOK
        if not any(text in str(error) for text in known):
            self.errors.append(str(error))

    def load(self) -> None:
        """Load it (again) and wait until JupyterLab is restored."""
        url = f"{self.lab.url}{_HOME[self.lab.application]}?token={self.lab.token}"
        self.page.goto(url, timeout=1000 * START_SECONDS)
        self.restored()

    def restored(self) -> None:
        """Wait until JupyterLab is."""
        restored = "window.jupyterapp && window.jupyterapp.restored.then(() => true)"
        self.page.wait_for_function(restored, timeout=1000 * START_SECONDS)

    @contextmanager
    def saved(self, *texts: str, without: Sequence[str] = ()) -> Iterator[None]:
        """Wait until JupyterLab has stored a state with all of these texts and `without` those others.

        It does so a moment after the last change.
        """

        def has_them(answer: Response) -> bool:
            request = answer.request
            stored = request.method == "PUT" and "/api/workspaces/" in request.url
            state = request.post_data or ""
            return stored and all(text in state for text in texts) and not any(text in state for text in without)

        with self.page.expect_response(has_them):
            yield

    def close(self) -> None:
        self.page.context.close()

    def command(self, name: str, arguments: dict[str, object] | None = None) -> None:
        """Run one of JupyterLab's commands and wait for its end, at most half a minute."""
        self.page.evaluate(
            """([name, args]) => Promise.race([
                Promise.resolve(window.jupyterapp.commands.execute(name, args)).then(() => null),
                new Promise((_, fail) => setTimeout(() => fail(new Error(name + ' did not end')), 30000))
            ])""",
            [name, arguments or {}],
        )

    def open_notebook(self, path: str) -> None:
        """Open a notebook and wait until its kernel can run cells."""
        self.page.evaluate(
            """async path => {
                const late = new Promise((_, fail) => setTimeout(() => fail(new Error(path + ' is not ready')), 60000));
                const ready = async () => {
                    const widget = await window.jupyterapp.commands.execute('docmanager:open', {path});
                    await widget.context.ready;
                    await widget.context.sessionContext.ready;
                    for (;;) {
                        const kernel = widget.context.sessionContext.session?.kernel;
                        if (kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle') {
                            await kernel.info;
                            return;
                        }
                        await new Promise(done => setTimeout(done, 100));
                    }
                };
                await Promise.race([ready(), late]);
            }""",
            path,
        )

    def run_all_cells(self, path: str) -> None:
        """Start all cells of an open notebook; does not wait for their end."""
        self.page.evaluate(
            """async path => {
                await window.jupyterapp.commands.execute('docmanager:open', {path});
                void window.jupyterapp.commands.execute('notebook:run-all-cells');
            }""",
            path,
        )

    def numbers(self) -> list[int]:
        """The journal numbers of the records in the view, row by row: read while scrolling through all of them."""
        places, total = self.page.evaluate(
            """async () => {
                const list = document.querySelector('.jp-alphamed-View .jp-alphamed-Logs-list');
                const rest = () => new Promise(done => setTimeout(done, 120));
                // One that was just drawn, or follows, goes to its end once more: it has to stay for a while.
                const goToTop = async () => {
                    for (let tries = 0, still = 0; tries < 200 && still < 5; tries++) {
                        const there = list.scrollTop === 0 && list.querySelector('[aria-posinset="1"]') !== null;
                        still = there ? still + 1 : 0;
                        list.scrollTop = 0;
                        await rest();
                    }
                };
                // Whether rows are drawn wherever one looks.
                const covered = () => {
                    const {top, bottom} = list.getBoundingClientRect();
                    const rows = [...list.querySelectorAll('[data-seq]')]
                        .map(row => [row, row.getBoundingClientRect()]);
                    const last = rows.findLast(([, place]) => place.top < bottom);
                    return rows.some(([, place]) => place.top <= top + 1 && place.bottom > top) &&
                        (last[1].bottom >= bottom || last[0].ariaPosInSet === last[0].ariaSetSize);
                };
                const found = new Map();
                const total = () => Number(list.querySelector('[data-seq]').ariaSetSize);
                // Again where a busy machine had drawn fewer rows than were passed, or not yet made room for all.
                for (let times = 0; times === 0 || (times < 5 && found.size < total()); times++) {
                    await goToTop();
                    for (let still = 0; still < 5; ) {
                        await rest();
                        for (let tries = 0; tries < 100 && !covered(); tries++) await rest();
                        for (const row of list.querySelectorAll('[data-seq]'))
                            found.set(Number(row.ariaPosInSet), Number(row.dataset.seq));
                        const before = list.scrollTop;
                        list.scrollTop += list.clientHeight * 0.7;
                        still = list.scrollTop === before ? still + 1 : 0;
                    }
                }
                return [[...found].sort(([one], [other]) => one - other), total()];
            }"""
        )
        assert [place for place, _ in places] == list(range(1, total + 1)), (
            f"saw {len(places)} of {total} rows, the first was row {places[0][0]}"
        )
        return [seq for _, seq in places]

    def shot(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")


@contextmanager
def run_code(lab: Lab, code: str, *arguments: str, folder: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process of its own that finds the server's hub, with `sys.argv[1:]`; killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=lab.hub().environment, cwd=lab.root / folder, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


_NODE = """
import logging, sys, time
from alphamed_nb import alphafed
from alphafed import logger, mock_context
from alphafed.contractor import TaskMessageContractor
from alphamed_nb.alphafed.mock import require_session
from alphamed_nb.protocol.journal import Wait

logger.setLevel(logging.DEBUG)
task, node, nodes = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
wait = sys.stdin.readline
with mock_context(id=node, nodes=nodes):
    contractor = TaskMessageContractor(task_id=task)
    session = require_session(task, "the test")
"""


def node(
    lab: Lab, task: str, name: str, nodes: str, body: str, folder: str = ""
) -> AbstractContextManager[subprocess.Popen[str]]:
    """A node in a process of its own that does `body` inside its mock context.

    Args:
        nodes: All of the context, separated by commas.
        body: May use `contractor`, `session`, `logger`, `Wait`, and `wait()` for a line of its input.
        folder: Where it runs, below the server's root.
    """
    code = _NODE + "".join(f"    {line}\n" for line in body.splitlines())
    return run_code(lab, code, task, name, nodes, folder=folder)


def finish(lab: Lab, task: str, name: str, nodes: str, body: str, *, fails: bool = False) -> None:
    """Such a node, from its beginning to its end."""
    with node(lab, task, name, nodes, body) as process:
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode != 0) is fails, errors


def chromium(playwright: Playwright) -> Browser:
    """The system's Chromium, or what the variable CHROMIUM names.

    Raises:
        ChromiumMissing: there is none; the message says what to install.
    """
    names = (os.environ.get("CHROMIUM") or "chromium", "chromium-browser", "google-chrome", "chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise ChromiumMissing(
            "Chromium and a font with Chinese characters are needed. On Debian or Ubuntu:\n"
            "  apt-get update && apt-get install -y chromium fonts-noto-cjk\n"
            "elsewhere install Chromium or Google Chrome, put it on the PATH, or name it in the variable CHROMIUM."
        )
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])


class ChromiumMissing(Exception):
    """There is no browser on this machine."""


def run_all(page: LabPage, folder: str = "") -> None:
    """Open the example's three notebooks and run all of their cells at once."""
    for name in NOTEBOOKS:
        page.open_notebook(os.path.join(folder, name))
    for name in NOTEBOOKS:
        page.run_all_cells(os.path.join(folder, name))
