"""Who may come in at the node door, and how both doors say no.

The Jupyter door's checks are Jupyter's own (:mod:`.jupyter_door`). The node door stands on 127.0.0.1. There a request

* must name the address itself as its `Host`, so that no web page can reach the hub under a name of its own;
* must have no `Origin`: browsers send one, nodes never do;
* must bring the ticket of an open link, which a process gets once it has proved that it knows the hub's credential.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from types import TracebackType
from typing import Any, cast

import msgspec
from tornado import httputil, web

from ...protocol.errors import ErrorBody, HubError, Unauthorized
from ..service import HubService

__all__ = ["ErrorAnswers", "NodeHandler", "check_node_door", "error_body", "write_json"]

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


def check_node_door(request: httputil.HTTPServerRequest, address: str) -> None:
    """Raises :class:`Unauthorized` for whatever did not come from a process of this machine by itself."""
    for name in ("Origin", "Sec-Websocket-Origin"):
        if name in request.headers:
            origin = request.headers[name][:200]
            raise Unauthorized(f"Requests from web pages ({name} {origin!r}) are refused here.")
    if request.headers.get_list("Host") != [address]:
        host = request.headers.get("Host", "")
        raise Unauthorized(f"The Host of a request must be {address}, got {host[:200]!r}.")


def error_body(status: int, error: BaseException | None) -> ErrorBody:
    """What to say about an error; nothing of one that is our own fault."""
    if isinstance(error, HubError):
        return error.body()
    if isinstance(error, web.HTTPError):
        reason = error.reason or _REASONS.get(status, "unknown")
        return ErrorBody(f"http_{status}", error.log_message or reason)
    return ErrorBody(f"http_{status}", _REASONS.get(status, "unknown"))


def write_json(handler: web.RequestHandler, value: object, status: int = 200) -> None:
    handler.set_status(status)
    handler.set_header("Content-Type", "application/json")
    handler.finish(msgspec.json.encode(value))


class ErrorAnswers(web.RequestHandler):
    """Answers a :class:`HubError` with its own HTTP status, and every error with the JSON of an :class:`ErrorBody`."""

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = cast(_ExcInfo, kwargs.get("exc_info") or (None, None, None))[1]
        if isinstance(error, HubError):
            status_code = error.status
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = cast(_ExcInfo, kwargs.get("exc_info") or (None, None, None))[1]
        write_json(self, error_body(status_code, error), status_code)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, HubError):
            super().log_exception(typ, value, tb)


class NodeHandler(ErrorAnswers):
    """Base of everything behind the node door. Sets no cookie and reads none."""

    needs_ticket = True

    def initialize(self, service: HubService, address: str) -> None:
        self.service = service
        self.address = address

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    async def prepare(self) -> None:
        check_node_door(self.request, self.address)
        if self.needs_ticket:
            self.check_ticket()

    def check_ticket(self) -> None:
        scheme, _, ticket = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not any(
            hmac.compare_digest(ticket.encode(), known.encode()) for known in self.service.links.tickets.values()
        ):
            raise Unauthorized("A ticket is needed here: `Authorization: Bearer` and the ticket of an open link.")
        self.service.touch()

    def check_xsrf_cookie(self) -> None:
        """Nothing to check: no cookie opens anything here."""
