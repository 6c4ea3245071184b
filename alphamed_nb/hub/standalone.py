"""The hub without a Jupyter server: ``python -m alphamed_nb.hub.standalone``.

One per user. It prints one line on stdout, ``{"ready": "<path of the hub file>"}``, once nodes can come in, or
``{"error": "<why>"}``. A second one finds the first and prints the same line with the first one's hub file. It leaves
when nobody has been connected for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_core.application import JupyterApp
from jupyter_core.paths import jupyter_data_dir
from traitlets import Float, Unicode

from ..protocol.errors import HubError, StorageFailed
from ..protocol.hub_file import standalone_data_directory
from .life.embedded import EmbeddedHub
from .life.traits import HubTraits
from .settings import HubSettings
from .store.data_directory import holder_of
from .store.files import make_private_directory, take_private_file

__all__ = ["IdleWatch", "StandaloneHub", "main", "serve"]

logger = logging.getLogger(__name__)


class IdleWatch:
    """Calls `leave` when the hub had neither link nor viewer for so long."""

    def __init__(self, hub: EmbeddedHub, seconds: float, leave: Callable[[], None]) -> None:
        self._service = hub.service
        self._seconds = seconds
        self._leave = leave
        self._timer: asyncio.TimerHandle | None = None
        self._service.links.watchers.append(self._look)
        self._look()

    def _look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._seconds > 0 and not self._service.links:
            self._timer = self._service.background.call_later(self._seconds, self._idle)

    def _idle(self) -> None:
        if self._service.links or self._service.viewers:
            self._look()
        else:
            self._leave()


async def serve(settings: HubSettings, hub_file: Path | None, idle_seconds: float) -> int:
    """Run a hub until it is idle or told to stop (SIGTERM, SIGINT). Returns the exit status."""
    loop = asyncio.get_running_loop()
    left: asyncio.Future[None] = loop.create_future()

    def leave() -> None:
        if not left.done():
            left.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    with _alone(settings.data_dir):
        earlier = _earlier_hub(settings, hub_file)
        if earlier is not None:
            _say(ready=str(earlier))
            return 0
        hub = EmbeddedHub(settings, hub_file=hub_file)
        if hub.acquire().holder is not None:
            hub.service.directory.release()
            raise StorageFailed(f"{settings.data_dir} is in use by another hub.")
        await hub.start()
    # What is here now stays to the end. The garbage collector need not look at it, and so comes round more often: links
    # that are closed leave cycles behind.
    gc.collect()
    gc.freeze()
    IdleWatch(hub, idle_seconds, leave)
    _say(ready=str(hub.hub_file))
    await left
    await hub.stop()
    return 0


class StandaloneHub(HubTraits, JupyterApp):
    """The hub without a Jupyter server.

    Its configuration file is `jupyter_alphamed_nb_config.py` (or .json) in Jupyter's configuration directory.
    """

    name = "jupyter-alphamed-nb"
    description = __doc__
    config_file_name = Unicode("jupyter_alphamed_nb_config")
    aliases = {
        "data-dir": "StandaloneHub.data_dir",
        "hub-file": "StandaloneHub.hub_file",
        "idle": "StandaloneHub.idle_seconds",
        "retention-days": "StandaloneHub.retention_days",
        "retention-bytes": "StandaloneHub.retention_bytes",
        "resume-seconds": "StandaloneHub.resume_seconds",
        "config": "JupyterApp.config_file",
        "log-level": "Application.log_level",
    }
    flags = {"full-sync": ({"StandaloneHub": {"full_sync": True}}, "Stored messages also survive a power failure.")}

    hub_file = Unicode("", help="Where to write the hub file. Empty: hub.json in the data directory.").tag(config=True)
    idle_seconds = Float(600.0, min=0, help="Leave when nobody has been connected for so long, seconds. 0: never.").tag(
        config=True
    )

    def start(self) -> None:
        """Run the hub to its end, then leave the process."""
        super().start()
        settings = self.hub_settings("standalone", standalone_data_directory(jupyter_data_dir()))
        try:
            self.exit(asyncio.run(serve(settings, Path(self.hub_file) if self.hub_file else None, self.idle_seconds)))
        except (HubError, OSError) as error:
            _say(error=str(error))
            self.exit(1)
        except Exception as error:
            _say(error=f"The hub failed: {error!r}; its log has the traceback.")
            raise


def main(arguments: list[str] | None = None) -> int:
    """Run a hub; returns the exit status."""
    # A session of its own: an interrupt at a terminal goes to the whole group of whoever started it, not to this hub.
    with contextlib.suppress(PermissionError):  # it leads a group already: whoever started it saw to that
        os.setsid()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        StandaloneHub.launch_instance(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hubs on one directory start one after the other: so the second finds the first ready, never half started."""
    import fcntl

    make_private_directory(data_dir.parent)
    descriptor = take_private_file(data_dir.with_name(f"{data_dir.name}.start"))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _earlier_hub(settings: HubSettings, hub_file: Path | None) -> Path | None:
    """The hub file of a hub that runs on this directory already."""
    holder = holder_of(settings.data_dir)
    if holder is None:
        return None
    path = hub_file if hub_file is not None else settings.data_dir / "hub.json"
    if not path.exists():
        raise StorageFailed(f"{settings.data_dir} is in use by another hub ({holder.kind}, pid {holder.pid}).")
    return path


def _say(**line: str) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
