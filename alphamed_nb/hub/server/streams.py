"""Data streams and files over HTTP: PUT in, GET out (with Range). The same behind both doors.

A process that shares the file system with the hub reads and writes spool files itself and never comes here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from urllib.parse import quote, urlencode

from tornado.iostream import StreamClosedError

from ...protocol.errors import HubError, InvalidName, InvalidRequest, NotFound, StorageFailed, TooLarge, Unauthorized
from ..routing.checks import check_hex_id
from ..service import HubService
from ..store.streams import SpoolFolder
from .auth import ErrorAnswers, write_json

__all__ = [
    "MAX_FILE_NAME_BYTES",
    "FileDownload",
    "FileUpload",
    "StreamDownload",
    "StreamUpload",
    "byte_range",
    "sign_file",
]

_PIECE_BYTES = 1024 * 1024
MAX_FILE_NAME_BYTES = 255

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and end (exclusive) of what a `Range` header asks for; None: the whole.

    Raises:
        ValueError: it lies outside of the stream (HTTP 416).
    """
    match = _RANGE.match(header.strip()) if header else None
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1) if last else size
    if begin >= end:
        raise ValueError(f"bytes {begin} to {end} of {size}")
    return begin, end


def sign_file(credential: str, file: str, name: str, expires: int) -> str:
    """Good for one file, under one name, until `expires` (seconds since the epoch)."""
    text = f"alphamed-nb:file:{file}:{expires}:{name}"
    return hmac.new(credential.encode(), text.encode(), hashlib.sha256).hexdigest()


# -- in ----------------------------------------------------------------------------------------------------------------


