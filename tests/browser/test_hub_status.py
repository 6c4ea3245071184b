"""The dialog that tells how the hub is: in the header's menu, in both languages and themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, LabPage, finish

_LINES = """
for line in range(200):
    logger.info('line %d', line)
for place in range(30):
    contractor.notify_task_completion(True)
"""


@pytest.fixture(scope="module")
def ended(lab: Lab) -> None:
    """A run that has ended, with 200 lines and 30 messages."""
    finish(lab, "kept", "a", "a,b", _LINES)


@pytest.mark.parametrize(
    ("theme", "locale", "more", "entry", "says", "close"),
    [
        ("light", "en", "More", "Hub status", ["Hub version", "Free on this disk", "7 days"], "Close"),
        ("dark", "en", "More", "Hub status", ["Hub version"], "Close"),
        ("light", "zh_CN", "更多", "枢纽状态", ["枢纽版本", "此磁盘剩余空间", "7 天"], "关闭"),
        ("dark", "zh_CN", "更多", "枢纽状态", ["枢纽版本"], "关闭"),
    ],
)
def test_the_hub_tells_how_it_is(
    open_page: Callable[..., LabPage], lab: Lab, ended: None, shots: Path, theme: str, locale: str, more: str,
    entry: str, says: list[str], close: str,
) -> None:  # fmt: skip
    page = open_page(theme=theme, locale=locale)
    page.command("alphamed:open", {"task": "kept"})
    button = page.page.locator(".jp-alphamed-View").get_by_role("button", name=more, exact=True)
    button.click()
    page.page.get_by_role("menuitem", name=entry).click()
    dialog = page.page.get_by_role("dialog")
    body = dialog.locator(".jp-alphamed-Hub")
    for text in (*says, lab.ask("hub")["data_dir"], "alphamed-nb clean"):
        expect(body).to_contain_text(text)
    kept = lab.ask("storage")
    assert (kept["runs"], kept["events"]) == (1, 30) and kept["records"] >= 200
    fields = dict(zip(body.locator("dt").all_inner_texts(), body.locator("dd").all_inner_texts(), strict=True))
    assert str(kept["records"]) in fields.values()
    assert sum(value.endswith((" KB", " MB", " GB")) for value in fields.values()) >= 3, fields
    # All of it can be seen.
    assert body.evaluate("body => body.scrollHeight <= body.clientHeight"), "it scrolls"
    expect(dialog.get_by_text("alphamed-nb clean")).to_be_in_viewport(ratio=1)
    page.shot(shots, f"hub-status-{theme}-{locale}")
    dialog.get_by_role("button", name=close).last.click()
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
