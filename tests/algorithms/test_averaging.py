"""The mean of state dicts equals its definition, computed with numpy."""

import logging
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
    exact = abs(sum(values)) // len(values) * (1 if sum(values) > 0 else -1)
    assert mean["count"].dtype == torch.int64 and mean["count"].item() == exact
    warnings = [record for record in alphafed_log if record.levelno == logging.WARNING]
    assert len(warnings) == 1 and "count" in warnings[0].getMessage()


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
