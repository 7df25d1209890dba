"""What the objects of a timeline are called in a sentence, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemaguard.history.object_timeline import AnyLine, ColumnLine, OtherLine, TableLine
from schemaguard.location.matching import Matched
from schemaguard.location.resolve import Effect
from schemaguard.schema.objects import Constraint

MOST = 4
"""So many objects of one state are named in a message."""


def name_of(matched: Matched, line: AnyLine, step: int) -> str:
    """`column users.email`: what it is called at a step, or was before it, on the table as it is called now."""
    if isinstance(line, OtherLine):
        return f"{line.kind} {line.name}"
    shape: Any = line.shape_at(step)
    if isinstance(line, TableLine):
        return f"table {shape.name}"
    live = matched.tables.get(line.table)
    table = live.name if live is not None else line.table.name_at(line.steps[step].at)
    if isinstance(line, ColumnLine):
        return f"column {table}.{shape.name}"
    return name_of_constraint(shape, table)


def name_of_constraint(shape: Constraint, table: str) -> str:
    """`index users_email_idx on users`; one without a name is told by its columns: `unique (email) on users`."""
    label = shape.name or (f"({', '.join(shape.columns)})" if shape.columns else "")
    return " ".join(filter(None, [shape.kind.words, label, "on", table]))


def change_of(effect: Effect) -> tuple[str, str]:
    """What is said of an object where a step of its timeline is done, and where it is not."""
    before, after = effect.line.steps[effect.step - 1].shape, effect.line.steps[effect.step].shape
    if not after:
        return "is gone", "is still there"
    if not before:
        return "is there", "is missing"
    if isinstance(effect.line, TableLine) and effect.line.is_handed_over(effect.step):
        return ("is another model's", "is not") if effect.line.is_left(effect.step) else ("is there", "is missing")
    return "is altered", "is not altered yet"


def parts_of(effects: Iterable[Effect], matched: Matched, positions: Mapping[AnyLine, int]) -> str:
    """`column users.email is there; index users_idx on users is missing`, of the effects of one migration.

    A table speaks for those of its parts that are there, or are missing, as it is itself.
    """
    done: dict[str, None] = {}
    undone: dict[str, None] = {}
    tables: set[tuple[AnyLine, bool]] = set()
    for effect in sorted(effects, key=lambda each: not isinstance(each.line, TableLine)):
        is_done = effect.step <= positions[effect.line]
        if isinstance(effect.line, TableLine):
            tables.add((effect.line, is_done))
        elif not isinstance(effect.line, OtherLine) and (effect.line.table, is_done) in tables:
            if not matched.places[effect.line].unnumbered:
                continue
        name = name_of(matched, effect.line, effect.step)
        if_done, if_not = change_of(effect)
        if matched.places[effect.line].unfinished and effect.step == positions[effect.line] + 1:
            if_not = "was begun and never finished"
        if matched.places[effect.line].unnumbered and effect.step == positions[effect.line]:
            undone[f"{name} has lost its automatic numbering"] = None
        elif is_done:
            done[f"{name} {if_done}"] = None
        else:
            undone[f"{name} {if_not}"] = None
    return "; ".join([*_some(done), *_some(undone)])


def _some(sentences: Iterable[str]) -> list[str]:
    found = list(sentences)
    more = len(found) - MOST
    return [*found[:MOST], f"and {more} more like {'this' if more == 1 else 'these'}"] if more > 0 else found
