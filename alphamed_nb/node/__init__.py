"""What lives next to user code in a node's process: the link to the hub, sessions, transfers, reporting, capture.

Importing this package, or :mod:`.context`, loads neither tornado nor torch; the link is loaded on first use.
"""
