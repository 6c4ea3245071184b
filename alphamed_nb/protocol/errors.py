"""Every error the hub can answer with, as one exception tree.

::

    HubError                    anything below
    +-- InvalidRequest          a frame or a field is malformed
    |   +-- InvalidName         a node id or task id that cannot be one folder name
    |   +-- TooLarge            over a limit of :mod:`.limits`
    |   +-- UnknownVersion      no common protocol version
    +-- Unauthorized            wrong or missing credential, Host or Origin
    +-- AlreadyClaimed          another live process is this node of this task
    +-- Fenced                  this session has ended, or somebody else holds the node now
    +-- NotFound                no such task, run, offer or stream
    +-- RunIsLive               the run cannot be removed while nodes of it are up
    +-- StorageFailed           the hub could not store it (disk full, for instance)
    +-- Damaged                 what the hub has stored of a task cannot be read
    +-- HubUnreachable          no hub was found, or none could be started
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

__all__ = [
    "AlreadyClaimed",
    "Damaged",
    "ErrorBody",
    "Fenced",
    "HubError",
    "HubUnreachable",
    "InvalidName",
    "InvalidRequest",
    "NotFound",
    "RunIsLive",
    "StorageFailed",
    "TooLarge",
    "Unauthorized",
    "UnknownVersion",
    "error_from_body",
]


class ErrorBody(msgspec.Struct, frozen=True):
    """An error as it travels."""

    code: str
    message: str
    """What was wrong and what to do, in English."""
    details: dict[str, Any] = {}


class HubError(Exception):
    """The hub refused a request, or could not be reached."""

    code: ClassVar[str] = "hub_error"
    status: ClassVar[int] = 500
    """The HTTP status REST answers with."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def body(self) -> ErrorBody:
        return ErrorBody(self.code, self.message, self.details)


class InvalidRequest(HubError):
    code = "invalid_request"
    status = 400


class InvalidName(InvalidRequest):
    code = "invalid_name"


class TooLarge(InvalidRequest):
    code = "too_large"
    status = 413


class UnknownVersion(InvalidRequest):
    code = "unknown_version"


class Unauthorized(HubError):
    code = "unauthorized"
    status = 403


class AlreadyClaimed(HubError):
    code = "already_claimed"
    status = 409


class Fenced(HubError):
    code = "fenced"
    status = 409


class NotFound(HubError):
    code = "not_found"
    status = 404


class RunIsLive(HubError):
    code = "run_is_live"
    status = 409


class StorageFailed(HubError):
    code = "storage_failed"
    status = 507


class Damaged(HubError):
    code = "damaged"

    @classmethod
    def task(cls, task: str, why: object) -> Damaged:
        """What to say of a task of which the hub has something in its file that cannot be read."""
        return cls(
            f"What the hub has stored of task {task!r} is damaged ({why}). Use another task id, or remove the task: "
            "with `alphamed-nb clean`, or with *Remove run* in JupyterLab's panel.",
            task=task,
        )


class HubUnreachable(HubError):
    code = "hub_unreachable"
    status = 503


def _tree(base: type[HubError]) -> list[type[HubError]]:
    return [base, *(found for child in base.__subclasses__() for found in _tree(child))]


_BY_CODE = {kind.code: kind for kind in _tree(HubError)}


def error_from_body(body: ErrorBody) -> HubError:
    """The exception an :class:`ErrorBody` stands for; an unknown code becomes a plain :class:`HubError`."""
    return _BY_CODE.get(body.code, HubError)(body.message, **body.details)
