"""The front end's types of the protocol are those of the Python side."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from alphamed_nb.protocol import journal, live, snapshot

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_types", ROOT / "tools" / "generate_types.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_in_the_tree_is_the_generated_one(generator: ModuleType) -> None:
    there = generator.TARGET.read_text(encoding="utf-8")
    assert there == generator.generate(), "run: python tools/generate_types.py"


def test_every_kind_of_row_has_its_type(generator: ModuleType) -> None:
    text = generator.generate()
    for kind, rule in journal.KINDS.items():
        assert f"RowOf<'{kind}', {rule.body.__name__}>" in text


def test_only_fields_that_may_be_absent_are_optional(generator: ModuleType) -> None:
    """Against what msgspec really writes: a struct with nothing but what it must have."""
    writer = generator.Writer(generator.named())
    least: dict[type, dict[str, Any]] = {
        journal.Frame: {"function": "f", "line": 1},
        snapshot.NodeView: {"node": "a", "index": 0, "state": "up"},
        live.Follow: {},
    }
    for kind, values in least.items():
        sent = json.loads(msgspec.json.encode(kind(**values)))
        text = writer.struct(kind.__name__, kind)
        for field in msgspec.structs.fields(kind):
            assert (f"  {field.name}?: " in text) is (field.name not in sent), field.name


def test_a_tag_is_a_literal_and_an_array_like_struct_a_labelled_tuple(generator: ModuleType) -> None:
    writer = generator.Writer(generator.named())
    assert "  op: 'follow';" in writer.struct("Follow", live.Follow)
    text = writer.struct("Interval", snapshot.Interval)
    assert "export type Interval = readonly [\n  activity: Activity,\n  detail: string,\n" in text
