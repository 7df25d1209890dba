"""The text report, whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemaguard.diagnosis.model import Action, Hazard, OperationState, PlanStep, State, Verdict
from schemaguard.report import as_text
from schemaguard.schema.codes import Problem
from schemaguard.schema.kinds import Kind
from tests.report.diagnoses import (
    RECONCILE,
    diagnosis,
    different_column,
    extra_table,
    finding,
    migration,
    missing_column,
    unrecorded,
)

NOTE = finding(Kind.CHECK, Problem.INCOMPARABLE, "check price_positive cannot be told", table="shop_price", name="p")


def test_all_is_well() -> None:
    applied = (migration("shop.0001_initial"), migration("shop.0002_user_email"))
    assert as_text(diagnosis(migrations=applied)) == (
        "default (postgresql 18.6, shop): in sync, 2 migrations applied\n"
    )


def test_all_is_well_where_notes_are_not_asked_for() -> None:
    assert as_text(diagnosis(migrations=(migration("shop.0001_initial"),), findings=(NOTE,))) == (
        "default (postgresql 18.6, shop): in sync, 1 migration applied, 1 note (--verbosity 2 shows them)\n"
    )


def test_notes_at_verbosity_2() -> None:
    assert as_text(diagnosis(migrations=(migration("shop.0001_initial"),), findings=(NOTE,)), verbosity=2) == (
        "default (postgresql 18.6, shop): in sync, 1 migration applied, 1 note\n"
        "\n"
        "  info     SG334  check price_positive cannot be told\n"
    )


def test_pending() -> None:
    migrations = [migration("shop.0001_initial")]
    migrations += [migration(f"shop.000{number}_x", State.PENDING) for number in range(2, 6)]
    migrations += [migration("auth.0001_initial", State.PENDING)]
    assert as_text(diagnosis(Verdict.PENDING, migrations=tuple(migrations))) == (
        "default (postgresql 18.6, shop): pending, 5 of 6 migrations not run yet\n"
        "\n"
        "  pending  shop: 0002_x … 0005_x, 4 migrations\n"
        "  pending  auth: 0001_initial\n"
        "\n"
        "next  manage.py migrate\n"
    )


def test_a_database_without_its_records() -> None:
    present = [migration(f"accounts.{number:04}_x", State.PRESENT) for number in range(1, 13)]
    present += [migration("shop.0001_initial", State.PRESENT)]
    steps = tuple(PlanStep(action=Action.FAKE, app=each.app, name=each.name) for each in present)
    found = tuple(unrecorded(f"{each.app}.{each.name}") for each in present)
    assert as_text(diagnosis(Verdict.RECONCILABLE, migrations=tuple(present), findings=found, plan=steps)) == (
        "default (postgresql 18.6, shop): reconcilable, 13 errors\n"
        "\n"
        "  error    SG101  accounts: 0001_x … 0012_x, 12 migrations in the database and not recorded\n"
        "  error    SG101  shop.0001_initial is in the database and not recorded: migrate would fail with "
        "'already exists'  shop/migrations/0001_initial.py:1\n"
        "\n"
        "plan  fake 13\n"
        f"next  {RECONCILE}\n"
    )


def test_a_run_says_how_many_of_it_leave_nothing_to_see() -> None:
    migrations = (
        migration("shop.0001_a", State.PRESENT),
        migration("shop.0002_b", State.PRESENT, OperationState.INVISIBLE),
        migration("shop.0003_c", State.PRESENT),
    )
    found = tuple(unrecorded(f"{each.app}.{each.name}") for each in migrations)
    assert (
        "shop: 0001_a … 0003_c, 3 migrations in the database and not recorded (1 of them leave nothing to see)\n"
        in as_text(diagnosis(Verdict.RECONCILABLE, migrations=migrations, findings=found))
    )


def test_a_run_ends_where_something_else_comes_between() -> None:
    keys = ["0001_a", "0002_b", "0003_c", "0004_d", "0005_e"]
    migrations = tuple(migration(f"shop.{each}", State.APPLIED if each == "0003_c" else State.PRESENT) for each in keys)
    found = tuple(unrecorded(f"shop.{each}") for each in keys if each != "0003_c")
    text = as_text(diagnosis(Verdict.RECONCILABLE, migrations=migrations, findings=found))
    assert "shop: 0001_a, 0002_b, 2 migrations in the database and not recorded\n" in text
    assert "shop: 0004_d, 0005_e, 2 migrations in the database and not recorded\n" in text


def test_runs_of_two_apps_that_take_turns_stay_runs() -> None:
    keys = ["shop.0001_a", "auth.0001_a", "shop.0002_b", "auth.0002_b"]
    migrations = tuple(migration(each, State.PRESENT) for each in keys)
    found = tuple(unrecorded(each) for each in keys)
    assert as_text(diagnosis(Verdict.RECONCILABLE, migrations=migrations, findings=found)).splitlines()[2:4] == [
        "  error    SG101  shop: 0001_a, 0002_b, 2 migrations in the database and not recorded",
        "  error    SG101  auth: 0001_a, 0002_b, 2 migrations in the database and not recorded",
    ]


def test_problems_stand_under_their_migration_the_most_harmful_first() -> None:
    parts: dict[str, Any] = {
        "migrations": (
            migration("shop.0001_initial"),
            migration("shop.0002_user_email", State.MISSING),
            migration("shop.0005_email", State.CONFLICTING),
        ),
        "findings": (extra_table(), different_column(), missing_column()),
        "plan": (
            PlanStep(action=Action.ALTER, app="shop", name="0005_email"),
            PlanStep(
                action=Action.REDO,
                app="shop",
                name="0002_user_email",
                hazards=(Hazard(kind="nulls", table="users", columns=("email",), rows=3, message="3 rows hold NULL"),),
            ),
        ),
    }
    assert as_text(diagnosis(Verdict.CONFLICT, **parts)) == (
        "default (postgresql 18.6, shop): conflict, 2 errors, 1 warning\n"
        "\n"
        "  shop  ●✗▲  ✗ 1 missing  ▲ 1 conflicting\n"
        "\n"
        "shop.0002_user_email  missing\n"
        "  error    SG203  users.email is missing; shop.0002_user_email makes it"
        "  shop/migrations/0002_user_email.py:14\n"
        f"                  hint      {RECONCILE}\n"
        "\n"
        "shop.0005_email  conflicting\n"
        "  error    SG204  column email of users has another type and nullability  shop/migrations/0005_email.py:14\n"
        "                  expected  varchar(254) NOT NULL\n"
        "                  actual    varchar(75) NULL\n"
        "\n"
        "  warning  SG202  table legacy was made outside the migrations\n"
        "                  hint      manage.py schemaguard adopt legacy --app APP_LABEL, "
        'or list it under SCHEMAGUARD["IGNORE_TABLES"]\n'
        "\n"
        "plan  redo 1, alter 1\n"
        "      hazard  shop.0002_user_email: 3 rows hold NULL\n"
        f"next  {RECONCILE} --on-conflict alter\n"
    )


def test_one_side_is_shown_at_verbosity_2() -> None:
    parts: dict[str, Any] = {
        "migrations": (migration("shop.0002_user_email", State.MISSING),),
        "findings": (missing_column(),),
    }
    assert as_text(diagnosis(Verdict.RECONCILABLE, **parts), verbosity=2) == (
        "default (postgresql 18.6, shop): reconcilable, 1 error\n"
        "\n"
        "shop.0002_user_email  missing\n"
        "  error    SG203  users.email is missing; shop.0002_user_email makes it"
        "  shop/migrations/0002_user_email.py:14\n"
        "                  expected  varchar(254) NOT NULL\n"
        "\n"
        f"next  {RECONCILE}\n"
    )


def test_verbosity_0_is_the_verdict_alone() -> None:
    parts: dict[str, Any] = {
        "migrations": (migration("shop.0002_user_email", State.MISSING),),
        "findings": (missing_column(),),
    }
    assert as_text(diagnosis(Verdict.RECONCILABLE, **parts), verbosity=0) == (
        "default (postgresql 18.6, shop): reconcilable, 1 error\n"
    )


def test_a_hint_for_many_things_is_said_once() -> None:
    text = as_text(diagnosis(findings=(extra_table("one"), extra_table("two"))))
    assert text == (
        "default (postgresql 18.6, shop): in sync, 0 migrations applied, 2 warnings\n"
        "\n"
        "  warning  SG202  table one was made outside the migrations\n"
        "                  hint      manage.py schemaguard adopt one --app APP_LABEL, "
        'or list it under SCHEMAGUARD["IGNORE_TABLES"]\n'
        "  warning  SG202  table two was made outside the migrations\n"
        "\n"
        "next  manage.py schemaguard adopt one --app APP_LABEL\n"
    )


def test_several_problems_of_a_table_that_no_migration_makes_stand_under_it() -> None:
    indexes = [
        finding(
            Kind.INDEX,
            Problem.EXTRA,
            f"index {name} on users was made outside the migrations",
            table="users",
            name=name,
        )
        for name in ("a", "b")
    ]
    assert as_text(diagnosis(findings=tuple(indexes))).splitlines()[2:] == [
        "table users",
        "  warning  SG353  index a on users was made outside the migrations",
        "  warning  SG353  index b on users was made outside the migrations",
    ]


def test_a_narrowed_report_says_so() -> None:
    applied = (migration("shop.0001_initial"),)
    assert as_text(diagnosis(migrations=applied), app_labels=["shop"]) == (
        "default (postgresql 18.6, shop), shop only: in sync, 1 migration applied\n"
    )
    assert as_text(diagnosis(Verdict.RECONCILABLE, migrations=applied), app_labels=["shop", "auth", "x"]) == (
        f"default (postgresql 18.6, shop), shop, auth and x only: reconcilable, no findings\n\nnext  {RECONCILE}\n"
    )


@pytest.mark.parametrize(
    ("verdict", "findings", "expected"),
    [
        (Verdict.PENDING, (), "manage.py migrate --database 'old db'"),
        (Verdict.RECONCILABLE, (), f"{RECONCILE} --database 'old db'"),
        (
            Verdict.CONFLICT,
            (replace(different_column(), hint=f"{RECONCILE} --database 'old db' --on-conflict alter"),),
            f"{RECONCILE} --database 'old db' --on-conflict alter",
        ),
        (
            Verdict.CONFLICT,
            (replace(different_column(), hint="see to it"),),
            f"{RECONCILE} --database 'old db' --dry-run",
        ),
        (
            Verdict.IN_SYNC,
            (finding(Kind.MIGRATION, Problem.UNMIGRATED, "ahead", app="shop"),),
            "manage.py makemigrations shop",
        ),
        (
            Verdict.IN_SYNC,
            (finding(Kind.MIGRATION, Problem.ORPHANED, "gone", of="shop.0001_old"),),
            f"{RECONCILE} --database 'old db' --prune",
        ),
        (
            Verdict.IN_SYNC,
            (extra_table("x; rm -rf /"),),
            "manage.py schemaguard adopt --database 'old db' 'x; rm -rf /' --app APP_LABEL",
        ),
    ],
)
def test_the_next_command(verdict: Verdict, findings: Any, expected: Any) -> None:
    text = as_text(diagnosis(verdict, alias="old db", findings=findings))
    assert text.splitlines()[-1] == f"next  {expected}"
