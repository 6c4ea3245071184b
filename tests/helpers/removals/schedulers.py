"""The schedulers' common rules: what belongs to a run, an attempt and a round, and who is waited for."""

from __future__ import annotations

from .removal import Removal

__all__ = ["REMOVALS"]

FED_AVG = "alphamed_nb.alphafed.fed_avg."
TROUBLE = "tests/alphafed/test_fed_avg_trouble.py::"

REMOVALS = [
    # -- rounds --------------------------------------------------------------------------------------------------------
    Removal(
        "an update of another round is denied",
        FED_AVG + "aggregator",
        [("            deadline,\n            label=self.label,\n", "            deadline,\n")],
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
