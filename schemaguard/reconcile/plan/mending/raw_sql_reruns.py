"""SQL of recorded migrations of which nothing is there, and whose objects no model describes: it is run again.

A RunSQL that was recorded and never ran leaves nothing behind. So does one whose table was dropped by hand. Only SQL
that is understood to its last statement, and touches no rows, is run a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import is_about_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemaguard.history.object_timeline import AnyTimeline, Op
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location


class RawSqlReruns:
    """What SQL of the migrations made, as far as the located database should have it."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.described = location.history.tables_of_models

    def absent(self) -> Mapping[Op, frozenset[AnyTimeline]]:
        """The operations to run again, in order, each with all that it makes."""
        found: dict[Op, frozenset[AnyTimeline]] = {}
        apps: set[str] = set()
        for op, effects in sorted(self.location.effects.items()):
            app = self.location.graph.plan[op[0]].app_label
            if not (effects and self._may_run_again(op) and all(map(self._is_absent, effects))):
                continue
            # A function or a type alone is no finding: it comes again with the tables that it is for.
            if app in apps or any(effect.timeline.owner is not None for effect in effects):
                found[op] = frozenset(effect.timeline for effect in effects)
                apps.add(app)
        return found

    def _may_run_again(self, op: Op) -> bool:
        m, o = op
        sql = raw_sql(self.location.graph.plan[m].operations[o])
        if not self.location.graph.recorded[m] or sql is None or self.location.history.runs_code(op):
            return False
        return not any(is_about_rows(each, dialect=self.location.backend.dialect) for each in sql)

    def _is_absent(self, effect: AnyEffect) -> bool:
        """Whether it should be there, is not, and is nothing that Django makes from a model."""
        if not effect.after or not self.location.is_ahead(effect):
            return False
        table = effect.timeline.owner
        is_of_no_model = table is None or table.name not in self.described
        return is_of_no_model and self.location.expected_step(effect.timeline) >= effect.step
