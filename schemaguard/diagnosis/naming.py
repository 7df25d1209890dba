"""What the objects of a timeline are called in a sentence, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.history.object_timeline import AnyTimeline, ColumnTimeline, OtherTimeline, TableTimeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemaguard.location.effects import AnyEffect
    from schemaguard.location.matching import MatchResult
    from schemaguard.schema.objects import Constraint

MOST = 4
"""So many objects of one state are named in a message."""


def name_of(matched: MatchResult, timeline: AnyTimeline, step: int) -> str:
    """`column users.email`: what it is called at a step, or was before it, on the table as it is called now."""
    if isinstance(timeline, OtherTimeline):
        return f"{timeline.kind.words} {timeline.name}"
    shape: Any = timeline.shape_at(step)
    if isinstance(timeline, TableTimeline):
        return f"table {shape.name}"
    live = matched.tables.get(timeline.table)
    table = live.name if live is not None else timeline.table.name_at(timeline.steps[step].at)
    if isinstance(timeline, ColumnTimeline):
        return f"column {table}.{shape.name}"
    return name_of_constraint(shape, table)


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
    if isinstance(effect.timeline, TableTimeline) and effect.timeline.is_handed_over(effect.step):
        return ("is another model's", "is not") if effect.timeline.is_left(effect.step) else ("is there", "is missing")
    return "is altered", "is not altered yet"


def parts_of(effects: Iterable[AnyEffect], matched: MatchResult, located_steps: Mapping[AnyTimeline, int]) -> str:
    """`column users.email is there; index users_idx on users is missing`, of the effects of one migration.

    A table speaks for those of its parts that are there, or are missing, as it is itself.
    """
    done: dict[str, None] = {}
    undone: dict[str, None] = {}
    tables: set[tuple[AnyTimeline, bool]] = set()
    for effect in sorted(effects, key=lambda each: not isinstance(each.timeline, TableTimeline)):
        is_done = effect.step <= located_steps[effect.timeline]
        if isinstance(effect.timeline, TableTimeline):
            tables.add((effect.timeline, is_done))
        elif not isinstance(effect.timeline, OtherTimeline) and (effect.timeline.table, is_done) in tables:
            if not matched.places[effect.timeline].lapsed:
                continue
        name = name_of(matched, effect.timeline, effect.step)
        if_done, if_not = change_of(effect)
        if effect.is_half_done(matched.places[effect.timeline], located_steps[effect.timeline]):
            is_done = False
            is_there = matched.places[effect.timeline].actual is not None
            if_not = "was begun and never finished" if is_there else "was dropped, to be made again"
        if matched.places[effect.timeline].lapsed and effect.step == located_steps[effect.timeline]:
            is_column = isinstance(effect.timeline, ColumnTimeline)
            undone[f"{name} {'has lost its automatic numbering' if is_column else 'is not enforced'}"] = None
        elif is_done:
            done[f"{name} {if_done}"] = None
        else:
            undone[f"{name} {if_not}"] = None
    return "; ".join([*_some(done), *_some(undone)])


def _some(sentences: Iterable[str]) -> list[str]:
    found = list(sentences)
    more = len(found) - MOST
    return [*found[:MOST], f"and {more} more like {'this' if more == 1 else 'these'}"] if more > 0 else found