class _Upload(ErrorAnswers):
    """Takes a body in as it comes. A subclass has authenticated the request when it calls :meth:`begin`."""

    service: HubService
    _fd: int | None = None
    _problem: HubError | None = None

    def folder(self) -> SpoolFolder:
        raise NotImplementedError

    async def begin(self, stream: str, limit: int) -> None:
        """Before the body is read: refuse what will not fit, make the file."""
        self._id = check_hex_id(stream, "stream id")
        self._limit = limit
        self._size = 0
        self._pieces: list[bytes] = []
        self._waiting = 0
        declared = self.request.headers.get("Content-Length", "0")
        if not declared.isdigit():
            raise InvalidRequest(f"Content-Length is {declared[:40]!r}.")
        self._check_size(int(declared))
        self.request.connection.set_max_body_size(limit + 1)  # type: ignore[union-attr]
        self._fd = await self.service.journal.threads.for_node(self.folder().create, self._id, int(declared))

    async def data_received(self, chunk: bytes) -> None:
        if self._fd is None:
            return
        self._size += len(chunk)
        self._waiting += len(chunk)
        self._pieces.append(chunk)
        try:
            self._check_size(self._size)
            if self._waiting >= _PIECE_BYTES:
                await self._write()
        except HubError as error:
            # An answer is only possible after the body, the rest of which is passed over.
            self._problem = error
            self._drop()

    async def complete(self) -> int:
        """The body is here. Returns its size."""
        if self._problem is not None:
            raise self._problem
        await self._write()
        fd, self._fd = self._fd, None
        assert fd is not None
        await self.service.journal.threads.for_node(os.close, fd)
        return self._size

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._drop()

    def on_finish(self) -> None:
        self._drop()

    def _drop(self) -> None:
        """What came only in part is of no use to anybody."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
            self.folder().remove(self._id)

    async def _write(self) -> None:
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        if pieces and self._fd is not None:
            # A descriptor of its own: the other one is closed at once when the sender goes away.
            await self.service.journal.threads.for_node(_write_all, self.folder(), os.dup(self._fd), b"".join(pieces))

    def _check_size(self, size: int) -> None:
        if size > self._limit:
            raise TooLarge(f"{size:,} bytes; the hub takes {self._limit:,}.", limit=self._limit, size=size)


def _write_all(folder: SpoolFolder, fd: int, data: bytes) -> None:
    """Raises `StorageFailed`: the size may not have been said before, or the room was taken meanwhile."""
    try:
        folder.require_space(len(data))
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
    except OSError as error:
        raise StorageFailed(f"The stream cannot be stored: {error.strerror or error}.") from error
    finally:
        os.close(fd)


class StreamUpload(_Upload):
    def folder(self) -> SpoolFolder:
        return self.service.journal.spool

    async def begin_stream(self, stream: str) -> None:
        await self.begin(stream, self.service.settings.limits.stream_bytes)

    async def end_stream(self) -> None:
        size = await self.complete()
        write_json(self, {"stream": self._id, "size": size}, 201)


class FileUpload(_Upload):
    def folder(self) -> SpoolFolder:
        return self.service.journal.files

    async def begin_file(self, file: str) -> None:
        self._name = check_file_name(self.get_query_argument("name", "file"))
        await self.begin(file, self.service.settings.limits.stream_bytes)

    async def end_file(self, url: str) -> None:
        """`url`: of this file, without a query."""
        await self.complete()
        expires = int(self.service.journal.clock() + self.service.settings.file_seconds)
        signature = sign_file(self.service.credential, self._id, self._name, expires)
        query = urlencode({"name": self._name, "expires": expires, "signature": signature}, quote_via=quote)
        write_json(self, {"url": f"{url}?{query}", "expires": expires}, 201)


def check_file_name(name: str) -> str:
    """A name for a downloaded file. Raises :class:`InvalidName`."""
    if not name or name in (".", "..") or "/" in name or "\\" in name or not name.isprintable():
        raise InvalidName(f"{name[:80]!r} cannot be the name of a file.")
    if len(name.encode()) > MAX_FILE_NAME_BYTES:
        raise InvalidName(f"The name of a file is longer than {MAX_FILE_NAME_BYTES} bytes.")
    return name


# -- out ---------------------------------------------------------------------------------------------------------------


class _Download(ErrorAnswers):
    service: HubService

    async def send_file(self, folder: SpoolFolder, stream: str) -> None:
        fd = await self.service.journal.threads.for_node(folder.open, check_hex_id(stream, "stream id"))
        try:
            await self._send(fd, os.fstat(fd).st_size)
        finally:
            os.close(fd)

    async def _send(self, fd: int, size: int) -> None:
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Accept-Ranges", "bytes")
        begin, end = 0, size
        try:
            wanted = byte_range(self.request.headers.get("Range"), size)
        except ValueError:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{size}")
            return
        if wanted is not None:
            begin, end = wanted
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        self.set_header("Content-Length", str(end - begin))
        if self.request.method == "HEAD":
            return
        try:
            while begin < end:
                piece = await self.service.journal.threads.for_node(os.pread, fd, min(_PIECE_BYTES, end - begin), begin)
                if not piece:
                    raise OSError(f"The file became shorter while it was sent: {begin} of {end} bytes.")
                begin += len(piece)
                self.write(piece)
                await self.flush()
        except StreamClosedError:
            # The reader has gone away; nobody is left to be told.
            return


class StreamDownload(_Download):
    async def send_stream(self, stream: str) -> None:
        await self.send_file(self.service.journal.spool, stream)


class FileDownload(_Download):
    async def send_signed(self, file: str) -> None:
        name = check_file_name(self.get_query_argument("name", ""))
        expires = self.get_query_argument("expires", "")
        signature = self.get_query_argument("signature", "")
        if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
            raise Unauthorized("The URL of a file is signed; this one is not.")
        right = sign_file(self.service.credential, file, name, int(expires))
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise Unauthorized("The signature of this URL is wrong.")
        if int(expires) < self.service.journal.clock():
            raise NotFound("This URL has expired.")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        await self.send_file(self.service.journal.files, file)
