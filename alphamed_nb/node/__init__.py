"""What lives next to user code in a node's process.

:mod:`.context` is what user code enters, :mod:`.session` a node in a task, :mod:`.link` the connection to the hub,
:mod:`.output` capture and reporting. Importing this package, or :mod:`.context`, loads neither tornado nor torch; the
link is loaded on first use.
"""
