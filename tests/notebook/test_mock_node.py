"""`%%mock_node` in a kernel of a real Jupyter server."""

from __future__ import annotations

import asyncio
import re
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.helpers.kernels import Kernel
from tests.helpers.servers import Hub, jupyter_server

NODES = "--nodes A,B"


@pytest.fixture(scope="module")
def server(tmp_path_factory: Any) -> Iterator[Hub]:
    with jupyter_server() as hub:
        yield hub


@asynccontextmanager
async def kernel_of(server: Hub) -> AsyncIterator[Kernel]:
    kernel = await Kernel.start(server, "sub folder/the notebook.ipynb")
    try:
        await kernel.execute("%load_ext alphamed_nb")
        yield kernel
    finally:
        await kernel.shut_down()


async def failing(kernel: Kernel, code: str, cell_id: str = "") -> tuple[str, str]:
    """What a cell that fails printed, and its traceback without colours."""
    execution = await kernel.begin(code, cell_id)
    async with asyncio.timeout(60):
        await execution.done.wait()
    return execution.text, re.sub(r"\x1b\[[0-9;]*m", "", execution.error)


def records(server: Hub, **query: Any) -> list[dict[str, Any]]:
    page = server.request("GET", "alphamed-nb/api/records?" + urllib.parse.urlencode(query))
    return [dict(row, **row["body"]) for row in page["rows"]]


def test_the_cell_is_a_node_and_its_lines_are_in_the_hub(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            text = await kernel.execute(
                f"%%mock_node --id A {NODES} --task lines\n"
                "import logging, sys\nfrom alphafed import logger, mock_node_id, mock_nodes\n"
                "print(mock_node_id(), mock_nodes())\nlogger.info('from the library logger')\n"
                "logging.getLogger('mine').warning('from my own')\nprint('unfinished', end='', file=sys.stderr)",
                cell_id="cell-1",
            )
            assert "A ['A', 'B']" in text and text.count("from the library logger") == 1 and "unfinished" in text
            assert (await kernel.execute("from alphafed import is_mock_mode; print(is_mock_mode())")).strip() == "False"

    asyncio.run(main())
    found = records(server, task="lines", kind="log")
    assert [row["text"] for row in found] == ["A ['A', 'B']", "from the library logger", "from my own", "unfinished"]
    for row in found:
        assert (row["node"], row["run"], row["cell"]) == ("A", 1, "cell-1") and row["notebook"].endswith("book.ipynb")
    assert [row["source"] if "source" in row else "log" for row in found] == ["stdout", "log", "log", "stderr"]
    sessions = records(server, task="lines", kind="session")
    assert [(row["change"], row["node"]) for row in sessions] == [("began", "A"), ("ended", "A")]
    assert sessions[0]["cell"] == "cell-1"
    run = server.request("GET", "alphamed-nb/api/snapshot?task=lines")["tasks"][0]["runs"][-1]
    assert [member.get("cell", "") for member in run["members"]] == ["cell-1", ""]  # B never came


def test_a_failure_is_shown_as_usual_marked_and_stored_whole(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            await kernel.execute("def f():\n    raise ValueError('the reason')", cell_id="cell-def")
            text, shown = await failing(
                kernel, f"%%mock_node --id B {NODES} --task fails\nprint('before')\n\nf()", cell_id="cell-run"
            )
            assert "before" in text
            assert shown.startswith("In node 1 B:\n") and shown.count("the reason") == 2
            assert re.search(r"Cell In\[3\], line 4\n", shown) and re.search(r"Cell In\[2\], line 2, in f\(\)", shown)
            assert "alphamed_nb" not in shown.replace("%load_ext alphamed_nb", "") and "run_cell_magic" not in shown
            assert (await kernel.execute("print('usable')")).strip() == "usable"

    asyncio.run(main())
    (row,) = [row for row in records(server, task="fails", kind="log") if row.get("source") == "traceback"]
    frames = row["traceback"]["frames"]
    assert [(frame["function"], frame["line"], frame.get("cell")) for frame in frames] == [
        ("<module>", 4, "cell-run"),
        ("f", 2, "cell-def"),
    ]
    assert row["traceback"]["type"] == "ValueError" and row["traceback"]["message"] == "the reason"
    assert "ValueError: the reason" in row["traceback"]["text"]
    session = records(server, task="fails", kind="session")[-1]
    assert (session["change"], session["reason"]) == ("ended", "failed")


@pytest.mark.parametrize(
    ("line", "says"),
    [("--id C --nodes A,B", "'C' is not one of --nodes: A, B"), ("--id A", "--nodes"), ("", "--id, --nodes")],
)
def test_wrong_input_is_a_usage_error(server: Hub, line: str, says: str) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            text, _ = await failing(kernel, f"%%mock_node {line}\nprint('ran')")
            assert text.startswith("UsageError: ") and says in text and "ran" not in text
            assert "Traceback" not in text

    asyncio.run(main())


def test_it_documents_itself(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            text = await kernel.execute("print(get_ipython().find_cell_magic('mock_node').__doc__)")
            for word in ("--id", "--nodes", "--task", "--clean", "--hub", "--log-level", "mock_context", "literal"):
                assert word in text

    asyncio.run(main())


def test_the_interrupt_stops_the_node_and_leaves_the_kernel_usable(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            execution = await kernel.begin(
                f"%%mock_node --id A {NODES}\nfrom alphafed.contractor import TaskMessageContractor\n"
                "print('waiting')\nfor event in TaskMessageContractor('stops').contract_events():\n    print(event)"
            )
            await execution.says("waiting")
            await kernel.interrupt()
            async with asyncio.timeout(20):
                await execution.done.wait()
            assert "KeyboardInterrupt" in execution.error
            assert (await kernel.execute("print('usable')")).strip() == "usable"

    asyncio.run(main())


def test_the_log_level_holds_for_the_cell(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            await kernel.execute("from alphafed import logger; before = logger.level")
            text = await kernel.execute(
                f"%%mock_node --id A {NODES} --log-level WARNING\nlogger.info('hidden')\nlogger.warning('shown')"
            )
            assert "shown" in text and "hidden" not in text
            assert (await kernel.execute("print(logger.level == before)")).strip() == "True"

    asyncio.run(main())


def test_clean_drops_what_ended(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            await kernel.execute("%%mock_node --id clean-me --nodes clean-me --task old\nprint('an old line')")
            assert records(server, task="old", kind="log")
            await kernel.execute("%%mock_node --id clean-me --nodes clean-me --clean\npass")
            assert not records(server, task="old", kind="log")

    asyncio.run(main())
