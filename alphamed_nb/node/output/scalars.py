"""The scalars of every TensorBoard `SummaryWriter` that a node opens in its result directory, as metric records.

While a context is active the methods of the class itself are wrapped, so it does not matter how and when user code came
by its name; a subclass is seen as well. A writer belongs to the node, and to the task, in whose result directory it was
opened; after that node's context was left it only writes its files, as everywhere else.

torch is not imported for this. If it was, its class is wrapped at once. Otherwise a finder in `sys.meta_path` waits for
the one module that defines it: user code usually imports torch inside the context, and nothing else tells of an import
that can be undone again (`sys.addaudithook` can not, and `builtins.__import__` is passed by `importlib`).
"""

from __future__ import annotations

import functools
import logging
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from ...protocol.messages import Record
from ..folders import place_in_results
from .author import author_by_id, output_author
from .delivery import deliver, metric_body

__all__ = ["start", "stop"]

_MODULE = "torch.utils.tensorboard.writer"
_PLACE = "_alphamed_nb_place"
"""Attribute of a writer: what is reported of it."""

logger = logging.getLogger("alphafed")

_hook: _Hook | None = None


def start() -> None:
    """Report scalars from now on."""
    global _hook
    if _hook is None:
        _hook = _Hook()
        _hook.install()


def stop() -> None:
    """Leave the class as it was."""
    global _hook
    if _hook is not None:
        _hook.remove()
        _hook = None


class _Hook:
    """One time between the first context and the last."""

    def __init__(self) -> None:
        self._class: Any = None
        self._wrapped: dict[str, tuple[Any, Any]] = {}
        """Method name -> (the original, ours)."""

    def install(self) -> None:
        module = sys.modules.get(_MODULE)
        if hasattr(module, "SummaryWriter"):
            self.wrap(module)
        else:  # not imported yet; or half, by another thread, which is missed
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name, (original, ours) in self._wrapped.items():
            # Somebody may have wrapped ours: then it stays there and only passes on.
            if vars(self._class).get(name) is ours:
                setattr(self._class, name, original)
        self._wrapped.clear()

    # -- as a finder ---------------------------------------------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _MODULE:
            return None
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            if find_spec is None or finder is self:
                continue
            spec: ModuleSpec | None = find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self.wrap)  # type: ignore[assignment]
                return spec
        return None

    # -- the class -----------------------------------------------------------------------------------------------------

    def wrap(self, module: ModuleType | None) -> None:
        if _hook is not self:
            return  # the last context was left while the module was being imported
        self._class = getattr(module, "SummaryWriter", None)
        for name, of_call in (("__init__", _opened), ("add_scalar", _scalar), ("add_scalars", _scalars)):
            original = vars(self._class).get(name) if self._class is not None else None
            if callable(original):
                ours = self._wrapper(original, of_call)
                self._wrapped[name] = (original, ours)
                setattr(self._class, name, ours)

    def _wrapper(self, original: Callable[..., Any], of_call: Callable[..., None]) -> Callable[..., Any]:
        @functools.wraps(original)
        def method(writer: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(writer, *args, **kwargs)
            if _hook is self:
                of_call(writer, *args, **kwargs)
            return result

        return method


class _Loader:
    """The loader of the module, and what is done with it once it has run."""

    def __init__(self, loader: Any, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        found: ModuleType | None = self._loader.create_module(spec)
        return found

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader  # it keeps no trace of us
        self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


# -- what the calls mean -----------------------------------------------------------------------------------------------


class _Place:
    """What a writer's scalars are reported as."""

    def __init__(self, context: str, task: str, folder: str) -> None:
        self.context = context
        self.task = task
        self.folder = folder
        self.not_finite: set[str] = set()
        """Names whose last value was no finite number."""


def _opened(writer: Any, *args: Any, **kwargs: Any) -> None:
    context = output_author()
    place = place_in_results(context.id, str(writer.log_dir), context.folder) if context is not None else None
    if context is not None and place is not None:
        setattr(writer, _PLACE, _Place(context.context_id, *place))


def _scalar(writer: Any, tag: Any, scalar_value: Any, global_step: Any = None, *args: Any, **kwargs: Any) -> None:
    # TensorBoard takes bytes for a name too.
    name = tag.decode(errors="backslashreplace") if isinstance(tag, bytes) else tag
    _report(writer, iter([(name, scalar_value)]), global_step)


def _scalars(
    writer: Any, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: Any = None, *args: Any, **kwargs: Any
) -> None:
    _report(writer, ((f"{main_tag}/{tag}", value) for tag, value in tag_scalar_dict.items()), global_step)


def _report(writer: Any, scalars: Iterator[tuple[str, Any]], global_step: Any) -> None:
    place = getattr(writer, _PLACE, None)
    context = author_by_id(place.context) if place is not None else None
    link = context.way_out if context is not None else None
    if place is None or context is None or link is None:
        return
    step = 0 if global_step is None else int(global_step)
    for name, scalar in scalars:
        value = _number(scalar)
        if value is None:
            continue
        _tell_of_not_finite(place, name, value, step)
        body = metric_body(name, value, step, round=context.round_of(place.task), writer=place.folder)
        record = Record(node=context.id, context=context.context_id, task=place.task, kind="metric", body=body)
        deliver(link, record, context.nodes)


def _number(value: Any) -> float | None:
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except Exception:  # noqa: BLE001 - TensorBoard has taken it: that we cannot must not break the user's training
        return None


def _tell_of_not_finite(place: _Place, name: str, value: float, step: int) -> None:
    """Once, as it begins: curves have a gap there."""
    if math.isfinite(value):
        place.not_finite.discard(name)
    elif name not in place.not_finite:
        place.not_finite.add(name)
        logger.warning("%s (%s) is %s at step %d.", name, place.folder, value, step)
