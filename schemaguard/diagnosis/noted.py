"""Where `migrate` stopped, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.wording import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.history.graph import Graph
    from schemaguard.history.noted import Noted
    from schemaguard.history.object_timeline import Op
    from schemaguard.location.location import Location


def where_it_stopped(location: Location) -> Iterator[tuple[int, str]]:
    """(position of a migration, a sentence) for each that has notes, or code of which nobody knows whether it ran."""
    unseen = location.unseen_code
    for m, noted in location.notes.items():
        yield m, _stopped(location.graph, m, noted, is_open=unseen.is_open(m))
    for m in {op[0] for op in unseen.open} - location.notes.keys():
        code = (called(location.graph, op) for op in sorted(unseen.open) if op[0] == m)
        yield m, f"nothing shows whether {' and '.join(code)} ran"


def called(graph: Graph, op: Op) -> str:
    """`operation 2 (Raw Python operation)`."""
    return f"operation {op[1] + 1} ({graph.plan[op[0]].operations[op[1]].describe()})"


def _stopped(graph: Graph, m: int, noted: Noted, *, is_open: bool) -> str:
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
    may = "; it may have run or not" if is_open else ""
    return f"migrate stopped {where}{when} ({noted.process} on {noted.host}){may}"
