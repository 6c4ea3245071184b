"""The hub file: how a process on the same machine finds a hub, and where that file lies. Performs no I/O.

The hub writes the file (mode 0600, replaced in one step) once its node door listens and removes it when it stops. One
may be left behind by a hub that was killed: the proof of the handshake tells a stale file from a good one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

__all__ = [
    "HUB_FILE_VARIABLE",
    "HubFile",
    "HubKind",
    "decode_hub_file",
    "encode_hub_file",
    "jupyter_hub_file",
    "jupyter_hub_file_pattern",
    "standalone_data_directory",
    "standalone_hub_file",
]

HUB_FILE_VARIABLE = "ALPHAMED_NB_HUB_FILE"
"""The environment variable in which a Jupyter server's hub names its hub file to the kernels it starts."""

HubKind = Literal["jupyter", "standalone", "run"]


class HubFile(msgspec.Struct, kw_only=True, frozen=True):
    """What the file says."""

    protocol: int
    """The newest protocol version the hub speaks."""
    hub: str
    """The hub id; fixed for a data directory."""
    address: str
    """`127.0.0.1:PORT` of the node door: links at `ws://ADDRESS/link`, streams, files and reads at `http://ADDRESS/`."""
    credential: str
    """The hub's secret, hex. It never travels: both ends prove that they know it (:mod:`.handshake`)."""
    pid: int
    host: str
    """Names the machine and its boot, as in :class:`~.messages.ProcessInfo`."""
    release: str
    """The hub's `alphamed_nb.__version__`."""
    data_dir: str
    kind: HubKind
    started: float
    """When the hub began, seconds since the epoch."""
    url: str = ""
    """For `jupyter`: the server's own address with its base_url, for people; empty otherwise."""


def encode_hub_file(hub: HubFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(hub), indent=1) + b"\n"


def decode_hub_file(content: bytes) -> HubFile:
    """Raises `msgspec.MsgspecError` for anything that is not a hub file."""
    return msgspec.json.decode(content, type=HubFile)


def jupyter_hub_file(jupyter_runtime_dir: str | Path, hub: str) -> Path:
    """Where the hub of a Jupyter server writes its file. The hub id is fixed, so the path survives a restart."""
    return Path(jupyter_runtime_dir) / f"alphamed-nb-{hub}.json"


def jupyter_hub_file_pattern() -> str:
    """The glob pattern of such files in the Jupyter runtime directory."""
    return "alphamed-nb-*.json"


def standalone_data_directory(jupyter_data_dir: str | Path) -> Path:
    """The data directory of the user's standalone hub."""
    return Path(jupyter_data_dir) / "alphamed_nb" / "standalone"


def standalone_hub_file(jupyter_data_dir: str | Path) -> Path:
    """Where the standalone hub of this user writes its file."""
    return standalone_data_directory(jupyter_data_dir) / "hub.json"
