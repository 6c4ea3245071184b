"""The short form in which the state dicts of most models travel."""

from collections import OrderedDict

import pytest
import torch

from alphamed_nb.alphafed.fed_avg.errors import StateDictError
from alphamed_nb.alphafed.fed_avg.state_dicts import dump_state_dict, load_state_dict
from alphamed_nb.alphafed.fed_avg.tensor_bytes import are_tensor_bytes, from_tensor_bytes, to_tensor_bytes

WHOLE = (torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64)
BROKEN = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def test_a_models_state_takes_it():
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Linear(4, 3))
    data = dump_state_dict(model.state_dict())
    assert are_tensor_bytes(data)
    loaded = load_state_dict(data)
    assert isinstance(loaded, OrderedDict) and loaded._metadata == model.state_dict()._metadata
    assert list(loaded) == list(model.state_dict())
    for key, value in model.state_dict().items():
        assert torch.equal(loaded[key], value) and loaded[key].dtype == value.dtype
        loaded[key].zero_()  # it owns its memory, and `data` is not changed
    assert torch.equal(load_state_dict(data)["0.weight"], model[0].weight)


def test_every_type_of_numbers_and_every_shape():
    state = {str(kind): torch.tensor([[1, 0], [3, 4]], dtype=kind) for kind in (*WHOLE, *BROKEN, torch.bool)}
    state |= {"none": torch.empty(0, 3), "one": torch.tensor(2.5), "not a number": torch.tensor([float("nan")])}
    loaded = from_tensor_bytes(to_tensor_bytes(state))
    assert type(loaded) is dict and not hasattr(loaded, "_metadata")
    for key, value in state.items():
        assert loaded[key].dtype == value.dtype and loaded[key].shape == value.shape
        assert torch.equal(loaded[key].view(torch.uint8), value.view(torch.uint8)) if value.dim() else True
    assert loaded["one"].item() == 2.5
    assert from_tensor_bytes(to_tensor_bytes({})) == {}


@pytest.mark.parametrize(
    "state",
    [
        {"a": 1.0},
        {"a": {"b": torch.ones(1)}},
        {3: torch.ones(1)},
        {"half a pair \ud800": torch.ones(1)},
        {"a": torch.eye(2).to_sparse()},
        {"a": torch.ones(1, dtype=torch.complex64)},
        {"a": torch.ones(2, 3).t()},
    ],
)
def test_anything_else_travels_as_before(state):
    data = dump_state_dict(state)
    assert not are_tensor_bytes(data)
    assert str(load_state_dict(data)) == str(state)


def test_format_versions_that_are_none_of_torchs_own_are_kept_too():
    state = OrderedDict(a=torch.ones(1))
    state._metadata = {"": {"version": "of the user's own"}}
    assert load_state_dict(dump_state_dict(state))._metadata == state._metadata


def test_what_no_node_of_ours_wrote_is_refused():
    data = to_tensor_bytes({"a": torch.ones(4)})
    for wrong in (
        data[:-1],
        data + b"0",
        data[: data.index(b"\n") + 1],
        data.replace(b"float32", b"float99"),
        data.replace(b"[4]", b"[5]"),
        data.replace(b'"a"', b"123"),
    ):
        with pytest.raises(StateDictError, match="no state dict"):
            load_state_dict(wrong)
