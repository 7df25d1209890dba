"""What the objects of a timeline are called in a sentence, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.history.by_kind import match_kind
from schemaguard.schema.objects import Column

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemaguard.history.object_timeline import (
        AnyTimeline,
        ColumnTimeline,
        ConstraintTimeline,
        OtherTimeline,
        TableTimeline,
    )
    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.location import Location
    from schemaguard.schema.objects import Constraint

MOST = 4
"""So many objects of one state are named in a message."""


def name_of(location: Location, timeline: AnyTimeline, step: int) -> str:
    """`column users.email`: what it is called at a step, or was before it, on the table as it is called now."""
    shape: Any = timeline.shape_at(step)
    return words_for(timeline, shape, shape.name if timeline is timeline.owner else location.table_name(timeline, step))


def words_for(timeline: AnyTimeline, shape: Any, table_name: str | None) -> str:
    """`column users.email`, of an object of that shape; `table_name` is that of its table, or its own."""

    def table(_: TableTimeline) -> str:
        return f"table {table_name}"

    def column(_: ColumnTimeline) -> str:
        return f"column {table_name}.{shape.name}"

    def constraint(_: ConstraintTimeline) -> str:
        return name_of_constraint(shape, table_name or "")

    def other(timeline: OtherTimeline) -> str:
        return f"{timeline.kind.words} {timeline.name}"

    return match_kind(timeline, table=table, column=column, constraint=constraint, other=other)


def name_of_constraint(shape: Constraint, table: str) -> str:
    """`index users_email_idx on users`; one without a name is told by its columns: `unique (email) on users`."""
    label = shape.name or (f"({', '.join(shape.columns)})" if shape.columns else "")
    return " ".join(filter(None, [shape.kind.words, label, "on", table]))


def called(shape: Constraint) -> str:
    """`index users_email_idx`, where its table is told beside it; one without a name by its columns."""
    return f"{shape.kind.words} {shape.name or 'over ' + ', '.join(shape.columns)}"


def change_of(effect: AnyEffect) -> tuple[str, str]:
    """What is said of an object where a step of its timeline is done, and where it is not."""
    before, after = effect.shapes
    if not after:
        return "is gone", "is still there"
    if not before:
        return "is there", "is missing"
    if effect.hands_over:
        return ("is another model's", "is not") if effect.leaves else ("is there", "is missing")
    return "is altered", "is not altered yet"


def parts_of(effects: Iterable[AnyEffect], location: Location) -> str:
    """`column users.email is there; index users_idx on users is missing`, of the effects of one migration.

    A table speaks for those of its parts that are there, or are missing, as it is itself.
    """
    done: dict[str, None] = {}
    undone: dict[str, None] = {}
    tables: set[tuple[AnyTimeline | None, bool]] = set()
    for effect in sorted(effects, key=_is_of_a_part):
        timeline, is_ahead = effect.timeline, location.is_ahead(effect)
        if timeline is timeline.owner:
            tables.add((timeline, is_ahead))
        elif (timeline.owner, is_ahead) in tables and not location.placement(timeline).lapsed:
            continue
        is_done, what = _outcome(effect, location)
        (done if is_done else undone)[f"{name_of(location, timeline, effect.step)} {what}"] = None
    return "; ".join([*_some(done), *_some(undone)])


def _is_of_a_part(effect: AnyEffect) -> bool:
    """Whether it is of anything else than a table."""
    return effect.timeline is not effect.timeline.owner


def _outcome(effect: AnyEffect, location: Location) -> tuple[bool, str]:
    """Whether it is done, and what is said of its object."""
    place, located_step = location.placement(effect.timeline), location.located_step(effect.timeline)
    if place.lapsed and effect.step == located_step:
        return False, "has lost its automatic numbering" if isinstance(place.actual, Column) else "is not enforced"
    if effect.is_half_done(place, located_step):
        return False, "was begun and never finished" if place.actual is not None else "was dropped, to be made again"
    if_done, if_not = change_of(effect)
    return (False, if_not) if location.is_ahead(effect) else (True, if_done)


def _some(sentences: Iterable[str]) -> list[str]:
    found = list(sentences)
    more = len(found) - MOST
    return [*found[:MOST], f"and {more} more like {'this' if more == 1 else 'these'}"] if more > 0 else found
