"""What the data would not bear is counted before anything is done, and nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import dump, edit, mended, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


def shown(project: Project, *argv: str) -> list[Any]:
    """The hazards of a dry run."""
    result = project.manage("schemaguard", "reconcile", "--dry-run", "--format", "json", *argv).expect(1)
    return [hazard for step in result.json["plan"] for hazard in step["hazards"]]


def version(project: Project) -> int:
    """The major version of a PostgreSQL server."""
    ((number,),) = project.database.execute("SHOW server_version_num")
    return int(number) // 10000


def without_constraints(database: Database) -> None:
    """The product's table with neither unique nor check, its price nullable."""
    if database.vendor == "postgresql":
        database.script(
            "ALTER TABLE shop_product DROP CONSTRAINT shop_code_uniq, DROP CONSTRAINT shop_price_check,"
            " ALTER COLUMN price DROP NOT NULL"
        )
        return
    database.script(
        'CREATE TABLE made ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "code" varchar(40) NOT NULL,'
        ' "price" integer NULL); INSERT INTO made SELECT id, code, price FROM shop_product; DROP TABLE shop_product;'
        " PRAGMA legacy_alter_table = ON; ALTER TABLE made RENAME TO shop_product;"
    )


def test_duplicates(shop: Project, clean: Any) -> None:
    without_constraints(shop.database)
    shop.database.script(
        "INSERT INTO shop_product (id, code, price) VALUES (3, 'tea', 1), (4, 'tea', 1), (5, 'jam', 1)"
    )
    message = (
        "3 rows of shop_product (code) repeat the values of another row (for example jam, tea; "
        f'SELECT "code", count(*) FROM "shop_product" WHERE "code" {shop.database.has_value} GROUP BY "code" '
        "HAVING count(*) > 1)"
    )
    assert refused(shop, "--on-conflict", "alter") == f"{message}; nothing was changed"
    assert shown(shop, "--on-conflict", "alter") == [
        {"kind": "duplicates", "table": "shop_product", "columns": ["code"], "rows": 3, "message": message}
    ]
    assert refused(shop, "--on-conflict", "alter", "--accept-data-loss") == f"{message}; nothing was changed"
    shop.database.script("DELETE FROM shop_product WHERE id > 2")
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean


def test_nulls(shop: Project, clean: Any) -> None:
    without_constraints(shop.database)
    shop.database.script("UPDATE shop_product SET price = NULL")
    message = (
        "2 rows of shop_product (price) are NULL in a column that becomes NOT NULL (for example id 1, 2; "
        'SELECT * FROM "shop_product" WHERE "price" IS NULL)'
    )
    assert refused(shop, "--on-conflict", "alter") == f"{message}; nothing was changed"
    assert [hazard["kind"] for hazard in shown(shop, "--on-conflict", "alter")] == ["nulls"]
    shop.database.script("UPDATE shop_product SET price = 1")
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean


def test_nulls_in_a_column_that_is_not_there_and_has_no_default(shop: Project, clean: Any) -> None:
    database = shop.database
    if database.vendor == "postgresql":
        database.script("ALTER TABLE shop_product DROP COLUMN price")
    else:
        database.script(
            'CREATE TABLE made ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "code" varchar(40) NOT NULL UNIQUE);'
            " INSERT INTO made SELECT id, code FROM shop_product; DROP TABLE shop_product;"
            " PRAGMA legacy_alter_table = ON; ALTER TABLE made RENAME TO shop_product;"
        )
    assert refused(shop) == (
        "2 rows of shop_product (price) would have no value in the new NOT NULL column (for example id 1, 2; "
        'SELECT * FROM "shop_product"); bring their values back first: ALTER TABLE "shop_product" ADD COLUMN "price" '
        "integer, and an UPDATE; nothing was changed"
    )
    database.script('ALTER TABLE "shop_product" ADD COLUMN "price" integer; UPDATE shop_product SET price = 3')
    mended(shop, clean, "--on-conflict", "alter")


def test_orphans(shop: Project, clean: Any, vendor: str) -> None:
    if vendor == "postgresql":
        ((key,),) = shop.database.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'shop_purchase'::regclass"
        )
        shop.database.script(f"ALTER TABLE shop_purchase DROP CONSTRAINT {key}")
    else:
        edit(shop.database, "shop_purchase", ' REFERENCES "shop_customer" ("id") DEFERRABLE INITIALLY DEFERRED', "")
    shop.database.script("INSERT INTO shop_purchase (id, customer_id, note) VALUES (2, 77, ''), (3, 78, '')")
    message = (
        "2 rows of shop_purchase (customer_id) point at no row of shop_customer (for example id 2, 3; "
        f'SELECT * FROM "shop_purchase" WHERE "customer_id" {shop.database.has_value} AND NOT EXISTS '
        '(SELECT 1 FROM "shop_customer" AS schemaguard_target '
        'WHERE schemaguard_target."id" = "shop_purchase"."customer_id"))'
    )
    assert refused(shop) == f"{message}; nothing was changed"
    shop.database.script("DELETE FROM shop_purchase WHERE id > 1")
    reconcile(shop)
    assert dump(shop.database) == clean


