"""Kernels started by a Jupyter server, driven through its websocket as a browser drives them."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from dataclasses import dataclass, field
from typing import Any

import tornado.websocket
from tornado.httpclient import HTTPRequest

from .servers import Hub


@dataclass
class Execution:
    """One cell on its way. `text` is what it printed so far, both streams in order of arrival."""

    id: str
    text: str = ""
    error: str = ""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    replied: bool = False
    idle: bool = False

    async def says(self, wanted: str, seconds: float = 120) -> None:
        """Wait until the cell has printed this; raises if it ends or time passes without."""
        async with self.changed, asyncio.timeout(seconds):
            await self.changed.wait_for(lambda: wanted in self.text or self.done.is_set())
        if wanted not in self.text:
            raise AssertionError(f"the cell ended without printing {wanted!r}:\n{self.text}\n{self.error}")

    async def result(self, seconds: float = 120) -> str:
        """What the cell printed; raises AssertionError with the traceback if it failed."""
        async with asyncio.timeout(seconds):
            await self.done.wait()
        if self.error:
            raise AssertionError(f"the cell failed:\n{self.text}\n{self.error}")
        return self.text


class Kernel:
    """One kernel of the server and the connection to it; made with :meth:`start`."""

    def __init__(self, hub: Hub, id: str) -> None:
        self.hub = hub
        self.id = id
        self.acknowledges_at_once = False
        """Acknowledge each TCP segment at once, so that no delayed ACK of 40 ms hides what a measurement is after."""
        self._session = uuid.uuid4().hex
        self._executions: dict[str, Execution] = {}

    @classmethod
    async def start(cls, hub: Hub, notebook: str = "") -> Kernel:
        """A kernel, of a session for that notebook if one is named."""
        if notebook:
            body = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "python3"}}
            answer = await asyncio.to_thread(hub.request, "POST", "api/sessions", body)
            kernel = cls(hub, answer["kernel"]["id"])
        else:
            answer = await asyncio.to_thread(hub.request, "POST", "api/kernels", {"name": "python3"})
            kernel = cls(hub, answer["id"])
        await kernel._connect()
        return kernel

    async def _connect(self) -> None:
        url = self.hub.url.replace("http", "ws", 1) + f"api/kernels/{self.id}/channels?session_id={self._session}"
        self._socket = await tornado.websocket.websocket_connect(
            HTTPRequest(url, headers={"Authorization": f"token {self.hub.token}"})
        )
        self._reader = asyncio.create_task(self._read(), name=f"kernel {self.id}")

    async def _read(self) -> None:
        while isinstance(text := await self._socket.read_message(), str):
            self._acknowledge()
            message: dict[str, Any] = json.loads(text)
            execution = self._executions.get(message["parent_header"].get("msg_id", ""))
            if execution is None:
                continue
            async with execution.changed:
                self._take(execution, message["msg_type"], message["content"])
                execution.changed.notify_all()

    def _take(self, execution: Execution, kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            execution.text += content["text"]
        elif kind == "error":
            execution.error = "\n".join(content["traceback"])
        elif kind == "execute_reply":
            execution.replied = True
            if content["status"] == "aborted":
                execution.error = "aborted: a cell before it failed"
        elif kind == "status" and content["execution_state"] == "idle":
            execution.idle = True
        if execution.replied and execution.idle:
            execution.done.set()

    def _acknowledge(self) -> None:
        # The operating system leaves this mode again by itself, so it is set anew before each message.
        if self.acknowledges_at_once and hasattr(socket, "TCP_QUICKACK"):
            stream = self._socket.protocol.stream.socket  # type: ignore[union-attr]
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    async def begin(self, code: str, cell_id: str = "") -> Execution:
        """Send the cell; go on at once."""
        execution = Execution(uuid.uuid4().hex)
        self._executions[execution.id] = execution
        header = {"msg_id": execution.id, "msg_type": "execute_request", "username": "", "session": self._session}
        message = {
            "channel": "shell", "header": header | {"version": "5.3"}, "parent_header": {}, "buffers": [],
            "metadata": {"cellId": cell_id} if cell_id else {},
            "content": {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                        "allow_stdin": False, "stop_on_error": True},
        }  # fmt: skip
        self._acknowledge()
        await self._socket.write_message(json.dumps(message))
        return execution

    async def execute(self, code: str, seconds: float = 120, cell_id: str = "") -> str:
        """Run a cell to its end; what it printed."""
        execution = await self.begin(code, cell_id)
        text = await execution.result(seconds)
        del self._executions[execution.id]
        return text

    async def interrupt(self) -> None:
        await asyncio.to_thread(self.hub.request, "POST", f"api/kernels/{self.id}/interrupt")

    async def restart(self) -> None:
        self._disconnect()
        await asyncio.to_thread(self.hub.request, "POST", f"api/kernels/{self.id}/restart")
        self._executions.clear()
        await self._connect()

    def _disconnect(self) -> None:
        self._reader.cancel()
        self._socket.close()

    async def shut_down(self) -> None:
        self._disconnect()
        await asyncio.to_thread(self.hub.request, "DELETE", f"api/kernels/{self.id}")
