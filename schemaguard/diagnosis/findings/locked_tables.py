"""Tables that somebody kept locked for longer than a check waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemaguard.database.base import Backend
    from schemaguard.schema.objects import Schema


def hides(finding: Finding, backend: Backend) -> bool:
    """What nobody could compare because its table was locked: that is told once."""
    return finding.problem is Problem.INCOMPARABLE and finding.table in backend.locked


def not_looked_at(backend: Backend, schema: Schema) -> Iterator[Finding]:
    """A finding for each table that somebody kept locked for longer than a check waits."""
    entry = CODES[Kind.TABLE, Problem.INCOMPARABLE]
    for table, who in backend.locked.items():
        if table in schema.tables:
            yield Finding(
                code=entry.code, level=entry.level, kind=Kind.TABLE, problem=Problem.INCOMPARABLE, table=table,
                name=table,
                message=f"table {table} is locked by {who}: its checks, generated columns, indexed expressions and "
                "sequences were not looked at",
                hint="manage.py schemaguard check",
            )  # fmt: skip
