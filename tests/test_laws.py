"""The laws of docs/architecture.md that a check must keep, on the whole testproject."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.contract import validated
from tests.harness import Database, Postgres, Result, Server, catalog_dump, records, rows, run_manage

if TYPE_CHECKING:
    from collections.abc import Iterator

# The application of `testproject` are those of its settings for each vendor; 100 migrations, 80 tables and more.
ODD_NAMES = (
    '"; DROP TABLE accounts_user; --',
    "<script>alert(1)</script>",
    "line\nbreak",
    "\x1b[31mred\x1b[0m",
    "it's 100 %s",
    "[bold]markup[/bold]",
    "täble_ñ_表",
    "x" * 63,
    "back\\slash",
    "rtl\u202eevil",
)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]")


@pytest.fixture
def shop(server: Server) -> Iterator[Database]:
    """The testproject, fully migrated."""

    def build(database: Database) -> None:
        run_manage(database, "migrate", "--verbosity", "0", env={"SCHEMAGUARD_OFF": "1"}, fork=True).expect(0)

    with server.fresh(server.template("testproject", build)) as database:
        yield database


@pytest.fixture
def postgres_shop(postgres: Postgres) -> Iterator[Database]:
    def build(database: Database) -> None:
        run_manage(database, "migrate", "--verbosity", "0", env={"SCHEMAGUARD_OFF": "1"}, fork=True).expect(0)

    with postgres.fresh(postgres.template("testproject", build)) as database:
        yield database


def check(database: Database, *argv: str) -> Result:
    return run_manage(database, "schemaguard", "check", *argv, fork=True)


def document(database: Database, *argv: str) -> dict:
    result = check(database, "--format", "json", *argv)
    assert result.code in (0, 1), result
    return validated(result.json)


def everything(database: Database) -> tuple[object, ...]:
    return catalog_dump(database), rows(database), records(database)


# ------------------------------------------------------------------------------------------------- clean is silent
def test_a_clean_database_brings_no_finding(shop: Database) -> None:
    found = document(shop)
    assert found["verdict"] == "in_sync"
    assert [finding["message"] for finding in found["findings"] if finding["level"] != "info"] == []
    assert {migration["state"] for migration in found["migrations"]} == {"applied"}
    assert found["plan"] == []


def test_all_is_well_is_one_line(shop: Database) -> None:
    result = check(shop).expect(0)
    assert len(result.out.splitlines()) == 1
    assert result.err == ""


def test_an_empty_database_is_pending(database: Database) -> None:
    found = document(database)
    assert found["verdict"] == "pending"
    assert {migration["state"] for migration in found["migrations"]} == {"pending"}
    assert [finding for finding in found["findings"] if finding["level"] != "info"] == []


def test_a_database_that_is_not_djangos_is_pending_and_its_tables_are_extra(database: Database) -> None:
    database.execute("CREATE TABLE invoices (id integer PRIMARY KEY, total integer)")
    found = document(database)
    assert found["verdict"] == "pending"
    assert [(f["code"], f["table"]) for f in found["findings"] if f["level"] != "info"] == [("SG202", "invoices")]


# ---------------------------------------------------------------------------------------------------- lost records
def test_every_migration_is_found_without_its_records(shop: Database) -> None:
    shop.execute("DELETE FROM django_migrations")
    found = document(shop)
    assert found["verdict"] == "reconcilable"
    states = {(each["app"], each["name"]): each["state"] for each in found["migrations"]}
    assert set(states.values()) <= {"present", "pending"}
    # What stays pending has nothing that the catalog shows, and nothing depends on it.
    assert all(
        {operation["state"] for operation in each["operations"]} <= {"invisible"}
        for each in found["migrations"]
        if each["state"] == "pending"
    )


def test_without_the_table_of_records(shop: Database) -> None:
    shop.execute("DROP TABLE django_migrations")
    assert document(shop)["verdict"] == "reconcilable"


def test_lost_records_are_put_back_and_migrate_has_nothing_to_do(shop: Database) -> None:
    before = catalog_dump(shop, without=["schemaguard_journal", "django_migrations"])
    recorded = set(records(shop))
    shop.execute("DELETE FROM django_migrations")
    run_manage(shop, "schemaguard", "reconcile", "--noinput", "--data-migrations", "skip", fork=True).expect(0)
    assert set(records(shop)) == recorded
    assert catalog_dump(shop, without=["schemaguard_journal", "django_migrations"]) == before
    assert "No migrations to apply" in run_manage(shop, "migrate", "--noinput", "--no-color", fork=True).expect(0).out
    assert document(shop)["verdict"] == "in_sync"


def test_a_child_recorded_without_its_parent_is_a_finding(shop: Database) -> None:
    shop.execute("DELETE FROM django_migrations WHERE app = 'reviews' AND name LIKE '0002%%'")
    found = document(shop)
    assert found["verdict"] == "reconcilable"
    assert [f["migration"][:4] for f in found["findings"] if f["problem"] == "out_of_order"] == ["0002"]


# ------------------------------------------------------------------------------------------------ a check never writes
@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("--format", "json"),
        ("accounts", "orders"),
        ("--database", "default"),
        ("--output", "/dev/null"),
        ("--fail-level", "info"),
        ("--no-color",),
        ("-v", "2"),
        ("-v", "0"),
    ],
    ids=" ".join,
)
def test_a_check_changes_nothing(shop: Database, argv: tuple[str, ...]) -> None:
    shop.execute("DELETE FROM django_migrations WHERE app = 'orders'")
    before = everything(shop)
    check(shop, *argv).expect(1)
    assert everything(shop) == before


def test_a_role_that_may_only_select(postgres_shop: Database) -> None:
    database = postgres_shop
    schemas = [name for (name,) in database.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    )]  # fmt: skip
    database.execute("DROP ROLE IF EXISTS reader")
    database.execute("CREATE ROLE reader LOGIN")
    try:
        for schema in schemas:
            database.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO reader')
            database.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO reader')
            database.execute(f'REVOKE CREATE ON SCHEMA "{schema}" FROM PUBLIC')
        reader = replace(database, user="reader")
        with pytest.raises(Exception, match="permission denied"):
            reader.execute("DELETE FROM django_migrations")
        before = everything(database)
        assert document(reader)["verdict"] == "in_sync"
        assert document(reader)["fingerprint"] == document(database)["fingerprint"]
        assert everything(database) == before
    finally:
        database.execute("DROP OWNED BY reader")
        database.execute("DROP ROLE reader")


def test_in_a_read_only_session(postgres_shop: Database) -> None:
    postgres_shop.execute(f'ALTER DATABASE "{postgres_shop.name}" SET default_transaction_read_only = on')
    assert document(postgres_shop)["verdict"] == "in_sync"


def test_a_table_that_may_not_be_read_is_named(postgres_shop: Database) -> None:
    database = postgres_shop
    database.execute("DROP ROLE IF EXISTS stranger")
    database.execute("CREATE ROLE stranger LOGIN")
    try:
        result = check(replace(database, user="stranger"))
        assert result.code == 2
        assert "django_migrations" in result.err
        assert len(result.err.splitlines()) == 1
    finally:
        database.execute("DROP OWNED BY stranger")
        database.execute("DROP ROLE stranger")


# ----------------------------------------------------------------------------------------------------- the document
TROUBLES = {
    "no records of orders": ["DELETE FROM django_migrations WHERE app = 'orders'"],
    "no file": ["INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_x', '2020-01-01 00:00:00')"],
    "missing and extra": [
        "DROP TABLE reviews_vote",
        "ALTER TABLE accounts_profile DROP COLUMN birthday",
        "ALTER TABLE accounts_profile ADD COLUMN shoe integer NULL",
        "DROP INDEX catalog_product_active",
        "CREATE TABLE by_hand (id integer PRIMARY KEY)",
        "CREATE INDEX by_hand_too ON reviews_answer (text)",
    ],
    "half a migration": [
        "DELETE FROM django_migrations WHERE app = 'warehouse' AND name LIKE '0005%'",
        "ALTER TABLE warehouse_stock DROP COLUMN reorder_at",
    ],
    "another shape": [
        "ALTER TABLE accounts_profile DROP COLUMN birthday",
        "ALTER TABLE accounts_profile ADD COLUMN birthday integer NULL",
        "DROP INDEX catalog_product_active",
        "CREATE INDEX catalog_product_active ON catalog_product (name) WHERE sku = 'x'",
    ],
}


@pytest.mark.parametrize("statements", TROUBLES.values(), ids=TROUBLES)
def test_the_document_is_that_of_the_contract(shop: Database, statements: list[str]) -> None:
    for statement in statements:
        shop.execute(statement)
    found = document(shop)
    assert [each for each in found["findings"] if each["level"] != "info"]
    labels = document(shop, "orders", "reviews")
    assert labels["verdict"] == found["verdict"]
    assert labels["plan_hash"] == found["plan_hash"]


# ---------------------------------------------------------------------------------------------------- hostile names
@pytest.mark.parametrize("name", ODD_NAMES)
def test_hostile_names_are_read_and_printed_without_harm(database: Database, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    database.script(f"CREATE TABLE {quoted} (id integer PRIMARY KEY, {quoted} integer NOT NULL)")
    if len(name) < 60:
        database.script(f'CREATE INDEX {quoted[:-1]}_i" ON {quoted} ({quoted})')
    found = document(database)
    assert [f["table"] for f in found["findings"] if f["code"] == "SG202"] == [name]
    text = check(database, "--fail-level", "warning").expect(1)
    assert CONTROL.search(text.out.replace("\n", "")) is None
    assert CONTROL.search(json.dumps(found)) is None


def test_hostile_names_among_the_projects_own_tables(shop: Database) -> None:
    odd = 'by"hand; DROP TABLE x; --\n\x1b[31m'
    quoted = '"' + odd.replace('"', '""') + '"'
    shop.script(f"ALTER TABLE reviews_review ADD COLUMN {quoted} text")
    shop.script(f'CREATE INDEX {quoted[:-1]}_i" ON reviews_review ({quoted})')
    found = document(shop)
    assert [(f["code"], f["name"]) for f in found["findings"] if f["level"] == "warning"] == [("SG205", odd)]
    assert CONTROL.search(check(shop).expect(0).out.replace("\n", "")) is None


# --------------------------------------------------------------------------------------------------------- queries
def test_no_more_than_ten_queries(connect, shop: Database) -> None:  # type: ignore[no-untyped-def]
    from schemaguard.diagnosis.diagnose import diagnose

    shop.execute("DELETE FROM django_migrations WHERE app = 'orders'")
    if shop.vendor != "postgresql":
        pytest.skip("the promise is about PostgreSQL; SQLite's catalog is asked question by question")
    asked: list[str] = []
    with connect(shop) as connection:

        def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            asked.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            diagnose("default")
    assert len(asked) <= 10, "\n".join(asked)
