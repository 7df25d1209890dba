"""One finding for many tables and columns that are compared by one other collation than they should be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis import wording
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from schemaguard.diagnosis.model import Finding

FEW = 2
"""So many are told one by one."""
NAMED = 5
COLLATION = re.compile(r' ?COLLATE "?([\w-]+)"?')


def together(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """The findings, with those that differ alike in nothing but the collation made one, where the first of them was."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        collation = other_collation(finding)
        if collation is not None:
            alike.setdefault(collation, []).append(finding)
    many = {collation: found for collation, found in alike.items() if len(found) > FEW}
    return tuple(_replaced(findings, many)) if many else tuple(findings)


def other_collation(finding: Finding) -> str | None:
    """The collation of a table or column that differs in that alone; None for any other finding."""
    if finding.kind not in (Kind.TABLE, Kind.COLUMN) or finding.problem is not Problem.DIFFERENT:
        return None
    expected, actual = finding.expected or "", finding.actual or ""
    found = COLLATION.search(actual)
    if found is None or expected == actual:
        return None
    if finding.kind is Kind.TABLE:
        alone = COLLATION.sub("", actual) == "" and expected in (wording.USUAL_COLLATION, COLLATION.sub("", expected))
        return found[1] if alone else None
    return found[1] if COLLATION.sub("", actual) == COLLATION.sub("", expected) else None


def _replaced(findings: Collection[Finding], many: dict[str, list[Finding]]) -> Iterator[Finding]:
    for finding in findings:
        collation = other_collation(finding)
        if collation is None or collation not in many:
            yield finding
        elif finding is many[collation][0]:
            yield _one(collation, many[collation])


def _one(collation: str, found: list[Finding]) -> Finding:
    tables = [each.table or "" for each in found if each.kind is Kind.TABLE]
    columns = [f"{each.table}.{each.name}" for each in found if each.kind is Kind.COLUMN]
    names = [*tables, *columns]
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    counts = [wording.numbered(len(each), word) for each, word in ((tables, "table"), (columns, "column")) if each]
    apps = {each.app for each in found}
    worst = max(found, key=lambda each: each.level.rank)
    return replace(
        found[0], level=worst.level, table=None, name=None, columns=None, file=None, line=None, migration=None,
        app=found[0].app if len(apps) == 1 else None, expected=found[0].expected if tables else None,
        actual=f"COLLATE {collation}", breaks=any(each.breaks for each in found) and worst.level is Level.ERROR,
        message=f"{' and '.join(counts)} are {wording.compared_by(collation)} ({named}); the migrations make them "
        f"otherwise: {wording.SEVERAL_COLLATIONS.replace('in it', 'in them')}",
    )  # fmt: skip
