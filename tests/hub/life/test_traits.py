"""What a person may set: every setting has help, is used, and stands in docs/settings.md with its default."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from traitlets.config import Config, Configurable

from alphamed_nb.hub.extension import AlphaMedNb
from alphamed_nb.hub.life.traits import HubTraits
from alphamed_nb.hub.settings import HubSettings
from alphamed_nb.hub.standalone import StandaloneHub
from alphamed_nb.protocol.limits import Limits

ROOT = Path(__file__).parents[3]


def _own(kind: type[Configurable]) -> dict[str, object]:
    return {name: trait.default() for name, trait in kind.class_own_traits(config=True).items()}


def test_the_page_names_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `(\w+)` \| `(.*?)` \|", page, flags=re.MULTILINE))
    settings = _own(HubTraits) | {name: _own(StandaloneHub)[name] for name in ("hub_file", "idle_seconds")}
    assert stated == {name: repr(default) for name, default in settings.items()}


@pytest.mark.parametrize("kind", [AlphaMedNb, StandaloneHub])
def test_every_setting_has_help_and_comes_from_a_configuration_file(kind: type[HubTraits]) -> None:
    own = HubTraits.class_own_traits(config=True)
    assert all(trait.help.strip() for trait in own.values())
    config = Config({"HubTraits": {"retention_days": 30.0}, kind.__name__: {"max_stream_bytes": 4096}})
    settings = kind(config=config).hub_settings("standalone", Path("own"))
    assert settings.retention_days == 30.0 and settings.limits.stream_bytes == 4096
    assert settings.data_dir == Path("own")


def test_defaults_are_the_settings_own() -> None:
    assert HubTraits().hub_settings("standalone", Path("own")) == HubSettings(data_dir=Path("own"))


def test_every_trait_reaches_the_settings() -> None:
    reached = {field.name for field in fields(HubSettings)} | {f"max_{name}" for name in Limits.__struct_fields__}
    assert set(_own(HubTraits)) <= reached
