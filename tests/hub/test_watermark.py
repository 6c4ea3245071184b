"""What readers may see: nothing above what both files have committed."""

from __future__ import annotations

from alphamed_nb.hub.tickets import Tickets
from alphamed_nb.hub.watermark import KEPT_MARKS, LogMarks, Watermark


def test_the_watermark_stops_below_what_is_under_way() -> None:
    messages, logs = Tickets(), Tickets()
    mark = Watermark(messages, logs)
    mark.restart(10)
    assert mark.number == 10
    messages.submitted = 1
    mark.messages_submitted(11, 12)
    logs.submitted = 1
    mark.logs_submitted(13, 20)
    messages.submitted = 2
    mark.messages_submitted(21, 21)
    assert mark.number == 10
    logs.commit(1)
    mark.committed()
    assert mark.number == 10
    messages.commit(1)
    mark.committed()
    assert mark.number == 20
    messages.commit(2)
    mark.committed()
    assert mark.number == 21


def test_the_slower_file_counts() -> None:
    messages, logs = Tickets(), Tickets()
    mark = Watermark(messages, logs)
    logs.submitted = messages.submitted = 1
    mark.logs_submitted(1, 5)
    mark.messages_submitted(6, 6)
    messages.commit(1)
    mark.committed()
    assert mark.number == 0
    logs.commit(7)
    mark.committed()
    assert mark.number == 6


def test_a_log_mark_changes_with_every_commit_of_its_run_and_as_readers_come_to_see_it() -> None:
    marks = LogMarks()
    assert marks.key("t", 1, 5) == marks.key("t", 1, 9)
    marks.committed({("t", 1)}, 20)
    keys = [marks.key("t", 1, number) for number in (9, 15, 20, 30)]
    assert len(set(keys)) == 3 and keys[2] == keys[3]
    marks.committed({("t", 2)}, 40)
    assert marks.key("t", 1, 50) == keys[3]
    marks.committed({("t", 1)}, 20)
    assert marks.key("t", 1, 50) != keys[3]


def test_log_marks_of_many_runs_are_given_up_and_no_change_is_missed() -> None:
    marks = LogMarks()
    untouched = marks.key("untouched", 1, 10**6)
    touched = [marks.key(f"t{number}", 1, 10**6) for number in range(KEPT_MARKS + 1)]
    for number in range(KEPT_MARKS + 1):
        marks.committed({(f"t{number}", 1)}, number)
    assert not marks._marks
    assert all(marks.key(f"t{number}", 1, 10**6) != key for number, key in enumerate(touched))
    assert marks.key("untouched", 1, 10**6) != untouched, "it cannot be told from the others"
    settled = marks.key("t1", 1, 10**6)
    marks.committed({("t2", 1)}, 5000)
    assert marks.key("t1", 1, 10**6) == settled
    assert marks.key("t2", 1, 10**6) != settled
