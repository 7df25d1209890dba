"""Tasks for what should be there and is not, by the migration that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.codes import CODES, MADE_BY_CODE
from schemaguard.history.object_timeline import (
    AnyTimeline,
    ColumnTimeline,
    ConstraintTimeline,
    TableTimeline,
    reads,
    shape_of,
)
from schemaguard.location.effects import Effect
from schemaguard.operations import tasks as t
from schemaguard.operations.order import in_order
from schemaguard.operations.spelling import stands_alone
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.mending.raw_sql_reruns import RawSqlReruns
from schemaguard.reconcile.plan.mending.repair_tasks import (
    alterations,
    called,
    changed,
    comes_with_column,
    enforcing,
    finishing,
    set_sequence,
)
from schemaguard.reconcile.plan.mending.sql_objects import remade
from schemaguard.schema.codes import Problem
from schemaguard.schema.compare import table_differences
from schemaguard.schema.kinds import BELIEVED, Kind
from schemaguard.schema.names import bare, beside
from schemaguard.schema.objects import Constraint, PrimaryKey, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.model import Finding
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
        self.names = names
        self.wanted = wanted
        self.decider = decider
        self.expected_step = location.expected.steps
        self.located_steps = location.located_steps
        self.places = location.matched.places
        self.reruns = RawSqlReruns(location)

    def tasks(self) -> dict[int, list[Task]]:
        """The tasks by position of the migration, in no order."""
        owed: list[tuple[int, Task]] = []
        timelines = self.location.history.timelines
        for table in timelines.every_table:
            object_timelines: list[AnyTimeline] = [table, *table.parts]
            for timeline in object_timelines:
                op = timeline.steps[self.expected_step[timeline]].op
                if op is not None and op[0] in self.wanted:
                    owed += [(op[0], task) for task in self._mend(timeline, table)]
        for other in timelines.others.values():
            step = other.steps[self.expected_step[other]]
            if self.decider.ignores(other):
                continue
            if other.kind not in BELIEVED and step.shape and not self.places[other].actual:
                if step.op is not None and step.op[0] in self.wanted and self.location.graph.recorded[step.op[0]]:
                    owed.append((step.op[0], t.CreateExtension(step.op)))
        owed += [
            (each.op[0], t.MakeTable(each.timeline, each.name))
            for each in self.location.granted
            if each.due and each.op[0] in self.wanted
        ]
        owed += self._sequences()
        owed += remade(self.location, self.wanted, self.decider)
        again = {
            op: object_timelines
            for op, object_timelines in self.reruns.absent().items()
            if op[0] in self.wanted and not any(map(self.decider.ignores, object_timelines))
        }
        covered = frozenset[AnyTimeline]().union(*again.values())
        owed = [(m, task) for m, task in owed if getattr(task, "timeline", None) not in covered]
        owed += [(op[0], t.RunSql(op)) for op in again]
        found: dict[int, list[Task]] = {}
        for m, task in in_order(owed, self.expected_step, self._tables()):
            found.setdefault(m, []).append(task)
        return found

    def _tables(self) -> dict[str, TableTimeline]:
        """The tables that should stand, by the names that they should have."""
        every = self.location.history.timelines.every_table
        return {
            shape.name: timeline
            for timeline in every
            if (shape := timeline.steps[self.expected_step[timeline]].shape) is not None
        }

    def _sequences(self) -> Iterator[tuple[int, Task]]:
        for finding in self.findings:
            if finding.code in (SET, SET_BY_CODE):
                owner = self.location.matched.timeline_of(finding.table)
                op = owner.steps[self.expected_step[owner]].op if owner is not None else None
                if (
                    op is not None
                    and op[0] in self.held & self.wanted
                    and finding.name
                    and finding.table
                    and finding.columns
                ):
                    yield op[0], set_sequence(finding, self.location)

    def _mend(self, timeline: AnyTimeline, table: TableTimeline) -> Iterator[Task]:
        place = self.places[timeline]
        if self._is_left(timeline, table):
            self.decider.accepted.add(timeline)
            return
        if self.location.expected.is_kept(timeline):
            self.decider.accepted.add(timeline)
            return
        step = self.expected_step[timeline]
        is_left = step > 0 and Effect(timeline, step).is_half_done(place, step)
        is_as_located = not (place.nearest or place.lapsed or is_left or self._goes_with_column(timeline))
        agrees = step == self.located_steps[timeline] and is_as_located
        if self.location.expected.dropped_as_constraint(timeline) is not None:
            yield self._promoted(timeline, table)
            return
        if place.in_doubt or (agrees and (timeline.maybe_noop_ops or not isinstance(timeline, TableTimeline))):
            return
        live = self.location.matched.tables.get(table)
        if isinstance(timeline, TableTimeline):
            yield from self._table(timeline)
        elif live is None or table.steps[self.expected_step[table]].shape is None:
            shape, whole = (
                timeline.steps[self.expected_step[timeline]].shape,
                table.steps[self.expected_step[table]].shape,
            )
            if live is None and whole is not None and isinstance(timeline, ConstraintTimeline):
                if isinstance(shape, Constraint) and self._is_in_no_model(timeline):
                    yield t.MakeConstraint(timeline, whole.name, shape)
            return  # made, or dropped, with its table
        elif self.places[table].renamed and self.decider.answer(table) == c.ADD:
            return  # made with its table, beside the one that is left alone
        elif isinstance(timeline, ColumnTimeline):
            yield from self._column(timeline, live.name)
        elif isinstance(timeline, ConstraintTimeline) and not self.location.expected.follows(timeline):
            shape = timeline.steps[self.expected_step[timeline]].shape
            if shape is not None and self._goes_with_column(timeline) and stands_alone(place.actual):
                yield t.DropConstraint(timeline, live.name, place.actual)  # no server drops all of it with the column
            if shape is not None and self._comes_along(timeline, shape):
                yield from self._other_key(timeline, shape, live)
                return
            yield from self._constraint(timeline, live)

    def _promoted(self, timeline: AnyTimeline, table: TableTimeline) -> Task:
        assert isinstance(timeline, ConstraintTimeline)
        shape, name = timeline.steps[self.expected_step[timeline]].shape, self.places[timeline].actual.name
        new_name = shape.name if shape is not None and shape.named and shape.name else name
        return t.PromoteIndex(timeline, self.location.matched.tables[table].name, name, new_name)

    def _is_left(self, timeline: AnyTimeline, table: TableTimeline) -> bool:
        """Leaves out tasks for what is ignored on purpose, and those that need it."""
        ignores = self.decider.ignores
        if not self.decider.ignored or ignores(timeline):
            return bool(self.decider.ignored)
        return any(self.places[each].actual is None and ignores(each) for each in (table, *self._under(timeline)))

    def _under(self, timeline: AnyTimeline) -> Iterator[AnyTimeline]:
        """What a constraint is over: columns, and the table that it points at."""
        shape = timeline.steps[self.expected_step[timeline]].shape if isinstance(timeline, ConstraintTimeline) else None
        if isinstance(timeline, ConstraintTimeline) and shape is not None:
            for column in timeline.table.every_column:
                its = column.steps[self.expected_step[column]].shape
                if its is not None and its.name in reads(shape):
                    yield column
            target = self.location.history.timelines.tables.get(getattr(shape, "target", None) or "")
            yield from filter(None, [target])

    def _other_key(self, timeline: ConstraintTimeline, shape: Constraint, table: Table) -> Iterator[Task]:
        """The task that drops another primary key first: a new one comes with its column, and must not meet any."""
        stranger = self.location.expected.in_another_shape.get(timeline)
        earlier = self.places[timeline].actual
        if isinstance(earlier, PrimaryKey) and not self.places[timeline].nearest:
            yield t.DropConstraint(timeline, table.name, earlier)  # the history itself gives the key to another column
        elif isinstance(stranger, PrimaryKey):
            if self.decider.may_alter(timeline, shape, f"{called(stranger)} on {table.name}", stranger):
                yield t.DropConstraint(timeline, table.name, stranger)

    def _is_taken_away(self, timeline: ConstraintTimeline) -> bool:
        """Whether a migration that is completed as well takes it away: the models have it no more by then."""
        later = timeline.steps[self.expected_step[timeline] + 1 :]
        return any(step.shape is None and step.op is not None and step.op[0] in self.held for step in later)

    def _is_in_no_model(self, timeline: ConstraintTimeline) -> bool:
        """Whether it stands without a model that has it, so that neither its table nor its column brings it."""
        return not timeline.is_modelled(lambda op: op[0] in self.held)

    def _comes_along(self, timeline: ConstraintTimeline, shape: Constraint) -> bool:
        """Whether it comes with a column that is made, or is left with one that is not named again."""
        if not self._answers(timeline) <= {c.ALTER, c.REPLACE}:
            return True
        is_made = self._goes_with_column(timeline) or self.location.expected.lacks_columns(timeline, shape)
        return is_made and comes_with_column(timeline) and not self._is_in_no_model(timeline)

    def _goes_with_column(self, timeline: AnyTimeline) -> bool:
        """Whether a constraint is over a column that seems to be renamed, and is to be made anew."""
        return c.REPLACE in self._answers(timeline)

    def _answers(self, timeline: AnyTimeline) -> set[str | None]:
        """What was answered about the columns under a constraint that seem to be renamed."""
        under = self._under(timeline) if self.location.matched.renamed_columns else ()
        columns = (each for each in under if isinstance(each, ColumnTimeline))  # not the table that a key points at
        return {self.decider.answer(each) for each in columns if self.places[each].renamed}

    def _table(self, timeline: TableTimeline) -> Iterator[Task]:
        shape = timeline.steps[self.expected_step[timeline]].shape
        live = self.location.matched.tables.get(timeline)
        view = self.location.matched.view_in_place_of(timeline, self.expected_step[timeline])
        if view is not None and (live is None or not self.location.schema.is_name_of(live.name, view)):
            self.decider.view_in_the_way(view)
        elif self.places[timeline].renamed and shape is not None and live is not None:
            answer = self.decider.renamed_table(timeline, shape.name, live.name)
            if answer == c.ALTER:
                yield self._named_again(timeline, live, shape.name)
            elif answer == c.ADD:
                yield t.MakeTable(timeline, shape.name)
        elif shape is None and live is not None:
            yield t.DropTable(timeline, live.name)
        elif shape is not None and live is not None and not self.location.schema.is_name_of(live.name, shape.name):
            yield t.RenameTable(timeline, live.name, shape.name)  # recorded, and not done
        elif shape is not None and live is None and self._is_elsewhere(timeline):
            yield from self._moved(timeline, shape.name)
        elif shape is not None and live is None and timeline.steps[self.expected_step[timeline]].op is not None:
            yield t.MakeTable(timeline, shape.name)
            yield from self._sequences_of(timeline, shape.name)
        elif shape is not None and live is not None:
            if shape.comment not in (None, live.comment):
                yield t.SetComment(timeline, live.name, shape.comment)
            if table_differences(shape, live) and self.decider.may_alter(timeline, shape, f"table {live.name}"):
                yield t.AlterTable(timeline, live.name, shape, shape_of(live))

    def _named_again(self, timeline: TableTimeline, live: Table, name: str) -> Task:
        """Gives a table its name back; where only the schema is another, it is moved."""
        home = self.location.schema.home(name)
        if name == bare(live.name) and live.schema is not None and live.schema != home:
            return t.MoveTable(timeline, live.name, home, name)
        return t.RenameTable(timeline, live.name, name)

    def _is_elsewhere(self, timeline: TableTimeline) -> bool:
        """Whether a table in another schema may be it, and nobody has said that it is another one."""
        return timeline in self.location.matched.elsewhere and self.decider.answer(timeline) != c.ADD

    def _moved(self, timeline: TableTimeline, name: str) -> Iterator[Task]:
        others = self.location.matched.elsewhere[timeline]
        home = self.location.schema.home(name)
        if len(others) > 1 or not others[0].usable:
            where = " and ".join(each.words for each in others)
            self.decider.unmendable.append(
                f"table {name} is missing, and {where} may be it: {wording.move_back(others, home)}"
            )
        elif self.decider.moved_table(timeline, name, others[0].words) == c.ALTER:
            yield t.MoveTable(timeline, others[0].key, home, name)

    def _sequences_of(self, timeline: TableTimeline, table: str) -> Iterator[Task]:
        """Names the sequence as it was: it keeps the name that it got when the table, or the key, had another.

        Where another sequence has one of the two names, the server gives it a third one. That is left.
        """
        backend = self.location.backend
        taken = {name for kind, name in self.location.schema.others if kind is Kind.SEQUENCE}
        for column in timeline.every_column:
            shape = column.steps[self.expected_step[column]].shape
            if shape is None or not shape.auto:
                continue
            first = next(step for step in column.steps if step.shape is not None and step.shape.auto)
            names = [step.shape.name for step in timeline.steps if step.shape is not None and step.at <= first.at]
            assert first.shape is not None
            name = backend.usual_name(table, shape.name, "seq")
            original = backend.usual_name(names[-1], first.shape.name, "seq")
            if name is not None and original is not None and name != original and taken.isdisjoint((name, original)):
                yield t.RenameSequence(beside(table, name), original)

    def _column(self, timeline: ColumnTimeline, table: str) -> Iterator[Task]:
        place = self.places[timeline]
        shape = timeline.steps[self.expected_step[timeline]].shape
        if shape is None:
            if place.actual is not None:
                yield t.DropColumn(timeline, table, place.actual.name)
        elif place.renamed:
            answer = self.decider.renamed_column(timeline, table, shape.name, place.actual.name)
            if answer == c.ALTER:
                yield t.RenameColumn(timeline, table, place.actual.name, shape.name)
            elif answer == c.REPLACE:
                yield t.ReplaceColumn(timeline, table, shape, place.actual)
        elif place.actual is None:
            if timeline.steps[self.expected_step[timeline]].op is not None:
                yield t.MakeColumn(timeline, table, shape)
        elif self.decider.may_alter(timeline, shape, f"{table}.{place.actual.name}"):
            yield from alterations(timeline, table, shape, self.location)
            if shape.auto and not place.actual.auto:
                yield from self._sequences_of(timeline.table, table)

    def _constraint(self, timeline: ConstraintTimeline, table: Table) -> Iterator[Task]:
        place = self.places[timeline]
        step = timeline.steps[self.expected_step[timeline]]
        if step.shape is None:
            if place.actual is not None and not isinstance(place.actual, PrimaryKey):
                yield t.DropConstraint(timeline, table.name, place.actual)
        elif self._goes_with_column(timeline):
            yield self.names.making(timeline, table.name, step.shape)
        elif place.renamed and step.shape.name is not None:
            yield t.RenameConstraint(timeline, table.name, place.actual, step.shape.name)
        elif place.unfinished:
            yield from finishing(timeline, table.name, step.shape, place.actual)
        elif place.lapsed:
            yield enforcing(timeline, table.name, step.shape, place.actual)
        elif place.actual is None:
            if step.op is None or self._is_taken_away(timeline):
                return
            stranger = self.location.expected.in_another_shape.get(timeline)
            if stranger is not None:
                if not self.decider.may_alter(timeline, step.shape, f"{called(stranger)} on {table.name}", stranger):
                    return
                yield t.DropConstraint(timeline, table.name, stranger, comes_again=isinstance(stranger, PrimaryKey))
            yield self.names.making(timeline, table.name, step.shape)
        elif self.decider.may_alter(timeline, step.shape, f"{called(place.actual)} on {table.name}"):
            yield from changed(timeline, table.name, self.expected_step[timeline], place)
