"""What a link may not say. Each gets an error of its own, and a neighbour on another link notices nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from raw_link import RawLink, process_info
from raw_socket import PING, open_socket, read_frame, websocket_frame
from running_hub import RunningHub, with_hub
from tornado.httpclient import HTTPClientError

from alphamed_nb._host import host_identity
from alphamed_nb.protocol.handshake import proof_of
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import (
    PROTOCOL_VERSION,
    Challenge,
    Hello,
    Proof,
    RecordsStored,
    Refused,
    decode_client_frame,
    decode_hub_frame,
    encode_frame,
)

SMALL = Limits(frame_bytes=256 * 1024, contract_bytes=4096, record_bytes=2048, records_per_frame=10, targets=20)


def unnoticed(folder: Path, scenario: Callable[[RunningHub], Awaitable[None]], **settings: Any) -> None:
    """Run `scenario` beside two nodes that talk before and after it, on one link each that must stay as it is."""

    async def beside(hub: RunningHub) -> None:
        a, b = await hub.link(), await hub.link()
        held_a = await a.claim("neighbours", "a", ["a", "b"])
        held_b = await b.claim("neighbours", "b", ["a", "b"])
        await scenario(hub)
        await a.send(held_a, "neighbours", "a", ["b"], 1)
        assert (await b.receive(held_b, "neighbours", "b")).sender == "a"
        assert not a.got and not b.got

    with_hub(folder, beside, limits=SMALL, **settings)


# -- the handshake -----------------------------------------------------------------------------------------------------


async def dial(hub: RunningHub, **headers: str) -> RawLink:
    link = await RawLink.dial(f"ws://{hub.file.address}/link", headers=headers)
    hub.links.append(link)
    return link


async def challenged(hub: RunningHub) -> tuple[RawLink, Challenge]:
    link = await dial(hub)
    await link.say(Hello(versions=[PROTOCOL_VERSION], nonce="n", process=link.process))
    return link, await link.expect(Challenge)


def test_a_wrong_proof_is_refused(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, challenge = await challenged(hub)
        await link.say(Proof(proof=proof_of("another credential", "client", "n", challenge.nonce)))
        assert (await link.refused()).error.code == "unauthorized"

    unnoticed(tmp_path, scenario)


def test_the_hubs_own_proof_sent_back_is_refused(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link, challenge = await challenged(hub)
        await link.say(Proof(proof=challenge.proof))
        assert (await link.refused()).error.code == "unauthorized"

    unnoticed(tmp_path, scenario)


def test_no_common_version(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await dial(hub)
        await link.say(Hello(versions=[99], nonce="n", process=link.process))
        error = (await link.refused()).error
        assert error.code == "unknown_version" and error.details == {"versions": [PROTOCOL_VERSION]}

    unnoticed(tmp_path, scenario)


def test_nothing_goes_before_the_handshake(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await dial(hub)
        await link.say(link.claim_of("task", "a"))
        assert (await link.refused()).error.code == "invalid_request"
        link, challenge = await challenged(hub)
        proof = Proof(proof=proof_of(hub.file.credential, "client", "n", challenge.nonce))
        await link.say(proof, link.claim_of("task", "a"))
        assert (await link.refused()).error.code == "invalid_request"

    unnoticed(tmp_path, scenario)


def test_a_silent_socket_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alphamed_nb.hub.server.link.HANDSHAKE_SECONDS", 0.05)

    async def scenario(hub: RunningHub) -> None:
        link = await dial(hub)
        assert "handshake" in (await link.refused()).error.message

    with_hub(tmp_path, scenario)


HELLO = {
    "op": "hello",
    "versions": [1],
    "nonce": "n",
    "process": {"incarnation": "i", "pid": 1, "host": "h", "started": 1},
}
UNPROVED = {
    "a long frame": [websocket_frame(json.dumps([{**HELLO, "nonce": "n" * 5000}]).encode())],
    "many messages": [websocket_frame(json.dumps([{"op": "cancel", "receive": 1}] * 300).encode())],
    "a few hundred thousand versions": [websocket_frame(json.dumps([{**HELLO, "versions": [2] * 300_000}]).encode())],
    "pieces": [websocket_frame(b"[" + b" " * 999, final=False), *[websocket_frame(b" " * 999, 0, final=False)] * 4],
    "pings": [websocket_frame(b"x" * 100, PING)] * 45,
    "two that are short enough": [websocket_frame(json.dumps([{**HELLO, "nonce": "n" * 2500}]).encode())] * 2,
}


@pytest.mark.parametrize("pieces", UNPROVED.values(), ids=UNPROVED.keys())
def test_what_a_stranger_sends_is_not_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    """4 KB, in whatever form, are enough to prove oneself."""
    looked_at: list[int] = []

    def decode(frame: str) -> Any:
        looked_at.append(len(frame))
        return decode_client_frame(frame)

    monkeypatch.setattr("alphamed_nb.hub.server.link.decode_client_frame", decode)

    async def scenario(hub: RunningHub) -> None:
        looked_at.clear()
        reader, writer = await open_socket(hub.file.address)
        writer.writelines(pieces)
        said = b""
        with contextlib.suppress(ConnectionResetError):  # what was not even read ends the connection so
            while more := await asyncio.wait_for(reader.read(4096), 20):
                said += more
        assert (b'"too_large"' in said and b"4,096" in said) or sum(map(len, pieces)) > 100_000
        assert sum(looked_at) < 4096
        writer.close()

    unnoticed(tmp_path, scenario)


def test_nobody_speaks_more_than_a_few_versions(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await dial(hub)
        others = [*range(PROTOCOL_VERSION + 1, PROTOCOL_VERSION + 17)]
        await link.say(Hello(versions=others, nonce="n", process=link.process))
        assert (await link.refused()).error.code == "unknown_version"
        link = await dial(hub)
        await link.say(Hello(versions=[PROTOCOL_VERSION, *others], nonce="n", process=link.process))
        error = (await link.refused()).error
        assert error.code == "invalid_request" and "versions" in error.message

    unnoticed(tmp_path, scenario)


def test_who_has_not_proved_himself_is_no_activity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may stop when nobody uses it."""

    async def scenario(hub: RunningHub) -> None:
        touched: list[None] = []
        monkeypatch.setattr(hub.service, "touch", lambda: touched.append(None))
        await challenged(hub)
        assert (await hub.fetch("/api/hub")).code == 403
        assert (await hub.fetch("/files/ab?name=x")).code == 403
        assert not touched
        link = await hub.link()
        await link.claim("task", "a")
        count = len(touched)
        assert count
        assert (await hub.fetch("/api/hub", link)).code == 200
        assert len(touched) == count + 1

    with_hub(tmp_path, scenario)


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://127.0.0.1:8888"}, {"Host": "localhost"}, {"Host": "evil.test"}, {"Origin": ""}]
)
def test_web_pages_and_foreign_hosts_are_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    async def scenario(hub: RunningHub) -> None:
        with pytest.raises(HTTPClientError) as refusal:
            await dial(hub, **headers)
        assert refusal.value.code == 403

    unnoticed(tmp_path, scenario)


