"""The verdict on a database: a function of what was found and of what is to run, which it never contradicts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import IN_THE_WAY
from schemaguard.diagnosis.model import Diagnosis, Finding, State, Verdict
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Collection


def verdict(states: Collection[State], found: Collection[Finding]) -> Verdict:
    """The worst that holds (CONTRACT.md). RECONCILABLE and CONFLICT come of findings of level error alone.

    `states` are those of the migrations.
    """
    errors = [finding for finding in found if finding.level is Level.ERROR]
    if any(finding.breaks for finding in errors):
        return Verdict.CONFLICT
    if errors:
        return Verdict.RECONCILABLE
    return Verdict.PENDING if State.PENDING in states else Verdict.IN_SYNC


def with_obstacles(diagnosis: Diagnosis, obstacles: Collection[str]) -> Diagnosis:
    """The diagnosis of a database that its plan does not mend: a conflict, for a person has to do something first.

    `obstacles` are sentences. Where no finding of level error says what is wrong, each of them becomes one.
    """
    if not obstacles:
        return diagnosis
    if any(finding.level is Level.ERROR for finding in diagnosis.findings):
        return replace(diagnosis, verdict=Verdict.CONFLICT)
    found = tuple(
        Finding(
            code=IN_THE_WAY.code, level=IN_THE_WAY.level, kind=Kind.MIGRATION, problem=Problem.DIFFERENT,
            message=sentence, breaks=True,
        )
        for sentence in obstacles
    )  # fmt: skip
    return replace(diagnosis, findings=(*found, *diagnosis.findings), verdict=Verdict.CONFLICT)
