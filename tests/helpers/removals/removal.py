"""One protection, how it is removed, and the test that must then fail."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Removal"]


@dataclass(frozen=True)
class Removal:
    """A protection that a test is said to guard.

    Attributes:
        name: what the product does with the protection, in words; the test's id.
        module: where it stands.
        changes: old and new snippets of that module's source. Each old one must stand in it exactly once.
        test: the fastest test that fails without it, as a pytest node id.
        also: changes of other modules, where a protection stands in two layers.
    """

    name: str
    module: str
    changes: list[tuple[str, str]]
    test: str
    also: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def all_changes(self) -> dict[str, list[tuple[str, str]]]:
        return {self.module: self.changes, **self.also}
