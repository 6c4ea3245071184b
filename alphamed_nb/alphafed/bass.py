"""The platform's own service. Only here so that code which imports it runs: in mock mode nothing is sent anywhere."""

from __future__ import annotations

import uuid
from typing import Any

from .logs import logger
from .mock import NotInMockMode, is_mock_mode

__all__ = ["BassProxy"]


class BassProxy:
    """Talks to the platform; in mock mode it answers as if the platform had agreed."""

    def upload_file(self, upload_name: str, fp: Any) -> str:
        """Upload for `launch_task`; returns the file's key."""
        _check("BassProxy.upload_file")
        return f"mock-{uuid.uuid4().hex}"

    def launch_task(self, task_id: str, pickle_file_key: str) -> bool:
        _check("BassProxy.launch_task")
        return True


def _check(what: str) -> None:
    if not is_mock_mode():
        raise NotInMockMode(
            f"{what} needs the AlphaMed platform, which is not here; inside mock_context it does nothing."
        )
    logger.info("%s does nothing in mock mode.", what)
