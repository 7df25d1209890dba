"""Live tables ─▶ models. A table of which no model says everything is made by SQL in its migration instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import django
from django.apps import apps
from django.core.management.commands.inspectdb import Command as InspectDB
from django.db import models
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.expressions import RawSQL

from schemaguard.adopt.fields import HAS_GENERATED, Fields
from schemaguard.adopt.names import field_name, model_name
from schemaguard.adopt.targets import Target, targets_of_project
from schemaguard.exceptions import Refused
from schemaguard.history.shapes.table_names import table_name
from schemaguard.history.shapes.tables import ShapeMaker
from schemaguard.operations.subjects import flat, table_of
from schemaguard.operations.tasks import DropConstraint, MakeConstraint, Task
from schemaguard.push import compare
from schemaguard.push.expected import Expected, Models
from schemaguard.push.provenance import Provenance
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Check, Column, ForeignKey, Index, PrimaryKey, Schema, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from schemaguard.database.base import Backend
    from schemaguard.history.state import ModelKey

SHORT = 30
"""The longest name of an index that Django's checks allow (models.E034)."""
CONDITION = "condition" if django.VERSION >= (5, 1) else "check"
HAS_COMPOSITE = django.VERSION >= (5, 2)


@dataclass(slots=True)
class Draft:
    """One table as a model. `by_sql` where its migration has to make it by SQL; `unsaid` is what no model says.

    `not_owned` says why Django cannot own the table. The model is unmanaged then.
    """

    table: Table
    name: str
    fields: dict[str, models.Field[Any, Any]] = field(default_factory=dict)
    """By name; a composite key among them."""
    columns: dict[str, str] = field(default_factory=dict)
    """Column → field name."""
    options: dict[str, Any] = field(default_factory=dict)
    by_sql: bool = False
    unsaid: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    """Columns of which no field makes the like, a sentence each."""
    not_owned: str = ""

    def state(self, label: str) -> ModelState:
        return ModelState(label, self.name, list(self.fields.items()), dict(self.options))


