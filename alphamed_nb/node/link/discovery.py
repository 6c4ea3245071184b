"""Which hub this process belongs to.

In this order: an explicit one; the file named by `ALPHAMED_NB_HUB_FILE`; the hub file of the Jupyter server that owns
this kernel; a running standalone hub; start one. Every fallback is said in one log line.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import tempfile
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil
from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

from ..._host import host_identity
from ..._own_files import NotOwn, read_own_file
from ...protocol.errors import HubUnreachable
from ...protocol.hub_file import (
    HUB_FILE_VARIABLE,
    HubFile,
    decode_hub_file,
    jupyter_hub_file_pattern,
    standalone_hub_file,
)

__all__ = ["HubPlace", "NotUsable", "explain", "find_hub", "usable_hub", "way_in"]

logger = logging.getLogger("alphamed_nb")

_CONNECT_SECONDS = 2.0


class NotUsable(Exception):
    """A hub file that leads to no hub; the text says why."""


class NotTrusted(NotUsable):
    """Somebody else may have written the hub file, to have this process speak with a hub of theirs."""


@dataclass(frozen=True)
class HubPlace:
    """Where a hub is looked for, again at each reconnect."""

    how: str
    """How it was found, in words."""
    file: Path | None = None
    url: str = ""
    """The Jupyter door of a hub on another machine, without `/link`."""
    token: str = ""
    """The token of that Jupyter server."""
    standalone: bool = False
    """It may be started again when it is gone."""
    explicit: bool = False
    """It was asked for: no other one will do."""

    @property
    def key(self) -> str:
        """Equal for equal hubs."""
        return str(self.file) if self.file else f"{self.url} {self.token}"


def _read(file: Path) -> HubFile:
    """Raises :class:`NotTrusted`, or :class:`NotUsable`: no such file, or not a hub file."""
    try:
        return decode_hub_file(read_own_file(file))
    except FileNotFoundError:
        raise NotUsable(f"there is no file {file}") from None
    except NotOwn as error:
        raise NotTrusted(str(error)) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise NotUsable(f"{file} cannot be read: {error}") from None


def usable_hub(file: Path, *, connect: bool = True) -> HubFile:
    """What the hub file says, if its hub seems to run on this machine.

    Raises:
        NotUsable: no such file, not a hub file, others can write it, of another machine, or its process is gone.
    """
    hub = _read(file)
    if hub.host != host_identity():
        raise NotUsable(f"{file} is of a hub on another machine, or from before the machine's last start")
    if not psutil.pid_exists(hub.pid):
        raise NotUsable(f"the hub of {file} is gone (process {hub.pid})")
    if connect:
        address, _, port = hub.address.rpartition(":")
        try:
            socket.create_connection((address, int(port)), timeout=_CONNECT_SECONDS).close()
        except (OSError, ValueError) as error:
            raise NotUsable(f"the hub of {file} does not answer at {hub.address}: {error}") from None
    return hub


def way_in(place: HubPlace, ticket: str) -> tuple[str, dict[str, str]]:
    """The URL of the hub's door for a process that has a link, and the headers that a request there must have.

    Args:
        ticket: what the hub gave this process when it welcomed it.

    Raises:
        HubUnreachable: the hub is gone.
    """
    if place.file is None:
        return place.url, {"Authorization": f"token {place.token}"} if place.token else {}
    try:
        return f"http://{usable_hub(place.file, connect=False).address}", {"Authorization": f"Bearer {ticket}"}
    except NotUsable as reason:
        raise HubUnreachable(f"The hub cannot be reached: {reason}.") from None


def _explicit(hub: str) -> HubPlace:
    address = urllib.parse.urlsplit(hub)
    if address.scheme in ("http", "https", "ws", "wss"):
        token = urllib.parse.parse_qs(address.query).get("token", [os.environ.get("JUPYTER_TOKEN", "")])[0]
        path = address.path.rstrip("/").removesuffix("/lab").removesuffix("/tree")
        if not path.endswith("/alphamed-nb"):
            path += "/alphamed-nb"
        scheme = {"ws": "http", "wss": "https"}.get(address.scheme, address.scheme)
        url = urllib.parse.urlunsplit((scheme, address.netloc, path, "", ""))
        return HubPlace(f"the address {url}", url=url, token=token, explicit=True)
    file = Path(hub).expanduser().absolute()
    try:
        _read(file)
    except NotTrusted as reason:
        raise HubUnreachable(f"{reason}.") from None
    except NotUsable as reason:
        raise HubUnreachable(
            f"{hub!r} is neither the address of a Jupyter server (http://...) nor a hub file: {reason}."
        ) from None
    return HubPlace(f"the hub file {file}", file=file, explicit=True)


def _candidates() -> Iterator[HubPlace]:
    """Hubs that may run, best first, each once: several ways may lead to the same hub file."""
    seen: set[str] = set()
    for place in _ways():
        if (real := os.path.realpath(place.key)) not in seen:
            seen.add(real)
            yield place


def _ways() -> Iterator[HubPlace]:
    if named := os.environ.get(HUB_FILE_VARIABLE):
        yield HubPlace("the Jupyter server's hub", file=Path(named))
    parent = os.environ.get("JPY_PARENT_PID", "")
    if parent.isdigit():
        for file in sorted(Path(jupyter_runtime_dir()).glob(jupyter_hub_file_pattern())):
            try:
                is_meant = _read(file).pid == int(parent)
            except NotTrusted:
                is_meant = True  # it may claim to be; usable_hub tells why it does not count
            except NotUsable:
                continue  # not of our server then
            if is_meant:
                yield HubPlace("the hub of the Jupyter server that started this kernel", file=file)
    yield standalone_place()


def standalone_place() -> HubPlace:
    """The user's standalone hub, running or not."""
    return HubPlace("the standalone hub", file=standalone_hub_file(jupyter_data_dir()), standalone=True)