@pytest.mark.parametrize("name", ["parent", "target"])
def test_rows_that_point_at_their_own_table_whatever_its_name(tmp_path: Path, database: Database, name: str) -> None:
    first = migration(
        f"""
        migrations.CreateModel(
            "Node",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("up", models.ForeignKey("self", models.CASCADE, null=True)),
            ],
            options={{"db_table": "{name}"}},
        ),
        """
    )
    apps: Any = {"app": {"migrations": {"0001_initial": first}}}
    settings = {"INSTALLED_APPS": ["schemaguard", "app"]}
    project = make_project(tmp_path, apps=apps, settings=settings, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    if database.vendor == "postgresql":
        ((key,),) = database.execute("SELECT conname FROM pg_constraint WHERE contype = 'f'")
        database.script(f"ALTER TABLE {name} DROP CONSTRAINT {key}")
    else:
        edit(database, name, f' REFERENCES "{name}" ("id") DEFERRABLE INITIALLY DEFERRED', "")
    database.script(f"INSERT INTO {name} (id, up_id) VALUES (1, NULL), (2, 1), (3, 99)")
    assert refused(project).startswith(f"1 row of {name} (up_id) points at no row of {name} (for example id 3; ")
    database.script(f"DELETE FROM {name} WHERE id = 3")
    reconcile(project)
    assert dump(database) == clean


@ON_POSTGRESQL
def test_rows_that_point_at_a_table_that_was_dropped(shop: Project, clean: Any) -> None:
    shop.database.script("DROP TABLE shop_customer CASCADE")
    message = (
        "1 row of shop_purchase (customer_id) points at rows of shop_customer, which is gone (for example id 1; "
        'SELECT * FROM "shop_purchase" WHERE "customer_id" IS DISTINCT FROM NULL)'
    )
    assert refused(shop) == f"{message}; nothing was changed"
    assert [hazard["kind"] for hazard in shown(shop)] == ["orphans"]
    shop.database.script("DELETE FROM shop_purchase_products; DELETE FROM shop_purchase")
    reconcile(shop)
    assert dump(shop.database) == clean


@ON_POSTGRESQL
def test_a_check_that_rows_break(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check; UPDATE shop_product SET price = -1 WHERE id = 1"
    )
    assert refused(shop).startswith("1 row of shop_product (price) breaks the check (for example id 1; SELECT * FROM ")
    shop.database.script("ALTER TABLE shop_product ADD CONSTRAINT shop_price_check CHECK (price >= 0) NOT VALID")
    assert refused(shop).startswith("1 row of shop_product (price) breaks the check (for example id 1; SELECT * FROM ")


def test_too_long(shop: Project, clean: Any, vendor: str) -> None:
    if vendor == "postgresql":
        shop.database.script("ALTER TABLE shop_product ALTER COLUMN code TYPE text")
    else:
        edit(shop.database, "shop_product", "varchar(40)", "varchar(90)")
    shop.database.script(f"UPDATE shop_product SET code = '{'x' * 41}' WHERE id = 1")
    kind = "character varying" if vendor == "postgresql" else "varchar"
    assert refused(shop, "--on-conflict", "alter") == (
        f"1 row of shop_product (code) is longer than {kind}(40) allows (for example id 1; SELECT * FROM "
        '"shop_product" WHERE length(CAST("code" AS text)) > 40); nothing was changed; --accept-data-loss allows it'
    )
    shop.database.script("UPDATE shop_product SET code = 'short' WHERE id = 1")
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean


@ON_POSTGRESQL
def test_cast_fails(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check, ALTER COLUMN price TYPE text;"
        "UPDATE shop_product SET price = 'dear' WHERE id = 1"
    )
    line = refused(shop, "--on-conflict", "alter")
    said = "1 row of shop_product (price) cannot" if version(shop) >= 16 else "2 rows of shop_product (price) may not"
    assert line.startswith(f"{said} be cast to integer (for example id 1")
    shop.database.script("UPDATE shop_product SET price = '7' WHERE id = 1")
    reconcile(shop, "--on-conflict", "alter")
    assert dump(shop.database) == clean
    assert shop.database.execute("SELECT price FROM shop_product WHERE id = 1") == [(7,)]


@ON_POSTGRESQL
def test_a_cast_that_works_and_loses_something(shop: Project) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_price_check, ALTER COLUMN price TYPE numeric(9, 2);"
        "UPDATE shop_product SET price = 3.75 WHERE id = 1"
    )
    assert refused(shop, "--on-conflict", "alter") == (
        "1 row of shop_product (price) would not keep their value as integer (for example id 1; SELECT * FROM "
        '"shop_product" WHERE ("price"::integer)::numeric(9,2) IS DISTINCT FROM "price"); nothing was changed; '
        "--accept-data-loss allows it"
    )
    reconcile(shop, "--on-conflict", "alter", "--accept-data-loss")
    assert shop.database.execute("SELECT price FROM shop_product WHERE id = 1") == [(4,)]


def test_rows_dropped(shop: Project, clean: Any) -> None:
    shop.database.script("ALTER TABLE shop_product ADD COLUMN stock integer NULL; UPDATE shop_product SET stock = 1")
    assert [(h["kind"], h["rows"]) for h in shown(shop, "--on-conflict", "alter")] == [("rows_dropped", 2)]
    line = refused(shop, "--on-conflict", "alter")
    assert line.startswith(
        "2 rows of shop_product (stock) hold a value in a column that is dropped (for example id 1, 2"
    )
