"""Tasks for what should stand and does not, by the migration that it is owed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.codes import CODES, MADE_BY_CODE
from schemaguard.diagnosis.model import Finding, Problem
from schemaguard.history.object_timeline import AnyLine, ColumnLine, ConstraintLine, TableLine, reads, shape_of
from schemaguard.location.locate import Located
from schemaguard.location.resolve import ops
from schemaguard.operations import tasks as t
from schemaguard.operations.order import in_order
from schemaguard.operations.tasks import Task
from schemaguard.reconcile.plan import choices as c
from schemaguard.reconcile.plan.conflict_policy import Decider
from schemaguard.reconcile.plan.raw_sql_reruns import Handwritten
from schemaguard.reconcile.plan.sql_objects import remade
from schemaguard.schema.compare import table_differences
from schemaguard.schema.names import bare, beside
from schemaguard.schema.objects import Column, Constraint, Index, Kind, PrimaryKey, Table

SET, SET_BY_CODE = CODES[Kind.SEQUENCE, Problem.DIFFERENT].code, MADE_BY_CODE[Kind.SEQUENCE].code
"""The findings of sequences that are set after the rows, in the step of the migration that made the table."""


class Mender:
    """Goes over every line once. What a person has to choose goes through the decider."""

    def __init__(
        self,
        located: Located,
        findings: tuple[Finding, ...],
        held: frozenset[int],
        decider: Decider,
        wanted: frozenset[int],
    ) -> None:
        """`wanted`: the migrations that something is to be done about; of what others owe nothing is asked."""
        self.located = located
        self.findings = findings
        self.held = held
        self.wanted = wanted
        self.decider = decider
        self.due = located.finder.due
        self.positions = located.positions
        self.places = located.matched.places
        self.handwritten = Handwritten(located)

    def tasks(self) -> dict[int, list[Task]]:
        """By position of the migration, in no order."""
        owed: list[tuple[int, Task]] = []
        timeline = self.located.history.timeline
        for table in timeline.every_table:
            lines: list[AnyLine] = [table, *table.parts]
            for line in lines:
                op = ops(line)[self.due[line]]
                if op is not None and op[0] in self.wanted:
                    owed += [(op[0], task) for task in self._mend(line, table)]
        for other in timeline.others.values():
            step = other.steps[self.due[other]]
            if self.decider.ignores(other):
                continue
            if other.kind in ("extension", "collation") and step.shape and not self.places[other].actual:
                if step.op is not None and step.op[0] in self.wanted and self.located.graph.recorded[step.op[0]]:
                    owed.append((step.op[0], t.CreateExtension(step.op)))
        owed += [
            (each.op[0], t.MakeTable(each.line, each.name))
            for each in self.located.granted
            if each.due and each.op[0] in self.wanted
        ]
        owed += self._sequences()
        owed += remade(self.located, self.wanted, self.decider)
        again = {
            op: lines
            for op, lines in self.handwritten.absent().items()
            if op[0] in self.wanted and not any(map(self.decider.ignores, lines))
        }
        covered = frozenset[AnyLine]().union(*again.values())
        owed = [(m, task) for m, task in owed if getattr(task, "line", None) not in covered]
        owed += [(op[0], t.RunSql(op)) for op in again]
        found: dict[int, list[Task]] = {}
        for m, task in in_order(owed, self.due, self._tables()):
            found.setdefault(m, []).append(task)
        return found

    def _tables(self) -> dict[str, TableLine]:
        """The tables that should stand, by the names that they should have."""
        every = self.located.history.timeline.every_table
        return {shape.name: line for line in every if (shape := line.steps[self.due[line]].shape) is not None}

    def _sequences(self) -> Iterator[tuple[int, Task]]:
        for finding in self.findings:
            if finding.code in (SET, SET_BY_CODE):
                owner = self.located.matched.line_of(finding.table)
                op = owner.steps[self.due[owner]].op if owner is not None else None
                if (
                    op is not None
                    and op[0] in self.held & self.wanted
                    and finding.name
                    and finding.table
                    and finding.columns
                ):
                    yield op[0], set_sequence(finding, self.located)

    def _mend(self, line: AnyLine, table: TableLine) -> Iterator[Task]:
        place = self.places[line]
        if self._is_left(line, table):
            self.decider.accepted.add(line)
            return
        if self.located.finder.is_kept(line):
            self.decider.accepted.add(line)
            return
        agrees = self.due[line] == self.positions[line] and not (place.nearest or place.unnumbered)
        if self.located.finder.dropped_as_constraint(line) is not None:
            yield self._promoted(line, table)
            return
        if place.in_doubt or (agrees and (line.loose or not isinstance(line, TableLine))):
            return
        live = self.located.matched.tables.get(table)
        if isinstance(line, TableLine):
            yield from self._table(line)
        elif live is None or table.steps[self.due[table]].shape is None:
            shape, whole = line.steps[self.due[line]].shape, table.steps[self.due[table]].shape
            if live is None and whole is not None and isinstance(line, ConstraintLine) and self.handwritten.makes(line):
                yield t.MakeConstraint(line, whole.name, shape)  # type: ignore[arg-type]
            return  # made, or dropped, with its table
        elif self.places[table].renamed and self.decider.answer(table) == c.ADD:
            return  # made with its table, beside the one that is left alone
        elif isinstance(line, ColumnLine):
            yield from self._column(line, live.name)
        elif isinstance(line, ConstraintLine):
            shape = line.steps[self.due[line]].shape
            if shape is not None and not reads(shape) <= live.columns.keys():
                comes_along = any(self._is_renamed_back(column) for column in table.every_column)
                if comes_along or comes_with_column(line):
                    yield from self._other_key(line, shape, live)
                    return
            yield from self._constraint(line, live)

    def _promoted(self, line: AnyLine, table: TableLine) -> Task:
        assert isinstance(line, ConstraintLine)
        shape, name = line.steps[self.due[line]].shape, self.places[line].actual.name
        new_name = shape.name if shape is not None and shape.named and shape.name else name
        return t.PromoteIndex(line, self.located.matched.tables[table].name, name, new_name)

    def _is_left(self, line: AnyLine, table: TableLine) -> bool:
        """What is ignored on purpose stays as it is, and what cannot be had without it is left out."""
        ignores = self.decider.ignores
        if not self.decider.ignored or ignores(line):
            return bool(self.decider.ignored)
        return any(self.places[each].actual is None and ignores(each) for each in (table, *self._under(line)))

    def _under(self, line: AnyLine) -> Iterator[AnyLine]:
        """What a constraint is over: columns, and the table that it points at."""
        shape = line.steps[self.due[line]].shape if isinstance(line, ConstraintLine) else None
        if isinstance(line, ConstraintLine) and shape is not None:
            for column in line.table.every_column:
                its = column.steps[self.due[column]].shape
                if its is not None and its.name in reads(shape):
                    yield column
            target = self.located.history.timeline.tables.get(getattr(shape, "target", None) or "")
            yield from filter(None, [target])

    def _other_key(self, line: ConstraintLine, shape: Constraint, table: Table) -> Iterator[Task]:
        """The key comes with its column, and has to find none."""
        stranger = self.located.finder.in_another_shape.get(line)
        earlier = self.places[line].actual
        if isinstance(earlier, PrimaryKey) and not self.places[line].nearest:
            yield t.DropConstraint(line, table.name, earlier)  # the history itself gives the key to another column
        elif isinstance(stranger, PrimaryKey):
            if self.decider.may_alter(line, shape, f"{_called(stranger)} on {table.name}", stranger):
                yield t.DropConstraint(line, table.name, stranger)

    def _is_renamed_back(self, column: ColumnLine) -> bool:
        return self.places[column].renamed and self.decider.answer(column) != c.REPLACE

    def _table(self, line: TableLine) -> Iterator[Task]:
        shape = line.steps[self.due[line]].shape
        live = self.located.matched.tables.get(line)
        view = self.located.matched.view_in_place_of(line, self.due[line])
        if view is not None and (live is None or not self.located.schema.is_name_of(live.name, view)):
            self.decider.view_in_the_way(view)
        elif self.places[line].renamed and shape is not None and live is not None:
            answer = self.decider.renamed_table(line, shape.name, live.name)
            if answer == c.ALTER:
                yield self._named_again(line, live, shape.name)
            elif answer == c.ADD:
                yield t.MakeTable(line, shape.name)
        elif shape is None and live is not None:
            yield t.DropTable(line, live.name)
        elif shape is not None and live is not None and not self.located.schema.is_name_of(live.name, shape.name):
            yield t.RenameTable(line, live.name, shape.name)  # recorded, and not done
        elif shape is not None and live is None and self._is_elsewhere(line):
            yield from self._moved(line, shape.name)
        elif shape is not None and live is None and line.steps[self.due[line]].op is not None:
            yield t.MakeTable(line, shape.name)
            yield from self._sequences_of(line, shape.name)
        elif shape is not None and live is not None:
            if shape.comment not in (None, live.comment):
                yield t.SetComment(line, live.name, shape.comment)
            if table_differences(shape, live) and self.decider.may_alter(line, shape, f"table {live.name}"):
                yield t.AlterTable(line, live.name, shape, shape_of(live))

    def _named_again(self, line: TableLine, live: Table, name: str) -> Task:
        """Of a table that models do not look for where it stands, the schema alone may be another."""
        home = self.located.schema.home(name)
        if name == bare(live.name) and live.schema is not None and live.schema != home:
            return t.MoveTable(line, live.name, home, name)
        return t.RenameTable(line, live.name, name)

    def _is_elsewhere(self, line: TableLine) -> bool:
        """Whether it may stand in another schema, and nobody has said that it is not that."""
        return line in self.located.matched.elsewhere and self.decider.answer(line) != c.ADD

    def _moved(self, line: TableLine, name: str) -> Iterator[Task]:
        others = self.located.matched.elsewhere[line]
        home = self.located.schema.home(name)
        if len(others) > 1 or not others[0].usable:
            where = " and ".join(each.words for each in others)
            self.decider.unmendable.append(
                f"table {name} is missing, and {where} may be it: {wording.move_back(name, others, home)}"
            )
        elif self.decider.moved_table(line, name, others[0].words) == c.ALTER:
            yield t.MoveTable(line, others[0].key, home, name)

    def _sequences_of(self, line: TableLine, table: str) -> Iterator[Task]:
        """Names lie: a sequence keeps the name that it got when the table, or the key, had another."""
        backend = self.located.backend

        taken = {bare(each.name) for each in self.located.schema.sequences}
        for column in line.every_column:
            shape = column.steps[self.due[column]].shape
            if shape is None or not shape.auto:
                continue
            first = next(step for step in column.steps if step.shape is not None and step.shape.auto)
            names = [step.shape.name for step in line.steps if step.shape is not None and step.at <= first.at]
            assert first.shape is not None
            name = backend.usual_name(table, shape.name, "seq")
            original = backend.usual_name(names[-1], first.shape.name, "seq")
            if name is not None and original is not None and name != original and original not in taken:
                yield t.RenameSequence(beside(table, name), original)

    def _column(self, line: ColumnLine, table: str) -> Iterator[Task]:
        place = self.places[line]
        shape = line.steps[self.due[line]].shape
        if shape is None:
            if place.actual is not None:
                yield t.DropColumn(line, table, place.actual.name)
        elif place.renamed:
            answer = self.decider.renamed_column(line, table, shape.name, place.actual.name)
            if answer == c.ALTER:
                yield t.RenameColumn(line, table, place.actual.name, shape.name)
            elif answer == c.REPLACE:
                yield t.ReplaceColumn(line, table, shape, place.actual.name)
        elif place.actual is None:
            if line.steps[self.due[line]].op is not None:
                yield t.MakeColumn(line, table, shape)
        elif self.decider.may_alter(line, shape, f"{table}.{place.actual.name}"):
            yield from alterations(line, table, shape, self.located)
            if shape.auto and not place.actual.auto:
                yield from self._sequences_of(line.table, table)

    def _constraint(self, line: ConstraintLine, table: Table) -> Iterator[Task]:
        place = self.places[line]
        step = line.steps[self.due[line]]
        if step.shape is None:
            if place.actual is not None and not isinstance(place.actual, PrimaryKey):
                yield t.DropConstraint(line, table.name, place.actual)
        elif place.renamed and step.shape.name is not None:
            yield t.RenameConstraint(line, table.name, place.actual, step.shape.name)
        elif place.unfinished:
            yield from finishing(line, table.name, step.shape, place.actual)
        elif place.actual is None:
            if step.op is None:
                return
            stranger = self.located.finder.in_another_shape.get(line)
            if stranger is not None:
                if not self.decider.may_alter(line, step.shape, f"{_called(stranger)} on {table.name}", stranger):
                    return
                yield t.DropConstraint(line, table.name, stranger)
            yield t.MakeConstraint(line, table.name, step.shape)
        elif self.decider.may_alter(line, step.shape, f"{_called(place.actual)} on {table.name}"):
            yield t.DropConstraint(line, table.name, place.actual)
            yield t.MakeConstraint(line, table.name, step.shape)


def set_sequence(finding: Finding, located: Located) -> t.SetSequence:
    assert finding.name
    assert finding.table
    assert finding.columns
    steps = [each.step for each in located.schema.sequences if each.name == finding.name]
    return t.SetSequence(finding.name, finding.table, finding.columns[0], steps[0] if steps else 1)


def finishing(line: ConstraintLine, table: str, shape: Constraint, actual: Constraint) -> Iterator[Task]:
    """What was begun: an index that could not be built is built anew, a constraint for new rows alone is validated."""
    if isinstance(shape, Index):
        yield t.DropConstraint(line, table, actual)
        yield t.MakeConstraint(line, table, shape)
    else:
        yield t.ValidateConstraint(line, table, actual.name or "")


def _called(actual: Constraint) -> str:
    return actual.name or wording.constraint(actual)


def comes_with_column(line: ConstraintLine) -> bool:
    """Whether making the missing column makes this too: a field brings its own index, unique, check and key."""
    return line.key[0] in ("unique", "index", "like", "check", "foreign_key", "pk")


def alterations(line: ColumnLine, table: str, shape: Column, located: Located) -> Iterator[Task]:
    """From what the column is now to a shape of its line; what code may have made of it stays as it is.

    No server alters what a generated column computes: where no table is made anew for it, the column is.
    """
    actual = located.matched.places[line].actual
    if actual.name != shape.name and located.backend.alters_columns:
        yield t.RenameColumn(line, table, actual.name, shape.name)  # recorded, and not done
        actual = replace(actual, name=shape.name)
        if _is_as_expected(shape, actual):
            return
    by_code = replace(actual, nullable=shape.nullable)
    if by_code != actual and located.history.in_doubt(line, by_code):
        yield t.AlterColumn(line, table, by_code, actual, by_code=True)
    elif shape.generated is not None and located.backend.alters_columns:
        yield t.UnmakeColumn(line, table, shape, actual)
        yield t.MakeColumn(line, table, shape)
    else:
        yield t.AlterColumn(line, table, shape, actual, sequence=idle_sequence(table, actual.name, located))


def _is_as_expected(shape: Column, actual: Column) -> bool:
    """Whether a column has all that its migrations say of it; what they do not say does not count."""
    unsaid = {name: getattr(actual, name) for name in ("default", "comment") if getattr(shape, name) is None}
    if actual.type in shape.also:
        unsaid["type"] = actual.type
    return replace(shape, also=actual.also, **unsaid) == actual


def idle_sequence(table: str, column: str, located: Located) -> str | None:
    """The sequence that a column owns and takes no number from, since its default was lost."""
    mine = [each for each in located.schema.sequences if (each.table, each.column) == (table, column)]
    return next((each.name for each in mine if not each.feeds), None)
