"""What is said of an operation to come that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.ahead.state import AheadState
from schemaguard.diagnosis.codes import IN_THE_WAY
from schemaguard.diagnosis.model import Finding
from schemaguard.history.source_files import file_of, line_of
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from schemaguard.history.object_timeline import AnyTimeline, Op
    from schemaguard.location.location import Location
    from schemaguard.schema.codes import Problem
    from schemaguard.schema.kinds import Kind


@value(frozen=True, slots=True)
class Obstruction:
    """An operation to come that fails. `at_fault` is not as it should be, where that is a thing of the history."""

    op: Op
    finding: Finding
    at_fault: AnyTimeline | None = None


class ObstructionBuilder:
    """Knows what the catalog will be by then (`state`), and puts into words what an operation misses there."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.graph = location.graph
        self.backend = location.backend
        self.state = AheadState(location)

    def operation(self, op: Op) -> Any:
        return self.graph.plan[op[0]].operations[op[1]]

    def name(self, op: Op) -> str:
        migration = self.graph.plan[op[0]]
        return f"{migration.app_label}.{migration.name}"

    def quoted(self, name: str | None) -> str:
        quoted: str = self.backend.connection.ops.quote_name(name or "")
        return quoted

    def drop_constraint(self, table: str | None, name: str | None) -> str:
        return f"ALTER TABLE {self.quoted(table)} DROP CONSTRAINT {self.quoted(name)}"

    def about(
        self, op: Op, at_fault: AnyTimeline | None, kind: Kind, problem: Problem, message: str, *,
        name: str | None = None, columns: tuple[str, ...] | None = None, hint: str | None = None,
        table: str | None = None, expected: str | None = None, actual: str | None = None,
    ) -> Obstruction:  # fmt: skip
        migration = self.graph.plan[op[0]]
        owner = at_fault.owner if at_fault is not None else None
        if table is None and owner is not None:
            table = self.state.name_of(owner)
        finding = Finding(
            code=IN_THE_WAY.code, level=IN_THE_WAY.level, kind=kind, problem=problem, table=table, name=name,
            columns=columns or None, app=migration.app_label, migration=migration.name, file=file_of(migration),
            line=line_of(migration, op[1]), expected=expected, actual=actual, message=message,
            hint=f"{hint}; then manage.py migrate" if hint else None, breaks=True,
        )  # fmt: skip
        return Obstruction(op, finding, at_fault)
