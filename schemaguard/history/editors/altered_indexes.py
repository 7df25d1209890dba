"""The index that a field asks for with `db_index`, where an AlterField says otherwise than a CreateModel or AddField.

A server may index foreign keys by itself. Django's editor then makes no index for a foreign key that is new, nor for a
text; but an AlterField looks at `db_index` alone. Source: `_alter_field` and `_field_should_be_indexed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.migrations import AlterField

from schemaguard.history import changes as ch
from schemaguard.schema.objects import Index, IndexPart, PrimaryKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

    from schemaguard.history.changes import Change
    from schemaguard.history.object_timeline import ConstraintTimeline, Op
    from schemaguard.history.shapes.shape import Shapes
    from schemaguard.history.state import ModelKey
    from schemaguard.history.timelines import Timelines


@dataclass(frozen=True, slots=True)
class AlteredField:
    """A field before an AlterField, and after it."""

    model: ModelKey
    name: str
    old: Any
    new: Any

    def indexes(self, timelines: Timelines, before: Shapes, after: Shapes) -> Iterator[AlteredIndex]:
        """That of its column, or of both columns of its many-to-many table, of the tables of the model."""
        role = self.name if self.name in before else ""
        old, new = before.get(role), after.get(role)
        if old is None or new is None:
            return
        asks = (True, True) if role else (_asks(self.old), _asks(self.new))
        keys = {*old.constraints, *new.constraints}
        for name in (each for each in old.columns if each in new.columns):
            if ("foreign_key", name) in keys if role else name == self.name:
                yield AlteredIndex(timelines, name, new.name, old.columns[name].name, new.columns[name].name, *asks)


def altered_field(app_label: str, operation: Operation, state: ProjectState) -> AlteredField | None:
    """What an AlterField is about to alter; None for any other operation."""
    if not isinstance(operation, AlterField):
        return None
    key = (app_label, operation.model_name_lower)
    old = state.models[key].fields.get(operation.name) if key in state.models else None
    return AlteredField(key, operation.name, old, operation.field) if old is not None else None


@dataclass(frozen=True, slots=True)
class AlteredIndex:
    """What becomes of the index of a field: `before` and `column` are the names of its column in `table`.

    `was` and `wanted`: whether the field asks for one, before and after.
    """

    timelines: Timelines
    name: str
    table: str
    before: str
    column: str
    was: bool
    wanted: bool

    def steps(self, changes: Iterable[Change], name_of: Callable[..., str]) -> Iterator[Change]:
        """The changes of the operation, with those of the index that its editor makes, in place of the models'."""
        standing = self._standing()
        if self.was and not self.wanted and standing is not None:
            yield ch.DropConstraint(self.table, standing.key)
        for change in changes:
            if not isinstance(change, ch.AddConstraint | ch.DropConstraint) or not self._is(change, "index"):
                yield change
        if self.wanted and not self.was and (standing is None or not _is_of_key(standing)):
            yield self._made(name_of(self.table, (self.column,), ""))

    def with_key(self, changes: Iterable[Change]) -> Iterator[Change]:
        """The same, where the field is indexed before and after, and its foreign key goes or comes.

        The server's index for a key has the key's name. It stays when the key goes, and becomes that of the next one.
        There is none where another index begins with the column.
        """
        key, standing = ("foreign_key", self.name), self._standing()
        gone = next((each.shape.name for k, each in self._constraints().items() if k == key and each.shape), None)
        for change in changes:
            yield change
            if not self.was or not self.wanted:
                continue
            if isinstance(change, ch.DropConstraint) and self._is(change, "foreign_key"):
                if gone is not None and not self._is_led():
                    yield self._made(gone)
            elif isinstance(change, ch.AddConstraint) and self._is(change, "foreign_key"):
                if standing is not None and _is_of_key(standing):
                    yield ch.DropConstraint(self.table, standing.key)

    def note(self, op: Op) -> None:
        """After the changes were applied: a key that went, and took the server's index along."""
        table = self.timelines.tables.get(self.table)
        key = table.gone_constraints.get(("foreign_key", self.name)) if table is not None else None
        if key is not None and key.steps[-1].op == op and self.was and not self.wanted:
            key.takes_index |= {op}

    def _is_led(self) -> bool:
        """Whether an index begins with the column."""
        shapes = (timeline.shape for timeline in self._constraints().values())
        return any(isinstance(each, Index | PrimaryKey) and each.columns[:1] == (self.before,) for each in shapes)

    def _is(self, change: ch.AddConstraint | ch.DropConstraint, kind: str) -> bool:
        return change.table == self.table and change.key == (kind, self.name)

    def _made(self, name: str) -> Change:
        index = Index(name=name, parts=(IndexPart(column=self.column),))
        return ch.AddConstraint(self.table, ("index", self.name), index)

    def _standing(self) -> ConstraintTimeline | None:
        """The index as the history has it by now, whatever the field was called when it was made."""
        for key, timeline in self._constraints().items():
            if key[0] == "index" and timeline.shape is not None and timeline.shape.columns == (self.before,):
                return timeline
        return None

    def _constraints(self) -> Mapping[ch.Key, ConstraintTimeline]:
        table = self.timelines.tables.get(self.table)
        return table.constraints if table is not None else {}


def _is_of_key(timeline: ConstraintTimeline) -> bool:
    """Whether the server made the index for a foreign key. It gives way to one that is asked for."""
    return timeline.shape is not None and timeline.shape.name in timeline.table.names_of_keys


def _asks(field: Any) -> bool:
    return bool(field.db_index and not field.unique)
