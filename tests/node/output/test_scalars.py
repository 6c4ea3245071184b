"""The scalars of any `SummaryWriter` that a node opens below its result directory."""

from __future__ import annotations

import logging
import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hub_process import HubProcess, run_node

from alphamed_nb.node.context import NodeContext


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def metrics(hub: HubProcess, task: str) -> list[tuple[Any, ...]]:
    rows = [row for row in hub.rows("logs", "metric") if row["task"] == task]
    return [
        (row["body"]["writer"], row["body"]["name"], row["body"]["value"], row["body"].get("step", 0)) for row in rows
    ]


def test_scalars_are_reported_with_their_writer_step_and_round(hub: HubProcess, task: str, folder: Path) -> None:
    import torch
    from torch.utils.tensorboard import SummaryWriter

    with NodeContext("a") as context:
        session = context.session(task)
        with SummaryWriter(Path("a") / task / "result" / "train" / "deep") as writer:
            session.report_state("training", round=3)
            writer.add_scalar("loss", torch.tensor([[0.5]], dtype=torch.bfloat16), 7)
            writer.add_scalar(tag="loss", scalar_value=np.float32(0.25), global_step=np.int64(8), new_style=True)
            writer.add_scalar("loss", np.array([[1]]))
            writer.add_scalars("both", {"left": 1, "right": True}, 9)
        with SummaryWriter(os.path.abspath(f"a/{task}/result")) as writer:
            writer.add_scalar("top", 2)
    deep = "train/deep"
    assert metrics(hub, task) == [
        (deep, "loss", 0.5, 7), (deep, "loss", 0.25, 8), (deep, "loss", 1.0, 0), (deep, "both/left", 1.0, 9),
        (deep, "both/right", 1.0, 9), (".", "top", 2.0, 0),
    ]  # fmt: skip
    rows = [row for row in hub.rows("logs", "metric") if row["task"] == task]
    assert {(row["node"], row["body"]["round"]) for row in rows} == {("a", 3)}


