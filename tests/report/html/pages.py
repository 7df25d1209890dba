"""Diagnoses for the HTML report: a small one of everything, a large one, and one in which every name is hostile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.model import (
    Action,
    DiagnosedColumn,
    DiagnosedTable,
    Diagnosis,
    Hazard,
    OperationState,
    PlanStep,
    Reference,
    State,
    Verdict,
)
from schemaguard.report.base import report
from schemaguard.report.formats.html import as_html
from schemaguard.schema.codes import Level, Problem
from schemaguard.schema.kinds import Kind
from tests.report.diagnoses import (
    diagnosis,
    different_column,
    extra_table,
    finding,
    migration,
    missing_column,
    unrecorded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'`&amp;</style></title>-->\u202e\u2066"
    "\x1b[31m\n\u05e9\u05dc\u05d5\u05dd javascript:window.hacked=1 \ud800"
)
DONE, ABSENT, INVISIBLE = OperationState.DONE, OperationState.ABSENT, OperationState.INVISIBLE


def page(found: Diagnosis, known: Mapping[str, str] | None = None) -> str:
    return as_html(report(found, Path.cwd(), known))


def table(name: str, *targets: str, columns: int = 4, **more: Any) -> DiagnosedTable:
    """`columns` plain ones, and a foreign key to each target."""
    shapes = [DiagnosedColumn(name="id", definition="bigint NOT NULL AUTO", key=True)]
    shapes += [DiagnosedColumn(name=f"c{number}", definition="varchar(40) NULL") for number in range(columns)]
    shapes += [DiagnosedColumn(name=f"{each}_id", definition="bigint NOT NULL") for each in targets]
    references = tuple(Reference(columns=(f"{each}_id",), target=each) for each in targets)
    return DiagnosedTable(name=name, app=more.pop("app", "shop"), columns=tuple(shapes), references=references, **more)


def listed(found: Diagnosis, *tables: DiagnosedTable) -> Diagnosis:
    return replace(found, listing=lambda: tables)


def small() -> Diagnosis:
    """Every state, level and action once."""
    migrations = (
        *(migration(f"auth.{number:04}_x") for number in range(1, 13)),
        migration("shop.0001_initial"),
        migration("shop.0002_user_email", State.MISSING, DONE, ABSENT),
        migration("shop.0003_present", State.PRESENT, DONE, INVISIBLE),
        migration("shop.0004_half", State.PARTIAL, DONE, ABSENT),
        migration("shop.0005_email", State.CONFLICTING, OperationState.CONFLICTING),
        migration("shop.0006_to_come", State.PENDING, ABSENT),
        migration("old.0001_gone", State.ORPHANED),
    )
    note = finding(Kind.CHECK, Problem.INCOMPARABLE, "check c cannot be told", table="users", name="c")
    found = (missing_column(), different_column(), unrecorded("shop.0003_present"), extra_table(), note)
    hazard = Hazard(
        kind="nulls", table="users", columns=("email",), rows=3, message="3 rows of users hold NULL in email"
    )
    steps = tuple(
        PlanStep(action=action, app="shop", name=f"000{number}_x", sql=('ALTER TABLE "users" ADD "email" text;',),
                 hazards=(hazard,), evidence=("table users: as expected",), summary="a few words")
        for number, action in enumerate(Action)
    )  # fmt: skip
    tables = (table("users", "groups"), table("groups"), table("orders", "users"), table("legacy", expected=False))
    made = diagnosis(
        Verdict.CONFLICT, migrations=migrations, findings=found, plan=steps, plan_hash="sha256:ab",
        unmendable=("trigger t has to be made by hand",), unseen=("table x: permission denied",),
    )  # fmt: skip
    return listed(made, *tables)


def large(tables: int = 300, migrations: int = 320) -> Diagnosis:
    """Nothing is as it should be: each table lacks a column or has it in another shape, and points at three others."""
    names = [f"app{number % 12}_table_number_{number}" for number in range(tables)]
    every = [
        table(name, *{names[number // 2], names[number // 3], names[0]} - {name}, app=name.partition("_")[0], columns=9)
        for number, name in enumerate(names)
    ]
    found = [
        finding(
            Kind.COLUMN, problem, f"{name}.c1 is wrong; the migrations make it varchar(254)", table=name, name="c1",
            of=f"app{number % 12}.{number:04}_change", columns=("c1",), expected="varchar(254) NOT NULL",
            actual="varchar(75) NULL" if problem is Problem.DIFFERENT else None, hint="manage.py schemaguard reconcile",
        )
        for number, name in enumerate(names)
        for problem in ((Problem.DIFFERENT, Problem.MISSING)[number % 2],)
    ]  # fmt: skip
    history = [
        migration(
            f"app{number % 12}.{number:04}_a_change_of_many",
            State.APPLIED if number < migrations * 0.7 else State.PRESENT, DONE, DONE, INVISIBLE,
        )
        for number in range(migrations)
    ]  # fmt: skip
    steps = tuple(
        PlanStep(action=Action.REDO, app=f"app{number % 12}", name=f"{number:04}_change",
                 sql=(f'ALTER TABLE "{name}" ALTER COLUMN "c1" TYPE varchar(254) USING "c1"::varchar(254);',))
        for number, name in enumerate(names)
    )  # fmt: skip
    made = diagnosis(
        Verdict.RECONCILABLE, migrations=tuple(history), findings=tuple(found), plan=steps, plan_hash="sha256:ab"
    )
    return listed(made, *every)


def hostile() -> Diagnosis:
    """Whatever may come from outside is an attack."""
    wrong = finding(
        Kind.COLUMN, Problem.DIFFERENT, HOSTILE, table=HOSTILE, name=HOSTILE, columns=(HOSTILE,), app=HOSTILE,
        migration=HOSTILE, file=HOSTILE, line=1, expected=HOSTILE, actual=f"{HOSTILE}2", hint=f"manage.py {HOSTILE}",
    )  # fmt: skip
    extra = replace(wrong, kind=Kind.TABLE, problem=Problem.EXTRA, level=Level.WARNING, code="SG202", app=None)
    there = replace(migration("a.b", State.PARTIAL, DONE), app=HOSTILE, name=HOSTILE)
    there = replace(there, operations=tuple(replace(each, description=HOSTILE) for each in there.operations))
    step = PlanStep(
        action=Action.REDO, app=HOSTILE, name=HOSTILE, sql=(f"SELECT '{HOSTILE}' -- {HOSTILE}",), summary=HOSTILE,
        evidence=(HOSTILE,), hazards=(Hazard(kind="x", table=HOSTILE, columns=(), rows=1, message=HOSTILE),),
    )  # fmt: skip
    tables = (table(HOSTILE, "plain", app=HOSTILE), table("plain", HOSTILE))
    made = diagnosis(
        Verdict.CONFLICT, alias=HOSTILE, name=HOSTILE, migrations=(there,), findings=(wrong, extra), plan=(step,),
        plan_hash=HOSTILE, unmendable=(HOSTILE,), unseen=(HOSTILE,),
    )  # fmt: skip
    return listed(made, *tables)
