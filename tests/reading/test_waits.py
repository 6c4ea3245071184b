"""What a node waits for, in words."""

from __future__ import annotations

import pytest

from alphamed_nb.protocol.journal import Wait
from alphamed_nb.reading.waits import awaited_words


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (Wait(kind="join", name="checkin"), "checkin"),
        (Wait(kind="message", name="sync_state", round=2), "sync_state of round 2"),
        (Wait(kind="stream", name="gradients", round=3), "gradients of round 3"),
        (Wait(), "any message of task t"),
    ],
)
def test_a_wait_in_words(wait, words):
    assert awaited_words(wait, "t") == words
