"""Whatever changes come, in whatever commits: the image of a task is the one that plain lists and dicts give."""

from __future__ import annotations

import tempfile
from dataclasses import astuple
from pathlib import Path

from core_world import FakeStore
from hypothesis import given, settings
from hypothesis import strategies as st
from store_files import Commits, mailed, offer, run_of, session

from alphamed_nb.hub.core.effects import DropRun, PutCounter, SetPosition
from alphamed_nb.hub.store.messages import MessageStore

tasks = st.sampled_from(["t", "u"])
runs = st.integers(1, 2)
nodes = st.sampled_from("abc")
numbers = st.integers(0, 15)
steps = st.one_of(
    st.tuples(st.just("mail"), tasks, runs, st.sets(nodes, min_size=1)),
    st.tuples(st.just("position"), tasks, nodes, numbers),
    st.tuples(
        st.just("offer"), tasks, runs, st.integers(1, 4), st.sampled_from(["offered", "reading", "taken", "withdrawn"])
    ),
    st.tuples(st.just("session"), tasks, runs, nodes, st.sampled_from([0, 9])),
    st.tuples(st.just("run"), tasks, runs, st.sampled_from([0.0, 9.0])),
    st.tuples(st.just("drop"), tasks, runs),
    st.tuples(st.just("commit")),
)


def changes_of(step, seq: int) -> list:
    match step:
        case "mail", task, run, targets:
            return mailed(seq, *sorted(targets), task=task, run=run)
        case "position", task, node, position:
            return [SetPosition(task, node, position)]
        case "offer", task, run, number, state:
            return [offer(f"{task}{number}", number, task=task, run=run, state=state)]
        case "session", task, run, node, ended:
            return [session(node, task=task, run=run, began=ord(node), ended=ended)]
        case "run", task, run, ended:
            return [run_of(task, run, ended=ended)]
        case "drop", task, run:
            return [DropRun(task, run)]
    return [PutCounter("p", seq)]


def in_order(image):
    image.sessions.sort(key=lambda session: session.node)
    image.handed = {node: astuple(event) for node, event in image.handed.items()}
    return image


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=40))
def test_images_are_those_of_a_plain_store(todo):
    plain, commits = FakeStore(), Commits()
    with tempfile.TemporaryDirectory() as folder:
        store = MessageStore(Path(folder) / "m.db", **commits.callbacks)
        try:
            ticket = 0
            latest = {"t": 1, "u": 1}
            for seq, step in enumerate(todo, start=1):
                if step[0] == "mail":  # the runs of a task follow each other
                    latest[step[1]] = max(latest[step[1]], step[2])
                    step = "mail", step[1], latest[step[1]], step[3]
                changes = changes_of(step, seq)
                plain.apply(changes)
                ticket = store.submit(changes)
                if step[0] == "commit":
                    commits.wait(ticket)
            if ticket:
                commits.wait(store.submit([]))
            for task in ("t", "u"):
                if task not in plain.tasks:
                    plain.apply([run_of(task, 1)])  # an image of the plain store needs a task row
                    commits.wait(store.submit([run_of(task, 1)]))
                assert in_order(store.load_task(task)) == in_order(plain.image(task))
            assert sorted(store.held_tasks()) == plain.held_tasks()
        finally:
            store.close()
