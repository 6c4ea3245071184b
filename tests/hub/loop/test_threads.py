"""Who waits for whom in the hub's threads: searches and viewers keep no node waiting, searches no other page."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from running_hub import RunningHub, with_hub

from alphamed_nb.hub.store.query import Page, RowQuery

MANY = 8


@pytest.mark.parametrize("searching", [True, False])
def test_a_node_comes_in_while_many_wait_for_what_they_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, searching: bool
) -> None:
    async def scenario(hub: RunningHub) -> None:
        viewer = await hub.link()
        go_on, read = threading.Event(), hub.service.journal.logs.page

        def slow(query: RowQuery) -> Page:
            if query.text == "needle" or query.node == ("nobody",):
                assert go_on.wait(50)
            return read(query)

        monkeypatch.setattr(hub.service.journal.logs, "page", slow)
        question = "text=needle" if searching else "node=nobody"
        answers = [asyncio.ensure_future(hub.fetch(f"/api/records?{question}", viewer)) for _ in range(MANY)]
        try:
            node = await hub.link()
            await node.claim("task", "a", ["a"])
            if searching:
                assert (await hub.read("/api/records?task=task", viewer))["rows"]
                assert await hub.read("/api/tasks", viewer)
        finally:
            go_on.set()
        assert [(await answer).code for answer in answers] == [200] * MANY

    with_hub(tmp_path, scenario)


def test_what_a_file_cannot_hold_is_not_looked_for_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question for messages would go over all log rows, one for log rows over all messages."""

    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        held = await link.claim("task", "a", ["a"])
        await link.send(held, "task", "a", ["a"], "text")
        for store, kinds in (
            (hub.service.journal.logs, ("event", "read")),
            (hub.service.journal.messages, ("log", "metric")),
        ):
            monkeypatch.setattr(store._pages, "_steps", None)
            assert store.page(RowQuery(kinds=kinds)) == Page([], True, 0)
        with pytest.raises(TypeError):
            hub.service.journal.messages.page(RowQuery(kinds=("event", "log")))

    with_hub(tmp_path, scenario)
