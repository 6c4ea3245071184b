"""The hooks of a federated averaging scheduler: what the user defines, and what is built of it on first use."""

from __future__ import annotations

import copy
import os
from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.optim import Optimizer

from ...node.folders import RESULT
from ..fs import get_root_dir, own_dir
from ..logs import logger
from ..scheduler import Scheduler
from .errors import FedAvgError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

__all__ = ["FedAvgHooks"]


class FedAvgHooks(Scheduler):
    """The user's side of federated averaging."""

    current_round: int = 0
    """1 in the first round, the same on all nodes."""
    model: nn.Module
    optimizer: Optimizer

    def __init__(self) -> None:
        super().__init__()
        self._built: dict[str, Any] = {}
        self._tb_writer: SummaryWriter | None = None

    # -- what the user defines -----------------------------------------------------------------------------------------

    @abstractmethod
    def build_model(self) -> nn.Module:
        """The model to train. Called once on each node."""

    @abstractmethod
    def build_optimizer(self, model: nn.Module) -> Optimizer:
        """The optimizer of `model`, which is `self.model`. Called once."""

    @abstractmethod
    def build_train_dataloader(self) -> Any:
        """The loader of the training data; None is legal. Called when first needed, at most once."""

    def build_validation_dataloader(self) -> Any:
        """The loader of the validation data. Called when first needed, at most once."""
        return None

    @abstractmethod
    def build_test_dataloader(self) -> Any:
        """The loader of the test data; None is legal. Called when first needed, at most once."""

    @abstractmethod
    def train_an_epoch(self) -> None:
        """Train `self.model` with the training data once."""

    def run_test(self) -> None:
        """Test `self.model`. Called on the aggregator. Older code calls this hook `test`."""
        older = getattr(self, "test", None)
        if not callable(older):
            raise NotImplementedError(f"{type(self).__name__} has log_rounds set, but defines no run_test().")
        older()

    def state_dict(self) -> Mapping[str, Any]:
        """What is exchanged between the nodes."""
        return self.model.state_dict()

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what came from another node."""
        self.model.load_state_dict(state_dict)

    def validate_context(self) -> None:
        """Check, before the node joins, that it can take part; raises if not. Overriders call this one too."""
        if not isinstance(self.model, nn.Module):
            raise FedAvgError(f"build_model() must return a torch.nn.Module, got {type(self.model).__name__}.")
        if not isinstance(self.optimizer, Optimizer):
            raise FedAvgError(
                f"build_optimizer() must return a torch.optim.Optimizer, got {type(self.optimizer).__name__}."
            )

    # -- what is built of it -------------------------------------------------------------------------------------------

    @property
    def train_loader(self) -> Any:
        return self._build_once("train_loader", self.build_train_dataloader)

    @property
    def validation_loader(self) -> Any:
        return self._build_once("validation_loader", self.build_validation_dataloader)

    @property
    def test_loader(self) -> Any:
        return self._build_once("test_loader", self.build_test_dataloader)

    @property
    def tb_writer(self) -> SummaryWriter:
        """Writes TensorBoard files into `tb_logs` of the result directory."""
        if self._tb_writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._tb_writer = SummaryWriter(self._log_dir)
        return self._tb_writer

    @property
    def _result_dir(self) -> str:
        """The result directory; it exists."""
        path = own_dir(os.path.join(get_root_dir(self.task_id), RESULT))
        os.makedirs(path, exist_ok=True)
        return path

    @property
    def _log_dir(self) -> str:
        return os.path.join(self._result_dir, "tb_logs")

    def _build_once(self, name: str, build: Any) -> Any:
        if name not in self._built:
            self._built[name] = build()
        return self._built[name]

    def _build_model_and_optimizer(self) -> None:
        self.model = self.build_model()
        self.optimizer = self.build_optimizer(self.model)
        self._fresh_optimizer_state = (
            copy.deepcopy(self.optimizer.state_dict()) if isinstance(self.optimizer, Optimizer) else None
        )

    def _reset_optimizer(self) -> None:
        """Forget what the optimizer gathered in an attempt that was given up."""
        if self._fresh_optimizer_state is not None:
            self.optimizer.load_state_dict(copy.deepcopy(self._fresh_optimizer_state))

    def _forget_built(self) -> None:
        """Be as a new object is."""
        self._built.clear()
        self._close_writer()
        self.current_round = 0

    def _close_writer(self) -> None:
        writer, self._tb_writer = self._tb_writer, None
        if writer is None:
            return
        try:
            writer.close()
        except Exception as error:  # noqa: BLE001  curves that cannot be written hide no error and cost no model
            logger.warning("The curves in %s are not complete: %s: %s", writer.log_dir, type(error).__name__, error)