def test_its_own_origin_is_refused_too(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        with pytest.raises(HTTPClientError):
            await dial(hub, Origin=f"http://{hub.file.address}")

    unnoticed(tmp_path, scenario)


# -- frames ------------------------------------------------------------------------------------------------------------

CLAIM: dict[str, Any] = {"op": "claim", "id": 5, "task": "t", "node": "n", "nodes": [], "context": "c"}
SEND = {
    "op": "send", "id": 5, "counter": 1, "task": "t", "node": "n", "epoch": 1, "message": "m", "targets": ["x"],
    "type": "y", "contract": {},
}  # fmt: skip
RECEIVE = {"op": "receive", "id": 5, "task": "t", "node": "n", "epoch": 1, "position": 0}


def frame(*messages: dict[str, Any]) -> str:
    return json.dumps(messages)


BROKEN = {
    "no JSON": "{not json",
    "empty": "",
    "not an array": "{}",
    "a number": "[1]",
    "no operation": "[{}]",
    "no messages": "[]",
    "unknown operation": frame({"op": "shutdown"}),
    "a hub's message": frame({"op": "stored", "id": 1}),
    "a missing field": frame({"op": "claim", "id": 1}),
    "a wrong type": frame({**SEND, "targets": "x"}),
    "a number as text": frame({**SEND, "epoch": "1"}),
    "a deep contract": frame({**SEND, "contract": {}}).replace("{}", "[" * 100_000 + "]" * 100_000),
    "a deep frame": "[" * 100_000,
    "hello again": frame({"op": "proof", "proof": "x"}),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_malformed_frame_closes_its_link(tmp_path: Path, text: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text(text)
        assert (await link.refused()).error.code == "invalid_request"

    unnoticed(tmp_path, scenario)


def test_a_binary_frame_closes_its_link(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text(frame(CLAIM), binary=True)
        assert (await link.refused()).error.code == "invalid_request"

    unnoticed(tmp_path, scenario)


def test_a_binary_frame_is_refused_whatever_it_holds(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text(frame(CLAIM).encode(), binary=True)
        assert "binary" in (await link.refused()).error.message

    unnoticed(tmp_path, scenario)


def test_text_that_is_not_utf8_closes_its_link(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.connection.write_message(b"\xff\xfe", binary=False)
        await link.wait_closed()

    unnoticed(tmp_path, scenario)


def test_a_frame_over_the_limit_is_refused_by_name(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text("[" + " " * SMALL.frame_bytes + "]")
        error = (await link.refused()).error
        assert error.code == "too_large" and error.details["limit"] == SMALL.frame_bytes

    unnoticed(tmp_path, scenario)


def test_a_frame_far_over_the_limit_is_not_even_read(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text(" " * (SMALL.frame_bytes * 3))
        await link.wait_closed()
        assert link.connection.close_code in (1009, None)

    unnoticed(tmp_path, scenario)


def test_a_broken_frame_leaves_the_sessions_to_resume(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        link = await hub.link(process)
        held = await link.claim("task", "a")
        await link.say_text("nonsense")
        await link.refused()
        again = await hub.link(process)
        assert (await again.claim("task", "a", epoch=held.epoch)).resumed

    unnoticed(tmp_path, scenario)


# -- messages ----------------------------------------------------------------------------------------------------------

REFUSED = {
    "a path as task": ({**CLAIM, "task": "../x"}, "invalid_name"),
    "a path as node": ({**CLAIM, "node": "a/b"}, "invalid_name"),
    "dots": ({**CLAIM, "node": ".."}, "invalid_name"),
    "a path among nodes": (
        {**CLAIM, "nodes": ["n", "..\\x"]}, "invalid_name",
    ),
    "a control character": (
        {**CLAIM, "task": "t\u0000"}, "invalid_name",
    ),
    "a long name": ({**CLAIM, "task": "t" * 201}, "invalid_name"),
    "too many nodes": (
        {**CLAIM, "nodes": [f"n{n}" for n in range(21)]},
        "too_large",
    ),
    "a clean of a path": ({"op": "clean", "id": 5, "node": "../n"}, "invalid_name"),
    "a huge epoch": ({**SEND, "epoch": 2**63}, "invalid_request"),
    "an astronomic position": ({**RECEIVE, "position": 10**30}, "invalid_request"),
    "a negative counter": ({**SEND, "counter": -5}, "invalid_request"),
    "no targets": ({**SEND, "targets": []}, "invalid_request"),
    "a path as target": ({**SEND, "targets": ["../../etc"]}, "invalid_name"),
    "a large contract": ({**SEND, "contract": {"x": "y" * 5000}}, "too_large"),
    "a long title": ({**SEND, "title": "y" * 70_000}, "too_large"),
    "a path as stream": (
        {"op": "offer", "id": 5, "counter": 1, "task": "t", "node": "n", "epoch": 1, "stream": "../messages.db",
         "offers": [{"offer": "ab", "target": "x"}]},
        "invalid_name",
    ),
    "a path as offer": (
        {"op": "offer", "id": 5, "counter": 1, "task": "t", "node": "n", "epoch": 1,
         "offers": [{"offer": "../x", "target": "x"}]},
        "invalid_name",
    ),
    "a stream over the limit": (
        {"op": "offer", "id": 5, "counter": 1, "task": "t", "node": "n", "epoch": 1, "stream": "ab" * 16,
         "size": 2**50, "offers": [{"offer": "ab", "target": "x"}]},
        "too_large",
    ),
    "no session": (RECEIVE, "fenced"),
}  # fmt: skip


@pytest.mark.parametrize(("message", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_request_is_answered_and_the_link_goes_on(tmp_path: Path, message: dict[str, Any], code: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text(frame(message))
        answer = await link.answer(5)
        assert isinstance(answer, Refused) and answer.error.code == code, answer
        assert (await link.claim("task", "a")).epoch

    unnoticed(tmp_path, scenario)


METRIC = {"time": 1, "name": "m", "value": 1}
LOG = {"time": 1.0, "level": 20, "text": "x"}
RECORDS = {
    "a path as node": ([{"node": "../n", "kind": "log", "body": LOG}], "invalid_name"),
    "without a kind": ([{"body": LOG}], "invalid_request"),
    "of no kind": ([{"kind": "", "body": None}], "invalid_request"),
    "of a kind that only the hub makes": ([{"kind": "hub", "body": {"text": "x"}}], "invalid_request"),
    "of another kind than its body": ([{"kind": "metric", "body": LOG}], "invalid_request"),
    "a long text": ([{"kind": "log", "body": {**LOG, "text": "é" * 1500}}], "too_large"),
    "a huge level": ([{"kind": "log", "body": {**LOG, "level": 2**80}}], "invalid_request"),
    "a negative level": ([{"kind": "log", "body": {**LOG, "level": -1}}], "invalid_request"),
    "too many": ([{"kind": "log", "body": LOG}] * 11, "too_large"),
}


@pytest.mark.parametrize(("records", "code"), RECORDS.values(), ids=RECORDS.keys())
def test_bad_records_close_their_link(tmp_path: Path, records: list[dict[str, Any]], code: str) -> None:
    """They have no id to answer to."""

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        named = [{"node": "n", "context": "c", **record} for record in records]
        await link.say_text(frame({"op": "records", "counter": 1, "records": named}))
        assert (await link.refused()).error.code == code
        await hub.link(link.process)  # nobody else says anything meanwhile

    unnoticed(tmp_path, scenario)


ASTRONOMIC = {
    "counter": lambda number: {"counter": number, "records": []},
    "line": lambda number: {"kind": "log", "body": {**LOG, "line": number}},
    "round of a line": lambda number: {"kind": "log", "body": {**LOG, "round": number}},
    "records that are missing": lambda number: {"kind": "log", "body": {**LOG, "source": "dropped", "dropped": number}},
    "line of a frame": lambda number: {
        "kind": "log",
        "body": {
            **LOG,
            "traceback": {"type": "E", "message": "", "text": "", "frames": [{"function": "f", "line": number}]},
        },
    },
    "step": lambda number: {"kind": "metric", "body": {**METRIC, "step": number}},
    "round of a metric": lambda number: {"kind": "metric", "body": {**METRIC, "round": number}},
}


def test_numbers_that_no_file_can_hold_close_the_link_that_says_them(tmp_path: Path) -> None:
    """Each in turn, large and negative, from one process after the other."""

    async def scenario(hub: RunningHub) -> None:
        for what, make in ASTRONOMIC.items():
            for number in (2**63, -(10**20), 10**400):
                link = await hub.link()
                body = make(number)
                records = {"counter": 1, "records": [{"node": "n", "context": "c", **body}], **body}
                for extra in ("kind", "body"):
                    records.pop(extra, None)
                await link.say_text(frame({"op": "records", **records}))
                assert (await link.refused()).error.code == "invalid_request", what

    unnoticed(tmp_path, scenario)


def test_unusual_records_are_taken(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        bodies: list[dict[str, Any]] = [
            {"kind": "metric", "body": {**METRIC, "name": "accuracy", "value": None}},
            {"kind": "metric", "body": {**METRIC, "name": "accuracy", "value": 1e308}},
            {"kind": "metric", "body": {**METRIC, "name": "accuracy", "value": 10**300}},
            {"kind": "log", "body": {**LOG, "time": 1e308}},
            {"kind": "log", "body": {**LOG, "text": "\0"}},
        ]
        records = [{"node": "n", "context": "\0", **body} for body in bodies]
        await link.say_text(frame({"op": "records", "counter": 2**53 - 1, "records": records}))
        assert (await link.expect(RecordsStored)).counter == 2**53 - 1

    unnoticed(tmp_path, scenario)


@pytest.mark.parametrize("pid", [2**31, 2**63, -1])
def test_a_pid_that_no_process_can_have_is_refused_and_not_counted(tmp_path: Path, pid: int) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await dial(hub)
        process = {"incarnation": "x", "pid": pid, "host": host_identity(), "started": 1.0}
        await link.say_text(frame({"op": "hello", "versions": [1], "nonce": "n", "process": process}))
        assert (await link.refused()).error.code == "invalid_request"
        assert len(hub.service.links) == 2

    unnoticed(tmp_path, scenario)


def test_a_link_that_cannot_be_taken_up_is_told_and_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the hub fails at; the process comes in the next time."""

    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        for fault in (
            (hub.service.links.processes, "watch"),
            (hub.service.core, "link_opened"),
            (hub.service.pipeline, "settle"),
        ):
            with monkeypatch.context() as patch:
                patch.setattr(*fault, lambda *_: {}["a fault"])
                with pytest.raises(ConnectionError, match="hub_error"):
                    await hub.link(process)
            assert len(hub.service.links) == 2
        assert (await (await hub.link(process)).claim("task", "a")).epoch

    unnoticed(tmp_path, scenario)


def test_a_lone_surrogate_is_refused(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.say_text('[{"op":"claim","id":5,"task":"t\\ud800","node":"n","nodes":[],"context":"c"}]')
        answer: Any = await link.expect(Refused)
        assert answer.error.code in ("invalid_request", "invalid_name")

    unnoticed(tmp_path, scenario)


def test_a_link_that_reads_nothing_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leaves unread is bounded; its session resumes."""
    monkeypatch.setattr("alphamed_nb.hub.server.link.UNREAD_BYTES", 100_000)

    async def scenario(hub: RunningHub) -> None:
        process = process_info()
        link = await hub.link(process)
        held = await link.claim("task", "a", ["a"])
        port = next(link for link in hub.service.links if link.process == process)
        for _ in range(200):
            port.send(Refused(id=7, error=link_error("x" * 50_000)))
        port.flush()
        await link.wait_closed()
        again = await hub.link(process)
        assert (await again.claim("task", "a", epoch=held.epoch)).resumed

    unnoticed(tmp_path, scenario)


def test_pongs_lie_unread_like_anything_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alphamed_nb.hub.server.link.UNREAD_BYTES", 100_000)

    async def scenario(hub: RunningHub) -> None:
        reader, writer = await open_socket(hub.file.address, receive_buffer=4096)
        process = process_info()
        writer.write(websocket_frame(encode_frame([Hello(versions=[PROTOCOL_VERSION], nonce="n", process=process)])))
        frame = await read_frame(reader)
        assert frame is not None
        (challenge,) = decode_hub_frame(frame[1])
        assert isinstance(challenge, Challenge)
        proof = proof_of(hub.file.credential, "client", "n", challenge.nonce)
        writer.write(websocket_frame(encode_frame([Proof(proof=proof)])))
        assert await read_frame(reader) is not None
        assert len(hub.service.links) == 3
        ended = asyncio.Event()
        hub.service.links.watchers.append(ended.set)
        pings = websocket_frame(b"x" * 125, PING) * 1000
        sent = 0
        while not ended.is_set():
            writer.write(pings)
            await asyncio.sleep(0.001)
            sent += len(pings)
            assert sent < 60_000_000, "the hub goes on answering"
        assert len(hub.service.links) == 2
        writer.transport.abort()

    unnoticed(tmp_path, scenario)


def link_error(text: str) -> Any:
    from alphamed_nb.protocol.errors import HubError

    return HubError(text).body()
