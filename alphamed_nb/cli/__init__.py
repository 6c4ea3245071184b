"""The command line: one file a command, :mod:`.main` puts them together.

Heavy things are imported inside functions, so that ``alphamed-nb --help`` is quick.
"""
