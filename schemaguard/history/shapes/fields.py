"""What all fields of a model come to in its table, without what its Meta adds."""

from __future__ import annotations

from functools import cached_property
from operator import eq, is_
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.history.changes import Key
    from schemaguard.history.shapes.columns import Target
    from schemaguard.history.state import ModelKey
    from schemaguard.schema.objects import Column, Constraint


class Fields:
    """Columns and bound fields by the fields' names, and the constraints that fields bring.

    `related` are the relations with what they point at. `automatic` is the key that Django adds, where it adds one.
    """

    def __init__(self, table: str, given: Mapping[str, Any], automatic: str | None, is_ordered: bool) -> None:
        self.table = table
        self.automatic = automatic
        self._is_ordered = is_ordered
        self._names, self._given = tuple(given), tuple(given.values())
        self.columns: dict[str, Column] = {}
        self.bound: dict[str, Any] = {}
        self.constraints: dict[Key, Constraint] = {}
        self.related: list[tuple[Any, Target]] = []

    def begin(self, given: Mapping[str, Any], table: str, *, is_ordered: bool) -> bool:
        """Whether these fields, the same objects in the same order, are all or the first of those given."""
        if table != self.table or is_ordered != self._is_ordered or (is_ordered and len(given) != len(self)):
            return False
        return (
            len(given) >= len(self) and all(map(is_, self._given, given.values())) and all(map(eq, self._names, given))
        )

    def and_more(self, given: Mapping[str, Any]) -> Fields:
        """The same to begin with; the others of those given are to be added."""
        made = Fields(self.table, given, self.automatic, self._is_ordered)
        made.columns, made.bound = self.columns.copy(), self.bound.copy()
        made.constraints, made.related = self.constraints.copy(), self.related.copy()
        return made

    def __len__(self) -> int:
        return len(self._given)

    def add(
        self, name: str, column: Column, bound: Any, constraints: Mapping[Key, Constraint], target: Target | None
    ) -> None:
        self.columns[name] = column
        self.bound[name] = bound
        self.constraints.update(constraints)
        if target is not None:
            self.related.append((bound, target))

    @cached_property
    def targets(self) -> frozenset[ModelKey]:
        return frozenset(target.key for _, target in self.related)

    @cached_property
    def by_any_name(self) -> Mapping[str, Column]:
        """The columns by the fields' names and by their attnames: Meta may use either."""
        found = dict(self.columns)
        for name, bound in self.bound.items():
            if name in self.columns:
                found.setdefault(bound.attname, self.columns[name])
        return found
