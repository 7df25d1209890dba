"""What is left to run of SQL in a migration that is not recorded, where no model describes what it makes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemaguard.history import changes as ch
from schemaguard.history.changes import Change
from schemaguard.history.object_timeline import AnyLine, Op, OtherLine, TableLine
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import parse, statements
from schemaguard.location.locate import Located
from schemaguard.location.resolve import Effect
from schemaguard.operations import tasks as t
from schemaguard.operations.tasks import Task


class RawSql:
    """Goes by what the located database lacks of the operations of one plan."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.described = {shape.name for shapes in located.history.shapes.values() for shape in shapes.values()}

    def rest(self, op: Op) -> tuple[list[Task], frozenset[AnyLine]]:
        """The tasks that make what is absent of an operation and has no model, and the lines of all that they make."""
        effects = self.located.effects.get(op, [])
        absent = [effect for effect in effects if self._is_absent(effect)]
        own = frozenset(effect.line for effect in absent if self._is_of_no_model(effect.line))
        if not own:
            return [], own
        m, o = op
        sql = raw_sql(self.located.graph.plan[m].operations[o])
        if sql is None:
            first = all(isinstance(line, OtherLine) and line.kind in ("extension", "collation") for line in own)
            return [t.CreateExtension(op) if first else t.RunOperation(op)], own
        if len(absent) == len(effects):
            return [t.RunSql(op)], frozenset(effect.line for effect in effects)
        only = tuple(self._statements(sql, own))
        return ([t.RunSql(op, only)] if only else []), own

    def _is_absent(self, effect: Effect) -> bool:
        """Whether it makes something, and that is not there."""
        line = effect.line
        place = self.located.matched.places[line]
        makes = bool(line.steps[effect.step].shape)
        return makes and place.actual is None and effect.step > self.located.positions[line] and not place.in_doubt

    def _is_of_no_model(self, line: AnyLine) -> bool:
        if isinstance(line, OtherLine):
            return True
        table = line if isinstance(line, TableLine) else line.table
        return self.described.isdisjoint(table.names)

    def _statements(self, sql: list[str], own: Collection[AnyLine]) -> Iterator[str]:
        """Those that make one of these things, or hang something on a table among them."""
        backend = self.located.backend
        tables = {name for line in own if isinstance(line, TableLine) for name in line.names}
        others = {(line.kind, line.name) for line in own if isinstance(line, OtherLine)}
        for text in sql:
            for statement in statements(text, dialect=backend.vendor):
                changes = parse(statement, dialect=backend.vendor, normal_type=backend.normal_type)
                if any(_makes(change, tables, others) for change in changes):
                    yield statement


def _makes(change: Change, tables: Collection[str], others: Collection[tuple[str, str]]) -> bool:
    if isinstance(change, ch.CreateOther):
        return (change.kind, change.name) in others
    if isinstance(change, ch.CreateTable):
        return change.table.name in tables
    return isinstance(change, ch.AddColumn | ch.AddConstraint) and change.table in tables
