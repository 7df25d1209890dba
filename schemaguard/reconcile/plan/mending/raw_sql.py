"""What is left to run of SQL in a migration that is not recorded, where no model describes what it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history import changes as ch
from schemaguard.history.object_timeline import AnyTimeline, Op, OtherTimeline, TableTimeline
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import parse, statements
from schemaguard.operations import tasks as t
from schemaguard.schema.kinds import BELIEVED, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.changes import Change
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task

OF_MODELS = ("django.db.migrations.operations.models", "django.db.migrations.operations.fields")
"""Where Django's operations on models and their fields are. What third parties make of these may do more."""


class RawSql:
    """Makes the tasks by what the located database lacks."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.described = {shape.name for shapes in location.history.shapes.values() for shape in shapes.values()}

    def rest(self, op: Op) -> tuple[list[Task], frozenset[AnyTimeline]]:
        """The tasks for what is absent of an operation and has no model, and the timelines of all that they make."""
        m, o = op
        if type(self.location.graph.plan[m].operations[o]).__module__ in OF_MODELS:
            return [], frozenset()  # the models as they were then describe it, also what was dropped since
        effects = self.location.effects.get(op, [])
        absent = [effect for effect in effects if self._is_absent(effect)]
        own = frozenset(effect.timeline for effect in absent if self._is_of_no_model(effect.timeline))
        if not own:
            return [], own
        sql = raw_sql(self.location.graph.plan[m].operations[o])
        if sql is None:
            first = all(isinstance(timeline, OtherTimeline) and timeline.kind not in BELIEVED for timeline in own)
            return [t.CreateExtension(op) if first else t.RunOperation(op)], own
        if len(absent) == len(effects):
            return [t.RunSql(op)], frozenset(effect.timeline for effect in effects)
        only = tuple(self._statements(sql, own))
        return ([t.RunSql(op, only)] if only else []), own

    def _is_absent(self, effect: AnyEffect) -> bool:
        """Whether the effect makes something that is not there."""
        timeline = effect.timeline
        place = self.location.matched.places[timeline]
        makes = bool(timeline.steps[effect.step].shape)
        return (
            makes
            and place.actual is None
            and effect.step > self.location.located_steps[timeline]
            and not place.in_doubt
        )

    def _is_of_no_model(self, timeline: AnyTimeline) -> bool:
        if isinstance(timeline, OtherTimeline):
            return True
        table = timeline if isinstance(timeline, TableTimeline) else timeline.table
        return self.described.isdisjoint(table.names)

    def _statements(self, sql: list[str], own: Collection[AnyTimeline]) -> Iterator[str]:
        """Those that make one of these objects, or make something on a table among them."""
        backend = self.location.backend
        tables = {name for timeline in own if isinstance(timeline, TableTimeline) for name in timeline.names}
        others = {(timeline.kind, timeline.name) for timeline in own if isinstance(timeline, OtherTimeline)}
        for text in sql:
            for statement in statements(text, dialect=backend.dialect):
                changes = parse(statement, dialect=backend.dialect, normal_type=backend.normal_type)
                if any(_makes(change, tables, others) for change in changes):
                    yield statement


def _makes(change: Change, tables: Collection[str], others: Collection[tuple[Kind, str | None]]) -> bool:
    if isinstance(change, ch.CreateOther):
        return (change.kind, change.name) in others
    if isinstance(change, ch.CreateTable):
        return change.table.name in tables
    if isinstance(change, ch.AddConstraint) and (Kind.VIEW_INDEX, change.constraint.name) in others:
        return True
    return isinstance(change, ch.AddColumn | ch.AddConstraint) and change.table in tables
