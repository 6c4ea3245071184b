"""``python -m alphamed_nb``: the same as ``alphamed-nb``."""

from __future__ import annotations

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
