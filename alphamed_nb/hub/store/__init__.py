"""What the hub keeps on disk.

* :mod:`.data_directory`: the directory of one hub, owned through a file lock;
* :mod:`.messages`: events, offers, sessions, positions, runs, and their journal rows (`messages.db`);
* :mod:`.logs`: log and metric rows (`logs.db`), with a writer of their own;
* :mod:`.streams`: data streams as spool files;
* :mod:`.query`: which journal rows a reader asks for;
* :mod:`.retention`: which runs are dropped.

Parts of the two files: :mod:`.database`, :mod:`.writer`, :mod:`.reader`, :mod:`.dropping` (of both), :mod:`.changes`
and :mod:`.stored_task` (messages), :mod:`.log_rules` (logs). No HTTP and no asyncio here; calls that read block for as
long as the disk takes.
"""
