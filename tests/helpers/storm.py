"""Nodes of a message storm, each a process: `python -m tests.helpers.storm ROLE TASK NODE NODES ARGUMENT`.

Every message is a number; senders print `sent N` once N is acknowledged, receivers `got SENDER N` for each they get.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from alphamed_nb import alphafed  # noqa: F401  (serves the name alphafed, so it comes first)

# isort: split
from alphafed import mock_context
from alphafed.contractor import ContractEvent, TaskMessageContractor, TaskMessageEventFactory


@dataclass
class Number(ContractEvent):
    TYPE = "number"
    sender: str
    value: int

    @classmethod
    def contract_to_event(cls, contract: dict[str, Any]) -> Number:
        return cls(sender=contract["sender"], value=contract["value"])


class NumberFactory(TaskMessageEventFactory):
    _CLASS_MAP = {Number.TYPE: Number, **TaskMessageEventFactory._CLASS_MAP}  # noqa: RUF012


class NumberContractor(TaskMessageContractor):
    def __init__(self, task_id: str) -> None:
        super().__init__(task_id=task_id)
        self._event_factory = NumberFactory


def send(task: str, node: str, nodes: list[str], count: int) -> None:
    """Send 0 .. count-1 to the receivers, one by one, each acknowledged before the next."""
    receivers = [each for each in nodes if each.startswith("receiver")]
    contractor = NumberContractor(task)
    for value in range(count):
        contractor._new_contract(receivers, Number(node, value))
        sys.__stdout__.write(f"sent {value}\n")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]


def receive(task: str, node: str, nodes: list[str], count: int) -> None:
    """Take `count` events."""
    for taken, event in enumerate(NumberContractor(task).contract_events(), start=1):
        sys.__stdout__.write(f"got {event.sender} {event.value}\n")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        if taken == count:
            return


def main() -> None:
    role, task, node, nodes, count = sys.argv[1:]
    with mock_context(id=node, nodes=nodes.split(",")):
        {"send": send, "receive": receive}[role](task, node, nodes.split(","), int(count))


if __name__ == "__main__":
    main()
