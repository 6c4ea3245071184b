"""What goes between a page and the hub: counted, or kept back."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Request, WebSocket, WebSocketRoute

from tests.browser.lab import LabPage

__all__ = ["Gate", "Wire"]


class Wire:
    """What a page asks the hub for and hears from it, from the next load on."""

    def __init__(self, page: LabPage) -> None:
        self.sockets: list[WebSocket] = []
        self.asked: dict[WebSocket, dict[str, Any]] = {}
        """The last question of each."""
        self.frames: list[dict[str, Any]] = []
        """What came."""
        self.requests: list[str] = []
        page.page.goto("about:blank")  # what was loaded before is not counted
        page.page.on("websocket", self._on_socket)
        page.page.on("request", self._on_request)

    @property
    def attempts(self) -> int:
        return len(self.sockets) + len(self.requests)

    @property
    def open(self) -> list[WebSocket]:
        return [socket for socket in self.sockets if not socket.is_closed()]

    def wait_closed(self, sockets: list[WebSocket]) -> None:
        for socket in sockets:
            if not socket.is_closed():  # nothing is heard of between this and the next line
                socket.wait_for_event("close")

    def _on_socket(self, socket: WebSocket) -> None:
        if "/alphamed-nb/" in socket.url:
            self.sockets.append(socket)
            socket.on("framesent", lambda frame: self.asked.update({socket: json.loads(frame)}))
            socket.on("framereceived", lambda frame: self.frames.append(json.loads(frame)))

    def _on_request(self, request: Request) -> None:
        if "/alphamed-nb/api/" in request.url:
            self.requests.append(request.url)


class Gate:
    """Stands before the websockets that a page opens to the hub from its next load on."""

    def __init__(self, page: LabPage) -> None:
        self.shut = False
        """New ones fail."""
        self.passed = 0
        """So many were let through."""
        self._cut: set[int] = set()
        page.page.route_web_socket(re.compile("/alphamed-nb/live"), self._on_socket)

    def cut(self) -> None:
        """Those that stand are dead, and nobody is told: nothing gets through any more."""
        self._cut = set(range(self.passed))

    def _on_socket(self, socket: WebSocketRoute) -> None:
        if self.shut:
            socket.close()
            return
        number, self.passed = self.passed, self.passed + 1
        server = socket.connect_to_server()
        socket.on_message(lambda frame: None if number in self._cut else server.send(frame))
        server.on_message(lambda frame: None if number in self._cut else socket.send(frame))
