"""What the algorithms of the family ask of the machine of rounds, each with a small scheduler of its own."""

import threading
from collections import Counter

import pytest

from alphamed_nb.alphafed.mock import require_session
from alphamed_nb.alphafed.rounds import CheckinRefused, Follower, Leader, Roles, RoundsContractor, RoundsError
from alphamed_nb.alphafed.scheduler import Scheduler
from alphamed_nb.node.waiting import Deadline

HOST, B, C, D = NODES = ["host", "b", "c", "d"]


class Rounds(Scheduler):
    """`lead(leader)` on the initiator, `follow(round)` on the others."""

    current_round = 0
    schedule_timeout = 5

    def __init__(self, lead=None, follow=None, brings=None, accept=None):
        super().__init__()
        self.lead, self.follow, self.brings, self.accept = lead, follow, brings, accept

    def _run(self, id, task_id, is_initiator=False, recover=False):
        self.id, self.task_id = id, task_id
        self.contractor = RoundsContractor(task_id)
        session, roles = require_session(task_id, "_run()"), Roles("host", "collaborator")
        if is_initiator:
            return self.lead(Leader(self, session, roles, self.accept))
        for round in Follower(self, session, roles, self.brings).rounds():
            with round:
                self.follow(id, round)


@pytest.fixture
def start(start_node, task):
    def start(node, nodes=NODES, **parts):
        return start_node(node, nodes, lambda: Rounds(**parts)._run(id=node, task_id=task, is_initiator=node == HOST))

    return start


def test_stages_with_data_for_each_and_survivors_of_each(start):
    """Secure aggregation: who drops out at one stage is in none after it, and too few end the task."""
    seen, out = [], threading.Event()

    def follow(node, round):
        for stage in ("keys", "shares", "masked", "unmask", "sum"):
            if (node, stage) == (D, "shares"):
                raise ValueError("its key is broken")
            if (node, stage) == (C, "unmask"):
                assert out.wait(60)  # too late for this stage
            round.send(stage, f"{stage} of {node}".encode())
            assert round.receive(f"for {stage}") == f"{stage} for {node}".encode()

    def lead(leader):
        for round in leader.rounds():
            round.start(round.present)
            for stage in ("keys", "shares", "masked", "unmask", "sum"):
                came = round.collect(stage, [B] if stage == "unmask" else None, Deadline(20))
                if stage == "unmask":
                    came |= round.collect(stage, [C], Deadline(0.2))
                assert came == {node: f"{stage} of {node}".encode() for node in came}
                seen.append(list(came))
                if len(came) < 2:
                    out.set()
                    raise RoundsError(f"{len(came)} of at least 2: {round.losses}.")
                round.send(f"for {stage}", {node: f"{stage} for {node}".encode() for node in round.members})

    threads = {node: start(node, lead=lead, follow=follow) for node in NODES}
    with pytest.raises(RoundsError, match=r"^1 of at least 2: \{'c': 'late', 'd': 'failed \(ValueError\)'\}\.$"):
        threads[HOST].value()
    assert seen == [[B, C, D], [B, C], [B, C], [B]]
    with pytest.raises(ValueError, match="its key is broken"):
        threads[D].value()
    for node in (B, C):
        with pytest.raises(RoundsError, match=r"The host host failed \(RoundsError\)"):
            threads[node].value()


def test_any_number_of_exchanges_and_no_message_for_any(start, monkeypatch):
    """A split network: features up, gradients down, for every batch."""
    batches, sent, checked = 20, Counter(), Counter()
    send = RoundsContractor._new_contract

    def counted(self, targets, event, title="", **more):
        sent[event.type] += 1
        return send(self, targets, event, title, **more)

    monkeypatch.setattr(RoundsContractor, "_new_contract", counted)

    def follow(node, round):
        for step in range(1, batches + 1):
            round.send("features", f"{node} {round.number} {step}".encode(), step=step)
            assert round.receive("gradients", step=step) == f"for {node} {round.number} {step}".encode()
            checked[node] += 1

    def lead(leader):
        for round in leader.rounds():
            round.start(round.present)
            for step in range(1, batches + 1):
                features = round.collect("features", deadline=Deadline(20), step=step)
                assert features == {node: f"{node} {round.number} {step}".encode() for node in (B, C)}
                round.send("gradients", {node: b"for " + data for node, data in features.items()}, step=step)
            if round.number == 2:
                leader.finish()

    threads = [start(node, NODES[:3], lead=lead, follow=follow) for node in NODES[:3]]
    for thread in threads:
        thread.value()
    assert checked == {B: 2 * batches, C: 2 * batches}
    assert sent == {
        "announce_task": 2, "checkin": 2, "sync_state": 2, "sync_state_response": 4, "start_round": 2, "close_round": 2,
        "finish_task": 1,
    }  # fmt: skip


