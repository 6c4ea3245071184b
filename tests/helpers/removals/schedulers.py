"""The schedulers' common rules: what belongs to a run, an attempt and a round, and who is waited for."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

FED_AVG = "alphamed_nb.alphafed.fed_avg."
ROUNDS = "alphamed_nb.alphafed.rounds."
TROUBLE = "tests/alphafed/test_fed_avg_trouble.py::"

REMOVALS = [
    # -- rounds --------------------------------------------------------------------------------------------------------
    Removal(
        "an update of another round is denied",
        ROUNDS + "leader",
        [("            label=self._members.label(stage, step),\n            on_event", "            on_event")],
        TROUBLE + "test_an_update_of_another_round_is_denied",
    ),
    # -- what travels --------------------------------------------------------------------------------------------------
    Removal(
        "loading runs no code",
        FED_AVG + "state_dicts",
        [("weights_only=True", "weights_only=False")],
        "tests/alphafed/test_state_dicts.py::test_loading_runs_no_code",
    ),
]
