"""What the hub does by itself from time to time. Retention and leftover files: test_service.py and test_streams.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from running_hub import RunningHub, with_hub

from alphamed_nb.hub.life import heap
from alphamed_nb.protocol.messages import Release


def test_memory_is_given_back_after_something_left_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hub: RunningHub) -> None:
        given: list[None] = []
        monkeypatch.setattr("alphamed_nb.hub.life.upkeep.give_back", lambda: given.append(heap.give_back()))
        upkeep = hub.embedded.upkeep

        async def a_minute() -> int:
            await upkeep._tidy_memory()
            before = set(hub.service.background._tasks)
            upkeep._every_minute()
            await asyncio.gather(*(hub.service.background._tasks - before))
            return len(given)

        link = await hub.link()
        held = await link.claim("task", "a", ["a"])
        assert await a_minute() == 0
        await link.ask(Release(id=500, task="task", node="a", epoch=held.epoch))
        assert await a_minute() == 1
        assert not hub.service.core.knows("task")
        assert await a_minute() == 1

    with_hub(tmp_path, scenario)
