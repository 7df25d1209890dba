"""From a model's shapes before an operation, to those after it: the changes between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from schemaguard.history import changes as ch
from schemaguard.schema.objects import Check, Column, Constraint, Index, IndexPart, PrimaryKey, Table

if TYPE_CHECKING:
    from schemaguard.database.base import Backend
    from schemaguard.history.changes import Change, Key
    from schemaguard.history.shapes.shape import Shape, Shapes

Renames = Mapping[str, str]
COLUMN_ATTRIBUTES = tuple(field.name for field in fields(Column))


def difference(
    before: Shapes, after: Shapes, backend: Backend, *, fields: Renames, indexes: Renames, models: Renames
) -> Iterator[Change]:
    """What leads from `before` to `after`. `fields`, `indexes`, `models` map old names to new ones."""
    for role, shape in before.items():
        if fields.get(role, role) not in after:
            yield ch.DropTable(shape.name)
    for role, shape in before.items():
        new = after.get(fields.get(role, role))
        renames = models if role else fields  # a many-to-many table has fields of its own, called after the models
        if new is not None and (new is not shape or renames or indexes):
            yield from _table(shape, new, backend, renames, indexes)
    olds = {fields.get(role, role) for role in before}
    for role, shape in after.items():
        if role not in olds:
            yield _create(shape, backend)


def _create(shape: Shape, backend: Backend) -> ch.CreateTable:
    """The change that makes a model's table."""
    columns = {column.name: column for column in shape.columns.values()}
    table = Table(name=shape.name, columns=columns, comment=shape.comment)
    constraints = _merged(shape.constraints) if backend.merges_uniques else dict(shape.constraints)
    return ch.CreateTable(table, constraints, takes_over=True)


def _merged(constraints: Mapping[Key, Constraint]) -> dict[Key, Constraint]:
    """Without what an equal constraint of the same CREATE TABLE stands for: a key, else one that was given a name.

    Example: a field with `unique=True`, and a UniqueConstraint of the model over that field alone. That of a
    `unique_together` is added to the table afterwards. Source: transformIndexConstraints of parse_utilcmd.c.
    """
    keys = {each.columns for each in constraints.values() if isinstance(each, PrimaryKey)}
    kept: dict[Index, Key] = {}
    found = dict(constraints)
    for key, each in constraints.items():
        if not isinstance(each, Index) or not each.constraint or key[0] == "unique_together":
            continue
        meaning = replace(each, name=None, named=False)
        other = kept.get(meaning)
        if meaning == _unique_over(each.columns) and each.columns in keys:
            del found[key]
        elif other is None:
            kept[meaning] = key
        elif each.named and not constraints[other].named:
            del found[other]
            kept[meaning] = key
        else:
            del found[key]
    return found


def _unique_over(columns: tuple[str, ...]) -> Index:
    parts = tuple(IndexPart(column=column) for column in columns)
    return Index(name=None, parts=parts, unique=True, constraint=True)


def _table(before: Shape, after: Shape, backend: Backend, fields: Renames, indexes: Renames) -> Iterator[Change]:
    if before.name != after.name:
        yield ch.RenameTable(before.name, after.name)
    if before.comment != after.comment:
        yield ch.CommentTable(after.name, after.comment)
    is_renamed = bool(fields or indexes)
    constraints = {_renamed(key, fields, indexes) if is_renamed else key: key for key in before.constraints}
    for key, old_key in constraints.items():
        if key not in after.constraints:
            yield ch.DropConstraint(after.name, old_key)
    yield from _columns(before, after, backend, fields)
    for key, constraint in after.constraints.items():
        if key not in constraints:
            if key[0] != "like" or _brings_like(key, before, after, fields):
                yield ch.AddConstraint(after.name, key, constraint)
            continue
        old_key = constraints[key]
        old = before.constraints[old_key]
        if constraint is old and key == old_key:
            continue
        if key[0] == "like" and _opclass(constraint) != _opclass(old):
            yield ch.DropConstraint(after.name, old_key)
        elif constraint != old or key != old_key:
            yield ch.AlterConstraint(after.name, old_key, key, constraint)


def _opclass(constraint: Constraint) -> str | None:
    return constraint.parts[0].opclass if isinstance(constraint, Index) else None


def _brings_like(key: Key, before: Shape, after: Shape, fields: Renames) -> bool:
    """Whether PostgreSQL's editor makes the LIKE index of an altered text field.

    It does so where the field becomes indexed or unique, and not where an indexed field becomes text; it drops it where
    the type changes, and does not make it again (`_alter_field` and `_alter_column_type_sql`).
    """
    name = key[1]
    old = next((each for each in before.columns if fields.get(each, each) == name), None)
    if old is None:
        return True
    indexed, unique = ("index", old) in before.constraints, ("unique", old) in before.constraints
    return (not (indexed or unique) and ("index", name) in after.constraints) or (
        not unique and ("unique", name) in after.constraints
    )


def _columns(before: Shape, after: Shape, backend: Backend, fields: Renames) -> Iterator[Change]:
    if before.columns is after.columns and not fields:
        return
    names = {fields.get(name, name): name for name in before.columns}
    for name, old_name in names.items():
        if name not in after.columns:
            yield ch.DropColumn(after.name, before.columns[old_name].name)
    for name, column in after.columns.items():
        if name not in names:
            yield ch.AddColumn(after.name, column)
            continue
        old = before.columns[names[name]]
        if column is old:
            continue
        changed = {
            attribute: getattr(column, attribute)
            for attribute in COLUMN_ATTRIBUTES
            if getattr(column, attribute) != getattr(old, attribute)
        }
        if changed:
            last = backend.restated(old, column)
            lost = {
                attribute: changed[attribute]
                for attribute in last
                if changed.get(attribute) not in (None, last[attribute])
            }
            yield ch.AlterColumn(after.name, old.name, {**changed, **last}, lost)
        key = "check", names[name]
        if changed and backend.loses_check(old, column) and _keeps_check(before, after, key, ("check", name)):
            yield ch.DropConstraint(after.name, key)


def _keeps_check(before: Shape, after: Shape, old_key: Key, key: Key) -> bool:
    """Whether a field's check stays as it is but for the column's name: then the editor does not make it again."""
    old, new = before.constraints.get(old_key), after.constraints.get(key)
    if not isinstance(old, Check) or not isinstance(new, Check) or None in (old.expression.text, new.expression.text):
        return False
    texts = ((each.expression.text or "").replace(f"`{each.columns[0]}`", "") for each in (old, new))
    return len(set(texts)) == 1


def _renamed(key: Key, fields: Renames, indexes: Renames) -> Key:
    kind, *rest = key
    if kind == "name":
        return (kind, indexes.get(rest[0], rest[0]))
    return (kind, *(_each(part, fields) for part in rest))


def _each(part: Any, fields: Renames) -> Any:
    if isinstance(part, tuple):
        return tuple(fields.get(name, name) for name in part)
    return fields.get(part, part)