def test_writers_elsewhere_are_left_alone(hub: HubProcess, task: str, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with NodeContext("a") as context:
        context.session(task)
        for place in (
            "runs",
            f"a/{task}",
            f"a/{task}/model",
            f"b/{task}/result",
            f"x/a/{task}/result",
            f"a/{task}/../r",
        ):
            with SummaryWriter(place) as writer:
                writer.add_scalar("loss", 1.0)
        with SummaryWriter(f"a/{task}/result") as writer:
            writer.add_scalar("last", 1.0)
    assert metrics(hub, task) == [(".", "last", 1.0, 0)]


def test_a_writer_belongs_to_the_context_in_which_it_was_opened(hub: HubProcess, task: str, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    before = SummaryWriter(f"a/{task}/result/before")
    with NodeContext("a") as context:
        context.session(task)
        inside = SummaryWriter(f"a/{task}/result/inside")
        before.add_scalar("x", 1.0)
        with NodeContext("b") as other:
            other.session(task)
            inside.add_scalar("x", 2.0)
            SummaryWriter(f"b/{task}/result/inner").add_scalar("x", 3.0)
    inside.add_scalar("x", 4.0)
    with NodeContext("a") as context:
        context.session(task)
        inside.add_scalar("x", 5.0)
    rows = [row for row in hub.rows("logs", "metric") if row["task"] == task]
    assert [(row["node"], row["body"]["writer"], row["body"]["value"]) for row in rows] == [
        ("a", "inside", 2.0),
        ("b", "inner", 3.0),
    ]


def test_nothing_is_reported_twice(hub: HubProcess, task: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.utils.tensorboard import SummaryWriter

    class Own(SummaryWriter):
        def add_scalar(self, *args: Any, **kwargs: Any) -> None:
            super().add_scalar(*args, **kwargs)

    plain = SummaryWriter.add_scalar
    with NodeContext("a"):
        ours = SummaryWriter.add_scalar

        def theirs(*args: Any, **kwargs: Any) -> None:
            ours(*args, **kwargs)

        SummaryWriter.add_scalar = theirs  # somebody wraps ours and stays
    try:
        assert SummaryWriter.add_scalar is theirs
        with NodeContext("a") as context:
            context.session(task)
            with Own(f"a/{task}/result/own") as writer:
                writer.add_scalar("x", 1.0)
                writer.add_scalars("y", {"z": 2.0})
            with NodeContext("b") as other:
                other.session(task)
                SummaryWriter(f"b/{task}/result").add_scalar("x", 3.0)
        assert SummaryWriter.add_scalar is theirs
    finally:
        SummaryWriter.add_scalar = plain
    assert [(name, value) for _, name, value, _ in metrics(hub, task)] == [("x", 1.0), ("y/z", 2.0), ("x", 3.0)]


def test_the_class_is_as_before_after_the_last_context(hub: HubProcess, task: str) -> None:
    from torch.utils.tensorboard import SummaryWriter

    before = dict(vars(SummaryWriter))
    meta_path = list(sys.meta_path)
    with NodeContext(task):
        with NodeContext(task + "2"):
            pass
        assert SummaryWriter.add_scalar is not before["add_scalar"]
    assert dict(vars(SummaryWriter)) == before and sys.meta_path == meta_path


def test_what_tensorboard_refuses_it_refuses_as_before(hub: HubProcess, task: str, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with NodeContext("a") as context:
        context.session(task)
        with SummaryWriter(f"a/{task}/result") as writer:
            for wrong in ([1.0], "many words", np.zeros(3), None):
                with pytest.raises((AssertionError, NotImplementedError, ValueError)):
                    writer.add_scalar("x", wrong)
    assert metrics(hub, task) == []


def test_no_value_step_or_name_breaks_the_link(
    hub: HubProcess, task: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch.utils.tensorboard import SummaryWriter

    told: list[str] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: told.append(record.getMessage()))
    monkeypatch.setattr(logging.getLogger("alphafed"), "handlers", [handler])
    with NodeContext("a") as context:
        context.session(task)
        with SummaryWriter(f"a/{task}/result/tb") as writer:
            for step, value in enumerate((1.0, math.nan, math.inf, 2.0, -math.inf)):
                writer.add_scalar("loss", value, step)
            writer.add_scalar("n" * 5000, 1.0, 2**62)
            writer.add_scalar("last", 1.0, -(2**62))
            writer.add_scalar(b"bytes", 1.0, 1)
    found = [(name[:4], value, step) for _, name, value, step in metrics(hub, task)]
    assert found == [
        ("loss", 1.0, 0), ("loss", None, 1), ("loss", None, 2), ("loss", 2.0, 3), ("loss", None, 4),
        ("nnnn", 1.0, 2**53), ("last", 1.0, -(2**53)), ("byte", 1.0, 1),
    ]  # fmt: skip
    assert told == ["loss (tb) is nan at step 1.", "loss (tb) is -inf at step 4."]


IMPORTED_INSIDE = """
import sys
from alphamed_nb.node.context import NodeContext
{before}
with NodeContext("a") as context:
    assert bool({before!r}) == ("torch" in sys.modules), "torch was imported"
    context.session({task!r})
    import torch.utils.tensorboard.writer as module
    assert module.__spec__.loader is module.__loader__ and type(module.__loader__).__module__.startswith("_frozen")
    from torch.utils.tensorboard import SummaryWriter
    writer = SummaryWriter("a/{task}/result/tb")
    writer.add_scalar("x", 1.0)
    writer.close()
assert not hasattr(SummaryWriter.add_scalar, "__wrapped__")
assert not [finder for finder in sys.meta_path if type(finder).__module__.startswith("alphamed_nb.node")]
"""


@pytest.mark.parametrize("before", ["", "import torch", "from torch.utils.tensorboard import SummaryWriter"])
def test_when_torch_is_imported_does_not_matter(hub: HubProcess, task: str, folder: Path, before: str) -> None:
    task = task.replace(" ", "-")
    done = run_node(f"import os; os.chdir({str(folder)!r})\n" + IMPORTED_INSIDE.format(task=task, before=before), hub)
    assert done.returncode == 0, done.stderr
    assert metrics(hub, task) == [("tb", "x", 1.0, 0)]
