"""What a person may have to choose before a plan is whole: values, which a command can ask about one by one.

A plan is built with the answers that are known. What is still open is among its `choices`, each with the default that
`--noinput` takes. With one more answer the plan is built again. It may then have other choices than before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.history.by_kind import match_kind
from schemaguard.history.object_timeline import TableShape
from schemaguard.schema.objects import Column, Constraint

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import (
        AnyTimeline,
        ColumnTimeline,
        ConstraintTimeline,
        OtherTimeline,
        TableTimeline,
    )
    from schemaguard.reconcile.plan.choosing.alike import Alike

STOP, ALTER, ACCEPT, REPLACE, ADD = "stop", "alter", "accept", "replace", "add"
RUN, SKIP, LEAVE = "run", "skip", "leave"
Shape = TableShape | Column | Constraint
"""What a person can be asked about: what is known by its definition alone is told in no other words than its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One answer: the word for it, and what comes of it, a sentence without a full stop."""

    name: str
    consequence: str


NOTHING = Option(name=STOP, consequence="change nothing at all")
LEFT_AS_IT_IS = "leave it as it is; check goes on reporting it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A question. `key` names what it is about, the same in every plan for one database.

    `flag` is the option that answers all questions of this sort; without one, only a person can. `default` is the safe
    answer: a run that asks nothing takes it.
    """

    key: str
    question: str
    options: tuple[Option, ...]
    default: str
    flag: str | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(option.name for option in self.options)


def key_of(timeline: AnyTimeline) -> str:
    """What an object is called in questions and answers."""
    return match_kind(
        timeline, table=_key_of_table, column=_key_of_column, constraint=_key_of_constraint, other=_key_of_other
    )


def _key_of_table(timeline: TableTimeline) -> str:
    return f"table {timeline.name}"


def _key_of_column(timeline: ColumnTimeline) -> str:
    last_name = next(step.shape.name for step in reversed(timeline.steps) if step.shape is not None)
    return f"column {timeline.table.name}.{last_name}"


def _key_of_constraint(timeline: ConstraintTimeline) -> str:
    return f"{'.'.join(map(str, timeline.key))} on {timeline.table.name}"


def _key_of_other(timeline: OtherTimeline) -> str:
    return f"{timeline.kind.words} {timeline.name}"


def _conflict(key: str, question: str, *options: tuple[str, str]) -> Choice:
    """What is in another shape: the `options` are (answer, what comes of it), and nothing is changed without one."""
    named = (Option(name=name, consequence=consequence) for name, consequence in options)
    return Choice(key=key, question=question, options=(*named, NOTHING), default=STOP, flag="--on-conflict")


def about_shape(timeline: AnyTimeline, what: str, expected: str, actual: str) -> Choice:
    """Alter, or accept? The object is there in a shape that no migration gives it."""
    return _conflict(
        key_of(timeline),
        f"{what} is {actual}; the migrations make it {expected}",
        (ALTER, f"alter it to {expected}; rows that do not fit stop the plan"),
        (ACCEPT, LEFT_AS_IT_IS),
    )


def about_collation(together: Alike) -> Choice:
    """Alter, or accept? All that is compared by one other collation than it should be."""
    return _conflict(
        together.key,
        f"{together.said}; the migrations make them otherwise",
        (ALTER, "convert them all, with the foreign keys between them"),
        (ACCEPT, "leave them as they are; check goes on reporting them"),
    )


def about_definition(timeline: AnyTimeline, what: str) -> Choice:
    """Alter, or accept? A view, function, trigger or rule says something else than the SQL of its migration."""
    return _conflict(
        key_of(timeline),
        f"{what} is another one than the migrations make",
        (ALTER, "make it anew by the SQL of its migration"),
        (ACCEPT, LEFT_AS_IT_IS),
    )


