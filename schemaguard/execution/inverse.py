"""What would take a reconcile back: worked out while it happens, kept in the journal, carried out by `undo`.

It comes from the catalog before and after, not from the plan: what is new is removed, what is gone comes back as the
catalog wrote it, and what has another shape than before cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations import RunPython
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.database import backend_of
from schemaguard.diagnosis.diagnose import Located
from schemaguard.plan.tasks import MakeOther, MoveTable, RunOperation, Step
from schemaguard.schema.objects import Constraint, ForeignKey, Index, Owner, PrimaryKey, Schema, Table, beside

OURS = "schemaguard_"
ASIDE = "schemaguard_undo"
POSTGRES_KEY = """CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text
            ELSE n.nspname || '"."' || c.relname END"""
POSTGRES_TEXTS = f"""
    SELECT k.conname::text, {POSTGRES_KEY},
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid))
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     UNION ALL
    SELECT i.relname::text, {POSTGRES_KEY}, pg_get_indexdef(x.indexrelid)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class c ON c.oid = x.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
       AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
"""
SQLITE_TEXTS = """
    SELECT name, tbl_name, sql, type FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
"""


@dataclass(slots=True)
class Inverse:
    """Plain values, as they stand in the journal. `obstacles`: why it cannot be done at all, a sentence each.

    `tables` and `columns` are what `sql` drops, so that their rows can be counted first; `filled` is the one value, as
    text, that the reconcile itself put into every row of a new column. `continues`: the first entry of the same run,
    where this is not the first.
    """

    sql: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    written: list[list[str]] = field(default_factory=list)
    removed: list[list[Any]] = field(default_factory=list)
    content_types: list[list[str]] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    continues: int | None = None

    def as_value(self) -> dict[str, Any]:
        return asdict(self)


class Memory:
    """What a database is like before the steps; `inverse` holds it against what it is like after them."""

    def __init__(self, connection: BaseDatabaseWrapper, located: Located, steps: Iterable[Step]) -> None:
        self.connection = connection
        self.located = located
        self.steps = tuple(steps)
        self.quote = connection.ops.quote_name
        self.touches = any(step.tasks or step.sequence for step in self.steps) or not self._has_records()
        self.records = record_rows(connection, located.schema)
        self.texts = self._texts() if self.touches else {}

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
        return MigrationRecorder.Migration._meta.db_table in self.located.schema.tables

    # ------------------------------------------------------------------------------------------------------- the steps
    def _opaque(self) -> Iterator[str]:
        """Operations whose effect the catalog does not show: code, and SQL that is more than DDL."""
        for step in self.steps:
            for task in step.every_task:
                if not isinstance(task, RunOperation):
                    continue
                operation = self.located.graph.plan[task.op[0]].operations[task.op[1]]
                if isinstance(operation, RunPython) and operation.code is RunPython.noop:
                    continue
                if self.located.history.operations[task.op[0]][task.op[1]].opaque:
                    yield f"{step.key[0]}.{step.key[1]} ran code or SQL that nobody can take back"

    # ----------------------------------------------------------------------------------------------------- the catalog
    def _objects(self, made: Inverse, after: Schema) -> None:
        before = self.located.schema
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
        made.obstacles += [f"{task.line.kind} {task.line.name} was made by the SQL of its migration" for task in anew]
        made.tables = [table.name for table in new_tables]
        for old, new in changed:
            made.obstacles += _altered(old, new)
            for column in [column for name, column in new.columns.items() if name not in old.columns]:
                filled = self._filled(new, column.name)
                made.columns.append({"table": new.name, "column": column.name, "filled": filled})
        if made.obstacles:
            return
        if self.connection.vendor == "sqlite":
            made.sql = list(self._sqlite({table.name for table in new_tables}))
        else:
            made.sql = list(self._sql(changed, new_tables))

    def _filled(self, table: Table, column: str) -> str | None:
        name = self.located.backend.as_text(self.quote(column))
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT count(DISTINCT {name}), min({name}) FROM {self.quote(table.name)}")
            values, text = cursor.fetchone()
        return str(text) if values == 1 else None

    def _sql(self, changed: list[tuple[Table, Table]], new_tables: list[Table]) -> Iterator[str]:
        """Keys first, since they hold on to the indexes of others; what was there before last."""
        drops, back = [], []
        for old, new in changed:
            gone = [each for each in old.constraints if each not in new.constraints]
            more = [each for each in new.constraints if each not in old.constraints]
            drops += [(not isinstance(each, ForeignKey), self._drop(new, each)) for each in more]
            back += [(isinstance(each, ForeignKey), self.texts[new.name, each.name or ""]) for each in gone]
            if old.comment != new.comment:
                comment = "NULL" if old.comment is None else "'" + old.comment.replace("'", "''") + "'"
                back.append((True, f"COMMENT ON TABLE {self.quote(new.name)} IS {comment}"))
            back += [(True, sql) for sql in backend_of(self.connection).spell_table(new.name, old, new)]
        yield from (sql for _, sql in sorted(drops))
        if new_tables:
            yield f"DROP TABLE {', '.join(self.quote(table.name) for table in new_tables)}"
        for old, new in changed:
            for name in new.columns.keys() - old.columns.keys():
                yield f"ALTER TABLE {self.quote(new.name)} DROP COLUMN {self.quote(name)}"
        yield from (sql for _, sql in sorted(back))

    def _drop(self, table: Table, constraint: Constraint) -> str:
        name = constraint.name or ""
        if isinstance(constraint, Index) and not constraint.constraint:
            return f"DROP INDEX {self.quote(beside(table.name, name))}"
        return f"ALTER TABLE {self.quote(table.name)} DROP CONSTRAINT {self.quote(name)}"

    def _sqlite(self, new: set[str]) -> Iterator[str]:
        """A table whose text has changed is made again from the old one, with its indexes and triggers."""
        after = self._texts()
        rebuilt = [
            table for (table, name), (text, kind) in self.texts.items()
            if kind == "table" and name == table and after[table, name][0] != text
        ]  # fmt: skip
        for table in rebuilt:
            yield from self._rebuild(table, [name for t, name in after if t == table and name != table])
        yield from (f"DROP TABLE {self.quote(name)}" for name in sorted(new))
        for (table, name), (_, kind) in after.items():
            ours = table in rebuilt or table in new or table.startswith(OURS)
            if not ours and (table, name) not in self.texts:
                yield f"DROP {kind.upper()} {self.quote(name)}"
        yield from (text for key, (text, _) in self.texts.items() if key not in after and key[0] not in rebuilt)

    def _rebuild(self, table: str, hanging: list[str]) -> Iterator[str]:
        name, aside = self.quote(table), self.quote(ASIDE)
        columns = ", ".join(
            self.quote(column.name)
            for column in self.located.schema.tables[table].columns.values()
            if column.generated is None
        )
        after = self._texts()
        # The old way of renaming leaves alone what other tables say of this one.
        yield "PRAGMA legacy_alter_table = ON"
        yield from (f"DROP {after[table, each][1].upper()} {self.quote(each)}" for each in hanging)
        yield f"ALTER TABLE {name} RENAME TO {aside}"
        yield self.texts[table, table][0]
        yield f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {aside}"
        if "AUTOINCREMENT" in self.texts[table, table][0].upper():
            literal = "'" + table.replace("'", "''") + "'"
            yield f"DELETE FROM sqlite_sequence WHERE name = {literal}"
            yield f"UPDATE sqlite_sequence SET name = {literal} WHERE name = '{ASIDE}'"
        yield f"DROP TABLE {aside}"
        yield "PRAGMA legacy_alter_table = OFF"
        yield from (text for (t, each), (text, _) in self.texts.items() if t == table and each != table)

    def _texts(self) -> dict[tuple[str, str], Any]:
        """(table, name) → the statement that makes a thing anew; on SQLite with its kind."""
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.execute(SQLITE_TEXTS)
                return {(table, name): (sql, kind) for name, table, sql, kind in cursor.fetchall()}
            if self.connection.vendor == "postgresql":
                cursor.execute(POSTGRES_TEXTS)
                return {(table, name): sql for name, table, sql in cursor.fetchall()}
        return {}


def _altered(old: Table, new: Table) -> Iterator[str]:
    for name, column in old.columns.items():
        if name not in new.columns:
            yield f"column {old.name}.{name} is gone"
        elif new.columns[name] != column:
            yield f"column {old.name}.{name} was altered"
    for constraint in old.constraints:
        if isinstance(constraint, Index) and not constraint.valid and constraint not in new.constraints:
            yield f"index {constraint.name} was invalid, and cannot be made so again"
        elif isinstance(constraint, PrimaryKey) and constraint not in new.constraints:
            yield f"the primary key of {old.name} was altered"


def record_rows(connection: BaseDatabaseWrapper, schema: Schema) -> list[list[Any]]:
    """The rows of django_migrations as plain values: `[id, app, name, applied]`."""
    recorder = MigrationRecorder(connection)
    if recorder.Migration._meta.db_table not in schema.tables:
        return []
    rows = recorder.migration_qs.order_by("pk").values_list("pk", "app", "name", "applied")
    return [[pk, app, name, applied.isoformat()] for pk, app, name, applied in rows]
