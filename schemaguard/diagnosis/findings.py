"""What is not as it should be, one finding for each cause."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from schemaguard.diagnosis import thing_findings, wording
from schemaguard.diagnosis.bare_indexes import dropped_as_constraint
from schemaguard.diagnosis.codes import BREAKS_INSERTS, CODES
from schemaguard.diagnosis.extras import FAILS, Extras, breaks_inserts
from schemaguard.diagnosis.kept import Kept
from schemaguard.diagnosis.matching import Matched, Place
from schemaguard.diagnosis.model import Finding, Level, Problem, State
from schemaguard.diagnosis.sources import Code, file_of, line_of
from schemaguard.diagnosis.states import States
from schemaguard.diagnosis.strange_defaults import strange_default
from schemaguard.history.graph import Graph
from schemaguard.history.lines import AnyLine, ColumnLine, ConstraintLine, Op, TableLine, reads
from schemaguard.history.timeline import Timeline
from schemaguard.schema.compare import Difference, Match
from schemaguard.schema.objects import Constraint, Elsewhere, Kind, PrimaryKey, Schema, Table

SERVERS_LABELS = {"check": "check", "unique": "key"}
"""How PostgreSQL ends its names for what a column brings along."""
OTHERS = {"extension": Kind.EXTENSION, "collation": Kind.COLLATION}


class Finder:
    """Walks over all lines once and says what differs between what should stand and what does."""

    def __init__(
        self,
        graph: Graph,
        timeline: Timeline,
        schema: Schema,
        matched: Matched,
        positions: Mapping[AnyLine, int],
        states: States,
        known_tables: Mapping[str, Collection[str]],
        code_of: Callable[[str | None], Code],
        usual_name: Callable[[str, str, str], str | None],
        drops_constraints: bool = False,
    ) -> None:
        """`known_tables`: table → its columns, of the project's models as they are now; the last two: the backend's."""
        self.graph = graph
        self.timeline = timeline
        self.schema = schema
        self.matched = matched
        self.positions = positions
        self.states = states
        self.known = known_tables
        self.models = Kept(known_tables, schema)
        self.code_of = code_of
        self.usual_name = usual_name
        self.drops_constraints = drops_constraints
        self.told: dict[AnyLine, list[Finding]] = {}
        """What was found about each line."""
        self.due: dict[AnyLine, int] = {line: self._due(line) for line in timeline.lines()}
        self.in_another_shape: dict[ConstraintLine, Constraint] = {}
        """Things that are missing, and what stands in their place."""
        self.extra_constraints: list[tuple[TableLine, Table, Constraint]] = []
        """What is left of the matching's: what stands in no other thing's place."""
        self._share_out()

    def _share_out(self) -> None:
        free: dict[TableLine, list[Constraint]] = {}
        for line, _, actual in self.matched.extra_constraints:
            free.setdefault(line, []).append(actual)
        for line, strangers in free.items():
            table = self.matched.tables[line]
            if line.steps[self.due[line]].shape is not None:
                for constraint in line.every_constraint:
                    step = self._begun(constraint)
                    missing = self._is_missing(constraint, table, step)
                    other = self._stands_for(constraint, table, strangers, step) if missing else None
                    if other is not None:
                        self.in_another_shape[constraint] = other
                        self.due[constraint] = step
                        strangers.remove(other)
            self.extra_constraints += [(line, table, actual) for actual in strangers]

    def _due(self, line: AnyLine) -> int:
        """The step at which a line should stand: the last that is recorded, or that is there without a record."""
        return max(self.positions[line], line.last_step(lambda op: self.graph.recorded[op[0]]))

    def _begun(self, line: ConstraintLine) -> int:
        """The step at which it should stand, or that which a migration makes of which other things are there."""
        due = self.due[line]
        if line.steps[due].shape is None and due + 1 < len(line.steps):
            op = line.steps[due + 1].op
            if op is not None and self.states.migrations[op[0]] is State.PARTIAL:
                return due + 1
        return due

    def dropped_as_constraint(self, line: AnyLine) -> Op | None:
        """The pending operation that will drop as a constraint what is a unique index alone, and does the same."""
        if not self.drops_constraints:
            return None
        return dropped_as_constraint(line, self.due[line], self.matched.places[line], self.graph.recorded)

    def tells_only(self, line: AnyLine, of: frozenset[Finding]) -> bool:
        """Whether something was found about a line, and all of it is among these."""
        told = self.told.get(line, ())
        return bool(told) and of.issuperset(told)

    def find(self) -> Iterator[Finding]:
        """All findings about things in the database (those about migrations: `migrations.findings`)."""
        for table in self.timeline.every_table:
            if table in self.matched.tables or not self.may_be_so(table):
                yield from self._table(table)
        for other in self.timeline.others.values():
            if other.kind in OTHERS and other.steps[self.due[other]].shape and not self.matched.places[other].actual:
                yield self._about(other, OTHERS[other.kind], Problem.MISSING, name=other.name, what=other.name)
        for thing in self.matched.things:
            if not thing.follows:
                told = thing_findings.finding(thing, self.graph)
                self.told.setdefault(thing.line, []).append(told)
                yield told
        extras = Extras(
            self.graph, self.matched, self.extra_constraints, self.due, self.known, self.code_of,
            makes_anew=self.schema.vendor == "sqlite",
        )  # fmt: skip
        yield from extras.find()

    # ------------------------------------------------------------------------------------------------------- tables
    def _table(self, line: TableLine) -> Iterator[Finding]:
        shape = line.steps[self.due[line]].shape
        table = self.matched.tables.get(line)
        view = self._view_in_place_of(line) if table is None else None
        if view is not None:
            yield self._about(
                line, Kind.TABLE, Problem.DIFFERENT, table=view, name=view, what=view, expected="a table",
                actual="a view",
            )  # fmt: skip
            return
        if shape is None:
            if table is not None and not self.may_be_so(line):
                yield self._left(line, Kind.TABLE, table.name, table.name, None)
            return
        if table is None:
            others = self.matched.elsewhere.get(line)
            if others:
                yield self._elsewhere(line, shape.name, others)
            elif line.steps[self.due[line]].op is not None:
                yield self._about(
                    line, Kind.TABLE, Problem.MISSING, table=shape.name, name=shape.name, what=f"table {shape.name}"
                )
            return
        if self.matched.places[line].renamed:
            yield self._about(
                line, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {shape.name}",
                expected=shape.name, actual=f"renamed to {table.name}", renamed="by its columns",
            )  # fmt: skip
        elif not self.schema.is_name_of(table.name, shape.name):
            yield self._about(
                line, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
                expected=shape.name, actual=f"still called {table.name}",
            )  # fmt: skip
        if shape.comment is not None and shape.comment != table.comment:
            yield self._about(
                line, Kind.COMMENT, Problem.DIFFERENT, table=table.name, name=table.name,
                what=f"the comment of {table.name}", expected=shape.comment, actual=table.comment,
            )  # fmt: skip
        if self.matched.places[line].differences.get(self.due[line]):
            expected, actual = wording.table(shape, table)
            yield self._about(
                line, Kind.TABLE, Problem.DIFFERENT, table=table.name, name=table.name, what=f"table {table.name}",
                expected=expected, actual=actual, because=wording.consequence(shape, table),
            )  # fmt: skip
        for column in line.every_column:
            if not self.may_be_so(column):
                yield from self._column(column, table)
        for constraint in line.every_constraint:
            if not self.may_be_so(constraint):
                yield from self._constraint(constraint, table)

    def _elsewhere(self, line: TableLine, name: str, others: Collection[Elsewhere]) -> Finding:
        where = " and ".join(each.schema for each in others)
        told = self._about(
            line, Kind.TABLE, Problem.DIFFERENT, table=name, name=name, what=f"table {name}",
            expected=f"in the schema {self.schema.home(name)}", actual=f"in the schema {where}",
            because="the search path does not lead there",
        )  # fmt: skip
        if all(each.usable for each in others) and len(others) == 1:
            return told
        found = replace(told, hint=wording.move_back(name, others, self.schema.home(name)))
        self.told[line] = [found]
        return found

    def _view_in_place_of(self, line: AnyLine) -> str | None:
        """What has the name of a table that should stand, or that the next migration to come would make."""
        return self.matched.view_in_place_of(line, self._wanted(line))

    def _wanted(self, line: AnyLine) -> int:
        """The step that a finding is about: the due one, or the next, which a view keeps from being made."""
        due = self.due[line]
        if line.steps[due].shape or due + 1 == len(line.steps) or not self.matched.view_in_place_of(line, due + 1):
            return due
        return due + 1

    def is_kept(self, line: AnyLine) -> bool:
        """Whether it should be gone and stays, for a model of the project has it: of no migration that is to come."""
        due = self.due[line]
        if due == 0 or line.steps[due].shape is not None or line.comes_back(due):
            return False
        if isinstance(line, ConstraintLine):
            actual = self.matched.places[line].actual
            columns = [each for each in line.table.every_column if self.is_kept(each)] if actual is not None else []
            return any(self.matched.places[each].actual.name in actual.columns for each in columns)
        return self.models.have_live(line, self.matched)

    def may_be_so(self, line: AnyLine) -> bool:
        """Whether code may have left it as it stands, or an operation that came to nothing."""
        return self._may_be_at(line, self.due[line])

    def _may_be_at(self, line: AnyLine, step: int) -> bool:
        place = self.matched.places[line]
        return place.in_doubt or (line.has_slack and not place.nearest and step in place.allowed)

    def _column(self, line: ColumnLine, table: Table) -> Iterator[Finding]:
        step = line.steps[self.due[line]]
        place = self.matched.places[line]
        if step.shape is None:
            if place.actual is not None:
                name = place.actual.name
                yield self._left(line, Kind.COLUMN, table.name, name, (name,), breaks_inserts(place.actual))
            return
        name = step.shape.name
        common: dict[str, Any] = {"table": table.name, "name": name, "columns": (name,), "what": f"{table.name}.{name}"}
        if place.actual is None:
            if step.op is not None:
                yield self._about(line, Kind.COLUMN, Problem.MISSING, expected=wording.column(step.shape), **common)
            return
        if place.renamed:
            yield self._about(
                line, Kind.COLUMN, Problem.DIFFERENT, expected=name, actual=f"renamed to {place.actual.name}",
                renamed="by its type", **common,
            )  # fmt: skip
            return
        differences = self._differences(place, self.due[line])
        if not differences and self.due[line] == self.positions[line]:
            strange = strange_default(line, step.shape, place.actual, table, self.graph)
            if strange is not None:
                self.told.setdefault(line, []).append(strange)
                yield strange
            return
        common.update(name=place.actual.name, columns=(place.actual.name,))
        expected, actual = wording.column(step.shape), wording.column(place.actual)
        if {each.attribute for each in differences} == {"comment"}:
            yield self._about(
                line, Kind.COMMENT, Problem.DIFFERENT,
                expected=step.shape.comment, actual=place.actual.comment, **common,
            )  # fmt: skip
        elif any(each.match is Match.DIFFERENT for each in differences) or self.due[line] != self.positions[line]:
            yield self._about(
                line,
                Kind.COLUMN,
                Problem.DIFFERENT,
                expected=expected,
                actual=actual,
                differences=differences,
                **common,
            )
        else:
            yield self._about(line, Kind.COLUMN, Problem.INCOMPARABLE, expected=expected, actual=actual, **common)

    def _differences(self, place: Place, due: int) -> tuple[Difference, ...]:
        return place.differences.get(due, ())

    def _constraint(self, line: ConstraintLine, table: Table) -> Iterator[Finding]:
        step = line.steps[self.due[line]]
        place = self.matched.places[line]
        if step.shape is None:
            # One that waits for its validation stands before the migration that makes it, and no operation removes it.
            is_left = place.actual is not None and step.op is not None
            if self.is_kept(line):
                return
            if is_left and not isinstance(place.actual, PrimaryKey) and line.key[0] != "like":
                yield self._left(line, place.actual.kind, table.name, place.actual.name, place.actual.columns)
            return
        shape = step.shape
        expected = wording.constraint(shape)
        name = (place.actual.name if place.actual is not None else None) or shape.name
        columns = shape.columns or (tuple(sorted(reads(shape))) or None)
        common: dict[str, Any] = {
            "table": table.name, "name": name, "columns": columns, "expected": expected,
            "what": f"{shape.kind.words} {name or expected} on {table.name}",
        }  # fmt: skip
        if place.actual is None or place.unfinished:
            if not self._has_a_cause_of_its_own(line, table, self.due[line]):
                return
            other = self.in_another_shape.get(line) if place.actual is None else place.actual
            problem = Problem.MISSING if other is None or place.unfinished else Problem.DIFFERENT
            actual = wording.constraint(other) if other is not None else None
            if problem is Problem.DIFFERENT and other is not None:
                common["name"] = other.name
                if actual == expected and other.name != shape.name:
                    common["expected"], actual = f"{expected} called {shape.name}", f"{actual} called {other.name}"
            yield self._about(line, shape.kind, problem, actual=actual, **common)
            return
        if place.renamed:
            common.update(name=shape.name, expected=shape.name)
            common["what"] = f"{shape.kind.words} {shape.name} on {table.name}"
            yield self._about(
                line, shape.kind, Problem.DIFFERENT, actual=f"renamed to {place.actual.name}",
                renamed="by its definition", **common,
            )  # fmt: skip
            return
        differences = self._differences(place, self.due[line])
        later = self.dropped_as_constraint(line)
        if later is not None:
            common["expected"] = f"{expected}, a constraint, as which {self._called(later)} drops it"
            yield self._about(
                line, shape.kind, Problem.DIFFERENT, actual=f"{wording.constraint(place.actual)}, an index alone",
                **common,
            )  # fmt: skip
            return
        if self.due[line] == self.positions[line] and not differences:
            return
        doubtful = self.due[line] == self.positions[line] and not any(e.match is Match.DIFFERENT for e in differences)
        yield self._about(
            line, shape.kind, Problem.INCOMPARABLE if doubtful else Problem.DIFFERENT,
            actual=wording.constraint(place.actual), differences=differences, **common,
        )  # fmt: skip

    def _is_missing(self, line: ConstraintLine, table: Table, at: int) -> bool:
        absent = self.matched.places[line].actual is None and line.steps[at].shape is not None
        return absent and not self._may_be_at(line, at) and self._has_its_columns(line, table, at)

    def _has_a_cause_of_its_own(self, line: ConstraintLine, table: Table, at: int) -> bool:
        """A column that is missing takes its indexes with it, and a table the keys that point at it: one cause.

        A key that points at another table instead is there, and is told.
        """
        target = getattr(line.steps[at].shape, "target", None)
        there = target is None or line in self.in_another_shape or self.schema.find(target) is not None
        return there and self._has_its_columns(line, table, at)

    def _has_its_columns(self, line: ConstraintLine, table: Table, at: int) -> bool:
        step = line.steps[at]
        if step.op is None or step.shape is None:
            return False
        if isinstance(step.shape, PrimaryKey) and self.matched.places[line].actual is None and _key_of(table):
            return not self._is_renamed(step.shape, table)  # another key stands there
        return reads(step.shape) <= table.columns.keys()

    def _is_renamed(self, shape: PrimaryKey, table: Table) -> bool:
        """Whether the key that stands there is this one, over a column that somebody renamed by hand."""
        key = _key_of(table)
        names = self.matched.renamed_columns
        return key is not None and shape.columns == tuple(names.get((table.name, name), name) for name in key.columns)

    def _stands_for(
        self, line: ConstraintLine, table: Table, strangers: Collection[Constraint], at: int
    ) -> Constraint | None:
        """An unclaimed live thing of the same kind, over the same columns or under the very name: in another shape."""
        shape = line.steps[at].shape
        assert shape is not None
        names = self._names_of(line)
        for actual in strangers:
            if type(actual) is not type(shape):
                continue
            if actual.name is not None and actual.name in names:
                return actual
            same = actual.kind is shape.kind and actual.columns == shape.columns and actual.columns and not shape.named
            if same or isinstance(actual, PrimaryKey):  # of which a table has one
                return actual
        return None

    def _names_of(self, line: ConstraintLine) -> set[str | None]:
        """All names that this thing ever had, with those that the server gives: a rename of its table keeps them."""
        names = {step.shape.name for step in line.steps if step.shape is not None}
        label = SERVERS_LABELS.get(line.key[0])
        if label is None:
            return names
        tables = {step.shape.name for step in line.table.steps if step.shape is not None}
        columns = {step.shape.columns for step in line.steps if step.shape is not None and len(step.shape.columns) == 1}
        return names | {self.usual_name(table, column, label) for table in tables for (column,) in columns}

    # ------------------------------------------------------------------------------------------------------ wording
    def _cause(self, line: AnyLine, problem: Problem) -> Op | None:
        """The operation to name: what made a thing that is missing, or what gave it the shape that it should have."""
        due = self._wanted(line)
        if problem is Problem.MISSING:
            for index in range(due, 0, -1):
                if line.steps[index - 1].shape is None:
                    return line.steps[index].op
        return line.steps[due].op

    def _called(self, op: Op) -> str:
        return f"{self.graph.plan[op[0]].app_label}.{self.graph.plan[op[0]].name}"

    def _about(
        self, line: AnyLine, kind: Kind, problem: Problem, *, what: str, table: str | None = None,
        name: str | None = None, columns: tuple[str, ...] | None = None, expected: str | None = None,
        actual: str | None = None, differences: tuple[Difference, ...] = (), because: str = "",
        renamed: str | None = None,
    ) -> Finding:  # fmt: skip
        """`renamed` says by what a thing was recognised that somebody gave another name."""
        entry = CODES[kind, problem]
        op = self._cause(line, problem)
        migration = self.graph.plan[op[0]] if op is not None else None
        by = f"{migration.app_label}.{migration.name}" if migration is not None else "the migrations"
        conflict = self._is_conflict(line, op)
        if problem is Problem.MISSING:
            message = f"{what} is missing; {by} makes it"
            hint = wording.RECONCILE
            if actual is not None:
                message = f"{what} was never finished ({actual}); {by} makes it"
        elif problem is Problem.DIFFERENT:
            change = wording.differing(differences)
            if expected is not None and expected == actual:  # they differ where the text does not reach
                actual, change = f"{actual} (another {change or 'definition'})", ""
            message = f"{what} is {actual}; {by} makes it {expected}" + (f" (another {change})" if change else "")
            message += f": {because}" if because else ""
            if renamed is not None:
                message = f"{what} was {actual}, {renamed}; {by} calls it {expected}"
            hint = wording.ALTER if conflict else wording.RECONCILE
            view = self._view_in_place_of(line)
            if view is not None:
                hint = f"rename or drop the view {view}, then {wording.RECONCILE}"
        else:
            message = f"{what} is {actual}; whether that is what {by} makes ({expected}) cannot be told"
            hint = ""
        found = Finding(
            code=entry.code, level=entry.level, kind=kind, problem=problem, table=table, name=name, columns=columns,
            app=migration.app_label if migration is not None else None,
            migration=migration.name if migration is not None else None,
            file=file_of(migration) if migration is not None else None,
            line=line_of(migration, op[1]) if migration is not None and op is not None else None,
            expected=expected, actual=actual, message=message, hint=hint or None,
            breaks=conflict and problem is Problem.DIFFERENT and entry.level is Level.ERROR,
        )  # fmt: skip
        self.told.setdefault(line, []).append(found)
        return found

    def _is_conflict(self, line: AnyLine, op: Op | None) -> bool:
        place = self.matched.places[line]
        if place.renamed and isinstance(line, ConstraintLine):
            return False  # a name costs nothing: it is given back
        if place.nearest and self.due[line] == self.positions[line]:
            return True
        if self._view_in_place_of(line) is not None or line in self.matched.elsewhere:
            return True
        if isinstance(line, ConstraintLine) and place.actual is None:
            return True  # in another shape under no name of its own
        return op is not None and self.states.migrations[op[0]] is State.CONFLICTING and place.nearest

    def _left(
        self, line: AnyLine, kind: Kind, table: str, name: str | None, columns: tuple[str, ...] | None,
        fails: bool = False,
    ) -> Finding:  # fmt: skip
        """A recorded migration removes it, and it is still there; `fails`: every INSERT of Django's fails on it.

        Records and database disagree, so it is an error even where nobody is hurt yet: the next migration that goes on
        from the removal may be.
        """
        op = line.steps[self.due[line]].op
        assert op is not None
        migration = self.graph.plan[op[0]]
        holds_data = kind in (Kind.TABLE, Kind.COLUMN)
        hint = f"{wording.RECONCILE} --accept-data-loss" if holds_data else wording.RECONCILE
        kept = self.is_kept(line)
        if kept:
            hint = f"manage.py makemigrations {migration.app_label}, then {wording.RECONCILE}"
        entry = BREAKS_INSERTS if fails and not kept else CODES[kind, Problem.EXTRA]
        found = Finding(
            code=entry.code, level=entry.level if kept else Level.ERROR, kind=kind, problem=Problem.EXTRA,
            table=table, name=name, columns=columns, app=migration.app_label, migration=migration.name,
            file=file_of(migration), line=line_of(migration, op[1]),
            message=f"{kind.words} {name} is still there; "
            f"{migration.app_label}.{migration.name} removes it and is recorded"
            + (f"; it {FAILS}" if fails and not kept else "")
            + (", but a model of the project has it now" if kept else ""),
            hint=hint, breaks=holds_data and not kept,
        )  # fmt: skip
        self.told.setdefault(line, []).append(found)
        return found


def _key_of(table: Table) -> PrimaryKey | None:
    return next((each for each in table.constraints if isinstance(each, PrimaryKey)), None)
