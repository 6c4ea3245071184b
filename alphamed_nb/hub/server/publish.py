"""Writes the hub file, and removes it again."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from ..._own_files import read_own_file
from ..._version import __version__
from ...protocol.errors import StorageFailed
from ...protocol.hub_file import HubFile, decode_hub_file, encode_hub_file
from ...protocol.messages import PROTOCOL_VERSION
from ..service import HubService
from ..store.files import create_private_file

__all__ = ["remove_hub_file", "write_hub_file"]


def write_hub_file(path: Path, service: HubService, *, url: str = "") -> HubFile:
    """Say where the hub listens. Readers find the old file or the new one, never a part of it.

    Raises:
        StorageFailed: it cannot be written.
    """
    hub = HubFile(
        protocol=PROTOCOL_VERSION,
        hub=service.hub_id,
        address=service.address,
        credential=service.credential,
        pid=os.getpid(),
        host=service.host,
        release=__version__,
        data_dir=str(service.directory.path),
        kind=service.settings.kind,
        started=service.started,
        url=url,
    )
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(create_private_file(beside), "wb") as file:
            file.write(encode_hub_file(hub))
        beside.replace(path)
        read_own_file(path)  # as nodes do: on some file systems everybody can write what anybody makes
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageFailed(f"The hub file {path} cannot be written: {error.strerror or error}.") from error
    return hub


def remove_hub_file(path: Path, hub: HubFile) -> None:
    """Remove the file, unless another hub has written it since."""
    try:
        if decode_hub_file(read_own_file(path)).credential == hub.credential:
            path.unlink()
    except (OSError, msgspec.MsgspecError):
        return
