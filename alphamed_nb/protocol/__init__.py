"""The one definition of every format that crosses a process boundary. Typed with msgspec; performs no I/O.

* :mod:`.messages`: what a link and the hub say to each other;
* :mod:`.contracts`: the content of contract messages;
* :mod:`.journal`: the rows of the hub's journal, as stored and as shown to readers;
* :mod:`.run_pipe`: what processes of `alphamed-nb run` write into its pipe;
* :mod:`.waits`: how the reports of one wait add up;
* :mod:`.limits`: sizes, announced in the handshake;
* :mod:`.errors`: every error the hub can answer with;
* :mod:`.names`: which strings may be node ids and task ids;
* :mod:`.handshake`: the two-way proof that both ends know the hub's credential.
"""
