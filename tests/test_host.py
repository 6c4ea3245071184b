"""This machine has one name for hub and nodes, which says whose pids may be asked about."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from alphamed_nb import _host
from alphamed_nb._host import host_identity
from alphamed_nb.node.kernel_info import process_info

read_now: Callable[[], str] = host_identity.__wrapped__
"""Without what was kept of the first reading."""


def test_every_process_names_it_alike() -> None:
    code = "from alphamed_nb._host import host_identity; print(host_identity())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == host_identity() == read_now() == process_info().host


def test_on_macos_it_is_the_session_of_the_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    said = SimpleNamespace(stdout="A1B2\n")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(_host.subprocess, "run", lambda command, **_: said if command[0].startswith("/") else None)
    assert read_now() == "A1B2:"


def test_where_the_system_does_not_say_it_is_name_and_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", unreadable)
    name, _, boot = read_now().partition(":")
    assert name and boot.isdigit()
