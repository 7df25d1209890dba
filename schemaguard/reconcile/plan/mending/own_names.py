"""The names under which the constraints of fields are made again: those that they had."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from schemaguard.diagnosis.name_holders import NameHolders
from schemaguard.operations import tasks as t
from schemaguard.schema.objects import Check, Constraint

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import ConstraintTimeline
    from schemaguard.location.location import Location


class OwnNames:
    """For one plan, which may make hundreds: what has a name in the database is gone through once."""

    def __init__(self, location: Location) -> None:
        self.location = location

    @cached_property
    def in_use(self) -> NameHolders:
        """What has the names of all that stands in the database."""
        schema = self.location.schema
        tables = schema.tables.values()
        constraints = ((table, each) for table in tables for each in table.constraints)
        return NameHolders(self.location.backend, schema, tables, constraints)

    def making(self, timeline: ConstraintTimeline, table: str, shape: Constraint) -> t.MakeConstraint:
        """Makes a constraint again under the name that it had.

        What came with its column was named by the server, and what AlterField made by Django. Each of these names may
        be needed: Django's, when a later AlterField makes the same over another column that is called so by then.
        """
        suffix = timeline.servers_suffix
        name = self._of(timeline, shape, suffix) if suffix is not None else None
        named = replace(shape, name=name)
        if name is None or self.in_use.of(named, self.location.schema.find(table)) is not None:
            return t.MakeConstraint(timeline, table, shape)
        return t.MakeConstraint(timeline, table, named)

    def _of(self, timeline: ConstraintTimeline, shape: Constraint, suffix: str) -> str | None:
        """That of a field's unique constraint or check of that shape, by the names of its table and column then."""
        last = max((number for number, step in enumerate(timeline.steps) if step.shape == shape), default=0)
        made = [
            (new.at, new.shape.columns)
            for old, new in pairwise(timeline.steps[: last + 1])
            if new.shape is not None and (old.shape is None or new.op in timeline.remade)
        ]
        if not made:
            return None
        op, columns = made[-1]
        table, backend = timeline.table.name_at(op), self.location.backend
        for column in timeline.table.every_column:
            for before, step in pairwise(column.steps):
                came = step.shape if before.shape is None else None
                if came is not None and (step.at, (came.name,)) == (op, columns):
                    return backend.usual_name(table, came.name, suffix)
        return backend.editor_name(table, columns, "_check") if isinstance(shape, Check) else None
