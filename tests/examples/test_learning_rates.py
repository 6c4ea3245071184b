"""The example at two learning rates: two tasks whose metrics can be laid over each other."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.helpers.few_digits import few_digits
from tests.helpers.servers import own_environment, start_standalone

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "fedavg"
AGGREGATOR = "1bb9feba-7b53-455b-b127-0eb19ffc9d3f"


def test_two_tasks_with_accuracy_and_loss_of_each_round(tmp_path: Path) -> None:
    for name in ("net.py", "scheduler.py"):
        shutil.copy(EXAMPLE / name, tmp_path)
    script = (EXAMPLE / "learning_rates.py").read_text(encoding="utf-8")
    assert script.count("max_rounds=5") == 1
    (tmp_path / "learning_rates.py").write_text(script.replace("max_rounds=5", "max_rounds=2"), encoding="utf-8")
    environment = own_environment(tmp_path) | few_digits(tmp_path / "digits")
    hub = start_standalone(tmp_path)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "alphamed_nb", "run", "learning_rates.py"],
            cwd=tmp_path,
            env=environment | {"ALPHAMED_NB_HUB_FILE": str(tmp_path / "hub.json")},
            capture_output=True,
            text=True,
            timeout=280,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        with sqlite3.connect(f"file:{tmp_path / 'hub' / 'logs.db'}?mode=ro", uri=True) as logs:
            rows = logs.execute("select task, node, body from rows where kind = 'metric' order by seq").fetchall()
    finally:
        hub.process.terminate()
        hub.process.wait(30)
    found = [(task, node, json.loads(body)) for task, node, body in rows if json.loads(body).get("writer")]
    for task in ("learning-rate-0.01", "learning-rate-0.001"):
        of_task = [(body["name"], body["step"], body["round"]) for name, _, body in found if name == task]
        assert of_task == [(name, r, r) for r in (1, 2) for name in ("test_loss", "test_accuracy")]
    assert {(node, body["writer"]) for _, node, body in found} == {(AGGREGATOR, "tb_logs")}
    first, second = [
        [body["value"] for name, _, body in found if name == f"learning-rate-{rate}" and body["name"] == "test_loss"]
        for rate in (0.01, 0.001)
    ]
    assert first[-1] < second[-1], "ten times the learning rate has learned more after two rounds"
