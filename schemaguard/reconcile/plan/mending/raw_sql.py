"""What is left to run of SQL in a migration that is not recorded, where no model describes what it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.by_kind import by_kind
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import statements
from schemaguard.location.makers import maker_of
from schemaguard.operations import tasks as t
from schemaguard.schema.kinds import BELIEVED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.history.object_timeline import AnyTimeline, Op
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task

OF_MODELS = ("django.db.migrations.operations.models", "django.db.migrations.operations.fields")
"""Where Django's operations on models and their fields are. What third parties make of these may do more."""


class RawSql:
    """Makes the tasks by what the located database lacks."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.described = location.history.tables_of_models

    def rest(self, op: Op) -> tuple[list[Task], frozenset[AnyTimeline]]:
        """The tasks for what is absent of an operation and has no model, and the timelines of all that they make."""
        m, o = op
        if type(self.location.graph.plan[m].operations[o]).__module__ in OF_MODELS:
            return [], frozenset()  # the models as they were then describe it, also what was dropped since
        effects = self.location.effects_at(op)
        absent = [effect for effect in effects if self._is_absent(effect)]
        own = frozenset(effect.timeline for effect in absent if self._is_of_no_model(effect.timeline))
        if not own:
            return [], own
        sql = raw_sql(self.location.graph.plan[m].operations[o])
        if sql is None:
            extensions = [timeline for timeline in by_kind(own).others if timeline.kind not in BELIEVED]
            return [t.CreateExtension(op) if len(extensions) == len(own) else t.RunOperation(op)], own
        if len(absent) == len(effects):
            return [t.RunSql(op)], frozenset(effect.timeline for effect in effects)
        only = tuple(self._statements(sql, own))
        return ([t.RunSql(op, only)] if only else []), own

    def _is_absent(self, effect: AnyEffect) -> bool:
        """Whether the effect makes something that is not there."""
        place = self.location.placement(effect.timeline)
        is_missing = place.actual is None and not place.in_doubt
        return is_missing and bool(effect.after) and self.location.is_ahead(effect)

    def _is_of_no_model(self, timeline: AnyTimeline) -> bool:
        return timeline.owner is None or self.described.isdisjoint(timeline.owner.names)

    def _statements(self, sql: list[str], own: Collection[AnyTimeline]) -> Iterator[str]:
        """Those that make one of these objects, or make something on a table among them."""
        is_maker = maker_of(self.location.backend, own, on_tables=True)
        for text in sql:
            yield from filter(is_maker, statements(text, dialect=self.location.backend.dialect))
