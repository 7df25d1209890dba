"""What is said of a swappable model that was swapped in the middle of a project: one finding, which names the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import Finding
from schemaguard.diagnosis.wording import ALTER
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.location.swapped_models import Swap


def with_cause(findings: Sequence[Finding], found: Sequence[Swap], keys: Sequence[tuple[str, str]]) -> list[Finding]:
    """One finding for each swap, in the place of all that comes of it. `keys` are those of the plan's migrations."""
    left = list(findings)
    for swap in found:
        makes = keys[swap.makes] if swap.makes is not None else None
        left = [finding for finding in left if not _comes_of(finding, swap, makes)]
        left.append(_finding(swap))
    return left


def _comes_of(finding: Finding, swap: Swap, makes: tuple[str, str] | None) -> bool:
    if finding.kind is Kind.TABLE:
        return finding.problem is Problem.EXTRA and finding.table in swap.tables
    if finding.kind is Kind.MIGRATION:
        return finding.problem is Problem.OUT_OF_ORDER and (finding.app, finding.migration) == makes
    columns = finding.columns or ()
    return finding.kind in (Kind.COLUMN, Kind.FOREIGN_KEY) and any(
        (finding.table, column) in swap.pointing for column in columns
    )


def _finding(swap: Swap) -> Finding:
    entry = CODES[Kind.TABLE, Problem.DIFFERENT]
    pointing = ", ".join(sorted(f"{table}.{column}" for table, column in swap.pointing))
    message = f"{swap.said}: its rows are in {swap.table}"
    if pointing:
        message += f", where {pointing} point{'' if ',' in pointing else 's'}"
    message += f", and {swap.new_table} is not there"
    return Finding(
        code=entry.code, level=entry.level, kind=Kind.TABLE, problem=Problem.DIFFERENT, table=swap.table,
        name=swap.table, message=message,
        expected=f"the rows of {swap.chosen} in {swap.new_table}", actual=f"those of {swap.former} in {swap.table}",
        hint=f"{swap.way_back}; where {swap.table} has no rows: {ALTER}", breaks=True,
    )  # fmt: skip
