"""What a contract holds arrives as it was sent, and travels as JSON that everybody can read."""

import json
import math

import pytest

from alphamed_nb.protocol.contracts import decode_contract, encode_contract


def strictly(raw):
    """As a browser reads it: Python's own words for what is no finite number are none."""

    def refused(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(raw, parse_constant=refused)


@pytest.mark.parametrize(
    "contract",
    [
        {"loss": math.inf, "per class": [0.5, -math.inf, {"worst": [math.inf]}]},
        {"text": "null", "nothing": None, "words": ["NaN", "Infinity", "$number"]},
        {"$number": "NaN"},
        {"$number": {"$number": math.inf}, "beside": {"$number": "Infinity"}},
        {"a": {"$number": {"$number": {"$number": "-Infinity"}}}},
        {"a": {"$number": [1, math.inf]}, "b": {"$number": None}, "c": {"$number": "12"}},
        {"zero": -0.0, "small": 5e-324, "large": 1.7976931348623157e308, "whole": 2**80, "unicode": "医院\x00"},
    ],
)
def test_a_contract_arrives_as_it_was_sent(contract):
    raw = encode_contract(contract)
    strictly(raw)
    assert repr(decode_contract(raw)) == repr(contract)


def test_what_is_no_number_can_be_read_in_the_json():
    raw = encode_contract({"loss": math.nan, "best": [-math.inf, None]})
    assert strictly(raw) == {"loss": {"$number": "NaN"}, "best": [{"$number": "-Infinity"}, None]}
    assert math.isnan(decode_contract(raw)["loss"]) and decode_contract(raw)["best"] == [-math.inf, None]
