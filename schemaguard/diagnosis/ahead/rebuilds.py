"""Tables that SQLite's editor makes anew, under a name that must be free."""

from __future__ import annotations

from collections.abc import Iterator

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.ahead.words import Obstruction, Teller, shapes
from schemaguard.diagnosis.model import Problem
from schemaguard.history.object_timeline import ColumnLine, ConstraintLine, Op, TableLine
from schemaguard.location.resolve import Effect
from schemaguard.schema.names import bare
from schemaguard.schema.objects import Index, Kind


def remade(teller: Teller, op: Op, effects: list[Effect]) -> Iterator[Obstruction]:
    """SQLite's editor makes a table anew as new__…, which must not be there."""
    if teller.vendor != "sqlite":
        return
    tables = [line for e in effects if (line := _makes_anew(teller, op, e)) is not None]
    for each in dict.fromkeys(tables):
        table = teller.state.name_of(each)
        stranger = teller.state.stranger(f"new__{bare(table or '')}")
        if table is not None and stranger is not None:
            left = wording.left_by_a_rebuild(stranger)
            message = f"{left}; {teller.name(op)} makes {table} anew once more, and fails on it"
            yield teller.about(
                op, None, Kind.TABLE, Problem.EXTRA, message, name=stranger, table=stranger,
                hint=wording.drop_rebuild(stranger),
            )  # fmt: skip


def _makes_anew(teller: Teller, op: Op, effect: Effect) -> TableLine | None:
    """The table that an effect has made anew: django/db/backends/sqlite3/schema.py says where it need not be."""
    line = effect.line
    before, after = shapes(effect)
    if isinstance(line, ConstraintLine):
        shape = after or before
        plain = isinstance(shape, Index) and (not shape.unique or not shape.constraint)
        return None if plain or line.key[0] == "unique_together" else line.table
    if not isinstance(line, ColumnLine):
        return None
    field = getattr(teller.operation(op), "field", None)
    if before is None and after is not None:
        bare_column = after.nullable and (field is None or not (field.has_default() or field.unique))
        return None if bare_column else line.table
    if after is None:
        name = teller.state.column_name(line)
        return line.table if any(name in each.columns for each in teller.state.of(line.table)) else None
    return line.table if getattr(before, "type", None) != after.type or before.nullable != after.nullable else None
