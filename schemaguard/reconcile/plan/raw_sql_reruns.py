"""What SQL in recorded migrations should have made, no model describes, and is not there at all: it is run again.

A RunSQL that was recorded and never ran leaves nothing behind; so does one whose table was dropped by hand. Only SQL
that is understood to its last statement and touches no rows is run a second time.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemaguard.history.object_timeline import AnyLine, ConstraintLine, Op, OtherLine, TableLine
from schemaguard.history.raw_sql import raw_sql
from schemaguard.history.sql import is_about_rows
from schemaguard.location.locate import Located
from schemaguard.location.resolve import Effect


class Handwritten:
    """What SQL of its own made, as far as the located database should hold it."""

    def __init__(self, located: Located) -> None:
        self.located = located
        self.described = {shape.name: shape for shapes in located.history.shapes.values() for shape in shapes.values()}

    def absent(self) -> Mapping[Op, frozenset[AnyLine]]:
        """The operations to run again, in order, each with all that it makes."""
        found: dict[Op, frozenset[AnyLine]] = {}
        apps: set[str] = set()
        for op, effects in sorted(self.located.effects.items()):
            app = self.located.graph.plan[op[0]].app_label
            if not (effects and self._may_run_again(op) and all(map(self._is_absent, effects))):
                continue
            # A function or a type alone is no finding: it comes again with the tables that it is for.
            if app in apps or not all(isinstance(effect.line, OtherLine) for effect in effects):
                found[op] = frozenset(effect.line for effect in effects)
                apps.add(app)
        return found

    def makes(self, line: ConstraintLine) -> bool:
        """Whether this does not come with the table: SQL made it, or it outlived what the model says.

        The second is an index that was still to be made when an operation took it away (`history/deferred.py`).
        """
        step = line.steps[self.located.finder.due[line]]
        if step.shape is None or step.op is None:
            return False
        shape = self.described.get(line.table.name)
        return shape is not None and line.key not in shape.constraints

    def _may_run_again(self, op: Op) -> bool:
        m, o = op
        sql = raw_sql(self.located.graph.plan[m].operations[o])
        if not self.located.graph.recorded[m] or sql is None or self.located.history.operations[m][o].opaque:
            return False
        return not any(is_about_rows(each, dialect=self.located.backend.vendor) for each in sql)

    def _is_absent(self, effect: Effect) -> bool:
        """Whether it should be there, is not, and is nothing that Django makes from a model."""
        line = effect.line
        if not line.steps[effect.step].shape or not self.located.positions[line] < effect.step:
            return False
        if isinstance(line, OtherLine):
            return self.located.finder.due[line] >= effect.step
        table = line if isinstance(line, TableLine) else line.table
        return self.located.finder.due[line] >= effect.step and table.name not in self.described
