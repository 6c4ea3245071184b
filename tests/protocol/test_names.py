import pytest

from alphamed_nb.protocol.errors import InvalidName
from alphamed_nb.protocol.names import check_name


@pytest.mark.parametrize(
    "name", ["node 1", "NODE_ID_1", "医院-甲", "a" * 200, "1bb9feba-7b53-455b-b127-0eb19ffc9d3f", "..."]
)
def test_what_can_be_one_folder_name_is_an_id(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        (".", "one folder name"),
        ("..", "one folder name"),
        ("a/b", "'/'"),
        ("../up", "'/'"),
        ("a\\b", "separates folders"),
        ("a\nb", "control character"),
        ("a\x00b", "control character"),
        ("\ud800", "control character"),
        ("医" * 67, "200 bytes"),
        (7, "must be a string"),
        (None, "must be a string"),
    ],
)
def test_a_refused_name_is_told_why(name: object, reason: str) -> None:
    with pytest.raises(InvalidName, match=reason):
        check_name(name)


def test_the_error_says_what_the_name_was_for() -> None:
    with pytest.raises(InvalidName, match="task id"):
        check_name("", "task id")
