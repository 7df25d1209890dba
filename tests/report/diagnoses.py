"""Diagnoses made by hand, for reports."""

from __future__ import annotations

from typing import Any

from schemaguard.diagnosis.codes import CODES
from schemaguard.diagnosis.model import (
    DatabaseInfo,
    DiagnosedMigration,
    DiagnosedOperation,
    Diagnosis,
    Finding,
    OperationState,
    State,
    Verdict,
)
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind

RECONCILE = "manage.py schemaguard reconcile"


def diagnosis(
    verdict: Verdict = Verdict.IN_SYNC, *, alias: str = "default", name: str = "shop", **parts: Any
) -> Diagnosis:
    values: dict[str, Any] = {"migrations": (), "findings": (), **parts}
    info = DatabaseInfo(alias=alias, vendor="postgresql", version="18.6", name=name)
    return Diagnosis(database=info, verdict=verdict, digest=lambda: "sha256:0", **values)


def migration(key: str, state: State = State.APPLIED, *operations: OperationState) -> DiagnosedMigration:
    app, name = key.split(".")
    recorded = state in (State.APPLIED, State.MISSING, State.ORPHANED)
    return DiagnosedMigration(
        app=app,
        name=name,
        recorded=recorded,
        state=state,
        file=None if state is State.ORPHANED else f"{app}/migrations/{name}.py",
        operations=tuple(
            DiagnosedOperation(index=index, description="Something", state=each)
            for index, each in enumerate(operations or (OperationState.DONE,))
        ),
    )


def finding(kind: Kind, problem: Problem, message: str, *, of: str | None = None, **parts: Any) -> Finding:
    """`of`: the migration, `app.name`, in whose file it is."""
    entry = CODES[kind, problem]
    values: dict[str, Any] = {"code": entry.code, "level": entry.level, **parts}
    if of is not None:
        app, name = of.split(".")
        values = {"app": app, "migration": name, "file": f"{app}/migrations/{name}.py", "line": 14, **values}
    return Finding(kind=kind, problem=problem, message=message, **values)


def unrecorded(key: str) -> Finding:
    message = f"{key} is in the database and not recorded: migrate would fail with 'already exists'"
    return finding(Kind.MIGRATION, Problem.UNRECORDED, message, of=key, line=1, hint=RECONCILE)


def missing_column(of: str = "shop.0002_user_email") -> Finding:
    return finding(
        Kind.COLUMN,
        Problem.MISSING,
        f"users.email is missing; {of} makes it",
        of=of,
        table="users",
        name="email",
        columns=("email",),
        expected="varchar(254) NOT NULL",
        hint=RECONCILE,
    )


def different_column(of: str = "shop.0005_email") -> Finding:
    return finding(
        Kind.COLUMN,
        Problem.DIFFERENT,
        f"users.email is varchar(75) NULL; {of} makes it varchar(254) NOT NULL (another type and nullability)",
        of=of,
        table="users",
        name="email",
        columns=("email",),
        expected="varchar(254) NOT NULL",
        actual="varchar(75) NULL",
        hint=f"{RECONCILE} --on-conflict alter",
        breaks=True,
    )


def extra_table(name: str = "legacy") -> Finding:
    return finding(
        Kind.TABLE,
        Problem.EXTRA,
        f"table {name} was made outside the migrations",
        table=name,
        name=name,
        hint=f'manage.py schemaguard adopt {name} --app APP_LABEL, or list it under SCHEMAGUARD["IGNORE_TABLES"]',
    )
