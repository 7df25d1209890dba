"""What would take a reconcile back: worked out while it happens, kept in the journal, carried out by `undo`.

It comes from the catalog before and after, not from the plan. What is new is removed, and what is gone comes back as
the catalog wrote it. What has another shape than before cannot be taken back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations import RunPython
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database import backend_of
from schemaguard.exceptions import CannotMend
from schemaguard.journal.constraint_values import Unreadable, name_in
from schemaguard.journal.inverse_operations import (
    ATTRIBUTES,
    OURS,
    DropColumn,
    DropConstraint,
    DropTables,
    DropTrigger,
    MakeConstraint,
    Operation,
    Rebuild,
    SetTable,
    operation_of,
    operation_value,
)
from schemaguard.operations.tasks import MakeOther, MoveTable, RunOperation
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import Constraint, ForeignKey, Index, Owner, PrimaryKey, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.location.location import Location
    from schemaguard.operations.steps import Step

FIELDS = ("operations", "written", "removed", "content_types", "obstacles", "continues")
OF_OLD = {"sql", "tables", "columns", *FIELDS[1:]}
"""The keys that an entry had in versions that kept SQL."""


@dataclass(slots=True)
class Inverse:
    """What takes an entry back. `obstacles`: why it cannot be done at all, a sentence each.

    `written` and `removed` are records, `continues` is the first entry of the same run, where this is not the first.
    """

    operations: list[Operation] = field(default_factory=list)
    written: list[list[str]] = field(default_factory=list)
    removed: list[list[Any]] = field(default_factory=list)
    content_types: list[list[str]] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    continues: int | None = None

    def as_value(self) -> dict[str, Any]:
        """Plain values, as they stand in the journal."""
        found = {name: getattr(self, name) for name in FIELDS}
        return {**found, "operations": [operation_value(each) for each in self.operations]}


def inverse_in(text: str, dialect: str) -> Inverse:
    """The inverse that a journal's text tells. Raises Unreadable for anything that `as_value` does not make."""
    try:
        found = json.loads(text)
    except ValueError:
        raise Unreadable("its inverse is damaged") from None
    if found == {}:
        return Inverse(obstacles=["it does not say what it did"])
    if not isinstance(found, dict) or set(found) not in (set(FIELDS), OF_OLD):
        raise Unreadable("its inverse is none")
    if found.get("sql"):
        raise Unreadable("it keeps SQL, as older versions wrote it, and that is not run")
    continues = found["continues"]
    if not (continues is None or type(continues) is int):
        raise Unreadable("its run is damaged")
    return Inverse(
        operations=[operation_of(each, dialect) for each in _list(found.get("operations", []))],
        written=[_texts(each, 2) for each in _list(found["written"])],
        removed=[_record(each) for each in _list(found["removed"])],
        content_types=[_texts(each, 3) for each in _list(found["content_types"])],
        obstacles=[name_in(each) for each in _list(found["obstacles"])],
        continues=continues,
    )


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Unreadable("a list in it is none")
    return found


def _texts(found: Any, number: int) -> list[str]:
    if len(_list(found)) != number:
        raise Unreadable("a record in it is none")
    return [name_in(each) for each in found]


def _record(found: Any) -> list[Any]:
    """`[id, app, name, applied]`"""
    if len(_list(found)) != 4 or type(found[0]) is not int:
        raise Unreadable("a record in it is none")
    if found[3] is not None:  # as after a bad restore
        try:
            datetime.fromisoformat(name_in(found[3]))
        except ValueError:
            raise Unreadable("a moment in it is none") from None
    return [found[0], name_in(found[1]), name_in(found[2]), found[3]]


