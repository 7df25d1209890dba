"""What is said of a table that a migration takes for granted, and that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.history.source_files import file_of, line_of
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from schemaguard.history.graph import Graph
    from schemaguard.location.assumed_tables import AssumedTable


def finding(found: AssumedTable, graph: Graph) -> Finding:
    entry = CODES[Kind.TABLE, Problem.MISSING]
    migration = graph.plan[found.op[0]]
    by = f"{migration.app_label}.{migration.name}"
    hint = f"put it back with its rows, or, to have it made without any: {RECONCILE}"
    if not found.is_owed:
        first = f"manage.py migrate {migration.app_label} {migration.name}"
        hint = f"put it back with its rows, or, to have it made without any: {first}, then {RECONCILE}"
    return Finding(
        code=entry.code, level=entry.level, kind=Kind.TABLE, problem=Problem.MISSING, table=found.name, name=found.name,
        app=migration.app_label, migration=migration.name, file=file_of(migration),
        line=line_of(migration, found.op[1]), message=f"{found.said}: {by} takes it for granted", hint=hint,
        breaks=not found.is_owed,
    )  # fmt: skip
