"""What a person may set about a hub. The doors fill it: the Jupyter extension from traits, the others from options."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..protocol.hub_file import HubKind
from ..protocol.limits import Limits
from .core.mailboxes import UNREAD_BYTES

__all__ = ["HubSettings"]


@dataclass(frozen=True, kw_only=True)
class HubSettings:
    data_dir: Path
    """The data directory; a directory beside it when another hub holds this one (not for `standalone`)."""
    kind: HubKind = "standalone"
    limits: Limits = field(default_factory=Limits)
    full_sync: bool = False
    """SQLite `synchronous=FULL`: stored messages also survive a power failure, at a price."""
    resume_seconds: float = 10.0
    """How long a session whose link is lost may resume."""
    retention_days: float = 7.0
    """Runs that ended longer ago are removed; 0: kept whatever their age."""
    retention_bytes: int = 2 * 1024**3
    """While the data directory is larger, the runs that ended first are removed; 0: whatever the size."""
    free_bytes: int = 512 * 1024**2
    """Streams and files are refused when less than this would be left on the disk; messages are not."""
    unread_bytes: int = UNREAD_BYTES
    """What unread messages take in memory, about; those beyond it are read from the disk when it is their turn."""
    file_seconds: float = 3600.0
    """How long a file of `upload_file` and its URL last."""
    live_batch_seconds: float = 0.1
    """The live feed gathers rows this long before it sends them."""
    overview_seconds: float = 0.25
    """The live feed sends overviews at most this often."""
    memory_seconds: float = 2.0
    """How often the memory of processes is measured while somebody watches it."""
    live_lag_rows: int = 20_000
    """A viewer further behind skips what lies between, and is told how many numbers."""
