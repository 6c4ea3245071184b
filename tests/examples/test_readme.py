"""The first notebook of the README does what the README says, and both languages show the same one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tests.helpers.servers import own_environment

ROOT = Path(__file__).resolve().parent.parent.parent


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)


def test_both_languages_show_the_same_code_and_the_same_links() -> None:
    for language in ("python", "sh"):
        assert blocks("README.md", language) == blocks("README.zh.md", language)
    links = [
        {link for link in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")) if ":" not in link}
        for name in ("README.md", "README.zh.md")
    ]
    changed = {"README.zh.md": "README.md", "docs/idea.svg": "docs/idea.zh.svg", "docs/panel.png": "docs/panel.zh.png"}
    assert {changed.get(link, link) for link in links[0]} == links[1]
    for link in links[0] | links[1]:
        assert (ROOT / link).is_file(), link


def test_the_text_shows_the_two_commands_and_the_most_frequent_trouble() -> None:
    for name, heading in (("README.md", "## Troubleshooting"), ("README.zh.md", "## 常见问题")):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in text and "make test" in text
        first = text.split(heading)[1].strip().splitlines()[0]
        assert "No module named 'alphafed'" in first and "%load_ext alphamed_nb" in first


def test_the_first_notebook(tmp_path: Path) -> None:
    notebook = new_notebook(cells=[new_code_cell(source) for source in blocks("README.md", "python")])
    nbformat.write(notebook, tmp_path / "first.ipynb")
    done = subprocess.run(
        [sys.executable, "-m", "alphamed_nb", "run", "first.ipynb"],
        cwd=tmp_path,
        env=own_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    received = "clinic-b has received NoticeTaskCompletionEvent(type='notice_task_completion', result=True)"
    assert received in done.stdout, done.stdout
    assert "['clinic-a', 'clinic-b']" in done.stdout
