"""`Scheduler`: what surrounds every `_run`, built-in or the user's own."""

import logging
import os
import sysconfig
from unittest.mock import Mock

import pytest

from alphamed_nb.alphafed import mock_context
from alphamed_nb.alphafed.mock import NotInMockMode
from alphamed_nb.alphafed.scheduler import DataChecker, Scheduler
from alphamed_nb.alphafed.scheduler.running import WrongNode
from alphamed_nb.node.output.tracebacks import failure_of
from alphamed_nb.node.session.session import Session


class Base(Scheduler):
    def __init__(self, fail=None):
        super().__init__()
        self.fail = fail
        self.trace = []

    def _run(self, id, task_id, is_initiator=False, recover=False):
        self.id, self.task_id = id, task_id
        self.trace.append("base")
        self._switch_status("my own status")
        if self.fail is not None:
            raise self.fail
        return "result"


class Derived(Base):
    max_rounds = 7
    current_round = 3

    def _run(self, id, task_id, is_initiator=False):
        self.trace.append("derived")
        return super()._run(id=id, task_id=task_id, is_initiator=is_initiator)


@pytest.fixture
def reports(monkeypatch):
    """What sessions reported, in order."""
    found = []
    task, state, renew = Session.report_task, Session.report_state, Session.renew

    def report_task(self, change, **about):
        found.append((change, about))
        task(self, change, **about)

    def report_state(self, activity, **about):
        found.append((activity, about))
        state(self, activity, **about)

    def renewed(self):
        found.append(("renew", {}))
        renew(self)

    monkeypatch.setattr(Session, "report_task", report_task)
    monkeypatch.setattr(Session, "report_state", report_state)
    monkeypatch.setattr(Session, "renew", renewed)
    return found


def names(found):
    return [name for name, _ in found]


def test_the_outermost_run_is_reported_once(in_hub, task, reports):
    scheduler = Derived()
    with mock_context(id="a", nodes=["a"]):
        assert scheduler._run(id="a", task_id=task, is_initiator=True) == "result"
    assert scheduler.trace == ["derived", "base"]
    assert names(reports) == ["started", "starting", "custom", "ended", "finished"]
    started, ended = reports[0][1], reports[3][1]
    assert started == {"scheduler": "Derived", "role": "aggregator", "leads": True, "max_rounds": 7}
    assert ended["result"] == "finished" and ended["round"] == 3
    assert reports[2][1]["detail"] == "my own status"


def test_positional_arguments_and_a_run_without_recover(in_hub, task, reports):
    with mock_context(id="a", nodes=["a"]):
        Derived()._run("a", task, recover=False)
    assert reports[0][1]["role"] == "data holder"


class Steps:
    """No scheduler: what several of a user's schedulers have in common."""

    def _run(self, id, task_id, is_initiator=False):
        self.id, self.task_id = id, task_id
        self._switch_status("in a step")
        return id


class OfMixin(Steps, Scheduler):
    pass


class OverMixin(Steps, Base):
    def _run(self, id, task_id, is_initiator=False):
        super()._run(id, task_id, is_initiator)
        return Base._run(self, id, task_id) and id


class Patched(Base):
    pass


class OfClass(Scheduler):
    @classmethod
    def _run(cls, id, task_id, is_initiator=False):
        return id


class Static(Scheduler):
    @staticmethod
    def _run(id, task_id, is_initiator=False):
        return id


def patched():
    scheduler = Patched()
    Patched._run = Steps._run  # while there is an object already
    return scheduler


def patched_object():
    scheduler = Base()
    scheduler._run = lambda id, task_id, is_initiator=False: id
    return scheduler


@pytest.mark.parametrize(
    ("make", "statuses"),
    [
        (OfMixin, ["in a step"]),
        (OverMixin, ["in a step", "my own status"]),
        (patched, ["in a step"]),
        (patched_object, []),
        (OfClass, []),
        (lambda: OfClass, []),
        (Static, []),
    ],
    ids=["mixin", "over a mixin", "assigned to its class", "assigned to the object", "class method", "class", "static"],
)
def test_a_run_is_reported_wherever_it_comes_from(in_hub, task, reports, make, statuses):
    scheduler = make()
    name = scheduler.__name__ if isinstance(scheduler, type) else type(scheduler).__name__
    with mock_context(id="a", nodes=["a"]):
        assert scheduler._run(id="a", task_id=task, is_initiator=True, recover=False) == "a"
        assert names(reports) == ["started", "starting", *["custom"] * len(statuses), "ended", "finished"]
        assert [about["detail"] for change, about in reports if change == "custom"] == statuses
        assert {about["scheduler"] for _, about in reports if "scheduler" in about} == {name}
        with pytest.raises(TypeError, match="recover"):
            scheduler._run(id="a", task_id=task, recover=True)
        with pytest.raises(WrongNode, match=rf"{name}\._run\(\) was called with id='b'"):
            scheduler._run(id="b", task_id=task)
    assert scheduler._run(id="b", task_id=task, recover=False) == "b"  # outside a context it is left alone


def test_what_stands_in_for_a_run_in_a_users_test_stays_what_it_is():
    scheduler = Base()
    scheduler._run = Mock(return_value=3)
    assert scheduler._run(id="a", task_id="t", recover=False) == 3
    scheduler._run.assert_called_once_with(id="a", task_id="t", recover=False)


