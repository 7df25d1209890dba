"""The last line of defence: whatever a plan says, what a model of the project has now is not dropped.

It asks the installed models alone, by the names of their tables and columns, and not the history that made the plan.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemaguard.exceptions import CannotMend
from schemaguard.history.object_timeline import ColumnLine, Op, TableLine
from schemaguard.location.locate import Located
from schemaguard.operations import tasks as t
from schemaguard.operations.tasks import Task


class Defence:
    """Holds the tasks of one plan against the models, before each is performed."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.models = located.finder.models

    def refuse(self, task: Task) -> None:
        """Raises CannotMend where the task would drop what a model has. A generated column holds nothing of its own."""
        for table, column in self._dropped(task):
            if self.models.have(table, column):
                what = f"table {table}" if column is None else f"column {table}.{column}"
                raise CannotMend(f"{what} is not dropped: a model of the project has it now")

    def _dropped(self, task: Task) -> Iterator[tuple[str, str | None]]:
        match task:
            case t.DropTable(_, name):
                yield name, None
            case t.DropColumn(line, table, name) | t.ReplaceColumn(line, table, _, name):
                if not (_is_generated(line) or self._is_computed(table, name)):
                    yield table, name
            case t.RunOperation(op):
                yield from self._dropped_by(op)

    def _is_computed(self, table: str, name: str) -> bool:
        live = self.located.schema.find(table)
        column = live.columns.get(name) if live is not None else None
        return column is not None and column.generated is not None

    def _dropped_by(self, op: Op) -> Iterator[tuple[str, str | None]]:
        """What an operation of the project's own removes for good: what a later one makes again is the history's."""
        matched = self.located.matched
        for effect in self.located.effects.get(op, ()):
            line = effect.line
            if isinstance(line, TableLine | ColumnLine) and line.steps[effect.step].shape is None:
                live = matched.tables.get(line if isinstance(line, TableLine) else line.table)
                actual = matched.places[line].actual
                if live is None or actual is None or line.comes_back(effect.step):
                    continue
                if isinstance(line, TableLine):
                    yield live.name, None
                elif actual.generated is None:
                    yield live.name, actual.name


def _is_generated(line: ColumnLine) -> bool:
    return any(step.shape is not None and step.shape.generated is not None for step in line.steps)
