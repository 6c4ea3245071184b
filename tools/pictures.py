"""`make pictures`: the README's pictures of the panel, taken anew in a real JupyterLab while the example runs.

One for each language that the README is written in, `docs/panel.png` and `docs/panel.zh.png`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))  # the tests know how to drive a JupyterLab

from tests.browser.lab import START_SECONDS, Lab, chromium, run_all  # noqa: E402

PICTURES = {"en": ("panel.png", "Round 4 of 5"), "zh_CN": ("panel.zh.png", "第 4 轮")}
"""By locale: the file, and what the panel says when it is taken."""


def main() -> None:
    expect.set_options(timeout=1000 * START_SECONDS)
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for locale, (name, moment) in PICTURES.items():
            with tempfile.TemporaryDirectory() as folder:
                take(browser, Path(folder), locale, REPOSITORY / "docs" / name, moment)
        browser.close()


def take(browser: Browser, folder: Path, locale: str, file: Path, moment: str) -> None:
    """Run the example below `folder` and picture JupyterLab when the panel shows the text `moment`."""
    lab = Lab(folder)
    lab.start()
    try:
        lab.copy_example()
        page = lab.open(browser, locale=locale)
        run_all(page)
        page.command("alphamed:show-sidebar")
        page.command("alphamed:open", {"view": "logs"})
        expect(page.page.locator(".jp-alphamed-View")).to_contain_text(moment)
        page.page.screenshot(path=file)
        print(file)
        page.close()
    finally:
        lab.stop()


if __name__ == "__main__":
    main()
