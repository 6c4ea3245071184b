"""Where a record comes from, as a view needs it to open the cell or the file: in kernels of a real Jupyter server."""

from __future__ import annotations

import asyncio
import re
import shutil
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.kernels import Kernel
from tests.helpers.servers import Hub, jupyter_server

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "fedavg"
SEED_NET = (EXAMPLE / "net.py").read_text(encoding="utf-8").replace("in_features=320", "in_features=30")
DEMO = """
import torch, scheduler
from torch.utils.data import TensorDataset
torch.set_num_threads(1)
scheduler.ConvNet = ConvNet
scheduler.DemoAvg._digits = lambda self, train: TensorDataset(torch.zeros(8, 1, 28, 28), torch.zeros(8).long())
"""
RUN = """
from alphafed import logger, mock_context
with mock_context(id={node!r}, nodes=['agg', 'holder']):
    scheduler.DemoAvg(max_rounds=1, calculation_timeout=60)._run({node!r}, 'places', is_initiator={first})
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with jupyter_server() as hub:
        for name in ("net.py", "scheduler.py"):
            shutil.copy(EXAMPLE / name, hub.folder)
        yield hub


def records(server: Hub, **query: Any) -> list[dict[str, Any]]:
    page = server.request("GET", "alphamed-nb/api/records?" + urllib.parse.urlencode(query))
    return [dict(row, **row["body"]) for row in page["rows"]]


def test_the_seeds_mistake_leads_to_the_cell_and_the_file(server: Hub) -> None:
    async def main() -> tuple[str, str]:
        kernels = {node: await Kernel.start(server, f"{node}.ipynb") for node in ("agg", "holder")}
        try:
            for kernel in kernels.values():
                await kernel.execute("%load_ext alphamed_nb")
                await kernel.execute(SEED_NET, cell_id="the-net")
                await kernel.execute(DEMO, cell_id="the-demo")
            aggregator = await kernels["agg"].begin(RUN.format(node="agg", first=True), cell_id="runs-agg")
            holder = await kernels["holder"].begin(RUN.format(node="holder", first=False), cell_id="runs-holder")
            async with asyncio.timeout(120):
                await holder.done.wait()
                await aggregator.done.wait()
            return kernels["holder"].id, re.sub(r"\x1b\[[0-9;]*m", "", holder.error)
        finally:
            for kernel in kernels.values():
                await kernel.shut_down()

    kernel, shown = asyncio.run(main())
    assert "mat1 and mat2 shapes cannot be multiplied" in shown

    logs = records(server, task="places", kind="log", node="holder", limit=5000)
    (row,) = [row for row in logs if row.get("source") == "traceback"]
    frames = row["traceback"]["frames"]
    users = [frame for frame in frames if frame.get("user")]
    assert [(frame["function"], frame.get("cell", "")) for frame in users] == [
        ("<module>", "runs-holder"), ("DemoAvg.train_an_epoch", ""), ("ConvNet.forward", "the-net"),
    ]  # fmt: skip
    scheduler = server.folder / "scheduler.py"
    assert Path(users[1]["file"]).is_absolute() and Path(users[1]["file"]).samefile(scheduler)
    for frame, source in ((users[1], scheduler.read_text(encoding="utf-8")), (users[2], SEED_NET)):
        assert source.splitlines()[frame["line"] - 1].strip() == frame["code"]
    assert users[1]["code"] == "loss = F.nll_loss(self.model(images), labels)"
    assert users[2]["code"] == "x = F.relu(self.fc1(x))" and users[2]["file"].startswith("Cell In[")
    assert [frame for frame in frames if not frame.get("user")], "a library's frames are there too"

    for log in logs:
        assert (log["kernel"], log["cell"]) == (kernel, "runs-holder") and log["notebook"].endswith("holder.ipynb")
    ours = [log for log in logs if log.get("logger", "").startswith("alphafed")]
    assert ours and all(log["function"] and log["module"] and log["line"] > 0 for log in ours)
    (failed,) = [state for state in records(server, task="places", kind="state", node="holder") if state.get("failure")]
    assert failed["failure"]["type"] == "RuntimeError" and failed["failure"]["place"].startswith("Cell In[")


def test_a_users_own_line_says_where_it_stands(server: Hub) -> None:
    (server.folder / "mine.py").write_text(
        "import logging\n\n\ndef speak():\n    logging.getLogger('mine').warning('hello')\n", encoding="utf-8"
    )

    async def main() -> None:
        kernel = await Kernel.start(server, "deep/own.ipynb")
        try:
            await kernel.execute("%load_ext alphamed_nb")
            await kernel.execute(
                f"import sys; sys.path.insert(0, {str(server.folder)!r})\nimport mine, logging\n"
                "def here():\n    logging.getLogger('mine').warning('from a cell')",
                cell_id="defines",
            )
            await kernel.execute(
                "%%mock_node --id a --nodes a --task own\nmine.speak()\nhere()\nprint('printed')", cell_id="speaks"
            )
        finally:
            await kernel.shut_down()

    asyncio.run(main())
    hello, cell, printed = records(server, task="own", kind="log")
    assert (hello["module"], hello["function"], hello["line"]) == ("mine", "speak", 5)
    assert (cell["module"], cell["function"], cell["line"]) == ("Cell In[2]", "here", 4)
    assert {row["cell"] for row in (hello, cell, printed)} == {"speaks"}


def test_nodes_of_one_kernel_name_the_same_process(server: Hub) -> None:
    async def main() -> tuple[int, str]:
        kernel = await Kernel.start(server, "several.ipynb")
        try:
            text = await kernel.execute(
                "%load_ext alphamed_nb\nimport os, threading\nfrom alphafed import mock_context\n"
                "from alphafed.mock import require_session\n"
                "def node(id):\n    with mock_context(id=id, nodes=['a', 'b', 'c']):\n"
                "        require_session('pids', '')\n        meet.wait(20)\n"
                "meet = threading.Barrier(3)\nthreads = [threading.Thread(target=node, args=(id,)) for id in 'ab']\n"
                "for thread in threads: thread.start()\nnode('c')\n"
                "for thread in threads: thread.join()\nprint(os.getpid())"
            )
            return int(text), kernel.id
        finally:
            await kernel.shut_down()

    pid, kernel = asyncio.run(main())
    began = [row for row in records(server, task="pids", kind="session") if row["change"] == "began"]
    assert {row["node"] for row in began} == {"a", "b", "c"}
    assert {(row["pid"], row["kernel"]) for row in began} == {(pid, kernel)}
    assert len({row["context"] for row in began}) == 3 and {row["notebook"].endswith("several.ipynb") for row in began}
