"""The loggers: format, level, one line a record, also after re-import and reload."""

import importlib
import logging
import re
import sys

import pytest

from alphamed_nb.alphafed import logs


@pytest.fixture(autouse=True)
def level_restored():
    yield
    logs.logger.setLevel(logging.DEBUG)


def log_something():
    logs.logger.info("hello %s", "you")


def test_two_line_format_on_stderr_with_the_callers_names(capsys):
    log_something()
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\|INFO\|test_logs\|log_something\|\d+:\nhello you\n", err
    ), err


def test_debug_is_shown_until_the_user_says_otherwise(capsys):
    logs.logger.debug("one")
    logs.logger.setLevel(logging.INFO)
    logs.logger.debug("two")
    err = capsys.readouterr().err
    assert "one" in err and "two" not in err


def test_shown_once_after_reload_and_under_another_name(capsys):
    logs.logger.setLevel(logging.INFO)
    importlib.reload(logs)
    del sys.modules["alphamed_nb.alphafed.logs"]
    again = importlib.import_module("alphamed_nb.alphafed.logs")
    sys.modules["alphamed_nb.alphafed.logs"] = logs
    assert again.logger is logs.logger and again.logger.level == logging.INFO  # the user's level stays
    again.logger.warning("message-1")
    again.logger.debug("never")
    err = capsys.readouterr().err
    assert err.count("message-1") == 1 and "never" not in err


def test_not_shown_again_by_the_root_logger(capsys):
    handler = logging.StreamHandler(sys.stdout)
    logging.getLogger().addHandler(handler)
    try:
        logs.logger.warning("once")
    finally:
        logging.getLogger().removeHandler(handler)
    out, err = capsys.readouterr()
    assert "once" not in out and err.count("once") == 1


def test_task_logger_with_extra_is_shown_once_in_the_same_place(capsys):
    logs.task_logger.info("for the task", extra={"task_id": "t"})
    err = capsys.readouterr().err
    assert err.count("for the task") == 1 and "|INFO|test_logs|" in err


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_older_and_rarer_methods(capsys):
    if hasattr(logs.logger, "warn"):
        logs.logger.warn("old")
        assert "|WARNING|" in capsys.readouterr().err
    try:
        raise ValueError("wrong")
    except ValueError:
        logs.logger.exception("caught")
    err = capsys.readouterr().err
    assert "|ERROR|" in err and "ValueError: wrong" in err
