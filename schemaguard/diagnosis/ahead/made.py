"""What an operation makes: its name must be free, and a foreign key needs a target that fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
from schemaguard.history.object_timeline import ConstraintTimeline, Op
from schemaguard.schema.kinds import Kind, Problem
from schemaguard.schema.objects import ForeignKey

FAMILIES = (
    ("smallint", "integer", "bigint"),
    ("text", "character varying", "character", "citext"),
    ("uuid",),
    ("boolean",),
    ("date", "timestamp without time zone", "timestamp with time zone"),
)
"""PostgreSQL compares no value of one of these with one of another, so no foreign key can lead from one to another."""
BY_SERVER = ("pk", "unique")
"""What a field brings along inside of CREATE TABLE: the server names it, by a name that is free."""


def taken(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, before: Any, after: Any
) -> Iterator[Obstruction]:
    """The name of an index that a stranger has: the indexes of a schema share one space of names."""
    holder = builder.state.holder_of(timeline, after)
    if holder is not None and not (timeline.key[0] in BY_SERVER and before is None):
        what = f"{after.kind.words} {after.name} of {timeline.table.name_at(op)}"
        message = f"{what} is to be made, and {holder} has its name: rename that first"
        yield builder.about(op, None, after.kind, Problem.EXTRA, message, name=after.name, columns=after.columns)


def points_well(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, key: ForeignKey
) -> Iterator[Obstruction]:
    """A foreign key needs a target that is unique, and of a type that compares with its own."""
    target = builder.state.target(key.target, op)
    if target is None or len(key.columns) != 1 or len(key.target_columns) != 1:
        return
    column, name = key.columns[0], key.target_columns[0]
    mine, theirs = builder.state.type_of(timeline.table, column), target.types.get(name)
    what = f"{builder.name(op)} makes {wording.constraint(key)} on {builder.state.name_of(timeline.table)}"
    if mine is None or theirs is None:
        return
    one, other = _family(mine), _family(theirs)
    if not builder.backend.links_any_types and one and other and one != other:
        message = f"{what}: {column} is {mine}, and {key.target}.{name} is {theirs}"
        yield builder.about(
            op, target.object_timelines.get(name), Kind.FOREIGN_KEY, Problem.DIFFERENT, message, columns=key.columns,
            expected=f"{key.target}.{name} is {mine}", actual=f"{key.target}.{name} is {theirs}",
            hint=f"give {key.target}.{name} the type that the models say, or the models its type",
        )  # fmt: skip
    elif not any(each.is_key and set(each.columns) == {name} for each in target.standing):
        message = f"{what}: {key.target}.{name} is neither the primary key nor unique"
        yield builder.about(
            op, target.key_line(name), Kind.FOREIGN_KEY, Problem.MISSING, message, columns=key.columns,
            hint=f"make {key.target}.{name} unique, as the models say",
        )  # fmt: skip


def _family(kind: str) -> int | None:
    word = kind.partition("(")[0].strip()
    return next((i for i, family in enumerate(FAMILIES, 1) if word in family), None)
