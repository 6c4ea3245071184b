"""What a node asks the task manager for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from ...node.active import current_context
from ...node.plain import as_number, as_text
from ...node.session.files import upload_file
from ..mock import mock_nodes, require_session
from .common import Contractor

__all__ = ["TaskContractor"]


class TaskContractor(Contractor):
    """The task manager's side of a task. May be created before the context it is used in is entered."""

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id

    def query_nodes(self) -> list[str]:
        """A new list of the ids of all participants."""
        return mock_nodes()

    def query_address(self, target: str) -> None:
        """Older code asks for a node's address; nodes have none here."""
        return None

    def upload_file(
        self, fp: str | os.PathLike[str] | IO[bytes], persistent: bool = False, upload_name: str | None = None
    ) -> str:
        """Store a file where all participants can fetch it.

        Args:
            fp: a path, or an open binary file.
            persistent: has no meaning in mock mode, every file is temporary.
            upload_name: the name for a file object.

        Returns:
            A URL from which the content can be fetched with a plain GET, for one hour.
        """
        session = require_session(self.task_id, f"{type(self).__name__}.upload_file()")
        if isinstance(fp, str | os.PathLike):
            path = Path(fp)
            return upload_file(session, path.name, path.read_bytes())
        content: Any = fp.read()
        if not isinstance(content, bytes | bytearray | memoryview):
            raise TypeError(f"upload_file() needs a file opened in binary mode, read() gave {type(content).__name__}.")
        name = getattr(fp, "name", "") if upload_name is None else as_text(upload_name, "upload_name")
        return upload_file(session, os.fsdecode(name) if isinstance(name, str | bytes) else "", bytes(content))

    def report_progress(self, percent: int) -> None:
        """Tell the task manager how far the task is, 0 to 100. Returns at once; here it becomes a metric record."""
        context = current_context()
        if context is None:
            return
        value = as_number(percent, "percent")
        for session in context.sessions():  # never claims: without a session there is nobody to tell
            if session.task == self.task_id:
                session.report_metric("progress", value)
