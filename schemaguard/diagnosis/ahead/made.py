"""What an operation makes: its name must be free, and a foreign key needs a target that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis import wording
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.diagnosis.ahead.state import Standing, Target
    from schemaguard.diagnosis.ahead.words import Obstruction, ObstructionBuilder
    from schemaguard.history.object_timeline import ConstraintTimeline, Op
    from schemaguard.schema.objects import ForeignKey

BY_SERVER = ("pk", "unique")
"""What a field brings along inside of CREATE TABLE: the server names it, by a name that is free."""


def taken(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, before: Any, after: Any
) -> Iterator[Obstruction]:
    """The name of a constraint or an index that a stranger has."""
    holder = builder.state.holder_of(timeline, after)
    if holder is not None and not (timeline.key[0] in BY_SERVER and before is None):
        what = f"{after.kind.words} {after.name} of {timeline.table.name_at(op)}"
        message = f"{what} is to be made, and {holder} has its name: rename that first"
        yield builder.about(op, None, after.kind, Problem.EXTRA, message, name=after.name, columns=after.columns)


def points_well(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, key: ForeignKey
) -> Iterator[Obstruction]:
    """A foreign key needs a target that has an index, is of a type that compares with its own, and compares alike."""
    target = builder.state.target(key.target, op)
    if target is None or len(key.columns) != 1 or len(key.target_columns) != 1:
        return
    column, name = key.columns[0], key.target_columns[0]
    mine, theirs = builder.state.type_of(timeline.table, column), target.types.get(name)
    what = f"{builder.name(op)} makes {wording.constraint(key)} on {builder.state.name_of(timeline.table)}"
    if mine is None or theirs is None:
        return
    if not builder.backend.links(mine, theirs):
        message = f"{what}: {column} is {mine}, and {key.target}.{name} is {theirs}"
        yield builder.about(
            op, target.columns.get(name), Kind.FOREIGN_KEY, Problem.DIFFERENT, message, columns=key.columns,
            expected=f"{key.target}.{name} is {mine}", actual=f"{key.target}.{name} is {theirs}",
            hint=f"give {key.target}.{name} the type that the models say, or the models its type",
        )  # fmt: skip
    elif not any(_serves(each, name, builder) for each in target.standing):
        unique = builder.backend.links_unique_keys_alone
        lacks = "is neither the primary key nor unique" if unique else "has no index"
        yield builder.about(
            op, target.key_timeline(name), Kind.FOREIGN_KEY, Problem.MISSING, f"{what}: {key.target}.{name} {lacks}",
            columns=key.columns, hint=f"make {key.target}.{name} unique, as the models say",
        )  # fmt: skip
    else:
        yield from _compares_alike(builder, op, timeline, key, target, what)


def _serves(standing: Standing, name: str, builder: ObstructionBuilder) -> bool:
    """Whether a foreign key to a column may rest on it."""
    if builder.backend.links_unique_keys_alone:
        return standing.is_key and set(standing.columns) == {name}
    return (standing.is_primary or (standing.is_index and standing.is_plain)) and standing.columns[:1] == (name,)


def _compares_alike(
    builder: ObstructionBuilder, op: Op, timeline: ConstraintTimeline, key: ForeignKey, target: Target, what: str
) -> Iterator[Obstruction]:
    """Both ends are texts of one collation, in tables of an engine that has foreign keys."""
    column, name = key.columns[0], key.target_columns[0]
    end = target.columns.get(name)
    live = builder.location.live_table(end.table) if end is not None else builder.state.schema.find(key.target)
    at_fault = end.table if end is not None and live is not None and (live.engine or live.collation) else None
    if live is not None and live.engine is not None:
        message = f"{what}: {live.name} is ENGINE {live.engine}, to which no foreign key points"
        yield builder.about(
            op, at_fault, Kind.FOREIGN_KEY, Problem.DIFFERENT, message, columns=key.columns, hint=wording.ALTER,
        )  # fmt: skip
        return
    mine, theirs = builder.state.collation(timeline.table, column), builder.state.collation_at(key.target, end, name)
    if mine is not None and theirs is not None and mine != theirs:
        message = (
            f"{what}: {column} is to be compared by {mine}, and {key.target}.{name} is by {theirs}; "
            "no foreign key joins the two (error 3780, errno 150)"
        )
        yield builder.about(
            op, at_fault, Kind.FOREIGN_KEY, Problem.DIFFERENT, message, columns=key.columns,
            expected=f"{key.target}.{name} is {mine}", actual=f"{key.target}.{name} is {theirs}",
            hint=f'{wording.ALTER} gives all tables the collation of the database; or db_collation="{theirs}" on the '
            f"field that {key.target}.{name} comes from keeps its own",
        )  # fmt: skip