class Drafter:
    """Drafts some tables of one database for one app. Raises Refused where a table cannot be a model."""

    def __init__(self, connection: BaseDatabaseWrapper, backend: Backend, schema: Schema, state: ProjectState) -> None:
        self.connection = connection
        self.backend = backend
        self.schema = schema
        self.state = state
        self.maker = ShapeMaker(connection, backend)

    def draft(self, names: Sequence[str], label: str) -> list[Draft]:
        taken = {name for app, name in self.state.models if app == label}
        taken |= {str(model._meta.model_name) for model in apps.get_app_config(label).get_models(include_swapped=True)}
        drafts = []
        for name in names:
            table = self.schema.tables[name]
            _refuse_names(table)
            drafts.append(Draft(table, model_name(bare(name), taken)))
            taken.add(drafts[-1].name.lower())
        targets = targets_of_project(self.backend.name_bytes)
        for each in drafts:
            self._name_fields(each, {*targets, *names})
            key = _primary_key(each.table) or (_stand_in(each.table),)
            fields = {column: (name, (column,) == key) for column, name in each.columns.items()}
            targets[each.table.name] = Target(f"{label}.{each.name}", fields, set(each.columns.values()))
        for each in drafts:
            self._fill(each, targets)
        self._hold_against(drafts, label)
        return drafts

    # --------------------------------------------------------------------------------------------------------- columns
    def _name_fields(self, draft: Draft, targets: set[str]) -> None:
        key = _primary_key(draft.table)
        relations = {
            each.columns[0]
            for each in draft.table.constraints
            if isinstance(each, ForeignKey) and len(each.columns) == 1 and each.target in targets
        }
        taken: list[str] = []
        for column in draft.table.columns:
            name = field_name(column, taken, relation=column in relations, primary_key=key == (column,))
            taken.append(name)
            draft.columns[column] = name

    def _fill(self, draft: Draft, targets: Mapping[str, Target]) -> None:
        table = draft.table
        key = _primary_key(table)
        if not key or (len(key) > 1 and not HAS_COMPOSITE):
            why = "a primary key of several columns, which needs Django 5.2" if key else "no primary key"
            key = (_stand_in(table),)
            draft.not_owned = f"{table.name} has {why}: {draft.columns[key[0]]} stands in for one"
        if len(key) > 1:
            composite = models.CompositePrimaryKey(*(draft.columns[column] for column in key))
            draft.fields["pk"] = composite
        keys = {
            each.columns[0]: each
            for each in table.constraints
            if isinstance(each, ForeignKey) and len(each.columns) == 1 and each.target in targets
        }
        fields = Fields(self.maker.columns, self.backend, table, self._inspected(table))
        for column in table.columns.values():
            name = draft.columns[column.name]
            made = None
            if column.generated is not None and HAS_GENERATED:
                made = fields.generated(name, column)
                if made is None:  # a plain field would be written to
                    what = f"{table.name}.{column.name} is a generated column of {column.type}"
                    raise Refused(f"{what}: no field of Django's is of that type; nothing was changed")
                draft.by_sql = draft.by_sql or "%" in (column.generated.text or "")
            elif column.generated is not None:  # pragma: no cover - Django before 5.0
                draft.not_owned = f"{table.name}.{column.name} is a generated column, which needs Django 5.0"
            elif column.name in keys:
                made = self._relation(draft, column.name, keys[column.name], targets, key)
            if made is None:
                made = fields.find(name, column, primary_key=key == (column.name,))
            if made is None:
                made = self._guessed(draft, fields, name, column, primary_key=key == (column.name,))
            if not fields.with_default(made, column) or "%" in (column.comment or ""):
                draft.by_sql = True  # Django's editor takes a % in a comment for a placeholder
            draft.fields[name] = made
        for made in draft.fields.values():
            if made.primary_key:  # as a model's class does with its key (django.db.models.options.Options.setup_pk)
                made.serialize = False  # type: ignore[attr-defined]
        self._options(draft)

    def _relation(
        self, draft: Draft, column: str, key: ForeignKey, targets: Mapping[str, Target], primary: tuple[str, ...]
    ) -> models.Field[Any, Any] | None:
        """A foreign key as a field; None where the model that it points at has no field for it."""
        target = targets[key.target]
        found = target.fields.get(key.target_columns[0]) if len(key.target_columns) == 1 else None
        if found is None:
            return None
        name, is_key = found
        options: dict[str, Any] = {"db_index": False}
        if draft.columns[column] + "_id" != column:
            options["db_column"] = column
        if not is_key:
            options["to_field"] = name
        live = draft.table.columns[column]
        if live.nullable:
            options |= {"null": True, "blank": True}
        related_name = target.way_back(draft.name.lower(), draft.columns[column])
        if related_name is not None:
            options["related_name"] = related_name
        if primary == (column,):
            del options["db_index"]
            return models.OneToOneField(target.label, models.DO_NOTHING, primary_key=True, **options)
        return models.ForeignKey(target.label, models.DO_NOTHING, **options)

    def _guessed(self, draft: Draft, fields: Fields, name: str, column: Column, *, primary_key: bool) -> Any:
        """A field that reads and writes the column, which SQL of the migration makes. Raises Refused."""
        made = fields.guess(name, column, primary_key=primary_key)
        what = f"{draft.table.name}.{column.name} is {column.type}: no field of Django's makes such a column"
        if made is None:
            raise Refused(f"{what}; nothing was changed")
        draft.by_sql = True
        draft.guessed.append(f"{what}; {type(made).__name__} is a guess")
        return made

    def _inspected(self, table: Table) -> Any:
        """The fields that Django's inspectdb thinks of, by column."""
        command = InspectDB()
        found = {}
        with self.connection.cursor() as cursor:
            try:
                rows = self.connection.introspection.get_table_description(cursor, table.name)
            except IndexError:  # Django takes what comes after each comma of SQLite's text for a column: UNIQUE (a, b)
                rows = []
            for row in rows:
                kind, parameters, notes = command.get_field_type(self.connection, table.name, row)
                if "." not in kind and "This field type is a guess." not in notes:
                    found[row.name] = (getattr(models, kind, None), parameters)

        def field(column: str) -> Any:
            made, parameters = found.get(column, (None, {}))
            return None if made is None else lambda **options: made(**{**parameters, **options})

        return field

    # ------------------------------------------------------------------------------------------------------------ Meta
    def _options(self, draft: Draft) -> None:
        table = draft.table
        indexes: list[Any] = []
        constraints: list[Any] = []
        together: list[tuple[str, ...]] = []
        for number, actual in enumerate(table.constraints):
            if isinstance(actual, Index) and _is_plain(actual):
                names = tuple(draft.columns[column] for column in actual.columns)
                if actual.unique and actual.name is not None:
                    constraints.append(models.UniqueConstraint(fields=names, name=actual.name))
                elif actual.unique and len(names) == 1:
                    draft.fields[names[0]]._unique = True  # type: ignore[attr-defined]  # noqa: SLF001 (`unique` only reads)
                elif actual.unique:
                    together.append(names)
                elif actual.name and len(actual.name) <= SHORT and actual.name[0].isalpha():
                    signed = [
                        f"-{name}" if part.descending else name for name, part in zip(names, actual.parts, strict=True)
                    ]
                    indexes.append(models.Index(fields=signed, name=actual.name))
            elif isinstance(actual, Check) and actual.expression.text and actual.validated and actual.enforced:
                text = actual.expression.text.replace("%", "%%")
                condition = RawSQL(text, [], output_field=models.BooleanField())
                name = actual.name or f"{draft.name.lower()}_check_{number}"
                options: dict[str, Any] = {CONDITION: condition, "name": name}
                constraints.append(models.CheckConstraint(**options))
        draft.options = {"db_table": table.name}
        if draft.not_owned:
            draft.options["managed"], draft.by_sql = False, False
            return
        draft.by_sql = draft.by_sql or "%" in (table.comment or "")
        if table.comment and self.backend.has_comments:
            draft.options["db_table_comment"] = table.comment
        for option, values in (("indexes", indexes), ("constraints", constraints), ("unique_together", together)):
            if values:
                draft.options[option] = values

    # --------------------------------------------------------------------------------------------------- verification
    def _hold_against(self, drafts: Sequence[Draft], label: str) -> None:
        """Marks the tables that the models would not make exactly as they are."""
        for _ in range(3):
            tasks, doubtful = self._differences(drafts, label)
            again = False
            for draft in drafts:
                mine = [task for task in tasks if table_of(task) == draft.table.name]
                doubt = any(each.endswith(f" on {draft.table.name}") for each in doubtful)
                draft.by_sql = draft.by_sql or bool(mine) or doubt
                draft.unsaid = [_of_model(task) for task in mine if isinstance(task, DropConstraint)]
                again = self._let_go(draft, mine) or again
            if not again:
                return

    def _differences(self, drafts: Sequence[Draft], label: str) -> tuple[list[Task], tuple[str, ...]]:
        state = self.state.clone()
        tables = {}
        for draft in drafts:
            state.models[label, draft.name.lower()] = draft.state(label)
        for draft in drafts:
            if draft.not_owned:
                continue
            key: ModelKey = (label, draft.name.lower())
            shape = self.maker.shapes(state, key).get("")
            if shape is None:
                raise Refused(f"{table_name(self.connection, state.models[key])} is kept off this database by a router")
            tables[shape.name] = Expected(shape, key, "")
        found = compare.plan(
            Models(state, tables, frozenset(tables)), Provenance({}), self.schema, self.backend, (), rebuilds=False
        )
        return list(flat(found.tasks)), found.doubtful

    def _let_go(self, draft: Draft, tasks: Sequence[Task]) -> bool:
        """Where the server's foreign key is of another kind than Django's, the field does not claim one."""
        if self.backend.remakes_tables:  # it loses it with the next alteration of the table, were it not said
            return False
        again = False
        for task in tasks:
            if isinstance(task, MakeConstraint) and task.timeline.key[0] == "foreign_key":
                made: Any = draft.fields[task.timeline.key[1]]
                if made.db_constraint:
                    made.db_constraint = False
                    again = True
        return again


