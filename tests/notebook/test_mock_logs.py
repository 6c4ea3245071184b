"""`%mock_logs` in a kernel of a real Jupyter server."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.helpers.kernels import Kernel
from tests.helpers.servers import Hub, jupyter_server

TALK = """
from alphafed import logger
print({node!r}, "says hello")
logger.warning("trouble in %s", {node!r})
print("\\x1b[31mred\\x1b[0m and \\x1b[2J\\x1b]0;title\\x07")
"""


def node_cell(node: str, task: str) -> str:
    return f"%%mock_node --id {node} --nodes A,B --task {task}\n" + TALK.format(node=node)


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with jupyter_server() as hub:
        yield hub


@asynccontextmanager
async def kernel_of(server: Hub, notebook: str = "a notebook.ipynb") -> AsyncIterator[Kernel]:
    kernel = await Kernel.start(server, notebook)
    try:
        await kernel.execute("%load_ext alphamed_nb")
        yield kernel
    finally:
        await kernel.shut_down()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def texts(output: str) -> list[str]:
    """What stands behind time, node and level."""
    return [line[12:].split(maxsplit=3)[3] for line in plain(output).splitlines()]


def test_a_cell_shows_what_the_command_shows(server: Hub) -> None:
    async def main() -> str:
        async with kernel_of(server) as kernel:
            for node in "AB":
                await kernel.execute(node_cell(node, "look"))
            return await kernel.execute("task_id = 'look'\n%mock_logs --task task_id")

    shown = asyncio.run(main())
    command = [sys.executable, "-m", "alphamed_nb", "logs", "--task", "look", "--run", "2"]
    done = subprocess.run(command, env=server.environment, cwd=server.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert plain(shown) == done.stdout and len(done.stdout.splitlines()) == 3
    first, _, third = shown.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}  1 B +INFO  B says hello", plain(first))
    assert "\x1b[31mred\x1b[0m and \\x1b[2J\\x1b]0;title\\x07" in third


def test_choosing(server: Hub) -> None:
    async def main() -> list[str]:
        async with kernel_of(server) as kernel:
            await kernel.execute(
                "from alphafed import mock_context\nfrom alphafed.mock import require_session\n"
                "outer, inner = mock_context(id='A', nodes=['A', 'B']), mock_context(id='B', nodes=['A', 'B'])\n"
                "with outer:\n    require_session('choose', '')\n"
                "    with inner:\n        require_session('choose', '')\n"
                "        print('from B')\n        from alphafed import logger\n        logger.error('wrong in B')\n"
                "    print('from A')\n    print('and again')"
            )
            await kernel.execute(node_cell("A", "choose"))
            lines = [
                "--task choose --run 1", "--task choose --run 1 --node B", "--task choose --run 1 --node pair",
                "--task choose --run 1 --level error", "--task choose --run 1 --text FROM",
                "--task choose --run 1 --tail 2", "--run 1 --task choose --tail 0 --node A B",
            ]  # fmt: skip
            return [await kernel.execute(f"pair = ['A', 'B']\n%mock_logs {line}") for line in lines]

    everything, of_b, of_pair, errors, with_text, last, all_again = asyncio.run(main())
    assert texts(everything) == ["from B", "wrong in B", "from A", "and again"]
    assert texts(of_b) == ["from B", "wrong in B"] and of_pair == everything == all_again
    assert texts(errors) == ["wrong in B"] and texts(with_text) == ["from B", "from A"]
    assert plain(last).splitlines()[0] == "Earlier lines are left out."
    assert texts("\n".join(last.splitlines()[1:])) == ["from A", "and again"]


def test_it_follows_until_it_is_interrupted(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server, "viewer.ipynb") as viewer, kernel_of(server) as kernel:
            await kernel.execute(node_cell("A", "follow"))
            following = await viewer.begin("%mock_logs --task follow --text H --follow")
            await following.says("A says hello")
            await kernel.execute(node_cell("B", "follow"))
            await kernel.execute(node_cell("B", "another task"))
            await following.says("B says hello")
            await viewer.interrupt()
            async with asyncio.timeout(20):
                await following.done.wait()
            assert following.error == ""
            assert plain(following.text).count("says hello") == 2 and "trouble" not in following.text
            assert (await viewer.execute("print('usable')")).strip() == "usable"

    asyncio.run(main())


def test_in_a_node_it_does_not_read_itself(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            cell = "%%mock_node --id A --nodes A --task itself\nprint('once')\n%mock_logs --task itself --follow"
            following = await kernel.begin(cell)
            await following.says("once\n")
            await asyncio.sleep(1)
            await kernel.interrupt()
            async with asyncio.timeout(20):
                await following.done.wait()
            assert following.error == "" and following.text.count("once") <= 2

    asyncio.run(main())
    query = urllib.parse.urlencode({"task": "itself", "kind": "log"})
    rows = server.request("GET", f"alphamed-nb/api/records?{query}")["rows"]
    assert [row["body"]["text"] for row in rows] == ["once"]


WRONG = [
    ("--level loud", "--level expects one of DEBUG, INFO, WARNING, ERROR, CRITICAL, got 'loud'."),
    ("--run first", "--run expects a number, got 'first'."),
    ("--tail -1", "--tail"),
    ("--tail 1.5", "--tail expects a number, got '1.5'."),
    ("--node A,,B", "--node A,,B has an empty element"),
    ("--task ..", "'..'"),
    ("--task", "--task"),
    ("--no A", "--no"),
    ("everything", "everything"),
]


def test_wrong_arguments_say_what_was_expected(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            for line, says in WRONG:
                execution = await kernel.begin(f"%mock_logs {line}")
                async with asyncio.timeout(60):
                    await execution.done.wait()
                assert execution.text.startswith("UsageError: ") and says in execution.text, (line, execution.text)
                assert "Traceback" not in execution.text + execution.error

    asyncio.run(main())


def test_what_is_not_there_is_said(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            assert await kernel.execute("%mock_logs --task nothing") == "There is no run of task nothing in this hub.\n"
            assert await kernel.execute("%mock_logs --task look --run 99 --follow") == (
                "There is no run 99 of task look in this hub.\n"
            )

    asyncio.run(main())


def test_it_documents_itself_and_goes_with_the_extension(server: Hub) -> None:
    async def main() -> None:
        async with kernel_of(server) as kernel:
            text = await kernel.execute("print(get_ipython().find_line_magic('mock_logs').__doc__)")
            for word in (
                "--task",
                "--run",
                "--node",
                "--level",
                "--text",
                "--follow",
                "--tail",
                "--hub",
                "alphamed-nb",
            ):
                assert word in text
            await kernel.execute("%unload_ext alphamed_nb")
            assert "None" in await kernel.execute("print(get_ipython().find_line_magic('mock_logs'))")

    asyncio.run(main())