def test_what_is_late_for_one_step_is_not_taken_for_the_next(start):
    late, went_on = threading.Event(), threading.Event()
    left = []

    def follow(node, round):
        for step in (1, 2, 3):
            if (node, round.number, step) == (C, 1, 2):
                late.set()
                assert went_on.wait(60)
            round.send("features", f"{node} {step}".encode(), step=step)
            round.receive("gradients", step=step)

    def lead(leader):
        for round in leader.rounds():
            members = round.present
            round.start(members)
            for step in (1, 2, 3):
                if (round.number, step) == (1, 2):
                    assert late.wait(60)
                    came = round.collect("features", [B], Deadline(20), step=step)
                    came |= round.collect("features", [C], Deadline(0.2), step=step)
                else:  # also of whom has been left out
                    came = round.collect(
                        "features", members, Deadline(3 if left[-1:] == [(1, 2, B)] else 20), step=step
                    )
                assert came == {node: f"{node} {step}".encode() for node in came}
                left.append((round.number, step, *came))
                went_on.set() if step == 2 else None
                round.send("gradients", b"", list(came), step=step)
            if C in came:
                leader.finish()

    threads = [start(node, NODES[:3], lead=lead, follow=follow) for node in NODES[:3]]
    for thread in threads:
        thread.value()
    assert left[:3] == [(1, 1, B, C), (1, 2, B), (1, 3, B)] and left[-1][1:] == (3, B, C)


def test_who_checks_in_may_be_refused_with_a_reason(start, alphafed_log):
    """As a node of the secure split network is whose learning rate is another one; corrected, it joins."""
    brought = []

    def accept(node, brings):
        return "" if brings["rate"] == 0.1 else f"its learning rate is {brings['rate']}, it must be 0.1."

    def lead(leader):
        for round in leader.rounds():
            brought.append(round.brought)
            leader.finish()

    host = start(HOST, NODES[:3], lead=lead, accept=accept)
    right = start(B, NODES[:3], brings={"rate": 0.1})
    wrong = start(C, NODES[:3], brings={"rate": 0.2})
    reason = "its learning rate is 0.2, it must be 0.1."
    with pytest.raises(CheckinRefused, match=rf"^The host host does not let node c take part: {reason}$"):
        wrong.value()
    corrected = start(C, NODES[:3], brings={"rate": 0.1})
    for thread in (host, right, corrected):
        thread.value()
    assert brought == [{B: {"rate": 0.1}, C: {"rate": 0.1}}]
    assert f"Node c may not take part: {reason}" in [record.getMessage() for record in alphafed_log]


def test_a_round_may_select_nobody(start):
    worked = []

    def lead(leader):
        for round in leader.rounds():
            round.start([] if round.number == 1 else [C])
            assert round.send("model", b"m") == round.members
            assert list(round.collect("update", deadline=Deadline(20))) == round.members
            assert round.losses.keys() == {B, C} - set(round.members)
            if round.number == 2:
                leader.finish()

    def follow(node, round):
        worked.append((node, round.number))
        round.send("update", round.receive("model"))

    threads = [start(node, NODES[:3], lead=lead, follow=follow) for node in NODES[:3]]
    for thread in threads:
        thread.value()
    assert worked == [(C, 2)]


def test_a_round_is_taken_part_in_inside_with(start):
    def lead(leader):
        for round in leader.rounds():
            round.start(round.present)
            round.collect("update")
            leader.finish()

    def follow(node, round):
        round.__exit__(None, None, None)
        round.send("update", b"")

    threads = {node: start(node, NODES[:2], lead=lead, follow=follow) for node in NODES[:2]}
    threads[HOST].value()
    with pytest.raises(RuntimeError, match="inside `with round:`"):
        threads[B].value()
