"""Diagnosis ─▶ Plan: what to record, what to complete, what to make again, in the order of the history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.diagnosis.diagnose import Located
from schemaguard.diagnosis.model import Action, Finding, OperationState, Problem, State
from schemaguard.diagnosis.resolve import ops
from schemaguard.history.graph import Key, replaced_by
from schemaguard.history.timeline import AnyLine, ColumnLine, ConstraintLine, OtherLine, TableLine, reads
from schemaguard.plan import tasks as t
from schemaguard.plan.evidence import evidence
from schemaguard.plan.tasks import Plan, Step, Task
from schemaguard.schema.objects import Column, Constraint, Index, Kind, PrimaryKey, Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The choices of CONTRACT.md that change a plan."""

    on_conflict: str = "stop"
    data_migrations: str = "infer"
    prune: bool = False


DEFAULTS = Options()


def build(located: Located, findings: tuple[Finding, ...], options: Options = DEFAULTS) -> Plan:
    """The plan for one located database. Nothing is asked of the database here."""
    return _Builder(located, findings, options).plan()


class _Builder:
    def __init__(self, located: Located, findings: tuple[Finding, ...], options: Options) -> None:
        self.located = located
        self.findings = findings
        self.options = options
        self.graph = located.graph
        self.states = located.states
        self.due = located.finder.due
        self.positions = located.positions
        self.places = located.matched.places
        self.held = frozenset(
            m
            for m in range(len(self.graph.plan))
            if self.graph.recorded[m]
            or self.states.migrations[m] in (State.PRESENT, State.PARTIAL)
            or (self.states.migrations[m] is State.CONFLICTING and options.on_conflict != "stop")
        )
        self.blocked: list[str] = []
        self.warnings: list[str] = []
        unplaced = self._unplaced() if options.data_migrations in ("skip", "run") else frozenset()
        self.skipped = unplaced if options.data_migrations == "skip" else frozenset()
        self.run = unplaced - self.skipped

    # ------------------------------------------------------------------------------------------------- the way through
    def plan(self) -> Plan:
        mending = self._mending()
        steps: list[Step] = []
        for m in range(len(self.graph.plan)):
            step = self._step(m, mending.pop(m, []))
            if step is not None:
                steps.append(step)
        if self.options.prune:
            steps += [Step(Action.PRUNE, key, removes=(key,)) for key in self.graph.orphans]
        self._uncertain()
        shown = {m for m, state in enumerate(self.states.migrations) if state is State.CONFLICTING}
        return Plan(_once(steps), tuple(dict.fromkeys(self.blocked)), tuple(self.warnings), self.held | shown)

    def _step(self, m: int, mending: list[Task]) -> Step | None:
        state = self.states.migrations[m]
        migration = self.graph.plan[m]
        key = (migration.app_label, migration.name)
        done = tuple(o for o, each in enumerate(self.states.operations[m]) if each is OperationState.DONE)
        if self.graph.recorded[m]:
            if not mending:
                return None
            action = Action.ALTER if all(isinstance(task, t.AlterColumn) for task in mending) else Action.REDO
            return Step(action, key, m, _ordered(mending), done=done)
        records = self._records(key)
        if state is State.PRESENT or m in self.skipped:
            proof = evidence(self.located, m)
            return Step(Action.FAKE, key, m, _ordered(mending), records=records, evidence=proof, done=done)
        if state is State.PARTIAL or (state is State.CONFLICTING and m in self.held):
            return self._completing(Step(Action.COMPLETE, key, m, mending, records=records, done=done), m)
        if state is State.CONFLICTING:
            self.blocked.append(
                f"{key[0]}.{key[1]}: something that it makes is there in another shape; --on-conflict alter changes it "
                "to the expected shape, --on-conflict accept records the migration and leaves it as it is"
            )
            return None
        if state is State.PENDING and (self._wanted(m) or m in self.run):
            return self._completing(Step(Action.RUN, key, m, mending, records=records, done=done), m)
        return None

    def _wanted(self, m: int) -> bool:
        """Whether a migration that the database holds depends on this one."""
        return any(m in self.graph.ancestors[child] for child in self.held)

    def _records(self, key: Key) -> tuple[Key, ...]:
        return (*replaced_by(self.graph.loader, key), key)

    # ------------------------------------------------------------------------------------------------ data migrations
    def _unplaced(self) -> frozenset[int]:
        """Migrations that leave nothing to see, are not recorded, and come after nothing that has not run."""
        found: set[int] = set()
        for m in range(len(self.graph.plan) if self.held else 0):
            if (
                self.states.migrations[m] is State.PENDING
                and not self.states.visible[m]
                and all(each in self.held or each in found for each in self.graph.ancestors[m])
            ):
                found.add(m)
        return frozenset(found)

    def _uncertain(self) -> None:
        """Says which data migrations nobody can place."""
        waiting = [
            m
            for m in range(len(self.graph.plan))
            if self.states.migrations[m] is State.PENDING
            and not self.states.visible[m]
            and m not in self.skipped | self.run
            and self.held
            and all(each in self.held for each in self.graph.ancestors[m])
            and any(walked.opaque for walked in self.located.history.operations[m])
        ]
        if not waiting:
            return
        names = ", ".join(f"{self.graph.plan[m].app_label}.{self.graph.plan[m].name}" for m in waiting)
        if self.options.data_migrations == "stop":
            self.blocked.append(
                f"nothing in the catalog shows whether these have run: {names}; --data-migrations run, skip or infer"
            )
        else:
            self.warnings.append(
                f"nothing in the catalog shows whether these have run, they stay pending: {names} "
                "(--data-migrations run runs them, skip records them without running them)"
            )

    # -------------------------------------------------------------------------------------------------------- mending
    def _mending(self) -> dict[int, list[Task]]:
        """Tasks for everything that should stand and does not, by the migration that it is owed to."""
        found: dict[int, list[Task]] = {}
        timeline = self.located.history.timeline
        for table in timeline.every_table:
            lines: list[AnyLine] = [table, *table.parts]
            for line in lines:
                for task in self._mend(line, table):
                    owed = ops(line)[self.due[line]]
                    if owed is not None:
                        found.setdefault(owed[0], []).append(task)
        for other in timeline.others.values():
            step = other.steps[self.due[other]]
            if other.kind in ("extension", "collation") and step.shape and not self.places[other].actual:
                if step.op is not None and self.graph.recorded[step.op[0]]:
                    found.setdefault(step.op[0], []).append(t.CreateExtension(step.op))
        for finding in self.findings:
            if finding.kind is Kind.SEQUENCE and finding.problem is Problem.DIFFERENT:
                owner = timeline.tables.get(finding.table or "")
                op = owner.steps[-1].op if owner is not None else None
                if op is not None and op[0] in self.held and finding.name and finding.table and finding.columns:
                    task = t.SetSequence(finding.name, finding.table, finding.columns[0])
                    found.setdefault(op[0], []).append(task)
        return found

    def _mend(self, line: AnyLine, table: TableLine) -> Iterator[Task]:
        place = self.places[line]
        agrees = self.due[line] == self.positions[line] and not place.nearest
        if place.in_doubt or (agrees and not isinstance(line, TableLine)):
            return
        live = self.located.matched.tables.get(table)
        if isinstance(line, TableLine):
            yield from self._mend_table(line, agrees)
        elif live is None or table.steps[self.due[table]].shape is None:
            return  # made, or dropped, with its table
        elif isinstance(line, ColumnLine):
            yield from self._mend_column(line, live.name)
        elif isinstance(line, ConstraintLine):
            shape = line.steps[self.due[line]].shape
            if shape is not None and not reads(shape) <= live.columns.keys():
                comes_along = any(self.places[column].renamed for column in table.every_column)
                if comes_along or self._comes_with_column(line):
                    return
            yield from self._mend_constraint(line, live.name)

    def _mend_table(self, line: TableLine, agrees: bool) -> Iterator[Task]:
        shape = line.steps[self.due[line]].shape
        live = self.located.matched.tables.get(line)
        if self.places[line].renamed and shape is not None and live is not None:
            if self._may_alter(line, f"table {shape.name}, which seems to be called {live.name} now,"):
                yield t.RenameTable(line, live.name, shape.name)
        elif shape is None and live is not None:
            yield t.DropTable(line, live.name)
        elif shape is not None and live is None and line.steps[self.due[line]].op is not None:
            yield t.MakeTable(line, shape.name)
        elif shape is not None and live is not None and shape.comment not in (None, live.comment):
            yield t.SetComment(line, live.name, shape.comment)

    def _mend_column(self, line: ColumnLine, table: str) -> Iterator[Task]:
        place = self.places[line]
        shape = line.steps[self.due[line]].shape
        if shape is None:
            if place.actual is not None:
                yield t.DropColumn(line, table, place.actual.name)
        elif place.renamed:
            what = f"column {table}.{shape.name}, which seems to be called {place.actual.name} now,"
            if self._may_alter(line, what):
                yield t.RenameColumn(line, table, place.actual.name, shape.name)
        elif place.actual is None:
            if line.steps[self.due[line]].op is not None:
                yield t.MakeColumn(line, table, shape)
        elif self._may_alter(line, f"{table}.{place.actual.name}"):
            yield t.AlterColumn(line, table, shape, place.actual)

    def _mend_constraint(self, line: ConstraintLine, table: str) -> Iterator[Task]:
        place = self.places[line]
        step = line.steps[self.due[line]]
        if step.shape is None:
            if place.actual is not None and not isinstance(place.actual, PrimaryKey):
                yield t.DropConstraint(line, table, place.actual)
        elif place.renamed and step.shape.name is not None:
            yield t.RenameConstraint(line, table, place.actual, step.shape.name)
        elif place.unfinished:
            if isinstance(step.shape, Index):
                yield t.DropConstraint(line, table, place.actual)
                yield t.MakeConstraint(line, table, step.shape)
            else:
                yield t.ValidateConstraint(line, table, place.actual.name)
        elif place.actual is None:
            if step.op is None:
                return
            stranger = self.located.finder.in_another_shape.get(line)
            if stranger is not None:
                if not self._may_alter(line, f"{stranger.name} on {table}", certain=True):
                    return
                yield t.DropConstraint(line, table, stranger)
            yield t.MakeConstraint(line, table, step.shape)
        elif self._may_alter(line, f"{place.actual.name} on {table}"):
            yield t.DropConstraint(line, table, place.actual)
            yield t.MakeConstraint(line, table, step.shape)

    def _comes_with_column(self, line: ConstraintLine) -> bool:
        """Whether making the missing column makes this too: a field brings its own index, unique, check and key."""
        return line.key[0] in ("unique", "index", "like", "check", "foreign_key", "pk")

    def _may_alter(self, line: AnyLine, what: str, *, certain: bool = False) -> bool:
        """An earlier shape of its own history is altered again; one of no history only where the option says so."""
        place = self.places[line]
        if not (certain or place.nearest) or self.options.on_conflict == "alter":
            return True
        if self.options.on_conflict == "stop":
            self.blocked.append(
                f"{what} is in a shape that no migration gives it; --on-conflict alter changes it to the expected "
                "shape, --on-conflict accept leaves it as it is"
            )
        return False

    # ------------------------------------------------------------------------------------------------------ completing
    def _completing(self, step: Step, m: int) -> Step:
        """What is left of a migration: its operations one by one, or, where later ones are there, the things."""
        step.evidence = evidence(self.located, m)
        if any(m in self.graph.ancestors[child] for child in self.held):
            step.tasks = _ordered([*step.tasks, *self._owed(m)])
            return step
        step.tasks = _ordered(step.tasks)
        operations = self.states.operations[m]
        there = (OperationState.DONE, OperationState.PARTIAL, OperationState.CONFLICTING)
        last = max((o for o, state in enumerate(operations) if state in there), default=-1)
        for o, state in enumerate(operations):
            if state is OperationState.ABSENT:
                step.sequence[o] = [t.RunOperation((m, o))]
            elif state in (OperationState.PARTIAL, OperationState.CONFLICTING):
                step.sequence[o] = _ordered(self._parts((m, o)))
            elif state is OperationState.INVISIBLE and o > last and self.options.data_migrations != "skip":
                step.sequence[o] = [t.RunOperation((m, o))]
        return step

    def _owed(self, m: int) -> Iterator[Task]:
        """Everything that a migration should have made, in the shape in which it stands at the end of what is held."""
        for o, state in enumerate(self.states.operations[m]):
            if state in (OperationState.ABSENT, OperationState.PARTIAL):
                yield from self._parts((m, o))

    def _parts(self, op: tuple[int, int]) -> list[Task]:
        """The missing parts of one operation."""
        found: list[Task] = []
        for effect in self.located.effects.get(op, ()):
            line = effect.line
            if effect.step <= self.positions[line] or isinstance(line, OtherLine):
                continue
            due = max(effect.step, self.due[line])
            table = line if isinstance(line, TableLine) else line.table
            live = self.located.matched.tables.get(table)
            if isinstance(line, TableLine):
                found += self._part_of_table(line, line.steps[due].shape, live)
            elif live is None:
                continue
            elif isinstance(line, ColumnLine):
                found += self._part_of_column(line, line.steps[due].shape, live.name)
            else:
                found += self._part_of_constraint(line, line.steps[due].shape, live)
        return found

    def _part_of_column(self, line: ColumnLine, shape: Column | None, table: str) -> list[Task]:
        actual = self.places[line].actual
        if shape is None:
            return [t.DropColumn(line, table, actual.name)] if actual is not None else []
        if actual is None:
            return [t.MakeColumn(line, table, shape)]
        return [t.AlterColumn(line, table, shape, actual)]

    def _part_of_constraint(self, line: ConstraintLine, shape: Constraint | None, live: Table) -> list[Task]:
        actual = self.places[line].actual
        if shape is None:
            return [t.DropConstraint(line, live.name, actual)] if actual is not None else []
        if actual is not None or (self._comes_with_column(line) and not reads(shape) <= live.columns.keys()):
            return []
        return [t.MakeConstraint(line, live.name, shape)]

    def _part_of_table(self, line: TableLine, shape: object, live: object) -> list[Task]:
        if shape is None and live is not None:
            return [t.DropTable(line, line.name)]
        if shape is not None and live is None:
            return [t.MakeTable(line, line.name)]
        return []


def _once(steps: list[Step]) -> list[Step]:
    """The steps, in which nothing is done again that an earlier one has done: a thing may be owed to two migrations."""
    done: set[object] = set()

    def first(task: Task) -> bool:
        makes = isinstance(task, t.MakeTable | t.MakeColumn | t.MakeConstraint)
        key = (type(task), task.line) if makes else task  # type: ignore[union-attr]
        if key in done:
            return False
        done.add(key)
        return True

    for step in steps:
        step.tasks = list(filter(first, step.tasks))
        step.sequence = {o: list(filter(first, tasks)) for o, tasks in step.sequence.items()}
    return steps


def _ordered(tasks: list[Task]) -> list[Task]:
    """Without repetition, in an order in which no task needs a later one."""
    return sorted(dict.fromkeys(tasks), key=lambda task: t.ORDER.index(type(task)))
