import json
from typing import Any, get_args

import msgspec
import pytest

from alphamed_nb.protocol import messages
from alphamed_nb.protocol.messages import ClientMessage, HubMessage, decode_client_frame, decode_hub_frame, encode_frame


def _send(**changes: Any) -> messages.Send:
    fields: dict[str, Any] = {
        "id": 1, "counter": 1, "task": "t", "node": "a", "epoch": 1, "message": "m", "targets": ["b"], "type": "note",
        "contract": msgspec.Raw(b'{"type":"note","text":"\xe5\x8c\xbb"}'),
    }  # fmt: skip
    return messages.Send(**(fields | changes))


def test_a_frame_is_a_json_array_of_objects_that_say_their_operation() -> None:
    frame = json.loads(encode_frame([_send(), messages.Cancel(receive=4)]))
    assert [each["op"] for each in frame] == ["send", "cancel"]
    assert frame[0]["contract"] == {"type": "note", "text": "医"}


def test_a_contract_passes_byte_for_byte() -> None:
    (decoded,) = decode_client_frame(encode_frame([_send()]))
    assert isinstance(decoded, messages.Send)
    assert bytes(decoded.contract) == b'{"type":"note","text":"\xe5\x8c\xbb"}'


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{}",
        b"[1]",
        b'[{"op":"send"}]',
        b'[{"op":"unheard_of","id":1}]',
        b'[{"op":"cancel","receive":"4"}]',
        b'[{"op":"cancel","receive":4}',
        b"\xff\xfe",
        b'[{"op":"stored","id":1}]',
    ],
)
def test_what_is_not_a_frame_is_refused(frame: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        decode_client_frame(frame)


def test_every_message_has_its_own_name_on_the_wire() -> None:
    for union in (ClientMessage, HubMessage):
        tags = [kind.__struct_config__.tag for kind in get_args(union)]
        assert len(tags) == len(set(tags))


def test_a_hub_frame_comes_back_as_it_was() -> None:
    sent = [messages.Stored(id=3, seq=9), messages.RecordsStored(counter=2)]
    assert decode_hub_frame(encode_frame(sent)) == sent
