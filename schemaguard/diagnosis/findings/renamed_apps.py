"""What is said of an app whose label was changed in code alone: one finding, which names the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.wording import RECONCILE
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.location.renamed_apps import RenamedApp


def way(found: RenamedApp) -> str:
    """What mends it."""
    return f"{'; '.join(found.statements)}; then {RECONCILE}"


def with_label(findings: Sequence[Finding], found: Sequence[RenamedApp]) -> list[Finding]:
    """One finding for each such app, in the place of all that comes of it."""
    left = list(findings)
    for each in found:
        tables = {old for old, _ in each.tables}
        left = [finding for finding in left if not _comes_of(finding, each.former, tables)]
        left.append(_finding(each))
    return left


def _comes_of(finding: Finding, former: str, tables: set[str]) -> bool:
    if finding.kind is Kind.TABLE:
        return finding.problem is Problem.EXTRA and finding.table in tables
    return finding.problem is Problem.ORPHANED and finding.app == former


def _finding(found: RenamedApp) -> Finding:
    entry = CODES[Kind.TABLE, Problem.DIFFERENT]
    old, new = found.tables[0]
    names = ", ".join(name for name, _ in found.tables)
    return Finding(
        code=entry.code, level=entry.level, kind=Kind.TABLE, problem=Problem.DIFFERENT, table=old, name=old,
        app=found.label, message=f"{found.said} ({names}): migrate would make empty tables beside them",
        expected=f"{new}, and records of {found.label}", actual=f"{old}, and records of {found.former}",
        hint=way(found), breaks=True,
    )  # fmt: skip
