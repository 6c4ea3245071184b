"""Nodes of `averaging_task`, each a process of its own, forked from one that has torch loaded.

That one makes a node of each line of its input, `{"node": id, "task": id, "folder": path, "name": text, "options": …}`.
A node writes what it prints and logs to the files `NAME.out` and `NAME.log` of the folder; its last line of output is a
JSON object: what it saw. To `NAME.end`, a named pipe, its process id is written, and in the end its exit code. Options:
`die_training` and `die_after` kill the process at once in that round; `until` makes the task go on until that node's
update counts in a round after the second; `recover`; and arguments of the scheduler.
"""

import gc
import json
import os
import signal
import sys
import time
from pathlib import Path

import torch
from averaging_task import NODES, Counting

from alphamed_nb.alphafed import mock_context
from alphamed_nb.node.active import current_context


def wait_for(node: str) -> None:
    """Until it is up, so that few rounds pass meanwhile."""
    (session,) = current_context().sessions()
    while session.presence[node].state != "up":
        time.sleep(0.02)


def main(node: str, task: str, options: dict) -> None:
    die_training, die_after = options.pop("die_training", 0), options.pop("die_after", 0)
    until, recover = options.pop("until", ""), options.pop("recover", False)
    scheduler = Counting(**options)

    def die_in(round: int):
        def die(scheduler):
            if scheduler.current_round == round:
                os.kill(os.getpid(), signal.SIGKILL)

        return die

    scheduler.before_training = die_in(die_training)
    scheduler.after_round = die_in(die_after)
    if until:
        scheduler.after_round = lambda scheduler: wait_for(until) if scheduler.current_round > 1 else None
        scheduler._is_reach_max_rounds = lambda: (
            scheduler.current_round > 2 and until in scheduler.averaged[scheduler.current_round]
        )
    with mock_context(id=node, nodes=NODES):
        scheduler.run(node, task, recover=recover)
    print(json.dumps({"averaged": scheduler.averaged, "calls": scheduler.calls, "weight": scheduler.weight}))


def watch(asked: dict) -> None:
    """Run a node in a child, and tell how it ends."""
    end = (Path(asked["folder"]) / f"{asked['name']}.end").open("w", buffering=1)
    process = os.fork()
    if process == 0:
        end.close()
        os.chdir(asked["folder"])
        for kind, number in (("out", 1), ("log", 2)):
            os.dup2(os.open(f"{asked['name']}.{kind}", os.O_WRONLY | os.O_CREAT), number)
        main(asked["node"], asked["task"], asked["options"])
        sys.exit()
    print(process, file=end)
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), file=end)


if __name__ == "__main__":
    import torch._dynamo  # the first optimizer of a process would import it, which takes as long as torch itself

    torch.set_num_threads(1)
    gc.freeze()  # the end of a node would otherwise look through all of this
    while line := sys.stdin.buffer.raw.readline():  # unbuffered: a child must not find what is for another
        if os.fork() == 0:
            watch(json.loads(line))
            os._exit(0)
