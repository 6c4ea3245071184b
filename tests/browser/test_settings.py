"""The settings page, which JupyterLab's server translates for language packs alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import LabPage
from tests.helpers.servers import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "labextension" / "schema" / "plugin.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("locale", "title", "words"),
    [
        ("en", "Federation", ["Tell when a node fails", "First view", "Logs"]),
        ("zh_CN", "联邦", ["节点失败时通知", "首选视图", "日志", "保留的日志条数"]),
    ],
)
def test_the_settings_page_is_in_the_readers_language(
    open_page: Callable[..., LabPage], shots: Path, locale: str, title: str, words: list[str]
) -> None:
    page = open_page(locale=locale)
    # The command ends only when its page is closed.
    page.page.evaluate("query => { void window.jupyterapp.commands.execute('settingeditor:open', { query }); }", title)
    form = page.page.locator(".jp-SettingsPanel")
    for word in words:
        expect(form).to_contain_text(word)
    if locale == "zh_CN":
        expect(form).not_to_contain_text("Tell when")
    page.shot(shots, f"settings-{locale}")
    # The shortcuts of the schema are still there.
    bindings = page.page.evaluate(
        "() => window.jupyterapp.commands.keyBindings.filter(key => key.command.startsWith('alphamed:')).length"
    )
    assert bindings == len(SCHEMA["jupyter.lab.shortcuts"])
