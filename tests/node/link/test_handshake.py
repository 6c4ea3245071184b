"""What a node believes of who answers at the hub's address, word for word."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from alphamed_nb.node import kernel_info
from alphamed_nb.node.link.connection import Connection, NotTheHub
from alphamed_nb.protocol.errors import UnknownVersion
from alphamed_nb.protocol.handshake import proof_of
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import PROTOCOL_VERSION, Challenge, Hello, Proof, Welcome, decode_client_frame

WELCOME = Welcome(version=PROTOCOL_VERSION, hub="h", release="1", limits=Limits(), ticket="t")


class Answering:
    """As much of a websocket as the handshake needs: the test says what is answered to each message."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.heard: list[Any] = []
        self.receive: Callable[[bytes], None]

    def write(self, frame: bytes) -> bool:
        (message,) = decode_client_frame(frame)
        self.heard.append(message)
        answer = self.answers.pop(0)
        if callable(answer):
            answer = answer(message)
        self.receive(msgspec.json.encode([answer]))
        return True


def greet(socket: Answering, credential: str = "secret") -> Welcome:
    async def scenario() -> Welcome:
        connection = Connection()
        connection.socket = socket  # type: ignore[assignment]
        socket.receive = connection.received
        return await connection.greet(credential)

    return asyncio.run(scenario())


def challenge(credential: str) -> Any:
    return lambda hello: Challenge(nonce="n", proof=proof_of(credential, "hub", hello.nonce, "n"))


def test_both_prove_that_they_know_the_credential() -> None:
    socket = Answering(challenge("secret"), WELCOME)
    assert greet(socket) == WELCOME
    hello, proof = socket.heard
    assert isinstance(hello, Hello) and isinstance(proof, Proof)
    assert proof.proof == proof_of("secret", "client", hello.nonce, "n")


def test_a_wrong_proof_gets_no_proof() -> None:
    socket = Answering(challenge("another"), WELCOME)
    with pytest.raises(NotTheHub):
        greet(socket)
    assert len(socket.heard) == 1


def test_a_welcome_without_a_proof_is_not_trusted() -> None:
    with pytest.raises(NotTheHub, match="does not prove"):
        greet(Answering(WELCOME))
    assert greet(Answering(WELCOME), credential="") == WELCOME, "the Jupyter door has authenticated the request"


def test_another_version_is_refused() -> None:
    newer = msgspec.structs.replace(WELCOME, version=PROTOCOL_VERSION + 1)
    with pytest.raises(UnknownVersion, match=f"version {PROTOCOL_VERSION + 1}"):
        greet(Answering(newer), credential="")


def test_the_whole_of_it_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub takes 4 KB before the proof, and a path may be longer; of one that is no UTF-8 something is said, too."""
    kernel_info.forget_after_fork()
    monkeypatch.setattr(kernel_info, "_process_label", "数据/" * 1000 + "\udcff.ipynb")
    socket = Answering(challenge("secret"), WELCOME)
    greet(socket)
    kernel_info.forget_after_fork()
    hello, proof = socket.heard
    assert len(msgspec.json.encode(hello)) + len(msgspec.json.encode(proof)) < 3500
    assert hello.process.notebook.endswith("数据/\\udcff.ipynb")