def _refuse_names(table: Table) -> None:
    """Raises Refused for what no query of the ORM could name: it quotes nothing, and takes a % for a placeholder."""
    for character in ("%", '"'):
        odd = next((word for word in (bare(table.name), *table.columns) if character in word), None)
        if odd is not None:
            raise Refused(
                f"{table.name}: Django cannot query what has a {character} in its name ({odd}); nothing was changed"
            )


def _primary_key(table: Table) -> tuple[str, ...]:
    return next((each.columns for each in table.constraints if isinstance(each, PrimaryKey)), ())


def _stand_in(table: Table) -> str:
    """The column that tells rows apart best, where no key does: a unique one that is never empty, else the first."""
    uniques = [each.columns[0] for each in table.constraints if isinstance(each, Index) and _is_key(each)]
    return next((name for name in uniques if not table.columns[name].nullable), next(iter(table.columns)))


def _is_key(index: Index) -> bool:
    return index.unique and index.condition is None and len(index.parts) == len(index.columns) == 1


def _is_plain(index: Index) -> bool:
    """Whether it is over columns alone, of the usual kind."""
    return (
        index.method == "btree"
        and index.condition is None
        and not index.include
        and not index.deferrable
        and index.nulls_distinct
        and index.valid
        and all(
            part.column is not None and part.opclass is None and part.collation is None and part.nulls_first is None
            and not (part.descending and index.unique)
            for part in index.parts
        )
    )  # fmt: skip


def _of_model(task: DropConstraint) -> str:
    return f"{task.actual.kind.words} {task.actual.name or ', '.join(task.actual.columns)}"
