"""What is a rename, and not a drop and an add: said by an option, or answered by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemaguard.exceptions import CannotStart
from schemaguard.operations import tasks as t
from schemaguard.operations.subjects import flat

if TYPE_CHECKING:
    from schemaguard.operations.tasks import Task
    from schemaguard.push.expected import Expected, Models
    from schemaguard.push.provenance import Provenance
    from schemaguard.schema.objects import Column, Schema

Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rename:
    """A model's new name (`model` is the old one, `field` None), or a field's (`model` is the model's name now)."""

    app: str
    model: str
    field: str | None
    new_name: str

    def __str__(self) -> str:
        middle = f".{self.field}" if self.field is not None else ""
        return f"{self.app}.{self.model}{middle}:{self.new_name}"


def parse(text: str) -> Rename:
    """Reads `app.model.old:new` or `app.Old:New`. Raises CannotStart."""
    left, colon, new_name = text.partition(":")
    parts = left.split(".")
    if not colon or not new_name.isidentifier() or len(parts) not in (2, 3) or not all(p.isidentifier() for p in parts):
        raise CannotStart(f"--rename {text!r}: write app.model.old:new for a field, or app.Old:New for a model")
    return Rename(parts[0], parts[1].lower(), parts[2] if len(parts) == 3 else None, new_name)


def tasks_for(renames: Sequence[Rename], models: Models, provenance: Provenance, schema: Schema) -> list[t.RenameTask]:
    """The tasks that rename. None for what has its new name already. Raises CannotStart for unknown names."""
    found: list[t.RenameTask] = []
    # Models first: the rename of a field names its model as it is called now.
    for rename in sorted(renames, key=lambda each: each.field is not None):
        if rename.field is None:
            found += _model(rename, models, provenance.after(found), schema, found)
        else:
            found += _field(rename, models, provenance.after(found), schema, found)
    return list(dict.fromkeys(found))


def _model(
    rename: Rename, models: Models, provenance: Provenance, schema: Schema, done: Sequence[t.RenameTask]
) -> Iterator[t.RenameTask]:
    old, new = rename.model, rename.new_name.lower()
    mine = models.of((rename.app, new))
    if "" not in mine:
        raise CannotStart(f"--rename {rename}: this database has no model {rename.app}.{rename.new_name}")
    table = mine[""].shape.name
    before = next(
        (name for name, each in provenance.tables.items() if each.model == (rename.app, old) and each.role == ""),
        f"{rename.app}_{old}",
    )
    live = _Live(schema, done)
    if before == table and live.has(table):
        pass
    elif live.has(before) and not live.has(table):
        renamed = _table_renamed(models, before, table)
        yield renamed
        live = _Live(schema, [*done, renamed])
    elif not live.has(table):
        raise CannotStart(f"--rename {rename}: there is no table {before}")
    for role, each in mine.items():
        if role and not live.has(each.shape.name) and live.has(f"{before}_{role}"):
            renamed = _table_renamed(models, f"{before}_{role}", each.shape.name)
            yield renamed
            live = _Live(schema, [*done, *live.more, renamed])
    for each in models.tables.values():  # the columns of automatic tables have the name of the model at each end
        if each.role and (rename.app, new) in each.shape.targets:
            for column in each.shape.columns.values():
                name = column.name.replace(new, old, 1)
                if (
                    column.name != name
                    and live.column(each.shape.name, name)
                    and not live.column(each.shape.name, column.name)
                ):
                    yield _column_renamed(models, each.shape.name, name, column.name)


def _field(
    rename: Rename, models: Models, provenance: Provenance, schema: Schema, done: Sequence[t.RenameTask]
) -> Iterator[t.RenameTask]:
    assert rename.field is not None
    mine = models.of((rename.app, rename.model))
    if "" not in mine:
        raise CannotStart(f"--rename {rename}: this database has no model {rename.app}.{rename.model}")
    main = mine[""].shape
    live = _Live(schema, done)
    if rename.new_name in mine:
        new = mine[rename.new_name].shape.name
        old = f"{main.name}_{rename.field}"
        if live.has(old) and not live.has(new):
            yield _table_renamed(models, old, new)
        elif not live.has(new):
            raise CannotStart(f"--rename {rename}: there is no table {old}")
        return
    column = main.columns.get(rename.new_name)
    if column is None:
        raise CannotStart(f"--rename {rename}: {rename.app}.{rename.model} has no field {rename.new_name}")
    before = provenance.shape(main.name)
    candidates = [rename.field, f"{rename.field}_id"]
    if before is not None and rename.field in before.columns:
        candidates.insert(0, before.columns[rename.field].name)
    name = next((each for each in candidates if live.column(main.name, each) and each != column.name), None)
    if name is not None and not live.column(main.name, column.name):
        yield _column_renamed(models, main.name, name, column.name)
    elif not live.column(main.name, column.name):
        raise CannotStart(f"--rename {rename}: {main.name} has no column {candidates[0]}")


def _table_renamed(models: Models, name: str, new_name: str) -> t.RenameTable:
    return t.RenameTable(models.timelines.table(new_name), name, new_name)


def _column_renamed(models: Models, table: str, name: str, new_name: str) -> t.RenameColumn:
    return t.RenameColumn(models.timelines.column(table, new_name), table, name, new_name)


class _Live:
    """A schema as it would be after some renames."""

    def __init__(self, schema: Schema, renames: Iterable[t.RenameTask]) -> None:
        self.schema = schema
        self.more = list(renames)
        self.names = {task.new_name: task.name for task in self.more if isinstance(task, t.RenameTable)}
        self.gone = set(self.names.values())

    def has(self, table: str) -> bool:
        return table in self.names or (self.schema.find(table) is not None and table not in self.gone)

    def column(self, table: str, name: str) -> bool:
        found = self.schema.find(self.names.get(table, table))
        return found is not None and name in found.columns


# ---------------------------------------------------------------------------------------------------------- questions
def asked(tasks: Sequence[Task], models: Models, provenance: Provenance, schema: Schema, ask: Ask) -> list[Rename]:
    """Asks about every drop and add that could be a rename, as makemigrations does. Returns what was confirmed."""
    found: list[Rename] = []
    gone = [task.name for task in tasks if isinstance(task, t.DropTable) and task.name in provenance.tables]
    for task in tasks:
        if isinstance(task, t.MakeTable):
            expected = models.tables[task.name]
            old = next((table for table in gone if _alike(provenance.tables[table], expected)), None)
            if expected.role or old is None:
                continue
            app, name = provenance.tables[old].model
            model = models.state.models[expected.model].name
            if app == expected.model[0] and ask(f"Was the model {app}.{name} renamed to {model}? [y/N] "):
                gone.remove(old)
                found.append(Rename(app, name, None, model))
    every = list(flat(tasks))
    drops = [task for task in every if isinstance(task, t.DropColumn)]
    for task in every:
        if isinstance(task, t.MakeColumn) and task.table in models.tables:
            expected = models.tables[task.table]
            table = schema.find(task.table)
            for drop in [each for each in drops if each.table == task.table]:
                if table is None or expected.role or not _same_type(table.columns[drop.name], task.column):
                    continue
                model = models.state.models[expected.model].name
                old_name, new_name = _field_name(provenance, drop), _new_name(expected, task.column)
                if ask(f"Was {model}.{old_name} renamed to {model}.{new_name} ({task.column.type})? [y/N] "):
                    drops.remove(drop)
                    found.append(Rename(expected.model[0], expected.model[1], old_name, new_name))
                    break
    return found


def _alike(before: Expected, after: Expected) -> bool:
    def columns(each: Expected) -> set[tuple[str, str]]:
        return {(column.name, column.type) for column in each.shape.columns.values()}

    return before.role == "" and columns(before) == columns(after)


def _same_type(actual: Column, expected: Column) -> bool:
    return actual.type == expected.type and actual.nullable == expected.nullable


def _field_name(provenance: Provenance, drop: t.DropColumn) -> str:
    shape = provenance.shape(drop.table)
    columns = shape.columns if shape is not None else {}
    return next((field for field, column in columns.items() if column.name == drop.name), drop.name)


def _new_name(expected: Expected, column: Column) -> str:
    return next(field for field, each in expected.shape.columns.items() if each.name == column.name)
