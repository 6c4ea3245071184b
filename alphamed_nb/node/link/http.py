"""HTTP requests to the hub: streams of processes that do not share its files, and uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from ...protocol.errors import ErrorBody, HubError, HubUnreachable, error_from_body
from .discovery import way_in

if TYPE_CHECKING:
    from ..waiting import Deadline
    from .link import Link

__all__ = ["hub_fetch"]


def hub_fetch(link: Link, method: str, path: str, body: bytes | None = None, deadline: Deadline | None = None) -> bytes:
    """One request on the link's loop; returns the body of the answer.

    Raises:
        HubError: the hub refused.
        HubUnreachable: there was no answer.
        TimeoutError: the deadline passed.
    """
    url, headers = way_in(link.place, link.wait_connected(deadline).ticket)
    request = HTTPRequest(
        f"{url}/{path}",
        method=method,
        headers={**headers, "Content-Type": "application/octet-stream"},
        body=body,
        request_timeout=0,  # the deadline counts
        connect_timeout=10.0,
        decompress_response=False,
    )

    async def fetch() -> HTTPResponse:
        client: AsyncHTTPClient = SimpleAsyncHTTPClient(
            force_instance=True, max_body_size=link.limits.stream_bytes, max_buffer_size=64 * 1024 * 1024
        )
        try:
            return await client.fetch(request)
        finally:
            client.close()

    try:
        return link.call(fetch, deadline).body
    except HTTPError as error:
        raise _refusal(error) from None
    except OSError as error:
        raise HubUnreachable(f"The hub cannot be reached: {error}") from error


def _refusal(error: HTTPError) -> HubError:
    content = error.response.body if error.response is not None else b""
    try:
        return error_from_body(msgspec.json.decode(content, type=ErrorBody))
    except msgspec.MsgspecError:
        return HubUnreachable(f"The hub answered {error.code}: {error.message}")
