"""A whole algorithm in less than 60 lines: the one that docs/writing-schedulers.md shows."""

import re

import pytest
from servers import REPOSITORY

NODES = ["collector", "site-1", "site-2"]
PAGE = REPOSITORY / "docs" / "writing-schedulers.md"


@pytest.fixture(scope="module")
def toy():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(code.splitlines()) <= 60
    names = {"__name__": "toy"}
    exec(compile(code, str(PAGE), "exec"), names)
    return names["FederatedMean"]


def run(scheduler, node, task):
    scheduler._run(id=node, task_id=task, is_initiator=node == NODES[0])
    return scheduler


def test_it_averages(start_node, task, toy):
    made = {NODES[0]: toy(max_rounds=2), NODES[1]: toy(1.0), NODES[2]: toy(4.0)}
    threads = [start_node(node, NODES, lambda node=node: run(made[node], node, task)) for node in NODES]
    assert [thread.value().current_round for thread in threads] == [2, 2, 2]
    assert [made[node].mean for node in NODES] == [2.5, 2.5, 2.5]  # the sites got it in round 2


def test_its_sites_outlive_their_collector(start_node, task, toy):
    class Stopped(toy):
        @property
        def mean(self):
            return 0.0

        @mean.setter
        def mean(self, value):
            if value:
                raise KeyboardInterrupt

    sites = [start_node(node, NODES, lambda node=node: run(toy(3.0), node, task)) for node in NODES[1:]]
    with pytest.raises(KeyboardInterrupt):
        start_node(NODES[0], NODES, lambda: run(Stopped(), NODES[0], task)).value()
    again = start_node(NODES[0], NODES, lambda: run(toy(max_rounds=3), NODES[0], task))
    assert again.value().mean == 3.0
    assert [site.value().current_round for site in sites] == [3, 3]


def test_a_failed_collector_is_named(start_node, task, toy):
    class Failing(toy):
        def lead(self, leader):
            assert leader.session.last_state.role == "collector"
            for _ in leader.rounds():
                raise ValueError

    threads = [
        start_node(NODES[0], NODES[:2], lambda: run(Failing(), NODES[0], task)),
        start_node(NODES[1], NODES[:2], lambda: run(toy(), NODES[1], task)),
    ]
    with pytest.raises(ValueError):
        threads[0].value()
    with pytest.raises(RuntimeError, match=r"^The collector collector failed \(ValueError\) in round 1\.$"):
        threads[1].value()
