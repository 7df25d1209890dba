"""The timelines of a push: a history of one step, from nothing to what the models say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.object_timeline import ColumnTimeline, ConstraintTimeline, Step, TableShape, TableTimeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.history.changes import Key
    from schemaguard.history.shapes.shape import Shape
    from schemaguard.schema.objects import Constraint


class Timelines:
    """Timelines by the names of tables and columns. What no model has gets a timeline without a step."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes
        self._tables: dict[str, TableTimeline] = {}

    def table(self, name: str) -> TableTimeline:
        if name not in self._tables:
            shape = self.shapes.get(name)
            self._tables[name] = _of(shape) if shape is not None else TableTimeline()
        return self._tables[name]

    def column(self, table: str, name: str) -> ColumnTimeline:
        line = self.table(table)
        return line.columns.setdefault(name, ColumnTimeline(table=line))

    def constraint(self, table: str, key: Key) -> ConstraintTimeline:
        line = self.table(table)
        return line.constraints.setdefault(key, ConstraintTimeline(table=line, key=key))

    def live_constraint(self, table: str, actual: Constraint) -> ConstraintTimeline:
        """The timeline of a live constraint that is dropped, perhaps to be made again."""
        return self.constraint(table, ("live", actual.name, actual.kind, actual.columns))


def _of(shape: Shape) -> TableTimeline:
    table = TableTimeline([Step(None, TableShape(shape.name, shape.comment))])
    for column in shape.columns.values():
        table.columns[column.name] = ColumnTimeline([Step(None, column)], table=table)
    for key, constraint in shape.constraints.items():
        table.constraints[key] = ConstraintTimeline([Step(None, constraint)], table=table, key=key)
    table.every_column, table.every_constraint = list(table.columns.values()), list(table.constraints.values())
    return table
