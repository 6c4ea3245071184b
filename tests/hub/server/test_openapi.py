"""The OpenAPI file and the protocol page say what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import yaml

from alphamed_nb.hub.server.openapi import PATH, build
from alphamed_nb.protocol import errors
from alphamed_nb.protocol.messages import ClientMessage, HubMessage

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"


def test_the_file_is_what_the_code_builds() -> None:
    """If not: python -m alphamed_nb.hub.server.openapi"""
    assert yaml.safe_load(PATH.read_text()) == build()


def test_every_reference_is_there() -> None:
    text = PATH.read_text()
    schemas = build()["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(schemas)


def test_the_page_names_every_message_and_every_error() -> None:
    text = PAGE.read_text()
    words = set(re.findall(r"[a-z_]+", text))
    for kind in (*get_args(ClientMessage), *get_args(HubMessage)):
        operation = kind.__struct_config__.tag
        assert operation in words, operation
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HubError)]
    for kind in kinds:
        if kind is not errors.HubError:
            assert f"| `{kind.code}` | {kind.status} |" in text, kind
