"""The TensorBoard writer of a scheduler: its scalars also become metric records. Imports tensorboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.utils.tensorboard import SummaryWriter

if TYPE_CHECKING:
    from ...node.session import Session
    from .hooks import FedAvgHooks

__all__ = ["ReportingWriter"]


class ReportingWriter(SummaryWriter):
    """A `SummaryWriter` whose scalars are reported to the hub as well."""

    def __init__(self, log_dir: str, scheduler: FedAvgHooks, session: Session | None) -> None:
        super().__init__(log_dir)
        self._scheduler = scheduler
        self._session = session

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: int | None = None, *args: Any, **kwargs: Any
    ) -> None:
        super().add_scalar(tag, scalar_value, global_step, *args, **kwargs)
        self._report(tag, scalar_value, global_step)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: int | None = None, *args: Any, **kwargs: Any
    ) -> None:
        super().add_scalars(main_tag, tag_scalar_dict, global_step, *args, **kwargs)
        for tag, value in tag_scalar_dict.items():
            self._report(f"{main_tag}/{tag}", value, global_step)

    def _report(self, name: str, value: Any, step: int | None) -> None:
        if self._session is not None:
            self._session.report_metric(
                name, float(value), int(step or 0), round=self._scheduler.current_round, writer="tb_logs"
            )
