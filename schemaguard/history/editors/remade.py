"""Constraints that an operation drops first and makes again last. Where each statement commits, it may stop between.

Django's `_alter_field` drops the foreign key of the field that it alters, and makes it again under the name that it
would have today. It does the same with those that point at a key whose type changes, and calls them `…_fk`; and with a
field's own check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from django.db.migrations.operations import AlterField, RenameField, RenameModel

from schemaguard.history import changes as ch
from schemaguard.history.shapes.tables import suffix_of
from schemaguard.schema.objects import ForeignKey

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import ConstraintTimeline, Op
    from schemaguard.history.state import ModelKey
    from schemaguard.history.timelines import Timelines

NameOf = Callable[[str, tuple[str, ...], str], str]
"""The name that Django makes of a table, columns and a suffix."""


def note_remade_checks(timelines: Timelines, changes: Collection[Change], op: Op, name_of: NameOf) -> None:
    """Gives each check of a field that is altered a step at that operation. `changes` are applied by now."""
    for change in changes:
        if isinstance(change, ch.AlterConstraint) and change.new_key[0] == "check":
            check = timelines.standing(change.table, change.new_key)
            if check is not None and check.shape is not None:
                check.remake(op, name_of(check.table.name, check.shape.columns, "_check"))


def note_remade_keys(
    timelines: Timelines, operation: Operation, model: ModelKey, changes: Collection[Change], op: Op, name_of: NameOf,
    stored: Collection[ConstraintTimeline], *, retypes: frozenset[str], indexed: Collection[tuple[str, str]],
) -> None:  # fmt: skip
    """Gives each such foreign key a step at that operation.

    `changes` are those of one model, and are applied by now. `stored` are keys that are still to be made. `retypes` is
    what the editor calls a type (`Capabilities`). `indexed`: (table, field) of those whose index alone may be altered.
    """
    if isinstance(operation, RenameModel) or (
        isinstance(operation, AlterField | RenameField) and model[1] == operation.model_name_lower
    ):
        for key in _own(timelines, changes, indexed):
            # The keys of a renamed model itself stay as they are: those that point at it are made again.
            is_altered = not isinstance(operation, RenameModel) or key.steps[-1].op == op
            if key not in stored and is_altered and isinstance(key.shape, ForeignKey):
                key.remake(op, name_of(key.table.name, key.shape.columns, suffix_of(key.key, key.shape) or ""))
    if isinstance(operation, AlterField):
        for key in _pointing(timelines, changes, retypes):
            if key not in stored and key.shape is not None:
                key.remake(op, name_of(key.table.name, key.shape.columns, "_fk"))


def _own(
    timelines: Timelines, changes: Collection[Change], indexed: Collection[tuple[str, str]]
) -> Iterator[ConstraintTimeline]:
    """Those of the fields that are altered themselves."""
    for change in changes:
        table = timelines.tables.get(getattr(change, "table", None) or "")
        touched = _touched(change)
        for key in table.constraints.values() if table is not None and touched is not None else ():
            if key.key[0] == "foreign_key" and key.shape is not None and touched in (key.key[1], *key.shape.columns):
                yield key
    for name, field in indexed:
        of_field = timelines.standing(name, ("foreign_key", field))
        if of_field is not None:
            yield of_field


def _touched(change: Change) -> object:
    """The column or the field that a change is about; None where it is about none, or about several."""
    match change:
        case ch.AlterColumn():
            return change.changes.get("name", change.name)
        case ch.AddConstraint() | ch.DropConstraint() if change.key[0] in ("unique", "index"):
            return change.key[1]
        case ch.AlterConstraint() if change.new_key[0] == "foreign_key":
            return change.new_key[1]
        case _:
            return None


def _pointing(timelines: Timelines, changes: Iterable[Change], retypes: frozenset[str]) -> Iterator[ConstraintTimeline]:
    """Those that point at a column that gets another type."""
    for change in changes:
        if isinstance(change, ch.AlterColumn) and change.changes.keys() & retypes:
            name = change.changes.get("name", change.name)
            for key, _ in timelines.foreign_keys.to_column(change.table, name):
                if key.key[0] == "foreign_key":
                    yield key
