"""One node of `averaging_task` as a process: `python averaging_node.py ID TASK '{"die_in": 2, ...}'`.

Its last line of output is a JSON object: what it saw. Options: `die_training` and `die_after` kill the process at once
in that round; `until` makes the task go on until that node's update counts in a round after the second; `recover`; and
arguments of the scheduler.
"""

import json
import os
import signal
import sys
import time

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
    torch.set_num_threads(1)
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


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
