"""Names and sizes that are refused before the core sees them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from alphamed_nb.hub.routing.checks import check_message
from alphamed_nb.protocol.errors import HubError
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.messages import Claim, Clean, Offer, OfferTarget, Send, Settle, WatchNodes, Withdraw

LIMITS = Limits(contract_bytes=50, stream_bytes=100, targets=2)
NAMES = ("", ".", "..", "../x", "a/b", "a\\b", "a\nb", "a\x00b", "x" * 201)
SESSION: dict[str, Any] = {"id": 1, "task": "T", "node": "a", "epoch": 1}


def claim(**more: Any) -> Claim:
    return Claim(**{"id": 1, "task": "T", "node": "a", "nodes": [], "context": "c"} | more)


def send(*targets: str, contract: Any = None) -> Send:
    content = msgspec.Raw(msgspec.json.encode({} if contract is None else contract))
    return Send(**SESSION, counter=1, targets=list(targets), message="m", type="t", contract=content)


def offer(*targets: str, ids: tuple[str, ...] = ("ab", "cd", "ef"), **more: Any) -> Offer:
    offers = [OfferTarget(offer, target) for offer, target in zip(ids, targets, strict=False)]
    return Offer(**SESSION, counter=1, offers=offers, **{"size": 10} | more)


@pytest.mark.parametrize("name", ["a", "node 1", "医院-甲", "*x", "x" * 200])
def test_any_folder_name_is_one(name: str) -> None:
    for message in (
        claim(node=name, task=name, nodes=[name]),
        send(name),
        offer(name),
        WatchNodes(**SESSION, of=[name]),
    ):
        check_message(message, LIMITS)


@pytest.mark.parametrize("name", NAMES)
def test_bad_names_are_refused(name: str) -> None:
    for message in (
        claim(node=name), claim(task=name), claim(nodes=["b", name]), Clean(id=1, node=name), send("b", name),
        send("*", name), offer("b", name), WatchNodes(**SESSION, of=[name]),
    ):  # fmt: skip
        with pytest.raises(HubError) as caught:
            check_message(message, LIMITS)
        assert caught.value.code == "invalid_name"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (claim(nodes=["a", "b", "c"]), "too_large"),
        (send(), "invalid_request"),
        (send("b", "c", "d"), "too_large"),
        (send("b", contract={"x": "y" * 50}), "too_large"),
        (send("b", contract=[]), "invalid_request"),
        (send("b", contract="text"), "invalid_request"),
        (send("b", contract=1), "invalid_request"),
        (offer(), "invalid_request"),
        (offer("b", ids=("../x",)), "invalid_name"),
        (offer("b", ids=("A",)), "invalid_name"),
        (offer("b", ids=("",)), "invalid_name"),
        (offer("b", ids=("a" * 65,)), "invalid_name"),
        (offer("b", ids=("a\n",)), "invalid_name"),
        (offer("b", stream="../token"), "invalid_name"),
        (offer("b", stream="token"), "invalid_name"),
        (offer("b", size=101), "too_large"),
        (offer("b", size=-1), "too_large"),
        (offer("b", "c", "d"), "too_large"),
        (Settle(**SESSION, counter=1, offer="../x", outcome="taken"), "invalid_name"),
        (Withdraw(**SESSION, counter=1, offers=["ab"] * 3), "too_large"),
    ],
)
def test_what_is_no_id_or_too_much_is_refused(message: Any, code: str) -> None:
    with pytest.raises(HubError) as caught:
        check_message(message, LIMITS)
    assert caught.value.code == code