class Memory:
    """Remembers a database as it is before the steps; `inverse` compares it with the database after them."""

    def __init__(self, connection: BaseDatabaseWrapper, location: Location, steps: Iterable[Step]) -> None:
        self.connection = connection
        self.location = location
        self.steps = tuple(steps)
        self.quote = connection.ops.quote_name
        self.touches = any(step.tasks or step.sequence for step in self.steps) or not self._has_records()
        self.records = record_rows(connection, location.schema)
        self.texts = self.location.backend.texts() if self.touches else {}
        self.untold = self.location.backend.untold() if self.touches else frozenset()

    def inverse(
        self, after: Schema, content_types: Iterable[tuple[str, str, str]] = (), *, continues: int | None = None
    ) -> Inverse:
        """Call it inside the transaction of the steps, after the last of them."""
        made = Inverse(content_types=[list(each) for each in content_types], continues=continues)
        known = {tuple(row[1:3]) for row in self.records}
        left = {tuple(row[1:3]) for row in record_rows(self.connection, after)}
        made.written = [list(key) for key in sorted(left - known)]
        made.removed = [row for row in self.records if tuple(row[1:3]) not in left]
        made.obstacles += self._opaque()
        if self.touches:
            self._objects(made, after)
        return made

    def _has_records(self) -> bool:
        """Where not, the table of the records is made by the first step that writes one."""
        return MigrationRecorder.Migration._meta.db_table in self.location.schema.tables

    # ------------------------------------------------------------------------------------------------------- the steps
    def _opaque(self) -> Iterator[str]:
        """Notes operations whose effect the catalog does not show: code, and SQL that is more than DDL."""
        for step in self.steps:
            for task in step.every_task:
                if not isinstance(task, RunOperation):
                    continue
                operation = self.location.graph.plan[task.op[0]].operations[task.op[1]]
                if isinstance(operation, RunPython) and operation.code is RunPython.noop:
                    continue
                if self.location.history.runs_code(task.op):
                    yield f"{step.key[0]}.{step.key[1]} ran code or SQL that nobody can take back"

    # ----------------------------------------------------------------------------------------------------- the catalog
    def _objects(self, made: Inverse, after: Schema) -> None:
        before = self.location.schema
        shared = sorted(name for name in before.tables.keys() & after.tables.keys() if not name.startswith(OURS))
        changed = [(before.tables[name], after.tables[name]) for name in shared]
        changed = [(old, new) for old, new in changed if old != new]
        new_tables = [after.tables[name] for name in sorted(after.tables.keys() - before.tables.keys())]
        new_tables = [table for table in new_tables if not table.name.startswith(OURS)]
        made.obstacles += [f"table {name} is gone" for name in sorted(before.tables.keys() - after.tables.keys())]
        made.obstacles += [f"{t.owner.value} {t.name} was made" for t in new_tables if t.owner is not Owner.NOBODY]
        back = {task.new_name: task for step in self.steps for task in step.every_task if isinstance(task, MoveTable)}
        made.obstacles += [f"table {name} was moved here from another schema" for name in sorted(back)]
        anew = [task for step in self.steps for task in step.every_task if isinstance(task, MakeOther)]
        made.obstacles += [
            f"{task.timeline.kind.words} {task.timeline.name} was made by the SQL of its migration" for task in anew
        ]
        for old, new in changed:
            made.obstacles += _altered(old, new)
        if made.obstacles:
            return
        try:
            if self.location.backend.remakes_tables:
                made.operations = list(self._by_texts(changed, [table.name for table in new_tables]))
            else:
                made.operations = list(self._operations(changed, [table.name for table in new_tables]))
        except CannotMend as problem:
            made.obstacles.append(str(problem))

    def _filled(self, table: Table, column: str) -> str | None:
        name = self.location.backend.as_text(self.quote(column))
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT count(DISTINCT {name}), min({name}) FROM {self.quote(table.name)}")
            values, text = cursor.fetchone()
        return str(text) if values == 1 else None

    def _operations(self, changed: list[tuple[Table, Table]], new_tables: list[str]) -> Iterator[Operation]:
        """Drops foreign keys first and makes them again last, since they need indexes of others. Raises CannotMend."""
        for last in (False, True):
            for _, new, _, more in changed_constraints(changed):
                found = sorted(each.name or "" for each in more if isinstance(each, ForeignKey) is not last)
                yield from (DropConstraint(new.name, name) for name in found)
        if new_tables:
            yield DropTables(tuple(new_tables))
        for old, new in changed:
            added = [name for name in new.columns if name not in old.columns]
            yield from (DropColumn(new.name, name, self._filled(new, name)) for name in added)
        for last in (False, True):
            for _, new, gone, _ in changed_constraints(changed):
                yield from (self._again(new, each) for each in gone if isinstance(each, ForeignKey) is last)
        for old, new in changed:
            before, after = (tuple(getattr(each, name) for name in ATTRIBUTES) for each in (old, new))
            if before != after:
                yield SetTable(new.name, before)

    def _again(self, table: Table, constraint: Constraint) -> MakeConstraint:
        told = backend_of(self.connection).spell(table.name, constraint) is not None
        if not told or (constraint.name or "", table.name) in self.untold:
            raise CannotMend(f"{constraint.kind.words} {constraint.name} of {table.name} is gone")
        return MakeConstraint(table.name, constraint)

    def _by_texts(self, changed: list[tuple[Table, Table]], new: list[str]) -> Iterator[Operation]:
        """A table whose text has changed is made again from the old one, with its indexes and triggers."""
        after = self.location.backend.texts()
        rebuilt = [
            table for (table, name), (text, kind) in self.texts.items()
            if kind is Kind.TABLE and name == table and after[table, name][0] != text
        ]  # fmt: skip
        for (table, name), (_, kind) in after.items():
            if (table, name) not in self.texts and table not in new and not table.startswith(OURS):
                yield DropTrigger(name) if kind is Kind.TRIGGER else DropConstraint(table, name)
        columns = {
            table.name: [name for name in table.columns if name not in old.columns] for old, table in changed
        }  # fmt: skip
        now = {table.name: table for _, table in changed}
        for name in rebuilt:
            filled = [(column, self._filled(now[name], column)) for column in columns.get(name, ())]
            yield Rebuild(name, self.texts[name, name][0], tuple(filled))
        if new:
            yield DropTables(tuple(sorted(new)))
        for (table, name), (text, kind) in self.texts.items():
            if (table, name) not in after or (kind is not Kind.TABLE and after[table, name][0] != text):
                yield self._index_again(table, name)

    def _index_again(self, table: str, name: str) -> MakeConstraint:
        found = self.location.schema.tables.get(table)
        index = next((each for each in found.constraints if each.name == name), None) if found is not None else None
        if found is None or index is None:
            raise CannotMend(f"{name} of {table} is gone")
        return self._again(found, index)


