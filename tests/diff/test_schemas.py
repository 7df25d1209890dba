"""Two schemas of one PostgreSQL database, and two servers of different versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemaguard.diff.comparison import compared
from schemaguard.diff.sides import side
from tests.diff.conftest import both, messages
from tests.harness.embedded import embedded_server
from tests.harness.servers import Postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.plugin import DjangoDbBlocker

    from schemaguard.diff.model import Comparison
    from tests.harness import Database, Result

    Compare = Callable[..., Comparison]

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

TENANT = """
CREATE SCHEMA {0};
CREATE TYPE {0}.mood AS ENUM ('good', 'bad');
CREATE TABLE {0}.shop (id serial PRIMARY KEY, name text NOT NULL, mood {0}.mood, price numeric CHECK (price >= 0));
CREATE TABLE {0}.item (id serial PRIMARY KEY, shop_id integer REFERENCES {0}.shop,
                       country_id integer REFERENCES country);
CREATE INDEX by_name ON {0}.shop (lower(name)) WHERE price > 1;
CREATE VIEW {0}.cheap AS SELECT id FROM {0}.shop WHERE price < 3;
CREATE FUNCTION {0}.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamp BEFORE UPDATE ON {0}.item FOR EACH ROW EXECUTE FUNCTION {0}.stamp();
"""


@pytest.fixture
def tenants(database: Database) -> Database:
    database.script("CREATE TABLE country (id serial PRIMARY KEY)")
    database.script("CREATE VIEW shared AS SELECT 1 AS one")
    for name in ("north", '"South Side"'):
        database.script(TENANT.format(name))
    return database


def test_two_schemas_made_alike_are_the_same(tenants: Database, compare: Compare) -> None:
    assert messages(compare("default/north", "default/South Side")) == []
    assert len(compare("default/north", "default").differences) > 4


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("ALTER TABLE north.shop DROP COLUMN price CASCADE", [("column", "extra"), ("view", "extra")]),
        ("DROP INDEX north.by_name", [("index", "extra")]),
        ("DROP TRIGGER stamp ON north.item", [("trigger", "extra")]),
        ("CREATE FUNCTION north.more() RETURNS int LANGUAGE sql AS 'SELECT 1'", [("function", "missing")]),
        ("CREATE OR REPLACE VIEW north.cheap AS SELECT id FROM north.shop WHERE price < 4", [("view", "different")]),
        (
            "CREATE OR REPLACE FUNCTION north.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            [("function", "different")],
        ),
        ("ALTER TABLE north.shop ADD CHECK (price < 100)", [("check", "missing")]),
    ],
)
def test_what_one_schema_has_otherwise(
    tenants: Database, compare: Compare, sql: str, expected: list[tuple[str, str]]
) -> None:
    tenants.script(sql)
    found = compare("default/north", "default/South Side").differences
    assert [(each.kind.value, each.problem.value) for each in found] == expected


def test_a_key_into_another_tenants_table(tenants: Database, compare: Compare) -> None:
    tenants.script(
        "ALTER TABLE north.item DROP CONSTRAINT item_shop_id_fkey, "
        'ADD CONSTRAINT item_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES "South Side".shop'
    )
    (difference,) = compare("default/north", "default/South Side").differences
    assert (difference.kind.value, difference.problem.value) == ("foreign_key", "different")
    assert difference.expected is not None
    assert 'South Side"."shop' in difference.expected


def test_one_schema_is_a_snapshot(tenants: Database, run_both: Callable[..., Result], tmp_path: object) -> None:
    file = f"{tmp_path}/north.json"
    run_both("schemaguard", "snapshot", file, "--schema", "north").expect(0)
    assert run_both("schemaguard", "snapshot", file, "--schema", "South Side", "--check").expect(0).err == ""
    tenants.script('DROP TABLE "South Side".item')
    run_both("schemaguard", "snapshot", file, "--schema", "South Side", "--check").expect(1)


def test_there_is_no_such_schema(run_both: Callable[..., Result]) -> None:
    result = run_both("schemaguard", "diff", "default", "default/nowhere").expect(2)
    assert (result.out, result.err) == ("", 'schemaguard: database "default" has no schema "nowhere"\n')


def test_the_search_path_is_as_it_was(tenants: Database, django_db_blocker: DjangoDbBlocker, other: Database) -> None:
    with both(django_db_blocker, tenants, other):
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET search_path = public, north")
            compared(side("default/north"), side("default/South Side"))
            cursor.execute("SHOW search_path")
            assert cursor.fetchone() == ("public, north",)


@pytest.mark.long
def test_two_versions_of_the_server(database: Database, django_db_blocker: DjangoDbBlocker) -> None:
    """Each prints the same expression in its own way; the newer one judges what the older one printed."""
    with embedded_server() as admin:
        newest = Postgres(admin)
        versions = [one.execute("SHOW server_version_num")[0][0][:2] for one in (database, admin)]
        if versions[0] == versions[1]:
            pytest.skip(f"both servers are PostgreSQL {versions[0]}")
        with newest.fresh() as other:
            for one in (database, other):
                one.script("CREATE TABLE country (id serial PRIMARY KEY)")
                one.script(TENANT.format("north"))
            with both(django_db_blocker, database, other):
                for names in (("default/north", "other/north"), ("other/north", "default/north")):
                    assert messages(compared(*map(side, names))) == []
                other.script("ALTER TABLE north.shop ALTER COLUMN name TYPE varchar(9)")
                assert len(compared(side("default/north"), side("other/north")).differences) == 1
