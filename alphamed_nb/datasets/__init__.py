"""Handwritten digits for the examples, put where ``torchvision.datasets.MNIST`` looks, so that it downloads nothing.

::

    from alphamed_nb.datasets import prepare_mnist

    print(prepare_mnist(task_id="task-1", nodes=["node-1", "node-2"]))

User code stays ``MNIST(root=get_dataset_dir(task_id), train=True, download=True)``. See :mod:`.mnist` for which digits
are taken, :mod:`.digits` for how the built-in ones are made.
"""

from __future__ import annotations

from .mnist import dataset_directory, prepare_mnist

__all__ = ["dataset_directory", "prepare_mnist"]
