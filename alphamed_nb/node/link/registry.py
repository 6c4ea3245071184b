"""The links of this process: one to each hub, made at first use, closed at the end of the process."""

from __future__ import annotations

import atexit
import os
import threading

from .. import kernel_info
from .discovery import find_hub
from .link import Link
from .spool import remove_unsent

__all__ = ["close_links", "get_link"]

_links: dict[str, Link] = {}
_links_lock = threading.RLock()
# A link in a forked child has no thread; its loop must not be finalized there, since its epoll is the parent's.
_inherited: list[Link] = []


def get_link(hub: str | None = None) -> Link:
    """The link of this process to its hub, or to an explicit one: found and started at first use.

    Raises:
        HubUnreachable: there is no hub and none could be started.
    """
    with _links_lock:
        for link in _links.values():
            if not link.closed and (link.wanted == hub or (hub and link.place.key == find_hub(hub, start=False).key)):
                return link
        place = find_hub(hub)
        link = _links.get(place.key) or Link(place, hub)
        if link.closed:
            link = Link(place, hub)
        _links[place.key] = link
        return link


def close_links(*, exiting: bool = False) -> None:
    """End all links of this process."""
    for link in list(_links.values()):
        link.close(exiting=exiting)
    _links.clear()
    remove_unsent()


def _after_fork_in_child() -> None:
    global _links_lock
    _links_lock = threading.RLock()
    kernel_info.forget_after_fork()
    for link in _links.values():
        link.drop_in_child()
        _inherited.append(link)
    _links.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
atexit.register(close_links, exiting=True)
