from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from hub_process import HubProcess

from alphamed_nb.node.context import NodeContext
from alphamed_nb.node.session.files import upload_file


def test_an_uploaded_file_is_fetched_with_a_plain_get(hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        url = upload_file(context.session(task), "../报告.zip", b"content")
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.read() == b"content"
            assert answer.headers["Content-Type"] == "application/octet-stream"
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(url[:-4] + "0000", timeout=20)


def test_an_empty_file(hub: HubProcess, task: str) -> None:
    with NodeContext("a") as context:
        url = upload_file(context.session(task), "", b"")
        with urllib.request.urlopen(url, timeout=20) as answer:
            assert answer.read() == b""
