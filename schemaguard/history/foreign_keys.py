"""The foreign keys of a history, by the table that they point at now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.schema.objects import ForeignKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.object_timeline import ConstraintTimeline


class ForeignKeys:
    """Grows with the timelines. A key stays among those of its former targets, and is told by its shape."""

    def __init__(self) -> None:
        self._by_target: dict[str, dict[ConstraintTimeline, None]] = {}

    def note(self, timeline: ConstraintTimeline) -> None:
        """Takes in a constraint that was made or altered; one that is no foreign key is left out."""
        shape = timeline.steps[-1].shape
        if isinstance(shape, ForeignKey):
            self._by_target.setdefault(shape.target, {})[timeline] = None

    def to_table(self, name: str) -> list[tuple[ConstraintTimeline, ForeignKey]]:
        """Those that point at a table, as they stand now."""
        return [
            (constraint, shape)
            for constraint in self._by_target.get(name, ())
            if isinstance(shape := constraint.steps[-1].shape, ForeignKey) and shape.target == name
        ]

    def to_column(self, name: str, column: str) -> Iterator[tuple[ConstraintTimeline, ForeignKey]]:
        """Those that point at a column, as they stand now."""
        return ((each, shape) for each, shape in self.to_table(name) if column in shape.target_columns)
