"""``alphamed-nb data``: put the digits where nodes look for them."""

from __future__ import annotations

import argparse
import sys
from typing import Any

__all__ = ["add_parser"]


def add_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "data",
        help="put MNIST's files where nodes look for them",
        description="Put MNIST's files into the dataset folder of each node (`get_dataset_dir(task_id)`), so that "
        "`torchvision.datasets.MNIST(root, download=True)` finds them and downloads nothing: real MNIST from "
        "ALPHAMED_MNIST_DIR or a download, else a data set of the same layout built from real handwritten digits.",
    )
    parser.add_argument("--task", required=True, metavar="T", help="the task id")
    parser.add_argument("--nodes", required=True, metavar="A,B,C", help="the node ids, with commas between them")
    parser.add_argument("--root", default=".", metavar="DIR", help="the folder of the notebooks (default: here)")
    parser.add_argument("--no-download", action="store_true", help="do not try to download MNIST")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from ..datasets import prepare_mnist

    nodes = [node.strip() for node in options.nodes.split(",") if node.strip()]
    try:
        print(prepare_mnist(options.task, nodes, options.root, allow_download=not options.no_download))
    except (ValueError, OSError) as error:
        print(f"alphamed-nb data: {error}", file=sys.stderr)
        return 1
    return 0
