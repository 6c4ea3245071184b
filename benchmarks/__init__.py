"""Speed, measured: `make bench`, or `python -m benchmarks [NAME ...]`.

Every figure is a median of several repeats and stands beside a floor measured in the same run, so that a slow machine
slows both. Each module holds one subject; :mod:`.report` prints the table and keeps `results/latest.json`.
"""
