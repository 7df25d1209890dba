"""What steps are to drop or rename, so that whatever else is gone after them is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.exhaustive import assert_never
from schemaguard.history import changes as ch
from schemaguard.history.raw_sql import sends
from schemaguard.history.sql import parse
from schemaguard.location.effects import by_kind
from schemaguard.operations import tasks as t
from schemaguard.schema.kinds import KEPT, Kind

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import Op, TableShape
    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step
    from schemaguard.operations.tasks import Task
    from schemaguard.schema.objects import Table


class ExpectedLosses:
    """What the steps are to drop or rename, by the names before them: `(table, None)` is the table itself."""

    def __init__(self, location: Location, steps: list[Step]) -> None:
        self.location = location
        self.things: set[tuple[str, str | None]] = set()
        self.new_names: dict[str, str] = {}
        self.others: set[tuple[Kind, str]] = set()
        self.remade: set[str] = set()
        """The views that are made anew. These may get other columns, since they have those of their query."""
        self.runs_code = False
        for step in steps:
            for task in step.every_task:
                self._note(task)

    def keeps(self, kind: Kind, name: str) -> bool:
        """Whether a view or a trigger is to stay; a trigger goes with its table, whichever that is."""
        with_its_table = kind is Kind.TRIGGER and any(column is None for _, column in self.things)
        return kind in KEPT and (kind, name) not in self.others and not with_its_table

    def _note(self, task: Task) -> None:
        match task:
            case t.MakeOther(timeline):
                if timeline.kind is Kind.VIEW:
                    self.remade.add(timeline.name)
            case t.DropTable(_, name):
                self.things.add((name, None))
            case t.RenameTable(_, name, new_name) | t.MoveTable(_, name, _, new_name):
                self.new_names[name] = new_name
            case t.DropColumn() | t.RenameColumn() | t.ReplaceColumn():
                self.things.add((task.table, task.name))
            case t.AlterColumn(_, table, expected, actual):
                if actual.name != expected.name:
                    self.things.add((table, actual.name))
            case t.RebuildTable(_, _, parts):
                for part in parts:
                    self._note(part)
            case t.RunSql(op, after=after) if after:
                self._run(op)
                self._run_rest(op, after)
            case t.RunOperation(op) | t.RunSql(op):
                self._run(op)
            case t.MakeTable() | t.SetComment() | t.AlterTable() | t.MakeColumn() | t.UnmakeColumn():
                return
            case t.MakeConstraint() | t.ValidateConstraint() | t.RenameConstraint() | t.PromoteIndex():
                return
            case t.DropConstraint() | t.RenameSequence() | t.SetSequence() | t.NumberColumn() | t.CreateExtension():
                return
            case _:
                assert_never(task)

    def _run(self, op: Op) -> None:
        """What an operation drops or renames, by its effects."""
        location = self.location
        self.runs_code = self.runs_code or location.history.runs_code(op)
        effects = by_kind(location.effects_at(op))
        self.others.update((each.timeline.kind, each.timeline.name) for each in effects.others if not each.after)
        for table in effects.tables:
            self._table(location.live_table(table.timeline), table.after)
        for column in effects.columns:
            actual = location.live(column.timeline)
            if actual is not None and (column.after is None or column.after.name != actual.name):
                self.things.add((location.live_tables[column.timeline.table].name, actual.name))

    def _run_rest(self, op: Op, after: int) -> None:
        """What the SQL made for a while, and what is left of it takes away again: no timeline knows of it."""
        backend = self.location.backend
        sent = [text for text, _ in sends(self.location.graph.plan[op[0]].operations[op[1]], backend.connection)]
        done, left = (
            [
                change
                for text in texts
                for change in parse(text, dialect=backend.dialect, normal_type=backend.normal_type)
            ]
            for texts in (sent[:after], sent[after:])
        )
        tables = {change.table.name for change in done if isinstance(change, ch.CreateTable)}
        columns = {(change.table, change.column.name) for change in done if isinstance(change, ch.AddColumn)}
        for change in left:
            match change:
                case ch.DropTable(name) if name in tables:
                    self.things.add((name, None))
                case ch.RenameTable(name, new_name) if name in tables:
                    self.new_names[name] = new_name
                case ch.DropColumn(table, name) if (table, name) in columns:
                    self.things.add((table, name))

    def _table(self, live: Table | None, shape: TableShape | None) -> None:
        if live is not None and shape is None:
            self.things.add((live.name, None))
        elif live is not None and shape is not None:
            self.new_names[live.name] = shape.name
