import pytest

from alphamed_nb.protocol import errors


def _kinds(base: type[errors.HubError]) -> list[type[errors.HubError]]:
    return [base, *(found for child in base.__subclasses__() for found in _kinds(child))]


@pytest.mark.parametrize("kind", _kinds(errors.HubError))
def test_an_error_comes_back_as_it_was_raised(kind: type[errors.HubError]) -> None:
    raised = kind("what was wrong", node="n", pid=3)
    received = errors.error_from_body(raised.body())
    assert type(received) is kind
    assert str(received) == "what was wrong"
    assert received.details == {"node": "n", "pid": 3}


def test_codes_are_unique() -> None:
    codes = [kind.code for kind in _kinds(errors.HubError)]
    assert len(codes) == len(set(codes))


def test_an_unknown_code_is_a_plain_hub_error() -> None:
    received = errors.error_from_body(errors.ErrorBody("from_the_future", "text"))
    assert type(received) is errors.HubError
