"""A new kind of journal row is one entry of `KINDS` and its body: nobody else has to know it.

In the panel it is one folder (labextension/src/views). Otherwise only what is peculiar to a kind is written elsewhere;
PLACES says what that is, for one that has much of it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import msgspec
import pytest
from raw_link import RawLink
from running_hub import RunningHub, with_hub
from viewer import Viewer

from alphamed_nb.node.plain import record_content
from alphamed_nb.protocol.journal import KINDS, Body, KindRule, LogBody
from alphamed_nb.protocol.limits import Limits
from alphamed_nb.protocol.live import Following
from alphamed_nb.protocol.messages import Record, Records, RecordsStored

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = {
    "protocol/journal.py": "its entry, and its body",
    "node/output/scalars.py": "makes it of what a SummaryWriter is given",
    "node/session/reports.py": "makes it of a progress",
    "hub/routing/checks.py": "its names are of other lengths than what any record may have",
    "hub/store/line_index.py": "the latest accuracy is kept ready for the list of tasks",
}
"""Where the kind `metric` is named, under alphamed_nb."""


class InspectBody(Body):
    """The toy: what a tensor looks like."""

    time: float
    name: str
    value: float
    shape: list[int] = []


@pytest.fixture(autouse=True)
def inspect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "inspect", KindRule(InspectBody, "logs"))


BODY = InspectBody(time=1.0, name="accuracy", value=0.5, shape=[3, 4])


def record(kind: str, body: Body) -> Record[msgspec.Raw]:
    """As a node sends it."""
    content = record_content(Record(node="a", context="c", kind=kind, body=body), Limits())
    return msgspec.json.decode(content, type=Record[msgspec.Raw])


async def say(link: RawLink, *records: Record[msgspec.Raw]) -> None:
    link.log_counter += 1
    await link.say(Records(counter=link.log_counter, records=list(records)))


def test_it_is_taken_kept_paged_and_fed(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"], context="c")
        viewer = await Viewer.open(hub, link)
        await viewer.follow(kinds=["inspect"])
        assert isinstance(await viewer.next(), Following)
        await say(link, record("log", LogBody(time=1.0, level=40, text="a line")), record("inspect", BODY))
        await link.expect(RecordsStored)

        (fed,) = await viewer.rows(1)
        assert (fed.kind, fed.node, fed.task, fed.run) == ("inspect", "a", "task", 1)
        assert KINDS["inspect"].decode(fed.body) == BODY
        page = await hub.read("/api/records?task=task&kind=inspect&text=Accuracy", link)
        assert [row["body"] for row in page["rows"]] == [
            {"time": 1.0, "name": "accuracy", "value": 0.5, "shape": [3, 4]}
        ]
        assert (await hub.read("/api/records?task=task&kind=metric", link))["rows"] == []

        # Neither a line nor a metric, and nothing of how nodes stand.
        assert (await hub.read("/api/lines?task=task&run=1", link))["total"] == 1
        assert hub.service.journal.logs.score("task", 1) is None
        ((run,),) = [task["runs"] for task in (await hub.read("/api/snapshot", link))["tasks"]]
        assert run["logs"] == 1

    with_hub(tmp_path, scenario)


def test_a_slow_viewer_misses_none_of_it(tmp_path: Path) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await link.claim("task", "a", ["a"], context="c")
        line = record("log", LogBody(time=1.0, level=20, text="a line"))
        await say(link, record("inspect", BODY), *[line] * 100)
        await link.expect(RecordsStored)
        viewer = await Viewer.open(hub, link)
        await viewer.follow(after=0)
        assert isinstance(await viewer.next(), Following)
        first = await viewer.next()
        assert [row.kind for row in first.rows] == ["session", "inspect"] and first.skipped > 50

    with_hub(tmp_path, scenario, live_lag_rows=50)


@pytest.mark.parametrize(
    ("body", "code"),
    [({"time": 1.0}, "invalid_request"), ({**msgspec.to_builtins(BODY), "name": "x" * 300_000}, "too_large")],
)
def test_what_is_none_closes_the_link(tmp_path: Path, body: dict[str, object], code: str) -> None:
    async def scenario(hub: RunningHub) -> None:
        link = await hub.link()
        await say(link, Record(node="a", context="c", kind="inspect", body=msgspec.Raw(msgspec.json.encode(body))))
        assert (await link.refused()).error.code == code

    with_hub(tmp_path, scenario)


def test_the_front_end_gets_its_type() -> None:
    spec = importlib.util.spec_from_file_location("generate_types", ROOT / "tools" / "generate_types.py")
    assert spec is not None and spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    text = generator.generate()
    assert (
        "export interface InspectBody {" in text and "export type InspectRow = RowOf<'inspect', InspectBody>;" in text
    )
    assert "  | 'inspect';" in text


def test_what_is_peculiar_to_a_kind_stands_in_few_places() -> None:
    found = {
        path.relative_to(ROOT / "alphamed_nb").as_posix()
        for path in (ROOT / "alphamed_nb").rglob("*.py")
        if '"metric"' in path.read_text(encoding="utf-8")
    }
    assert found == PLACES.keys()
