"""A finding, put into words: what is wrong, which migration makes it so, and the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.codes import BREAKS_INSERTS, CODES
from schemaguard.diagnosis.findings.extras import FAILS
from schemaguard.diagnosis.model import Finding, State
from schemaguard.diagnosis.naming import name_of_constraint
from schemaguard.history.source_files import file_of, line_of
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import HOLDING_ROWS, Kind
from schemaguard.schema.objects import Constraint

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import AnyTimeline, Op
    from schemaguard.location.location import Location
    from schemaguard.schema.compare import Difference


class FindingBuilder:
    """Says what differs in a located database, and remembers of which timeline."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.graph = location.graph
        self.by_timeline: dict[AnyTimeline, list[Finding]] = {}

    def note(self, timeline: AnyTimeline, finding: Finding) -> Finding:
        self.by_timeline.setdefault(timeline, []).append(finding)
        return finding

    def _cause(self, timeline: AnyTimeline, problem: Problem) -> Op | None:
        """The operation to name: what made a thing that is missing, or what gave it the shape that it should have."""
        expected_step = self.location.told_step(timeline)
        if problem is Problem.MISSING:
            for index in range(expected_step, 0, -1):
                if timeline.steps[index - 1].shape is None:
                    return timeline.steps[index].op
        return timeline.steps[expected_step].op

    def called(self, op: Op) -> str:
        return f"{self.graph.plan[op[0]].app_label}.{self.graph.plan[op[0]].name}"

    def about(
        self, timeline: AnyTimeline, kind: Kind, problem: Problem, *, what: str, table: str | None = None,
        name: str | None = None, columns: tuple[str, ...] | None = None, expected: str | None = None,
        actual: str | None = None, differences: tuple[Difference, ...] = (), because: str = "",
        renamed: str | None = None, hint: str | None = None, breaks: bool = False,
    ) -> Finding:  # fmt: skip
        """`renamed` says by what a thing was recognised that somebody gave another name.

        `hint`: the way out, where it is another than that of its kind. `breaks`: it does so whatever its kind.
        """
        entry = CODES[kind, problem]
        op = self._cause(timeline, problem)
        migration = self.graph.plan[op[0]] if op is not None else None
        by = f"{migration.app_label}.{migration.name}" if migration is not None else "the migrations"
        conflict = self._is_conflict(timeline, op)
        change = wording.differing(differences)
        if problem is Problem.DIFFERENT and expected is not None and expected == actual:
            # They differ where the text does not reach.
            actual, change = f"{actual} (another {change or 'definition'})", ""
        message = _message(problem, what, by, expected, actual, change, because, renamed)
        found = Finding(
            code=entry.code, level=entry.level, kind=kind, problem=problem, table=table, name=name, columns=columns,
            app=migration.app_label if migration is not None else None,
            migration=migration.name if migration is not None else None,
            file=file_of(migration) if migration is not None else None,
            line=line_of(migration, op[1]) if migration is not None and op is not None else None,
            expected=expected, actual=actual, message=message, hint=hint or self._hint(timeline, problem, conflict),
            breaks=breaks or (conflict and problem is Problem.DIFFERENT and entry.level is Level.ERROR),
        )  # fmt: skip
        return self.note(timeline, found)

    def _hint(self, timeline: AnyTimeline, problem: Problem, conflict: bool) -> str | None:
        if problem is Problem.MISSING:
            return wording.RECONCILE
        if problem is not Problem.DIFFERENT:
            return None
        view = self.location.view_in_place_of(timeline)
        if view is not None:
            return f"rename or drop the view {view}, then {wording.RECONCILE}"
        return wording.ALTER if conflict else wording.RECONCILE

    def _is_conflict(self, timeline: AnyTimeline, op: Op | None) -> bool:
        place = self.location.placement(timeline)
        is_constraint = isinstance(self.location.expected_shape(timeline), Constraint)
        if place.renamed and is_constraint:
            return False  # a name costs nothing: it is given back
        if place.nearest and self.location.is_where_expected(timeline):
            return True
        if is_constraint and place.actual is None:
            return True  # in another shape under no name of its own
        view = self.location.view_in_place_of(timeline)
        if view is not None or self.location.elsewhere(timeline):
            return True
        return op is not None and self.location.states.migrations[op[0]] is State.CONFLICTING and place.nearest

    def left(
        self, timeline: AnyTimeline, kind: Kind, table: str, name: str | None, columns: tuple[str, ...] | None,
        fails: bool = False,
    ) -> Finding:  # fmt: skip
        """A recorded migration removes it, and it is still there; `fails`: every INSERT of Django's fails on it.

        Records and database disagree, so it is an error even where nobody is hurt yet: the next migration that goes on
        from the removal may be.
        """
        op = self.location.expected_op(timeline)
        assert op is not None
        migration = self.graph.plan[op[0]]
        holds_data = kind in HOLDING_ROWS
        hint = f"{wording.RECONCILE} --accept-data-loss" if holds_data else wording.RECONCILE
        kept = self.location.is_kept(timeline)
        if kept:
            hint = f"manage.py makemigrations {migration.app_label}, then {wording.RECONCILE}"
            if kind is Kind.TABLE and self._is_wanted_by_another(timeline, table):
                hint = f"put aside what {table} holds and drop it, then {wording.RECONCILE}"
        entry = BREAKS_INSERTS if fails and not kept else CODES[kind, Problem.EXTRA]
        what = f"{kind.words} {name}"
        if name is None:
            what = name_of_constraint(self.location.live(timeline), table)
        found = Finding(
            code=entry.code, level=entry.level if kept else Level.ERROR, kind=kind, problem=Problem.EXTRA,
            table=table, name=name, columns=columns, app=migration.app_label, migration=migration.name,
            file=file_of(migration), line=line_of(migration, op[1]),
            message=f"{what} is still there; "
            f"{migration.app_label}.{migration.name} removes it and is recorded"
            + (f"; it {FAILS}" if fails and not kept else "")
            + (", but a model of the project has it now" if kept else ""),
            hint=hint, breaks=holds_data and not kept,
        )  # fmt: skip
        return self.note(timeline, found)

    def _is_wanted_by_another(self, timeline: AnyTimeline, name: str) -> bool:
        """Whether another table that is there should have that name."""
        others = [self.location.expected_shape(each) for each in self.location.live_tables if each is not timeline]
        return any(shape is not None and self.location.schema.is_name_of(shape.name, name) for shape in others)


def _message(
    problem: Problem, what: str, by: str, expected: str | None, actual: str | None, change: str, because: str,
    renamed: str | None,
) -> str:  # fmt: skip
    if problem is Problem.MISSING:
        if actual is not None:
            return f"{what} {wording.unfinished(actual)} ({actual}); {by} makes it"
        return f"{what} is missing; {by} makes it"
    if problem is not Problem.DIFFERENT:
        return f"{what} is {actual}; whether that is what {by} makes ({expected}) cannot be told"
    if renamed is not None:
        return f"{what} was {actual}, {renamed}; {by} calls it {expected}"
    message = f"{what} is {actual}; {by} makes it {expected}" + (f" (another {change})" if change else "")
    return message + (f": {because}" if because else "")
