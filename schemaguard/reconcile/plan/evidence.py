"""Why a fake may be believed: what was looked at, and what it looked like."""

from __future__ import annotations

from typing import Any

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.naming import name_of_constraint
from schemaguard.history.object_timeline import AnyLine, ColumnLine, ConstraintLine, TableLine
from schemaguard.location.locate import Located

MOST = 200


def evidence(located: Located, m: int) -> tuple[str, ...]:
    """A sentence for each object that a migration made and that was found, and for each that it removed and is gone."""
    found: list[str] = []
    for o in range(len(located.graph.plan[m].operations)):
        for effect in located.effects.get((m, o), ()):
            line, place = effect.line, located.matched.places[effect.line]
            if effect.step > located.positions[line]:
                continue
            there = place.actual is not None
            if isinstance(line, ColumnLine):
                seen: Any = place.actual if there else line.shape_at(located.positions[line])
                name = f"{_table(located, line.table, line)}.{seen.name}"
                found.append(f"column {name} is {wording.column(place.actual) if there else 'gone'}")
            elif isinstance(line, ConstraintLine):
                shape: Any = place.actual if there else line.shape_at(located.positions[line])
                name = name_of_constraint(shape, _table(located, line.table, line))
                found.append(f"{name} is {wording.constraint(place.actual) if there else 'gone'}")
            else:
                what = (
                    f"table {_table(located, line, line)}"
                    if isinstance(line, TableLine)
                    else f"{line.kind} {line.name}"
                )
                found.append(f"{what} is {'there' if there else 'gone'}")
    if not found:
        found = ["nothing of it can be seen in the catalog; what depends on it is in the database"]
    more = len(found) - MOST
    return (*found[:MOST], f"and {more} more like these") if more > 0 else tuple(found)


def _table(located: Located, table: TableLine, line: AnyLine) -> str:
    """What a table is called in the database; where it is gone, what it was called at the place of one of its lines."""
    live = located.matched.tables.get(table)
    return live.name if live is not None else table.name_at(line.steps[located.positions[line]].at)