def about_column(timeline: ColumnTimeline, table: str, expected: str, actual: str) -> Choice:
    """Renamed by hand, or one column dropped and another added? The second costs the values of the unknown one."""
    lost = f"values in {actual} are lost, which needs --accept-data-loss"
    return _conflict(
        key_of(timeline),
        f"column {table}.{expected} is missing, and {actual}, which no migration makes, has its type",
        (ALTER, f"it was renamed: rename {actual} back to {expected}, with its values"),
        (REPLACE, f"it was not: drop {actual} and make {expected} anew; {lost}"),
        (ACCEPT, "leave both as they are; check goes on reporting it"),
    )


def about_table(timeline: TableTimeline, expected: str, actual: str) -> Choice:
    """Renamed by hand, or another one?"""
    return _about_another_table(
        timeline, f"table {expected} is missing, and {actual}, which no migration makes, has its columns or keys",
        f"it was renamed: rename {actual} back to {expected}, with its rows", expected, actual,
    )  # fmt: skip


def about_moved_table(timeline: TableTimeline, expected: str, actual: str) -> Choice:
    """Moved by hand, or a copy?"""
    return _about_another_table(
        timeline, f"table {expected} is missing, and {actual} in another schema has its columns",
        f"it was moved: move {actual} back, with its rows", expected, actual,
    )  # fmt: skip


def _about_another_table(timeline: TableTimeline, question: str, alter: str, expected: str, actual: str) -> Choice:
    """A table that no migration makes is never dropped."""
    return _conflict(
        key_of(timeline),
        question,
        (ALTER, alter),
        (ADD, f"it was not: make {expected} anew, empty, and leave {actual} where it is"),
        (ACCEPT, LEFT_AS_IT_IS),
    )


def about_data(name: str, *, migrate: bool) -> Choice:
    """Has it run? Nothing in the catalog tells. `migrate`: what stays pending is run afterwards."""
    left = [] if migrate else [Option(name=LEAVE, consequence="it has not: leave it pending, migrate will run it")]
    return Choice(
        key=f"migration {name}",
        question=f"nothing in the catalog shows whether {name} has run",
        options=(
            *left,
            Option(name=RUN, consequence="it has not: run it now"),
            Option(name=SKIP, consequence="it has: record it without running it"),
        ),
        default=RUN if migrate else LEAVE,
        flag="--data-migrations",
    )


def about_story(name: str, *, ran: bool, migrate: bool) -> Choice:
    """Has it run? The database would look the same either way. `ran`: what it is taken for if nobody answers.

    What is taken as run cannot be left pending: the check after it would take it as run again.
    """
    left = Option(name=LEAVE, consequence="it has not: leave it pending, migrate will run it")
    return Choice(
        key=key_of_story(name),
        question=f"nobody can tell for sure whether {name} has run, since the database would look the same",
        options=(
            *([] if ran or migrate else [left]),
            Option(name=RUN, consequence="it has not: run it now"),
            Option(name=SKIP, consequence="it has: record it without running it"),
        ),
        default=SKIP if ran else RUN if migrate else LEAVE,
        flag=None,
    )


def key_of_story(name: str) -> str:
    """What the question is called whether a migration ran."""
    return f"story of {name}"


def about_code(key: str, name: str, filled: str | None) -> Choice:
    """Has it run? The run was cut off right before it or right after it. `filled`: a table with rows that tell so."""
    shown = "nothing shows whether it has run" if filled is None else f"the rows in {filled} alone show that it has run"
    return Choice(
        key=f"operation {key}",
        question=f"{name}: the run was cut off there, and {shown}",
        options=(
            Option(name=RUN, consequence="it has not: run it now"),
            Option(name=SKIP, consequence="it has: go on after it"),
        ),
        default=RUN if filled is None else SKIP,
        flag="--data-migrations",
    )


def shape_text(expected: Shape, actual: Any) -> tuple[str, str]:
    """The expected and the actual shape of an object in words."""
    if isinstance(expected, TableShape):
        return wording.table(expected, actual)
    if isinstance(expected, Column):
        return wording.column(expected), wording.column(actual)
    return wording.constraint(expected), wording.constraint(actual)
