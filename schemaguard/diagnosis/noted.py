"""Where `migrate` stopped, in words."""

from __future__ import annotations

from collections.abc import Iterator

from schemaguard.diagnosis.wording import short
from schemaguard.history.graph import Graph
from schemaguard.history.noted import Noted
from schemaguard.history.object_timeline import Op
from schemaguard.location.locate import Location


def where_it_stopped(location: Location) -> Iterator[tuple[int, str]]:
    """(position of a migration, a sentence) for each that has notes, or code of which nobody knows whether it ran."""
    without_notes = {op[0] for op in location.open_code} - location.notes.keys()
    for m, noted in location.notes.items():
        yield m, _stopped(location.graph, m, noted, location.open_code)
    for m in without_notes:
        yield (
            m,
            "; ".join(f"{called(location.graph, op)} may have run" for op in sorted(location.open_code) if op[0] == m),
        )


def called(graph: Graph, op: Op) -> str:
    """`operation 2 (Raw Python operation)`."""
    return f"operation {op[1] + 1} ({graph.plan[op[0]].operations[op[1]].describe()})"


def _stopped(graph: Graph, m: int, noted: Noted, unsure: frozenset[Op]) -> str:
    size = len(graph.plan[m].operations)
    if noted.operation >= size:
        where = "after its last operation"
    elif noted.done and not noted.statement:
        where = f"after {called(graph, (m, noted.operation))}"
    else:
        where = f"in {called(graph, (m, noted.operation))}"
    if noted.statement:
        where += f", {'after' if noted.done else 'at'} statement {noted.statement}: {short(noted.sql)}"
    when = f" at {noted.at:%Y-%m-%d %H:%M:%S} UTC" if noted.at is not None else ""
    may = "; it may have run or not" if any(op[0] == m for op in unsure) else ""
    return f"migrate stopped {where}{when} ({noted.process} on {noted.host}){may}"
