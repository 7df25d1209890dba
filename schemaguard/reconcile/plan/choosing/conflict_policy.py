"""What the options and answers say of what a person has to choose. What they leave open is noted."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from schemaguard.diagnosis.model import Finding, State
from schemaguard.diagnosis.naming import name_of
from schemaguard.history.bits import ancestors_of, bits_of
from schemaguard.location.effects import by_kind
from schemaguard.reconcile.plan.choosing import choices as c
from schemaguard.reconcile.plan.choosing.alike import alike
from schemaguard.reconcile.plan.choosing.written_rows import filled_tables
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from schemaguard.diagnosis.assessment import Assessment
    from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, Op, TableTimeline
    from schemaguard.location.location import Location
    from schemaguard.reconcile.plan.choosing.choices import Choice, Shape
    from schemaguard.reconcile.plan.choosing.options import Options
    from schemaguard.schema.objects import Constraint

ALTERS = "--on-conflict alter changes it to the expected shape, --on-conflict accept leaves it as it is"
RENAMED = "it seems to have been renamed: --on-conflict alter renames it back, --on-conflict accept leaves it as it is"

MOVED = "it seems to have been moved: --on-conflict alter moves it back, --on-conflict accept leaves it as it is"
UNANSWERED = {
    c.RUN: "it is run (--data-migrations skip leaves it out)",
    c.SKIP: "it is left out (--data-migrations run runs it)",
}
"""What becomes of code that may have run, where nobody is there to answer."""


class Decider:
    """Answers for one plan. `choices` are those that nobody has answered yet, `blocked` says what stops the plan.

    `unmendable` says what stops it whatever the answers are, `accepted` holds what is left as it is on purpose.
    """

    def __init__(self, assessment: Assessment, options: Options, ignored: Collection[Finding] = ()) -> None:
        self.assessment = assessment
        self.location = location = assessment.location
        self.options = options
        self.ignored = frozenset(ignored)
        self.choices: list[Choice] = []
        self.blocked: list[str] = []
        self.unmendable: list[str] = []
        self.accepted: set[AnyTimeline] = set()
        self._undecided: set[AnyTimeline] = set()
        self._alike = alike(location)

    def answer(self, timeline: AnyTimeline) -> str:
        """What is to be done about an object in a shape that no migration gives it; c.STOP where nobody has said."""
        together = self._alike.get(timeline)
        answer = self.options.answer(together.key) if together is not None else None
        return answer or self.options.answer(c.key_of(timeline)) or self.options.on_conflict

    def ignores(self, timeline: AnyTimeline) -> bool:
        """Whether the settings ignore all that is wrong with it."""
        return self.assessment.tells_only(timeline, self.ignored)

    def settled(self, m: int) -> bool:
        """Whether somebody has said what to do about every object that makes a migration a conflicting one."""
        if any(self._views(m)):
            return False
        of_another_shape = self._of_another_shape(m)
        return (
            all(self.answer(timeline) != c.STOP for timeline in of_another_shape)
            if of_another_shape
            else self.options.on_conflict != c.STOP
        )

    def _of_another_shape(self, m: int) -> list[AnyTimeline]:
        """The objects that a migration makes and that are there in a shape which it does not give them."""
        return [
            effect.timeline
            for effect in self.location.effects_of(m)
            if self.location.placement(effect.timeline).nearest
            and effect.step == self.location.located_step(effect.timeline)
        ]

    def may_alter(self, timeline: AnyTimeline, shape: Shape, what: str, stranger: Constraint | None = None) -> bool:
        """Whether to alter it. An earlier shape of its own history is altered; any other only where somebody says so.

        `stranger` is what stands there instead of an object that is missing.
        """
        place = self.location.placement(timeline)
        if stranger is None and not place.nearest:
            return True
        together = self._alike.get(timeline)
        if together is not None and stranger is None:
            reason = f"{together.said}, and the migrations make them otherwise; {ALTERS}"
            return self._decide(timeline, c.about_collation(together), reason) == c.ALTER
        expected, actual = c.shape_text(shape, stranger if stranger is not None else place.actual)
        reason = f"{what} is in a shape that no migration gives it: it is {actual}, and not {expected}; {ALTERS}"
        return self._decide(timeline, c.about_shape(timeline, what, expected, actual), reason) == c.ALTER

    def renamed_table(self, timeline: TableTimeline, expected: str, actual: str) -> str:
        """c.ALTER, c.ADD, or something else: leave it."""
        reason = f"table {expected} is missing, and {actual} has its columns or keys; {RENAMED}"
        return self._decide(timeline, c.about_table(timeline, expected, actual), reason)

    def moved_table(self, timeline: TableTimeline, expected: str, actual: str) -> str:
        """c.ALTER, c.ADD, or something else: leave it."""
        reason = f"table {expected} is missing, and {actual} has its columns; {MOVED}"
        return self._decide(timeline, c.about_moved_table(timeline, expected, actual), reason)

    def redefined(self, timeline: AnyTimeline, what: str) -> str:
        """c.ALTER, or something else: leave it."""
        reason = (
            f"{what} is another one than the migrations make; --on-conflict alter makes it anew, --on-conflict accept "
            "leaves it as it is"
        )
        return self._decide(timeline, c.about_definition(timeline, what), reason)

    def renamed_column(self, timeline: ColumnTimeline, table: str, expected: str, actual: str) -> str:
        """c.ALTER, c.REPLACE, or something else: leave it."""
        reason = f"column {table}.{expected} is missing, and {actual} has its type; {RENAMED}"
        return self._decide(timeline, c.about_column(timeline, table, expected, actual), reason)

    def _decide(self, timeline: AnyTimeline, choice: Choice, reason: str) -> str:
        answer = self.answer(timeline)
        if answer == c.STOP:
            self.blocked.append(reason)
            self._undecided.add(timeline)
            if self.options.answer(choice.key) is None:
                self.choices.append(choice)
        if answer == c.ACCEPT:
            self.accepted.add(timeline)
        return answer

    def leaves(self, m: int) -> bool:
        """Whether all that keeps a migration from being applied is left as it is on purpose."""
        undone = set(self.location.undone(m)) if self.accepted else ()
        return bool(undone) and self.accepted.issuperset(undone)

    def view_in_the_way(self, name: str) -> None:
        """Notes a view that has the name of a table. No option helps: a view has an owner and grants of its own."""
        self.unmendable.append(f"a view has the name of the table {name}: rename or drop it first")

    def _views(self, m: int) -> Iterator[str]:
        """The views that have the names of tables that a migration makes and that are not there."""
        for effect in by_kind(self.location.effects_of(m)).tables:
            view = self.location.view_in_place_of(effect.timeline, effect.step)
            if view is not None and self.location.live_table(effect.timeline) is None:
                yield view

    def conflicting(self, m: int) -> None:
        """Notes a migration that cannot be recorded before somebody has said what to do about its objects."""
        views = list(self._views(m))
        for name in views:
            self.view_in_the_way(name)
        if views:
            return
        of_another_shape = self._of_another_shape(m)
        if of_another_shape and self._undecided.issuperset(of_another_shape):
            return  # each view is told by itself
        migration = self.location.graph.plan[m]
        key = (migration.app_label, migration.name)
        if any(
            each.kind is Kind.MIGRATION and each.breaks and (each.app, each.migration) == key for each in self.ignored
        ):
            return
        names = [
            name_of(self.location, timeline, self.location.located_step(timeline))
            for timeline in dict.fromkeys(of_another_shape)
        ]
        self.blocked.append(
            f"{'.'.join(key)}: {', '.join(names) or 'something that it makes'} is there in another shape; "
            "--on-conflict alter changes it to the expected shape, --on-conflict accept records the migration and "
            "leaves it as it is"
        )


class DataMigrations:
    """Migrations of which nobody can see whether they have run: which to `run`, which to `skip`, and which are open."""

    def __init__(
        self, location: Location, options: Options, held: frozenset[int], decider: Decider, asked: frozenset[int]
    ) -> None:
        """`asked`: the migrations that a person may be asked about."""
        self.location = location
        self.graph = location.graph
        self.options = options
        self.held = held
        self.needed = ancestors_of(held, self.graph.ancestors)
        self.settled = bits_of(held)
        self.run: set[int] = set()
        self.skip: set[int] = set()
        self.waiting: list[int] = []
        self._decider = decider
        self.owed = frozenset(m for m in asked if options.answer(self._choice(m).key) == c.RUN)
        """Migrations that have not run by a person's answer, whatever the catalog says."""
        for m in sorted(asked):
            if self._unplaced(m):
                self._place(m)
            elif options.data_migrations == c.SKIP and self._comes_along(m):
                self.skip.add(m)
            if m in self.run or m in self.skip:
                self.settled |= 1 << m
        self.warnings = list(self._told(decider))

    def _unplaced(self, m: int) -> bool:
        """Whether it leaves nothing to see, is not recorded, and all that it depends on has run."""
        states = self.location.states
        return (
            bool(self.held)
            and states.migrations[m] is State.PENDING
            and not states.visible[m]
            and not self.graph.ancestors[m] & ~self.settled
        )

    def _comes_along(self, m: int) -> bool:
        """Whether it is pending, leaves nothing to see, and something that is there depends on it."""
        states = self.location.states
        is_open = states.migrations[m] is State.PENDING and not states.visible[m]
        return is_open and bool(self.needed >> m & 1)

    def _place(self, m: int) -> None:
        how = self.options.answer(self._choice(m).key) or self.options.data_migrations
        if how == c.RUN:
            self.run.add(m)
        elif how == c.SKIP:
            self.skip.add(m)
        elif self.location.history.has_code(m):
            self.waiting.append(m)

    def is_to_run(self, op: Op) -> bool:
        """Whether to run code in a migration that was cut off right there, so that nobody knows whether it has run."""
        migration = self.graph.plan[op[0]]
        what = migration.operations[op[1]].describe()
        name = f"{migration.app_label}.{migration.name}, operation {op[1] + 1} ({what})"
        choice = c.about_code(f"{migration.app_label}.{migration.name} {op[1]}", name, self.filled_tables.get(op))
        how = self.options.answer(choice.key) or self.options.data_migrations
        if how == "stop":
            self._decider.blocked.append(f"{choice.question}; --data-migrations run or skip")
        elif how == "infer":
            self._decider.choices.append(choice)
            self.warnings.append(f"{choice.question}; {UNANSWERED[choice.default]}")
            how = choice.default
        return how != c.SKIP

    @cached_property
    def filled_tables(self) -> Mapping[Op, str]:
        return filled_tables(self.location)

    def _choice(self, m: int) -> Choice:
        migration = self.graph.plan[m]
        return c.about_data(f"{migration.app_label}.{migration.name}", migrate=self.options.migrate)

    def _told(self, decider: Decider) -> list[str]:
        """Notes the open choices; returns the warnings."""
        if not self.waiting:
            return []
        names = ", ".join(f"{self.graph.plan[m].app_label}.{self.graph.plan[m].name}" for m in self.waiting)
        unseen = "nothing in the catalog shows whether these have run"
        if self.options.data_migrations == "stop":
            decider.blocked.append(f"{unseen}: {names}; --data-migrations run, skip or infer")
            return []
        decider.choices += [
            choice for m in self.waiting if self.options.answer((choice := self._choice(m)).key) is None
        ]
        if self.options.migrate:
            return [
                f"{unseen}, --migrate runs them: {names} (--data-migrations skip records them without running them)"
            ]
        return [
            f"{unseen}, they stay pending: {names} (--data-migrations run runs them, skip records them without "
            "running them)"
        ]