def find_hub(hub: str | None = None, *, avoid: frozenset[str] = frozenset(), start: bool = True) -> HubPlace:
    """The hub of this process; starts a standalone one if there is none.

    Args:
        hub: an explicit hub: the address of its Jupyter server, or a hub file.
        avoid: keys of places that turned out to be no hub.
        start: whether to start a standalone hub.

    Raises:
        HubUnreachable: an explicit hub does not exist, or none could be found and started.
    """
    if hub:
        return _explicit(hub)
    passed: list[str] = []
    for place in _candidates():
        if place.key in avoid or place.file is None:
            continue
        try:
            usable_hub(place.file)
        except NotUsable as reason:
            if not place.standalone or isinstance(reason, NotTrusted):
                passed.append(str(reason))
            continue
        if passed:
            logger.warning("%s; using %s.", _sentence(passed), place.how)
        return place
    if not start:
        raise HubUnreachable("No hub runs." + "".join(f" {reason}." for reason in passed))
    place = start_standalone()
    logger.warning("%s; started one: using %s.", _sentence([*passed, "no hub was running"]), place.how)
    return place


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]  # str.capitalize would change the names of files


def start_standalone() -> HubPlace:
    """Start a standalone hub in a process session of its own, so that an interrupt of this one does not reach it.

    Raises:
        HubUnreachable: it did not come up; says what it wrote.
    """
    command = [sys.executable, "-m", "alphamed_nb.hub.standalone"]
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
            )
        except OSError as error:
            raise HubUnreachable(f"A standalone hub could not be started: {error}") from error
        _children.append(process)
        assert process.stdout is not None
        with process.stdout as output:
            said = _decoded(output.readline())
        if isinstance(said, dict) and isinstance(said.get("ready"), str):
            return HubPlace("the standalone hub", file=Path(said["ready"]), standalone=True)
        reason = said.get("error") if isinstance(said, dict) else None
        if not reason:
            errors.seek(0)
            reason = "\n".join(errors.read().decode(errors="replace").strip().splitlines()[-3:]) or "it ended at once"
        process.kill()
        raise HubUnreachable(f"A standalone hub could not be started: {reason}")


# A handle that is collected while its process runs warns; this one outlives us on purpose.
_children: list[subprocess.Popen[bytes]] = []


def _decoded(line: bytes) -> object:
    try:
        return msgspec.json.decode(line)
    except msgspec.MsgspecError:
        return None


def explain() -> list[str]:
    """What discovery finds and why, a line each, for `alphamed-nb doctor`. Starts nothing."""
    lines: list[str] = []
    chosen = False
    if not os.environ.get(HUB_FILE_VARIABLE):
        lines.append(
            f"{HUB_FILE_VARIABLE} is not set: this process was not started by a Jupyter server with alphamed_nb."
        )
    for place in _candidates():
        assert place.file is not None
        try:
            hub = usable_hub(place.file)
        except NotUsable as reason:
            lines.append(f"not used: {place.how}: {reason}.")
            continue
        verb = "also runs" if chosen else "used"
        lines.append(f"{verb}: {place.how}: {hub.address}, process {hub.pid}, data in {hub.data_dir} ({place.file}).")
        chosen = True
    if not chosen:
        lines.append("No hub runs; the first node starts a standalone one.")
    proxies = [name for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY") if os.environ.get(name)]
    exempt = os.environ.get("no_proxy", "") + "," + os.environ.get("NO_PROXY", "")
    if proxies and not any(part.strip() in ("127.0.0.1", "localhost", "*") for part in exempt.split(",")):
        lines.append(
            f"{proxies[0]} is set and no_proxy does not name 127.0.0.1: nodes do not use proxies, "
            "but other programs may not reach the URLs of uploaded files."
        )
    return lines
