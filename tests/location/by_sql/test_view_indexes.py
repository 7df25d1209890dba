"""Indexes that SQL of a migration makes on a materialized view: a refresh CONCURRENTLY needs a unique one."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, Case, MakeCase, history

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

ITEM = f"""
    migrations.CreateModel("Item", [
        {ID}, ("name", models.CharField(max_length=9)), ("size", models.IntegerField(default=1)),
    ]),
"""


def sql(text: str) -> str:
    return f"migrations.RunSQL({text!r}),"


VIEW = sql("CREATE MATERIALIZED VIEW sums AS SELECT name, sum(size) AS total FROM shop_item GROUP BY name")
INDEX = "CREATE UNIQUE INDEX sums_name ON sums (name)"
MADE = history(ITEM, VIEW, sql(INDEX))
CONCURRENTLY = {
    "0001_step": MADE["0001_step"],
    "0002_step": MADE["0002_step"],
    "0003_step": MADE["0003_step"].replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY")
    + "\nMigration.atomic = False\n",
}


def messages(found: Case) -> list[tuple[str, str]]:
    return [(each["code"], each["message"]) for each in found.loud()]


@pytest.mark.parametrize("made", [MADE, CONCURRENTLY], ids=["plain", "concurrently"])
def test_one_that_was_dropped_is_made_again(case: MakeCase, made: dict[str, str]) -> None:
    found = case(made)
    clean = found.dump()
    assert found.verdict() in ("in_sync", "pending")
    found.run("DROP INDEX sums_name")

    assert messages(found) == [("SG351", "index sums_name on sums is missing; shop.0003_step makes it")]
    assert found.verdict() == "reconcilable"
    assert found.states()["0003"] == "missing"
    found.reconcile()

    assert found.dump() == clean
    found.run("REFRESH MATERIALIZED VIEW CONCURRENTLY sums")
    assert found.loud() == []


@pytest.mark.parametrize("made", [MADE, CONCURRENTLY], ids=["plain", "concurrently"])
def test_the_view_is_the_one_cause_and_comes_again_with_it(case: MakeCase, made: dict[str, str]) -> None:
    found = case(made)
    clean = found.dump()
    found.run("DROP MATERIALIZED VIEW sums")

    assert messages(found) == [("SG441", "view sums is missing; shop.0002_step makes it")]
    found.reconcile()

    assert found.dump() == clean
    assert found.loud() == []


@pytest.mark.parametrize(
    "later",
    [
        "DROP MATERIALIZED VIEW sums",
        "DROP INDEX sums_name",
        "ALTER INDEX sums_name RENAME TO by_name",
        "ALTER MATERIALIZED VIEW sums RENAME TO totals",
        "DROP MATERIALIZED VIEW sums; CREATE MATERIALIZED VIEW sums AS SELECT name, 1 AS total FROM shop_item",
        "CREATE INDEX IF NOT EXISTS sums_name ON sums (total)",
    ],
)
def test_what_a_later_migration_does_to_it_is_no_finding(case: MakeCase, later: str) -> None:
    found = case({**MADE, **{"0004_step": history(ITEM, VIEW, VIEW, sql(later))["0004_step"]}})

    assert found.loud() == []


@pytest.mark.parametrize(
    ("later", "name"),
    [("ALTER INDEX sums_name RENAME TO by_name", "by_name"), ("ALTER MATERIALIZED VIEW sums RENAME TO t", "sums_name")],
)
def test_after_a_rename_it_is_made_by_the_names_of_now(case: MakeCase, later: str, name: str) -> None:
    found = case({**MADE, **{"0004_step": history(ITEM, VIEW, VIEW, sql(later))["0004_step"]}})
    clean = found.dump()
    found.run(f"DROP INDEX {name}")

    assert [code for code, _ in messages(found)] == ["SG351"]
    found.reconcile()

    assert found.dump() == clean
    assert found.loud() == []


def test_a_view_comes_again_without_an_index_that_a_later_migration_dropped(case: MakeCase) -> None:
    found = case({**MADE, **{"0004_step": history(ITEM, VIEW, VIEW, sql("DROP INDEX sums_name"))["0004_step"]}})
    clean = found.dump()
    found.run("DROP MATERIALIZED VIEW sums")
    found.reconcile()

    assert found.dump() == clean


def test_another_one_is_a_conflict_and_made_anew(case: MakeCase) -> None:
    found = case(MADE)
    clean = found.dump()
    found.run("DROP INDEX sums_name; CREATE INDEX sums_name ON sums (total)")

    (found_one,) = messages(found)
    assert found_one[0] == "SG352"
    assert found.verdict() == "conflict"
    found.reconcile("--on-conflict", "alter")

    assert found.dump() == clean


@pytest.mark.parametrize("trouble", ["", "DROP INDEX sums_name", "DROP MATERIALIZED VIEW sums"])
@pytest.mark.parametrize("lost", [LOST_RECORDS, LOST_RECORDS.replace(";", " AND name = '0003_step';")])
def test_without_a_record_it_is_known_and_made(case: MakeCase, trouble: str, lost: str) -> None:
    found = case(MADE)
    clean = found.dump()
    found.run(trouble or "SELECT 1", lost)
    assert found.states()["0003"] == ("pending" if trouble else "present")

    found.reconcile("--migrate")

    assert found.dump() == clean
    assert found.verdict() == "in_sync"


def test_a_function_that_is_called_as_the_view_has_none(case: MakeCase) -> None:
    function = "CREATE FUNCTION sums() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$"
    found = case({**MADE, **{"0004_step": history(ITEM, VIEW, VIEW, sql(function))["0004_step"]}})
    clean = found.dump()
    found.run("DROP FUNCTION sums(); DROP INDEX sums_name")

    assert [code for code, _ in messages(found)] == ["SG451", "SG351"]
    found.reconcile()

    assert found.dump() == clean
    assert found.loud() == []
