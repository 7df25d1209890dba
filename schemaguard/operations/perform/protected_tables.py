"""The last check before a drop: whatever a plan says, what a model of the project has now is not dropped.

It asks the installed models alone, by the names of their tables and columns, and not the history that made the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.exceptions import CannotMend
from schemaguard.exhaustive import assert_never
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.object_timeline import ColumnTimeline, Op, TableTimeline
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task


class Defence:
    """Checks each task of one plan against the models, before it is performed."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.models = location.models

    def refuse(self, task: Task) -> None:
        """Raises CannotMend where the task would drop what a model has. A generated column may go: it is computed."""
        for table, column in self._dropped(task):
            if self.models.have(table, column):
                what = f"table {table}" if column is None else f"column {table}.{column}"
                raise CannotMend(f"{what} is not dropped: a model of the project has it now")

    def _dropped(self, task: Task) -> Iterator[tuple[str, str | None]]:
        match task:
            case t.DropTable(timeline, name):
                if not self._table_leaves_its_name(timeline, name):
                    yield name, None
            case t.DropColumn(timeline, table) | t.ReplaceColumn(timeline, table):
                harmless = _is_generated(timeline) or self._is_computed(table, task.name)
                if not harmless and not self._leaves_its_name(timeline, task.name):
                    yield table, task.name
            case t.RunOperation(op):
                yield from self._dropped_by(op)
            case t.RebuildTable(_, _, parts):
                for part in parts:
                    yield from self._dropped(part)
            case t.MakeTable() | t.RenameTable() | t.MoveTable() | t.SetComment() | t.AlterTable():
                return
            case t.MakeColumn() | t.AlterColumn() | t.RenameColumn():
                return
            case t.UnmakeColumn():  # the same plan makes it anew, and what it holds is computed, or was counted
                return
            case t.MakeConstraint() | t.ValidateConstraint() | t.RenameConstraint() | t.PromoteIndex():
                return
            case t.DropConstraint() | t.RenameSequence() | t.SetSequence() | t.NumberColumn():
                return
            case t.CreateExtension() | t.RunSql() | t.MakeOther():
                return
            case _:
                assert_never(task)

    def _is_computed(self, table: str, name: str) -> bool:
        live = self.location.schema.find(table)
        column = live.columns.get(name) if live is not None else None
        return column is not None and column.generated is not None

    def _leaves_its_name(self, timeline: ColumnTimeline, name: str) -> bool:
        """Whether the column that the model has is another one, which is there and is to get this name."""
        for other in timeline.table.every_column:
            actual = self.location.live(other)
            if other is not timeline and other.shape is not None and other.shape.name == name:
                return actual is not None and actual.name != name
        return False

    def _table_leaves_its_name(self, timeline: TableTimeline, name: str) -> bool:
        """Whether the table that the model has is another one, which is there and is to get this name."""
        for other, live in self.location.live_tables.items():
            if other is not timeline and other.shape is not None and other.shape.name == name:
                return live.name != name
        return False

    def _dropped_by(self, op: Op) -> Iterator[tuple[str, str | None]]:
        """The tables and columns that an operation removes for good, so that no later operation makes them again."""
        effects = by_kind(self.location.effects_at(op))
        for effect in effects.tables:
            live = self.location.live_table(effect.timeline)
            if live is not None and self._goes_for_good(effect):
                if not self._table_leaves_its_name(effect.timeline, live.name):
                    yield live.name, None
        for column in effects.columns:
            live, actual = self.location.live_table(column.timeline.table), self.location.live(column.timeline)
            if live is None or actual is None or not self._goes_for_good(column):
                continue
            if actual.generated is None and not self._leaves_its_name(column.timeline, actual.name):
                yield live.name, actual.name

    @staticmethod
    def _goes_for_good(effect: AnyEffect) -> bool:
        return effect.after is None and not effect.timeline.comes_back(effect.step)


def _is_generated(timeline: ColumnTimeline) -> bool:
    return any(step.shape is not None and step.shape.generated is not None for step in timeline.steps)
