"""The mean of state dicts equals its definition, computed with numpy."""

import logging
import math
import random
from collections import OrderedDict

import numpy as np
import pytest
import torch

from alphamed_nb.algorithms.averaging import AveragingError, average_state_dicts


def random_dicts(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [
        OrderedDict(
            weight=torch.randn(5, 3, generator=generator),
            bias=torch.randn(3, generator=generator, dtype=torch.float64),
            half=torch.randn(4, generator=generator).half(),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_mean_equals_numpys(count):
    dicts = random_dicts(count)
    mean = average_state_dicts(dicts)
    assert list(mean) == ["weight", "bias", "half"]
    for key in mean:
        wanted = np.mean(np.stack([each[key].numpy().astype(np.float64) for each in dicts]), axis=0)
        assert mean[key].dtype == dicts[0][key].dtype
        np.testing.assert_array_equal(mean[key].numpy(), wanted.astype(mean[key].numpy().dtype))


def test_every_node_counts_the_same_whatever_the_order():
    dicts = random_dicts(4)
    one, other = average_state_dicts(dicts), average_state_dicts(dicts[::-1])
    for key in one:
        torch.testing.assert_close(one[key], other[key])


@pytest.mark.parametrize("values", [[1, 2], [-1, -2], [5, 5, 6], [-5, -5, -6], [2**53, 2**53 + 2]])
def test_integers_are_truncated_with_a_warning(values, alphafed_log):
    mean = average_state_dicts([{"count": torch.tensor([value])} for value in values])
    assert mean["count"].dtype == torch.int64 and mean["count"].item() == exact_mean(values)
    warnings = [record for record in alphafed_log if record.levelno == logging.WARNING]
    assert len(warnings) == 1 and "count" in warnings[0].getMessage()


def exact_mean(values):
    """Truncated towards zero, with integers that have no range."""
    return abs(sum(values)) // len(values) * (1 if sum(values) > 0 else -1)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64])
def test_the_mean_of_integers_is_exact_whatever_their_sum(kind):
    least, most = np.iinfo(kind).min, np.iinfo(kind).max
    generator = random.Random(3)
    columns = [[most] * 5, [least] * 5, [least, most, least, most, most], [most - 1, most, most, most, most]]
    columns += [[generator.randint(least, most) for _ in range(5)] for _ in range(50)]
    columns += [[generator.randint(max(least, -9), 9) for _ in range(5)] for _ in range(50)]
    rows = np.array(columns, kind).T
    wanted = np.array([exact_mean(column) for column in columns], kind)
    of_arrays = average_state_dicts([{"n": row} for row in rows])["n"]
    of_tensors = average_state_dicts([{"n": torch.from_numpy(row.copy())} for row in rows])["n"]
    assert of_arrays.dtype == kind and of_tensors.numpy().dtype == kind
    np.testing.assert_array_equal(of_arrays, wanted)
    np.testing.assert_array_equal(of_tensors.numpy(), wanted)
    for value in (least, most):
        for one in (kind(value), np.array(value, kind), torch.tensor(np.array(value, kind)), int(value)):
            mean = average_state_dicts([{"n": one}] * 3)["n"]
            assert type(mean) is type(one) and mean == one and getattr(mean, "ndim", 0) == 0


@pytest.mark.parametrize("value", [np.array(1.5), np.array(3), np.array(True), np.array("text"), np.float32(1.5)])
def test_an_array_without_dimensions_stays_one_and_a_scalar_a_scalar(value):
    mean = average_state_dicts([{"a": value}, {"a": value}])["a"]
    assert type(mean) is type(value) and mean.dtype == value.dtype and mean == value


def test_sparse_tensors_stay_sparse():
    one = {"float": torch.eye(2).to_sparse(), "whole": torch.tensor([[0, 3], [5, 0]]).to_sparse()}
    other = {"float": torch.ones(2, 2).to_sparse(), "whole": torch.tensor([[4, 0], [5, 0]]).to_sparse()}
    mean = average_state_dicts([one, other])
    assert mean["float"].is_sparse and mean["whole"].is_sparse
    assert mean["float"].to_dense().tolist() == [[1.0, 0.5], [0.5, 1.0]]
    assert mean["whole"].to_dense().tolist() == [[2, 1], [5, 0]]


def test_numbers_that_are_not_finite_are_averaged_as_those_of_tensors():
    infinite = average_state_dicts([{"a": math.inf, "b": 1e308, "c": 1}, {"a": 1.0, "b": 1e308, "c": math.inf}])
    assert infinite == {"a": math.inf, "b": math.inf, "c": math.inf}
    assert math.isnan(average_state_dicts([{"a": math.inf}, {"a": -math.inf}])["a"])


def test_wide_floats_keep_their_precision():
    value = np.longdouble(1) + np.finfo(np.longdouble).eps
    assert average_state_dicts([{"a": np.array([value])}] * 2)["a"][0] == value


def test_floats_give_no_warning(alphafed_log):
    average_state_dicts(random_dicts(2))
    assert alphafed_log == []


def test_arguments_are_neither_changed_nor_shared():
    model = torch.nn.Linear(3, 2)
    live, other = model.state_dict(), {key: value + 1 for key, value in model.state_dict().items()}
    before = {key: value.clone() for key, value in live.items()}
    mean = average_state_dicts([live, other])
    for value in mean.values():
        value.add_(100)
    for key, value in before.items():
        assert torch.equal(live[key], value)


def test_nested_values_numbers_arrays_and_text():
    one = {"a": [1.0, {"b": np.array([1.0, 2.0])}], "name": "net", "none": None, "scalar": np.float32(1)}
    two = {"a": [2.0, {"b": np.array([3.0, 5.0])}], "name": "net", "none": None, "scalar": np.float32(2)}
    mean = average_state_dicts([one, two])
    assert mean["a"][0] == 1.5 and mean["name"] == "net" and mean["none"] is None
    np.testing.assert_array_equal(mean["a"][1]["b"], [2.0, 3.5])
    assert mean["scalar"] == np.float32(1.5) and mean["scalar"].dtype == np.float32


def test_format_versions_of_a_torch_state_dict_are_kept():
    model = torch.nn.BatchNorm1d(2)
    mean = average_state_dicts([model.state_dict(), model.state_dict()])
    assert mean._metadata == model.state_dict()._metadata
    torch.nn.BatchNorm1d(2).load_state_dict(mean)


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ({"a": torch.zeros(1)}, {"b": torch.zeros(1)}, "a, b"),
        ({"a": torch.zeros(1)}, {"a": torch.zeros(2)}, "'a' has a different shape"),
        ({"a": torch.zeros(1)}, {"a": torch.zeros(1).double()}, "'a' has a different type"),
        ({"a": torch.zeros(1)}, {"a": 1.0}, "'a' is a Tensor"),
        ({"a": "x"}, {"a": "y"}, "'a' is not a number"),
        ({"a": [1.0]}, {"a": [1.0, 2.0]}, "'a' has different lengths"),
        ({"a": {1}}, {"a": {1}}, "'a' is a set"),
    ],
)
def test_what_does_not_fit_is_named(one, other, says):
    with pytest.raises(AveragingError, match=says):
        average_state_dicts([one, other])


def test_nothing_to_average():
    with pytest.raises(AveragingError, match="no state dict"):
        average_state_dicts([])
