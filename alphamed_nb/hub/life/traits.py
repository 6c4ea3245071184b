"""What a person may set about a hub, with its help: for the hub in a Jupyter server and the standalone one alike."""

from __future__ import annotations

from pathlib import Path

from traitlets import Bool, Float, Int, Unicode
from traitlets.config import Configurable

from ...protocol.hub_file import HubKind
from ...protocol.limits import Limits
from ..settings import HubSettings

__all__ = ["HubTraits"]

_LIMITS = Limits()
_DEFAULTS = HubSettings(data_dir=Path())


class HubTraits(Configurable):
    """`c.HubTraits.x` in a configuration file sets x for every hub that reads the file."""

    data_dir = Unicode(
        "",
        help="""Where messages, logs and data streams are kept. Empty: a directory below <jupyter data dir>/alphamed_nb,
        in a Jupyter server one for its root_dir. A second server with the same root takes the next free one beside
        it.""",
    ).tag(config=True)
    retention_days = Float(
        _DEFAULTS.retention_days,
        min=0,
        help="Runs that ended more days ago are removed. 0: whatever their age, kept.",
    ).tag(config=True)
    retention_bytes = Int(
        _DEFAULTS.retention_bytes,
        min=0,
        help="""What all runs together may take on the disk, bytes. Beyond it the runs that ended first are removed,
        never one that is going on. 0: no limit.""",
    ).tag(config=True)
    free_bytes = Int(
        _DEFAULTS.free_bytes,
        min=0,
        help="Data streams are refused when less than this many bytes would be left on the disk; messages are not.",
    ).tag(config=True)
    full_sync = Bool(
        _DEFAULTS.full_sync,
        help="""Whether an acknowledged message also survives a power failure (SQLite synchronous=FULL), not only the
        death of every process. Makes messages much slower.""",
    ).tag(config=True)
    resume_seconds = Float(
        _DEFAULTS.resume_seconds,
        min=0.1,
        help="How long a node whose connection was lost may come back before it counts as gone, seconds.",
    ).tag(config=True)
    file_seconds = Float(
        _DEFAULTS.file_seconds, min=1, help="How long a file of upload_file and its URL last, seconds."
    ).tag(config=True)
    live_batch_seconds = Float(
        _DEFAULTS.live_batch_seconds,
        min=0.01,
        help="The live feed gathers rows for so long, seconds.",
    ).tag(config=True)
    live_lag_rows = Int(
        _DEFAULTS.live_lag_rows,
        min=1000,
        help="A viewer that is more rows behind skips log lines, and is told how many.",
    ).tag(config=True)
    max_frame_bytes = Int(_LIMITS.frame_bytes, min=65536, help="The largest websocket frame of a node, bytes.").tag(
        config=True
    )
    max_contract_bytes = Int(
        _LIMITS.contract_bytes, min=1024, help="The largest contract message, bytes of its JSON."
    ).tag(config=True)
    max_record_bytes = Int(
        _LIMITS.record_bytes, min=1024, help="The longest log record, bytes; a longer text becomes several records."
    ).tag(config=True)
    max_stream_bytes = Int(_LIMITS.stream_bytes, min=1024, help="The largest data stream, bytes.").tag(config=True)

    def hub_settings(self, kind: HubKind, own_directory: Path) -> HubSettings:
        """What the traits say. `own_directory`: where the data is kept unless `data_dir` says otherwise."""
        return HubSettings(
            data_dir=Path(self.data_dir).expanduser() if self.data_dir else own_directory,
            kind=kind,
            limits=Limits(
                frame_bytes=self.max_frame_bytes,
                contract_bytes=self.max_contract_bytes,
                record_bytes=self.max_record_bytes,
                stream_bytes=self.max_stream_bytes,
            ),
            full_sync=self.full_sync,
            resume_seconds=self.resume_seconds,
            retention_days=self.retention_days,
            retention_bytes=self.retention_bytes,
            free_bytes=self.free_bytes,
            file_seconds=self.file_seconds,
            live_batch_seconds=self.live_batch_seconds,
            live_lag_rows=self.live_lag_rows,
        )
