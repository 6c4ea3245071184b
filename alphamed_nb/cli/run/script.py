"""``python -m alphamed_nb.cli.run.script FILE [ARGUMENT ...]``: the process of one script of ``alphamed-nb run``."""

from __future__ import annotations

import sys

from .child import run_script

if __name__ == "__main__":
    sys.exit(run_script(sys.argv[1], sys.argv[2:]))
