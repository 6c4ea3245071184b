"""State dicts that travel: what may, what may not, and that loading runs no code."""

import enum
import io
import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

from alphamed_nb.algorithms.averaging import average_state_dicts
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


class Tagged(torch.Tensor):
    """As libraries for images have them: what is done with it gives one again."""


class Width(enum.IntEnum):
    NARROW = 3


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_empty_ones_and_ones_of_subclasses_arrive_as_plain_ones(tmp_path):
    mapped = np.memmap(tmp_path / "weights.bin", "f4", "w+", shape=(2, 2))
    mapped[:] = 7
    arrays = {
        "empty": np.empty((0, 4)),
        "empty text": np.array([], "<U3"),
        "mapped": mapped,
        "matrix": np.asmatrix(np.ones((1, 2))),
        "not masked": np.ma.array([1.0, 2.0], mask=[False, False]),
        "characters": np.array(["ab"]).view(np.char.chararray),
        "without dimensions": np.array(1.5),
        "other byte order": np.arange(3, dtype=">i4"),
        "in columns": np.asfortranarray(np.ones((2, 3))),
    }
    loaded, copied = load_state_dict(dump_state_dict(arrays)), portable_copy(arrays)
    assert average_state_dicts([loaded, copied]).keys() == arrays.keys()  # an aggregator averages its own with others'
    for key, value in arrays.items():
        assert type(loaded[key]) is np.ndarray and loaded[key].dtype == value.dtype.newbyteorder("="), key
        assert loaded[key].shape == value.shape and loaded[key].flags.writeable, key
        np.testing.assert_array_equal(loaded[key], np.asarray(value), key)
    tensors = {
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "buffer": torch.nn.Buffer(torch.ones(2)),
        "tagged": torch.ones(2).as_subclass(Tagged),
        "empty": torch.empty(0, 3),
        "without dimensions": torch.tensor(3),
        "conjugated": torch.tensor([1 + 2j]).conj(),
        "whole": torch.tensor([2**63 + 1], dtype=torch.uint64),
        "sparse": torch.eye(2).to_sparse(),
    }
    loaded = load_state_dict(dump_state_dict(tensors))
    for key, value in tensors.items():
        assert type(loaded[key]) is torch.Tensor and loaded[key].dtype == value.dtype, key
        assert loaded[key].tolist() == value.tolist() if not value.is_sparse else loaded[key].is_sparse, key
    others = {np.str_("key"): np.str_(""), np.int64(3): np.bytes_(b""), "width": Width.NARROW, Width.NARROW.name: "x"}
    loaded = load_state_dict(dump_state_dict(others))
    assert loaded == {"key": "", 3: b"", "width": 3, "NARROW": "x"}
    assert [type(key) for key in loaded] == [str, int, str, str] and type(loaded["width"]) is int


class Pair(torch.Tensor):
    """Keeps its numbers in another tensor, as distributed and quantized ones do."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        found = func(*(arg.inner if isinstance(arg, cls) else arg for arg in args), **(kwargs or {}))
        return cls(found) if isinstance(found, torch.Tensor) else found


@pytest.mark.filterwarnings("ignore")  # torch: these are beta
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (lambda: torch.eye(2).to_sparse_csr(), "a tensor with layout torch.sparse_csr"),
        (lambda: torch.eye(2).to_sparse_bsr((1, 1)), "a tensor with layout torch.sparse_bsr"),
        (lambda: torch.nested.nested_tensor([torch.ones(1), torch.ones(2)]), "a tensor with layout nested"),
        (lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), r"a quantized tensor \(torch.qint8\)"),
        (lambda: torch.ones(2, device="meta"), "a tensor of torch.float32 on the device meta"),
        (lambda: torch.empty(2, dtype=torch.bits8), "a tensor of torch.bits8"),
        (lambda: torch.nn.LazyLinear(2).weight, "a parameter without values yet"),
        (lambda: Pair(torch.ones(2)), "of type Pair"),
        (lambda: np.ma.array([1.0, 2.0], mask=[True, False]), "a MaskedArray of which values are masked"),
        (lambda: np.array(["2020-01-01"], "M8[D]"), r"an array of datetime64\[D\]"),
        (lambda: np.rec.array([(1, 2.0)]), "an array of "),
        (lambda: 1 << 3000, "an int of 3001 bits"),
        (lambda: 1j, "of type complex"),
        (lambda: b"bytes", "of type bytes"),
    ],
)
def test_what_cannot_be_loaded_or_averaged_is_refused_at_the_sender(value, says):
    with pytest.raises(StateDictError, match=rf"'layer\.w' of the state dict is {says}.*, which cannot travel"):
        dump_state_dict({"layer": {"w": value()}})


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