def changed_constraints(
    changed: list[tuple[Table, Table]],
) -> Iterator[tuple[Table, Table, list[Constraint], list[Constraint]]]:
    """For each table before and after: the constraints that are gone, and those that are new."""
    for old, new in changed:
        gone = [each for each in old.constraints if each not in new.constraints]
        yield old, new, gone, [each for each in new.constraints if each not in old.constraints]


def _altered(old: Table, new: Table) -> Iterator[str]:
    if (old.engine, old.collation) != (new.engine, new.collation):
        yield f"the engine or the collation of {old.name} was altered"
    for name, column in old.columns.items():
        if name not in new.columns:
            yield f"column {old.name}.{name} is gone"
        elif new.columns[name] != column:
            yield f"column {old.name}.{name} was altered"
    for constraint in old.constraints:
        if isinstance(constraint, Index) and not constraint.valid and constraint not in new.constraints:
            yield f"index {constraint.name} was invalid, and cannot be made so again"
        elif isinstance(constraint, ForeignKey) and not constraint.enforced and constraint not in new.constraints:
            yield f"foreign key {constraint.name} was not enforced, and cannot be made so again"
        elif isinstance(constraint, PrimaryKey) and constraint not in new.constraints:
            yield f"the primary key of {old.name} was altered"


def record_rows(connection: BaseDatabaseWrapper, schema: Schema) -> list[list[Any]]:
    """The rows of django_migrations as plain values: `[id, app, name, applied]`."""
    recorder = MigrationRecorder(connection)
    if recorder.Migration._meta.db_table not in schema.tables:
        return []
    # After a bad restore columns may be NULL that never are.
    named = recorder.migration_qs.exclude(app=None).exclude(name=None).order_by("pk")
    rows = named.values_list("pk", "app", "name", "applied")
    return [[pk, app, name, applied and applied.isoformat()] for pk, app, name, applied in rows]
