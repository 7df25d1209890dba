"""Reports on many databases made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from schemaguard.diagnosis.model import Action, Diagnosis, PlanStep, State, Verdict
from schemaguard.report.base import fingerprint
from schemaguard.report.many.base import FAILED, Group, Many
from tests.report.diagnoses import diagnosis, different_column, extra_table, migration, missing_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemaguard.diagnosis.model import Finding

LONG = 40
"""Migrations of each."""


def group(targets: Sequence[str], found: Diagnosis, **more: Any) -> Group:
    values = {"fingerprint": f"sha256:{targets[0]}", **more}
    return Group(verdict=found.verdict.value, targets=targets, example=lambda: found, **values)


def tenants(start: int, number: int) -> list[str]:
    return [f"tenant_{each:05d}" for each in range(start, start + number)]


def whole(*states: State, **more: Any) -> Diagnosis:
    """Of which the last migrations are in these states."""
    names = [f"shop.{number:04d}_step" for number in range(1, LONG + 1)]
    first = [migration(each) for each in names[: LONG - len(states)]]
    last = [migration(name, state) for name, state in zip(names[LONG - len(states) :], states, strict=True)]
    verdict = more.pop("verdict", Verdict.IN_SYNC)
    return diagnosis(verdict, migrations=(*first, *last), **more)


def known(*findings: Finding) -> dict[str, str]:
    return {fingerprint("", each): "2026-01-02" for each in findings}


def many(number: int = 1000, **more: Any) -> Many:
    """A column that 812 have lost, one that 3 have altered by hand as well, 2 that cannot be read; the rest is well."""
    step = PlanStep(action=Action.REDO, app="shop", name="0040_step", sql=("ALTER TABLE users ADD email text;",))
    missing = missing_column("shop.0040_step")
    lost = whole(State.MISSING, verdict=Verdict.RECONCILABLE, findings=(missing,), plan=(step,))
    worse = whole(
        State.CONFLICTING, State.MISSING, verdict=Verdict.CONFLICT,
        findings=(different_column("shop.0039_step"), missing, extra_table()),
    )  # fmt: skip
    behind = whole(State.PENDING, State.PENDING, verdict=Verdict.PENDING)
    groups = (
        Group(verdict=FAILED, targets=["shut", "sealed"], fingerprint="sha256:f", error='permission denied for "…"'),
        group(tenants(0, 3), worse),
        group(tenants(3, 809), lost),
        group(tenants(812, 100), behind),
        group(tenants(912, number - 914), whole()),
    )
    return Many(groups=groups, selection="--all-schemas", what="schemas", **more)


def hostile(name: str) -> Many:
    """In which every name is that."""
    table = replace(extra_table(name), hint=name, message=f"table {name}", actual=name)
    step = PlanStep(action=Action.REDO, app=name, name=name, sql=(f"SELECT '{name}'",))
    found = diagnosis(
        Verdict.CONFLICT, migrations=(replace(migration("a.0001"), app=name, name=name, state=State.PRESENT),),
        findings=(table,), plan=(step,),
    )  # fmt: skip
    groups = (
        Group(verdict=FAILED, targets=[name, "x"], fingerprint="sha256:1", error=name),
        group([name, f"{name}2"], found),
        group(["y"], whole()),
    )
    return Many(groups=groups, what="schemas", selection=f"--schema {name}")