@pytest.mark.parametrize(
    ("error", "result", "level"),
    [(ValueError("secret"), "failed", "ERROR"), (KeyboardInterrupt(), "stopped", "INFO")],
)
def test_a_failure_is_one_line_and_propagates(in_hub, task, reports, alphafed_log, error, result, level):
    with pytest.raises(type(error)) as caught, mock_context(id="a", nodes=["a"]):
        Derived(fail=error)._run(id="a", task_id=task)
    assert caught.value is error
    assert names(reports)[-2:] == ["ended", result] and reports[-2][1]["result"] == result
    lines = [record for record in alphafed_log if "in round 3" in record.getMessage()]
    assert [record.levelname for record in lines] == [level]
    assert "secret" not in lines[0].getMessage()
    if result == "failed":
        failure = reports[-1][1]["failure"]
        assert failure.type == "ValueError" and "test_scheduler.py" in failure.place
        assert lines[0].getMessage() == "Node a failed in round 3: ValueError."


def test_where_a_node_failed_is_a_line_of_the_users_own_code(in_hub, task, reports):
    """Also where nothing but library code lies between the call of `_run` and the error."""
    library = os.path.join(sysconfig.get_path("purelib"), "some_scheduler.py")
    names = {"Base": Base}
    exec(compile("class Library(Base):\n    def _run(self, id, task_id):\n        [][0]", library, "exec"), names)
    with pytest.raises(IndexError) as caught, mock_context(id="a", nodes=["a"]):
        names["Library"]()._run(id="a", task_id=task)
    failure = reports[-1][1]["failure"]
    file, line = failure.place.rsplit(":", 1)
    assert os.path.basename(file) == os.path.basename(__file__) and int(line) == caught.tb.tb_lineno
    assert (failure.type, failure.because_of) == ("IndexError", [])


@pytest.mark.parametrize(("named", "taken"), [(["b", 7], ["b"]), ("abc", []), (KeyError, [])])
def test_whom_an_error_names_as_its_cause_is_told(named, taken):
    """An attribute of a user's own error may have that name and be anything."""
    error = ValueError("x")
    error.because_of = named
    assert failure_of(error).because_of == taken


def test_ids_that_differ_are_named(in_hub, task, reports):
    with mock_context(id="a", nodes=["a", "b"]), pytest.raises(WrongNode, match="id='b'.*id='a'"):
        Derived()._run(id="b", task_id=task)
    assert reports == []


def test_a_second_run_in_one_context_begins_a_session_of_its_own(in_hub, task, reports):
    with mock_context(id="a", nodes=["a"]):
        Derived()._run(id="a", task_id=task)
        Derived()._run(id="a", task_id=task)
        Derived()._run(id="a", task_id=f"{task}-2")
    with mock_context(id="a", nodes=["a"]):
        Derived()._run(id="a", task_id=task)
    assert [index for index, name in enumerate(n for n in names(reports) if n in ("renew", "started")) if index] and [
        name for name in names(reports) if name in ("renew", "started")
    ] == ["started", "renew", "started", "started", "started"]


def test_a_scheduler_that_runs_another_one_reports_for_both(in_hub, task, reports):
    class Outer(Scheduler):
        def _run(self, id, task_id, is_initiator=False, recover=False):
            Base()._run(id=id, task_id=task_id)

    with mock_context(id="a", nodes=["a"]):
        Outer()._run(id="a", task_id=task)
    assert [about["scheduler"] for name, about in reports if name == "started"] == ["Outer"]
    assert names(reports).count("ended") == 1


def test_outside_a_context_a_users_run_is_left_alone(task, reports):
    assert Base()._run(id="a", task_id=task) == "result"
    assert reports == []


def test_submit_and_launch_do_nothing_in_mock_mode_and_say_so(in_hub, task, alphafed_log):
    with mock_context(id="a", nodes=["a"]):
        Base().submit(task)
        Base().launch_task(task_id=task)
    lines = [record for record in alphafed_log if "does nothing in mock mode" in record.getMessage()]
    assert [record.levelno for record in lines] == [logging.INFO] * 2
    for call in (Base().submit, Base().launch_task):
        with pytest.raises(NotInMockMode, match="platform"):
            call(task)


def test_push_log(capsys):
    scheduler = Base()
    scheduler.push_log("too early")
    scheduler.task_id = "t"
    scheduler.push_log("100 % in time")
    err = capsys.readouterr().err
    assert "|WARNING|test_scheduler|test_push_log|" in err and "too early" in err
    assert "|INFO|test_scheduler|test_push_log|" in err and "\n100 % in time\n" in err
    for wrong in ("", None, 3):
        with pytest.raises(ValueError, match="push_log"):
            scheduler.push_log(wrong)


def test_status_is_logged_at_debug_with_the_callers_name(capsys):
    scheduler = Base()
    scheduler._switch_status("collecting")
    assert scheduler.status == "collecting"
    assert "|DEBUG|test_scheduler|test_status_is_logged_at_debug_with_the_callers_name|" in capsys.readouterr().err


def test_run_is_abstract():
    with pytest.raises(TypeError, match="_run"):
        Scheduler()


def test_data_checker(in_hub):
    class Checker(DataChecker):
        def verify_data(self):
            return True, "fine"

    assert Checker().verify_data() == (True, "fine") and Checker(task_id="t").task_id == "t"
    with mock_context(id="a", nodes=["a"]):
        Checker().submit("t")
        Checker().execute_verification(1, two=2)
    with pytest.raises(NotInMockMode):
        Checker().submit("t")
    with pytest.raises(TypeError):
        DataChecker()
