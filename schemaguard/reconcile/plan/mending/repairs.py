"""Tasks for what should be there and is not, by the migration that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES, MADE_BY_CODE
from schemaguard.history.by_kind import match_kind
from schemaguard.history.object_timeline import AnyTimeline
from schemaguard.operations import tasks as t
from schemaguard.operations.needs import in_order
from schemaguard.operations.subjects import timeline_of
from schemaguard.reconcile.plan.mending.constraint_repairs import ConstraintRepairs
from schemaguard.reconcile.plan.mending.left_alone import LeftAlone
from schemaguard.reconcile.plan.mending.raw_sql_reruns import RawSqlReruns
from schemaguard.reconcile.plan.mending.repair_tasks import set_sequence
from schemaguard.reconcile.plan.mending.sql_objects import remade
from schemaguard.reconcile.plan.mending.table_repairs import TableRepairs
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import BELIEVED, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Finding
    from schemaguard.history.object_timeline import OtherTimeline, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.operations.tasks import Task
    from schemaguard.reconcile.plan.choosing.conflict_policy import Decider
    from schemaguard.reconcile.plan.mending.own_names import OwnNames

SET, SET_BY_CODE = CODES[Kind.SEQUENCE, Problem.DIFFERENT].code, MADE_BY_CODE[Kind.SEQUENCE].code
"""The findings of sequences that are set after the rows, in the step of the migration that made the table."""


class Repairs:
    """Goes over every timeline once. What a person has to choose goes through the decider."""

    def __init__(
        self, location: Location, findings: tuple[Finding, ...], held: frozenset[int], decider: Decider,
        wanted: frozenset[int], names: OwnNames,
    ) -> None:  # fmt: skip
        """`wanted`: the migrations to mend. Nothing is asked about what others should have made."""
        self.location = location
        self.findings = findings
        self.held = held
        self.wanted = wanted
        self.decider = decider
        left_alone = LeftAlone(location, decider)
        self._of_tables = TableRepairs(location, decider, left_alone)
        self._of_constraints = ConstraintRepairs(location, decider, left_alone, held, names)
        self.reruns = RawSqlReruns(location)

    def tasks(self) -> dict[int, list[Task]]:
        """The tasks by position of the migration, in no order."""
        owed: list[tuple[int, Task]] = []
        for timeline in self.location.history.timelines.object_timelines():
            op = self.location.expected_op(timeline)
            if op is not None and op[0] in self.wanted:
                owed += [(op[0], task) for task in self._mend(timeline)]
        owed += [
            (each.op[0], t.MakeTable(each.timeline, each.name))
            for each in self.location.granted
            if each.is_owed and each.op[0] in self.wanted
        ]
        owed += self._sequences()
        owed += remade(self.location, self.wanted, self.decider)
        again = {
            op: absent
            for op, absent in self.reruns.absent().items()
            if op[0] in self.wanted and not any(map(self.decider.ignores, absent))
        }
        covered = frozenset[AnyTimeline]().union(*again.values())
        owed = [(m, task) for m, task in owed if timeline_of(task) not in covered]
        owed += [(op[0], t.RunSql(op)) for op in again]
        found: dict[int, list[Task]] = {}
        for m, task in in_order(owed, self.location, self._tables()):
            found.setdefault(m, []).append(task)
        return found

    def _tables(self) -> dict[str, TableTimeline]:
        """The tables that should stand, by the names that they should have."""
        every = self.location.history.timelines.every_table
        shapes = ((timeline, self.location.expected_shape(timeline)) for timeline in every)
        return {shape.name: timeline for timeline, shape in shapes if shape is not None}

    def _sequences(self) -> Iterator[tuple[int, Task]]:
        for finding in self.findings:
            if finding.code in (SET, SET_BY_CODE):
                owner = self.location.timeline_of(finding.table)
                op = self.location.expected_op(owner) if owner is not None else None
                if (
                    op is not None
                    and op[0] in self.held & self.wanted
                    and finding.name
                    and finding.table
                    and finding.columns
                ):
                    yield op[0], set_sequence(finding, self.location)

    def _mend(self, timeline: AnyTimeline) -> Iterator[Task]:
        return match_kind(
            timeline,
            table=self._of_tables.of_table,
            column=self._of_tables.of_column,
            constraint=self._of_constraints.of_constraint,
            other=self._of_other,
        )

    def _of_other(self, timeline: OtherTimeline) -> Iterator[Task]:
        """An extension or the like, that a recorded operation should have made; what SQL defines is compared apart."""
        op = self.location.expected_op(timeline)
        if op is None or not self.location.graph.recorded[op[0]] or self.decider.ignores(timeline):
            return
        is_missing = self.location.expected_shape(timeline) and not self.location.live(timeline)
        if timeline.kind not in BELIEVED and is_missing:
            yield t.CreateExtension(op)
