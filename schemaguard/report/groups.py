"""Findings put together for a reader: by migration or table, the most harmful first, long runs in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemaguard.diagnosis.codes import HARM
from schemaguard.diagnosis.model import DiagnosedMigration, Diagnosis, Finding, OperationState, State
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from schemaguard.schema.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RUNS = {
    Problem.UNRECORDED: "in the database and not recorded",
    Problem.OUT_OF_ORDER: "not recorded, while others that depend on them are",
    Problem.ORPHANED: "recorded and without a file",
}
"""What can be said of many migrations at once."""


@value(frozen=True, kw_only=True, slots=True)
class Group:
    """Findings with one cause; `heading` is None where the findings say enough by themselves."""

    heading: str | None
    state: State | None = None
    findings: tuple[Finding, ...]


@value(frozen=True, kw_only=True, slots=True)
class Run:
    """One problem of several migrations of an app that come one after the other."""

    finding: Finding
    """The first one's."""
    migrations: tuple[DiagnosedMigration, ...]

    @property
    def text(self) -> str:
        """`accounts: 0001_initial … 0012_x, 12 migrations in the database and not recorded`."""
        first, last = self.migrations[0].name, self.migrations[-1].name
        between = " … " if len(self.migrations) > 2 else ", "
        text = f"{self.finding.app}: {first}{between}{last}, {len(self.migrations)} migrations"
        invisible = sum(_leaves_no_trace(each) for each in self.migrations)
        note = f" ({invisible} of them leave nothing to see)" if invisible else ""
        return f"{text} {RUNS[self.finding.problem]}{note if self.finding.problem is Problem.UNRECORDED else ''}"


def grouped(diagnosis: Diagnosis, findings: Iterable[Finding]) -> list[Group | Run]:
    """Every finding once, in groups and runs, ordered by their most harmful finding."""
    ordered = sorted(findings, key=lambda each: (-each.level.rank, -HARM.get(each.code, 0)))
    by_cause: dict[tuple[str, ...], list[Finding]] = {}
    for finding in ordered:
        by_cause.setdefault(_cause(finding), []).append(finding)
    migrations = {each.key: each for each in diagnosis.migrations}
    runs = _runs(diagnosis, by_cause)
    found: list[Group | Run] = []
    for cause, mine in by_cause.items():
        if cause in runs:
            found += runs[cause]
            continue
        of_migration = cause[0] == "migration"
        migration = migrations.get((cause[1], cause[2])) if of_migration else None
        alone = all(each.kind is Kind.MIGRATION for each in mine) if of_migration else len(mine) == 1
        found.append(
            Group(
                heading=None if alone else _heading(cause),
                state=migration.state if migration is not None else None,
                findings=tuple(mine),
            )
        )
    return found


def _cause(finding: Finding) -> tuple[str, ...]:
    if finding.code.startswith("SG9"):
        return ("settings",)
    if finding.app is not None and finding.migration is not None:
        return "migration", finding.app, finding.migration
    if finding.table is not None:
        return "table", finding.table
    return ("app", finding.app) if finding.app is not None else ("database",)


def _heading(cause: tuple[str, ...]) -> str:
    if cause[0] == "migration":
        return f"{cause[1]}.{cause[2]}"
    return {"settings": "settings.SCHEMAGUARD", "database": "the database"}.get(cause[0]) or f"{cause[0]} {cause[1]}"


def _runs(
    diagnosis: Diagnosis, by_cause: dict[tuple[str, ...], list[Finding]]
) -> dict[tuple[str, ...], list[Group | Run]]:
    """First cause of each run → its lines. The other causes of a run → nothing: the run tells them."""
    found: dict[tuple[str, ...], list[Group | Run]] = {}
    rank = {cause: number for number, cause in enumerate(by_cause)}
    for run in _neighbours(diagnosis, by_cause):
        if len(run) < 2:
            continue
        causes = [("migration", *each.key) for each in run]
        found.update((cause, []) for cause in causes)
        first = min(causes, key=rank.__getitem__)
        found[first] = [Run(finding=each, migrations=tuple(run)) for each in by_cause[first]]
    return found


def _neighbours(
    diagnosis: Diagnosis, by_cause: dict[tuple[str, ...], list[Finding]]
) -> Iterator[list[DiagnosedMigration]]:
    """Migrations of one app that follow each other and have the same problems, no other."""
    open_runs: dict[str, tuple[tuple[Problem, ...] | None, list[DiagnosedMigration]]] = {}
    for migration in diagnosis.migrations:
        same = _what_all_share(migration, by_cause.get(("migration", *migration.key), []))
        before, run = open_runs.get(migration.app, (None, []))
        if same is None or same != before:
            yield run
            run = []
        open_runs[migration.app] = same, [*run, migration] if same is not None else []
    for _, run in open_runs.values():
        yield run


def _what_all_share(migration: DiagnosedMigration, findings: list[Finding]) -> tuple[Problem, ...] | None:
    """The problems that make it one of a run. None where there is more to say of it."""
    problems = tuple(each.problem for each in findings)
    plain = all(each.kind is Kind.MIGRATION and each.problem in RUNS and not each.breaks for each in findings)
    return problems if problems and plain and migration.state is not State.PARTIAL else None


def _leaves_no_trace(migration: DiagnosedMigration) -> bool:
    return all(each.state is OperationState.INVISIBLE for each in migration.operations)


def listed(migrations: Iterable[DiagnosedMigration]) -> list[str]:
    """`accounts: 0003_x … 0012_y, 10 migrations`, one an app, in the order given."""
    by_app: dict[str, list[str]] = {}
    for migration in migrations:
        by_app.setdefault(migration.app, []).append(migration.name)
    lines = []
    for app, names in by_app.items():
        shown = f"{names[0]} … {names[-1]}, {len(names)} migrations" if len(names) > 2 else ", ".join(names)
        lines.append(f"{app}: {shown}")
    return lines
