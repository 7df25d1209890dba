"""How SQLite alters: the table is made anew from its model, with all that the model has and nothing else.

What the new table got that way need not be made again. What others put on it (indexes, triggers) has to be put back.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemaguard.history.shapes.meta import fields_read
from schemaguard.history.shapes.table_names import table_key
from schemaguard.operations.perform.table_rebuild import hanging as things_on
from schemaguard.operations.perform.table_rebuild import put_back, standing_aside
from schemaguard.operations.perform.unmodelled_parts import UnmodelledParts
from schemaguard.schema.kinds import Kind
from schemaguard.schema.objects import reads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.history.changes import Key
    from schemaguard.history.object_timeline import ConstraintTimeline, Op
    from schemaguard.operations import tasks as t
    from schemaguard.schema.objects import Index


@dataclass(slots=True)
class Remaking:
    """What the steps of one plan know of each other: which tables were made anew, and on which models.

    `absent`: by table, the columns that its model has and the database does not have yet.
    `forgone`: by table, the constraints of its model that code of a migration may have dropped.
    `standing`: the indexes that are there, by name, each with its step; None where no migration knows it. It stays
    until an operation takes it away. `unnamed`: the names of those that Django named.
    `strangers`: what is there and no model has.
    `holds` and `held`: the operations that the models at hand come from.
    """

    absent: dict[str, set[str]] = field(default_factory=dict)
    forgone: dict[str, set[Key]] = field(default_factory=dict)
    standing: dict[str, tuple[ConstraintTimeline, int] | None] = field(default_factory=dict)
    unnamed: frozenset[str] = frozenset()
    strangers: UnmodelledParts = field(default_factory=UnmodelledParts)
    holds: Callable[[Op], bool] = lambda _op: False
    held: set[Op] = field(default_factory=set)
    remade: dict[str, tuple[Callable[[Op], bool], frozenset[str]]] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)
    """The columns that the tables have which were made anew, in lower case."""
    dropped: set[tuple[str, str]] = field(default_factory=set)
    """(table, name) of the constraints that tasks have dropped so far, or a table that was made anew has left out."""
    stand_ins: list[tuple[str, Index]] = field(default_factory=list)
    """(table, index) made for a foreign key for as long as the index is gone on which it rested."""
    called: dict[tuple[str, str], str] = field(default_factory=dict)
    """The new names of columns that tasks have renamed so far, by table and earlier name."""
    moved: dict[str, str] = field(default_factory=dict)
    """The new names of tables that were renamed, by the names that the plan has for them."""
    says_new_names: bool = False
    """Whether the tasks after the renaming of a table use its new name already."""
    _watched: Any = None

    def move(self, name: str, new_name: str) -> None:
        if not self.says_new_names:
            self.moved[name] = new_name
        strangers = self.strangers
        strangers.rename_table(name, new_name)
        every: tuple[dict[str, Any], ...] = (
            self.absent, self.forgone, self.columns, strangers.columns, strangers.constraints, strangers.present,
        )  # fmt: skip
        for known in every:
            if name in known:
                known[new_name] = known.pop(name)

    def rename_constraint(self, name: str | None, new_name: str) -> None:
        if name in self.standing:
            self.standing[new_name] = self.standing.pop(name)

    def watch(self, editor: Any) -> None:
        """Notes each table that an editor makes anew, and puts back what hangs on it."""
        if editor is self._watched:
            return
        self._watched = editor
        remake = editor._remake_table

        def noted(model: Any, create_field: Any = None, delete_field: Any = None, alter_fields: Any = None) -> None:
            table = table_key(model._meta.db_table, None)
            touched = [delete_field, *(old for old, _ in alter_fields or ())]
            others = [each for each in model._meta.local_concrete_fields if each not in touched]
            with self.strangers.by_live_names(table, others, self.holds_by_now):
                made_anew(model, table, create_field, delete_field, alter_fields)

        def made_anew(model: Any, table: str, create_field: Any, delete_field: Any, alter_fields: Any) -> None:
            pairs = alter_fields or ()
            renames = {old.column: new.column for old, new in pairs if old.column != new.column}
            hanging = [each.with_columns(table, renames) for each in things_on(editor.connection)]
            aside = standing_aside(hanging, table)
            for each in aside:
                editor.execute(each.drop(editor.quote_name), None)
            before = len(editor.collected_sql) if editor.collect_sql else 0
            fields = [*model._meta.local_concrete_fields, create_field, delete_field]
            fields += [each for pair in pairs for each in pair]
            copied = _copied(model, create_field, delete_field)
            types = _types(fields, editor.connection)
            with self.strangers.beside(editor, table, types, copied, self.holds_by_now).said_by(editor):
                remake(model, create_field=create_field, delete_field=delete_field, alter_fields=alter_fields)
            now = things_on(editor.connection) if not editor.collect_sql else []
            there, known = {each.name for each in now}, {each.name for each in hanging}
            made = [each.sql for each in now if each.table == table and each.name not in known]
            if editor.collect_sql:
                made = editor.collected_sql[before:]
            for each in hanging:
                lost = each.table == table and (each.kind is Kind.TRIGGER or self._stays(each.name))
                lost = lost and each.name not in there and not any(f'"{each.name}"' in sql for sql in made)
                again = each.name in self.unnamed and _meaning(each.sql) in map(_meaning, made)
                if each in aside or (lost and not again):
                    put_back(editor, each.sql)
                elif each.table == table and each.kind is Kind.INDEX and not (each.name in there or again):
                    self.dropped.add((table, each.name))
            self.note(table)
            left = {each.column for each in fields if each is not None and each is not delete_field and each.column}
            self.columns[table] = {name.lower() for name in (*left, *self.strangers.columns.get(table, ()))}

        editor._remake_table = noted

    def _stays(self, name: str) -> bool:
        stands = self.standing.get(name)
        if stands is None:
            return name in self.standing
        timeline, step = stands
        last = timeline.last_step(self.holds_by_now)
        return last <= step or timeline.steps[last].shape is not None

    def note(self, table: str) -> None:
        held, holds = frozenset(self.held), self.holds
        self.remade[table] = (lambda op: op in held or holds(op)), frozenset(self.absent.get(table, ()))

    def holds_by_now(self, op: Op) -> bool:
        return op in self.held or self.holds(op)

    def anew(self) -> frozenset[str]:
        """The tables that were made anew so far, as they were called before the plan."""
        before = {new: old for old, new in self.moved.items()}
        return frozenset(before.get(table, table) for table in self.remade)

    def took(self, table: str, column: str) -> bool:
        """Whether a table was made anew without a column that was to be dropped."""
        return table in self.columns and column.lower() not in self.columns[table]

    def brought(self, task: t.MakeConstraint) -> bool:
        """Whether a table that was made anew has the constraint already, since its model has it."""
        if task.table not in self.remade:
            return False
        holds, absent = self.remade[task.table]
        if not task.timeline.is_modelled(holds):
            return False
        makers = [step.op for step in task.timeline.steps if step.op is not None and step.shape == task.constraint]
        return not reads(task.constraint) & absent and all(map(holds, makers[:1]))

    @contextmanager
    def as_it_is(self, model: Any, table: str) -> Iterator[Any]:
        """The model as its table is now: without `forgone` and `absent`, and without what reads these columns."""
        gone, forgone = self.absent.get(table, set()), self.forgone.get(table, set())
        if not gone and not forgone:
            yield model
            return
        meta = model._meta
        names = {each.name for each in meta.local_fields if each.column in gone}
        kept = {name: getattr(meta, name) for name in ("local_fields", "indexes", "constraints", "unique_together")}
        meta.local_fields = [each for each in meta.local_fields if each.column not in gone]

        def stays(thing: Any) -> bool:
            return not _names(thing) & names and ("name", thing.name) not in forgone

        meta.indexes = list(filter(stays, meta.indexes))
        meta.constraints = list(filter(stays, meta.constraints))
        meta.unique_together = tuple(
            each
            for each in meta.unique_together
            if not names & set(each) and ("unique_together", tuple(each)) not in forgone
        )
        meta._expire_cache()
        try:
            yield model
        finally:
            for name, value in kept.items():
                setattr(meta, name, value)
            meta._expire_cache()


def _copied(model: Any, *not_copied: Any) -> list[str]:
    """The columns that a new table takes over from the old one, by their names in the old one."""
    left_out = {each.column for each in not_copied if each is not None}
    fields = (each for each in model._meta.local_concrete_fields if not getattr(each, "generated", False))
    return [each.column for each in fields if each.column not in left_out]


def _names(thing: Any) -> set[str]:
    """The fields that an index or a constraint of a model reads, as far as anybody can tell."""
    found = {each.removeprefix("-") for each in (*getattr(thing, "fields", ()), *getattr(thing, "include", ()))}
    # Since Django 5.1 `check` is deprecated, and to look at it is a warning.
    condition = getattr(thing, "condition" if hasattr(thing, "condition") else "check", None)
    return found.union(*map(fields_read, [condition, *getattr(thing, "expressions", ())]))


def _types(fields: list[Any], connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The types of columns by name. A field that is altered has the new type."""
    columns = [each for each in fields if getattr(each, "column", None)]
    return {each.column: each.db_parameters(connection=connection)["type"] or "" for each in columns}


def _meaning(sql: str) -> tuple[str, str]:
    """A CREATE INDEX without its name: after a rename Django would give the same index another name."""
    head, _, rest = sql.rstrip(";").partition(" ON ")
    return head.partition('"')[0], rest
