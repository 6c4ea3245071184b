"""State dicts that travel: what may, what may not, and that loading runs no code."""

import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

from alphamed_nb.alphafed.fed_avg.errors import StateDictError
from alphamed_nb.alphafed.fed_avg.state_dicts import dump_state_dict, load_state_dict, portable_copy


def test_a_models_state_comes_back_exactly():
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    state = model.state_dict()
    loaded = load_state_dict(dump_state_dict(state))
    assert list(loaded) == list(state) and loaded._metadata == state._metadata
    for key, value in state.items():
        assert torch.equal(loaded[key], value) and loaded[key].dtype == value.dtype
    model.load_state_dict(loaded)


def test_everything_that_may_travel():
    state = {
        "tensor": torch.arange(3, dtype=torch.int32),
        "half": torch.ones(2, dtype=torch.bfloat16),
        "nested": {"list": [1, 2.5, True, None, "text", {"deep": torch.zeros(1)}], 3: "whole-number key"},
        "arrays": [np.arange(3.0), np.array([True]), np.array(["ab"]), np.array([1 + 2j])],
        "scalars": [np.float32(3), np.int64(4), np.bool_(True)],
        "ordered": OrderedDict(a=1),
    }
    loaded = load_state_dict(dump_state_dict(state))
    assert torch.equal(loaded["tensor"], state["tensor"]) and torch.equal(loaded["half"], state["half"])
    assert loaded["nested"]["list"][:5] == state["nested"]["list"][:5] and loaded["nested"][3] == "whole-number key"
    for one, other in zip(loaded["arrays"], state["arrays"], strict=True):
        np.testing.assert_array_equal(one, other)
    assert loaded["scalars"] == state["scalars"] and type(loaded["scalars"][0]) is np.float32


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"head": {1, 2}}, "'head' of the state dict is of type set"),
        ({"a": [{"b": (1, 2)}]}, r"'a\[0\].b' of the state dict is of type tuple"),
        ({"model": torch.nn.Linear(1, 1)}, "'model' of the state dict is of type Linear"),
        ({"objects": np.array([object()])}, "'objects' of the state dict is an array of object"),
        ({"a": {(1, 2): 3}}, "'a' has a key of type tuple"),
        (torch.nn.Linear(1, 1), "must return a dict, got Linear"),
    ],
)
def test_anything_else_is_refused_by_key_and_type(state, says):
    with pytest.raises(StateDictError, match=says):
        dump_state_dict(state)


class Evil:
    def __reduce__(self):
        return (os.putenv, ("EVIL", "ran"))


def test_loading_runs_no_code():
    buffer = io.BytesIO()
    torch.save({"a": Evil()}, buffer)
    with pytest.raises(pickle.UnpicklingError):
        load_state_dict(buffer.getvalue())


def test_a_copy_shares_no_memory_and_has_no_history():
    model = torch.nn.Linear(2, 2)
    copied = portable_copy({"weight": model.weight})
    assert not copied["weight"].requires_grad
    copied["weight"].zero_()
    assert model.weight.abs().sum() > 0


def test_a_slice_of_a_large_tensor_is_small():
    large = torch.zeros(1_000_000)
    assert len(dump_state_dict({"part": large[:10]})) < 10_000
