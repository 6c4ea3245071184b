"""What the documents say of the code is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLACES = (ROOT, ROOT / "alphamed_nb", ROOT / "labextension" / "src")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "examples" / "README.md"])
HISTORY = {"CHANGELOG.md"}
"""Of what was, also."""


def paths_in(text: str) -> set[str]:
    """The source files and folders that a document names: `hub/core/router.py`, `views/logs/`."""
    return set(re.findall(r"`((?:\w[\w.-]*/)+(?:[\w.-]+\.(?:py|ts|tsx|css|mjs|yaml|txt))?)`", text))


@pytest.mark.parametrize("document", DOCUMENTS, ids=[each.name for each in DOCUMENTS])
def test_files_that_a_document_names_are_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set() if document.name in HISTORY else paths_in(text)
    places = (*PLACES, document.parent)
    missing = [path for path in sorted(named) if not any((place / path).exists() for place in places)]
    assert not missing
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_paths_are_found_in_a_document() -> None:
    assert paths_in("see `hub/core/router.py` and `views/logs/`, not `a/b` or `{NODE}/x.py`") == {
        "hub/core/router.py",
        "views/logs/",
    }
