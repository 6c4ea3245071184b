"""Chromium and JupyterLab for the tests of the panel. They run in a pytest of their own: see the Makefile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.lab import BUILT, PATIENCE_SECONDS, ChromiumMissing, Lab, LabPage, chromium
from tests.helpers.few_digits import few_digits

expect.set_options(timeout=1000 * PATIENCE_SECONDS)

SHOTS = Path(__file__).parent / "screenshots"
"""What the panel looked like; ignored by git, kept by CI."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not (BUILT / "package.json").exists():
        pytest.fail("The panel is not built: `make environment` builds it.")
    with sync_playwright() as playwright:
        try:
            browser = chromium(playwright)
        except ChromiumMissing as error:
            pytest.fail(str(error))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    lab = Lab(folder, variables=few_digits(folder / "digits"))
    lab.start()
    yield lab
    lab.stop()


@pytest.fixture
def open_page(lab: Lab, browser: Browser) -> Iterator[Callable[..., LabPage]]:
    """Opens pages that are closed at the end of the test; none may have had an error or a request to elsewhere."""
    pages: list[LabPage] = []

    def open_one(**options: object) -> LabPage:
        pages.append(lab.open(browser, **options))  # type: ignore[arg-type]
        return pages[-1]

    yield open_one
    for page in pages:
        page.close()
    for page in pages:
        assert not page.errors, page.errors
        foreign = [url for url in page.requests if not url.startswith((lab.url, "data:", "blob:"))]
        assert not foreign, foreign


@pytest.fixture(scope="session")
def shots() -> Path:
    return SHOTS
