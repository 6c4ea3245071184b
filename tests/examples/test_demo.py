"""`make demo`: three notebooks train on real digits to an accuracy over 0.90, and leave the clone as it was."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from alphamed_nb.datasets.digits import part_originals
from tests.helpers.servers import own_environment

ROOT = Path(__file__).resolve().parent.parent.parent
TASK = "cbb3ffd0-838c-41ca-a41a-7c11cae29181"
AGGREGATOR = "1bb9feba-7b53-455b-b127-0eb19ffc9d3f"


NO_INTERNET = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9") | {"no_proxy": "127.0.0.1,localhost"}
"""So that it is the built-in digits everywhere, and never a download."""


def untracked() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout


@pytest.mark.timeout(600)
def test_five_rounds_on_real_digits(tmp_path: Path) -> None:
    import torch
    from sklearn.datasets import load_digits

    before = untracked()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = own_environment(tmp_path) | {"TMPDIR": str(scratch)} | NO_INTERNET
    environment.pop("ALPHAMED_MNIST_DIR", None)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py")], env=environment, capture_output=True, text=True, timeout=540
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search("^Not MNIST but scikit-learn's handwritten digits", done.stdout, re.MULTILINE)
    accuracies = re.findall(r"Accuracy: (\d+)/(\d+)", done.stdout)
    correct, count = map(int, accuracies[-1])
    assert correct / count > 0.90, done.stdout
    assert count == len(part_originals(load_digits().target).test)
    assert len(set(accuracies)) > 1, "accuracy changes from round to round"
    (folder,) = scratch.glob("alphamed-demo-*")
    assert str(folder) in done.stdout
    result = folder / AGGREGATOR / TASK / "result"
    state = torch.load(result / "model.pt", weights_only=True)
    assert state["fc1.weight"].shape == (50, 320)
    with zipfile.ZipFile(result / "report.zip") as report:
        assert any(Path(name).name.startswith("events.out.tfevents") for name in report.namelist())
    assert untracked() == before


def test_a_failing_task_fails_the_demo(tmp_path: Path) -> None:
    """With a folder of digits that does not exist, nothing can run, and the exit code says so."""
    environment = own_environment(tmp_path) | {"TMPDIR": str(tmp_path), "ALPHAMED_MNIST_DIR": str(tmp_path / "nowhere")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py")], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "The demo failed" in done.stdout and "no MNIST files there" in done.stderr
