"""What terminals and cells show of a hub: how it is read, and how nodes and their lines look there.

=================  =====================================================================================
:mod:`.hub`        REST and the live feed of the hub that discovery finds
:mod:`.terminal`   marks, colours, what control sequences may pass
:mod:`.lines`      a record as a line
:mod:`.log`        the merged log of a task: ``alphamed-nb logs`` and ``%mock_logs``
=================  =====================================================================================
"""
