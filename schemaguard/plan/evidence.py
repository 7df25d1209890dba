"""Why a fake may be believed: what was looked at, and what it looked like."""

from __future__ import annotations

from schemaguard.diagnosis import wording
from schemaguard.diagnosis.diagnose import Located
from schemaguard.history.lines import ColumnLine, ConstraintLine, TableLine

MOST = 200


def evidence(located: Located, m: int) -> tuple[str, ...]:
    """A sentence for each object that a migration made and that was found, and for each that it removed and is gone."""
    found: list[str] = []
    for o in range(len(located.graph.plan[m].operations)):
        for effect in located.effects.get((m, o), ()):
            line, place = effect.line, located.matched.places[effect.line]
            if effect.step > located.positions[line]:
                continue
            if isinstance(line, TableLine):
                found.append(f"table {line.name} is {'there' if place.actual is not None else 'gone'}")
            elif isinstance(line, ColumnLine):
                name = f"{line.table.name}.{next(step.shape.name for step in line.steps if step.shape is not None)}"
                found.append(f"column {name} is {wording.column(place.actual) if place.actual is not None else 'gone'}")
            elif isinstance(line, ConstraintLine):
                shape = wording.constraint(place.actual) if place.actual is not None else "gone"
                found.append(
                    f"{line.key[0]} {place.actual.name if place.actual else line.key[-1]} on {line.table.name}: {shape}"
                )
            else:
                found.append(f"{line.kind} {line.name} is {'there' if place.actual else 'gone'}")
    if not found:
        found = ["nothing of it can be seen in the catalog; what depends on it is in the database"]
    return tuple(found[:MOST])
