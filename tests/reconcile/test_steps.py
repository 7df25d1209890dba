"""Each kind of step: a trouble, what reconcile does about it, and the dump of a clean migrate at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration, records, rows
from tests.shop import EVERY_SHOP, INSTALLED, SHOP, actions, edit, fill, forget, mended, reconcile, verdict

if TYPE_CHECKING:
    from pathlib import Path

ON_POSTGRESQL = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
FAKES = [("fake", name) for _, name in EVERY_SHOP]


def test_lost_records_are_faked_each_with_its_evidence(shop: Project, clean: Any) -> None:
    forget(shop.database)
    before = rows(shop.database, without=("django_migrations",))
    document = mended(shop, clean)
    assert actions(document["performed"]) == FAKES
    assert all(not step["sql"] for step in document["performed"])
    assert set(EVERY_SHOP) <= set(records(shop.database))
    assert rows(shop.database, without=("django_migrations", "schemaguard_journal")) == before
    entry = shop.manage("schemaguard", "show", str(document["journal"]), "--format", "json").expect(0).json
    assert all(step["evidence"] for step in entry["steps"])
    assert "column shop_customer.email is " in str(entry["steps"][1]["evidence"])


def test_the_journal_says_what_speaks_against_a_fake(shop: Project, clean: Any) -> None:
    forget(shop.database, "0004_rules")
    shop.database.script("DROP INDEX shop_price_idx")
    document = mended(shop, clean)
    entry = shop.manage("schemaguard", "show", str(document["journal"]), "--format", "json").expect(0).json
    (step,) = (each for each in entry["steps"] if each["name"] == "0004_rules")
    assert step["evidence"][0].startswith("column shop_product.code is ")
    assert step["evidence"][-1] == "against it: index shop_price_idx on shop_product is missing"


def test_evidence_that_is_cut_says_so(tmp_path: Path, database: Database) -> None:
    fields = "".join(f'("n{i}", models.IntegerField()), ' for i in range(210))
    wide = migration(f'migrations.CreateModel("Wide", [("id", models.BigAutoField(primary_key=True)), {fields}]),')
    project = make_project(tmp_path, apps={"app": {"migrations": {"0001_initial": wide}}}, database=database)
    project.manage("migrate").expect(0)
    forget(database, app="app")
    number = reconcile(project, "--format", "json").json["journal"]
    (step,) = project.manage("schemaguard", "show", str(number), "--format", "json").expect(0).json["steps"]
    evidence = step["evidence"]
    assert evidence[0] == "table app_wide is there"
    assert evidence[200:] == ["and 13 more like these"]  # of the table, its 211 columns and its key


def test_a_squash_is_recorded_with_what_it_replaces(shop: Project, clean: Any) -> None:
    forget(shop.database, app="stock")
    assert actions(mended(shop, clean)["performed"]) == [("fake", "0001_squashed_0002_place")]
    stock = [name for app, name in records(shop.database) if app == "stock"]
    assert stock == ["0001_initial", "0002_place", "0001_squashed_0002_place"]


def test_the_records_that_a_squash_replaces_are_not_written_twice(shop: Project, clean: Any) -> None:
    forget(shop.database, "0002_place", "0001_squashed_0002_place", app="stock")
    mended(shop, clean)
    stock = sorted(name for app, name in records(shop.database) if app == "stock")
    assert stock == ["0001_initial", "0001_squashed_0002_place", "0002_place"]


def test_half_a_table_is_completed(shop: Project, clean: Any) -> None:
    """A CreateModel without one of its columns, an AddField that did not happen, a many-to-many table not there."""
    forget(shop.database)
    shop.database.script(
        "DROP TABLE shop_purchase_products; ALTER TABLE shop_customer DROP COLUMN active;"
        "ALTER TABLE stock_shelf DROP COLUMN place; DELETE FROM django_migrations WHERE app = 'stock';"
    )
    kept = rows(shop.database)["shop_purchase"]
    document = mended(shop, clean)
    performed = {name: action for action, name in actions(document["performed"])}
    assert performed["0002_email"] == "complete"
    assert performed["0003_order"] == "complete"
    assert performed["0001_squashed_0002_place"] == "complete"
    assert rows(shop.database)["shop_purchase"] == kept
    assert shop.database.execute("SELECT count(*) FROM shop_customer WHERE active") == [(2,)]


def test_what_a_recorded_migration_made_and_is_gone_is_made_again(shop: Project, clean: Any) -> None:
    shop.database.script("DROP INDEX shop_price_idx; ALTER TABLE shop_purchase DROP COLUMN note;")
    document = mended(shop, clean)
    assert actions(document["performed"]) == [("redo", "0004_rules"), ("redo", "0007_note")]
    assert all(step["sql"] for step in document["performed"])


def test_a_table_that_a_recorded_migration_made_and_is_gone_is_made_again(shop: Project, clean: Any) -> None:
    shop.database.script("DROP TABLE shop_purchase_products; DROP TABLE shop_purchase;")
    mended(shop, clean)
    shop.database.script("INSERT INTO shop_purchase (id, customer_id, note) VALUES (7, 1, '')")


@ON_POSTGRESQL
def test_a_dropped_constraint_of_each_kind_is_made_again(shop: Project, clean: Any) -> None:
    shop.database.script(
        "ALTER TABLE shop_product DROP CONSTRAINT shop_code_uniq, DROP CONSTRAINT shop_price_check;"
        "ALTER TABLE shop_customer DROP CONSTRAINT shop_customer_name_key"
    )
    ((key,),) = shop.database.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'shop_purchase'::regclass"
    )
    shop.database.script(f"ALTER TABLE shop_purchase DROP CONSTRAINT {key}")
    mended(shop, clean)


@ON_SQLITE
def test_on_sqlite_a_table_is_made_anew_for_a_constraint(shop: Project, clean: Any) -> None:
    edit(shop.database, "shop_product", ', CONSTRAINT "shop_price_check" CHECK ("price" >= 0)', "")
    before = rows(shop.database, without=("schemaguard_journal",))
    mended(shop, clean)
    assert rows(shop.database, without=("schemaguard_journal",)) == before


@ON_SQLITE
def test_a_table_made_anew_keeps_what_others_put_there(shop: Project) -> None:
    """An index and a trigger, neither known to the migrations, and a view that reads the table."""
    edit(shop.database, "shop_product", ', CONSTRAINT "shop_price_check" CHECK ("price" >= 0)', "")
    shop.database.script(
        "CREATE VIEW dear AS SELECT * FROM shop_product WHERE price > 3;"
        "CREATE INDEX by_hand ON shop_product (price, code);"
        "CREATE TRIGGER noted AFTER INSERT ON shop_product BEGIN SELECT 1; END;"
    )
    kept = [line for line in catalog_dump(shop.database).splitlines() if "noted" in line or "by_hand" in line]
    reconcile(shop)
    assert "shop_price_check" in catalog_dump(shop.database)
    assert [line for line in catalog_dump(shop.database).splitlines() if "noted" in line or "by_hand" in line] == kept
    assert shop.database.execute("SELECT count(*) FROM dear") == [(1,)]


@ON_SQLITE
def test_a_column_that_no_migration_knows_is_not_lost_with_its_table(shop: Project) -> None:
    edit(shop.database, "shop_product", ', CONSTRAINT "shop_price_check" CHECK ("price" >= 0)', "")
    shop.database.script("ALTER TABLE shop_product ADD COLUMN mark text; UPDATE shop_product SET mark = 'x' || id")
    marks = shop.database.execute("SELECT id, mark FROM shop_product ORDER BY id")
    assert marks
    reconcile(shop)
    assert shop.database.execute("SELECT id, mark FROM shop_product ORDER BY id") == marks
    assert verdict(shop) == "in_sync"


def test_several_columns_of_one_table_and_an_index_over_one(shop: Project, clean: Any) -> None:
    forget(shop.database)
    shop.database.script(
        "DROP INDEX shop_price_idx; ALTER TABLE shop_customer DROP COLUMN email;"
        "ALTER TABLE shop_customer DROP COLUMN active; ALTER TABLE shop_purchase DROP COLUMN note;"
    )
    mended(shop, clean)


def test_a_pending_parent_of_something_present_is_run(shop: Project, clean: Any) -> None:
    """0004 is nowhere to be seen, and 0007, which depends on it, is in the database."""
    forget(shop.database, "0004_rules")
    if shop.database.vendor == "postgresql":
        shop.database.script(
            "ALTER TABLE shop_product DROP CONSTRAINT shop_code_uniq, DROP CONSTRAINT shop_price_check,"
            " ALTER COLUMN code TYPE varchar(20); DROP INDEX shop_price_idx"
        )
    else:
        shop.database.script(
            'CREATE TABLE made ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "code" varchar(20) NOT NULL,'
            ' "price" integer NOT NULL); INSERT INTO made SELECT id, code, price FROM shop_product;'
            " DROP TABLE shop_product; PRAGMA legacy_alter_table = ON; ALTER TABLE made RENAME TO shop_product;"
        )
    document = mended(shop, clean)
    assert actions(document["performed"]) == [("run", "0004_rules")]
    assert ("shop", "0004_rules") in records(shop.database)


def test_a_column_that_a_recorded_migration_removed_goes_where_it_holds_nothing(shop: Project, clean: Any) -> None:
    shop.database.script("ALTER TABLE shop_product ADD COLUMN stock integer NULL")
    mended(shop, clean, "--on-conflict", "alter")


def test_an_earlier_shape_of_its_own_history_is_altered_again(shop: Project, clean: Any) -> None:
    if shop.database.vendor == "postgresql":
        shop.database.script("ALTER TABLE shop_product ALTER COLUMN code TYPE varchar(20)")
    else:
        edit(shop.database, "shop_product", "varchar(40)", "varchar(20)")
    assert actions(mended(shop, clean)["performed"]) == [("alter", "0004_rules")]


def test_prune_deletes_records_without_a_file_and_nothing_else(shop: Project, clean: Any) -> None:
    shop.database.script(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0099_gone', '2020-01-01'),"
        " ('stock', '0001_initial', '2020-01-01')"
    )
    assert mended(shop, clean)["performed"] == []
    assert ("shop", "0099_gone") in records(shop.database)
    assert actions(mended(shop, clean, "--prune")["performed"]) == [("prune", "0099_gone")]
    assert ("shop", "0099_gone") not in records(shop.database)
    assert ("stock", "0001_initial") in records(shop.database)


def test_an_empty_django_migrations_and_none_at_all(shop: Project, clean: Any) -> None:
    shop.database.script("DROP TABLE django_migrations")
    mended(shop, clean)
    assert set(EVERY_SHOP) <= set(records(shop.database))


def test_content_types_and_permissions_are_there_afterwards(shop: Project, clean: Any) -> None:
    """As after migrate: the tables came from somewhere else, and nobody has sent post_migrate."""
    forget(shop.database)
    shop.database.script(
        "DELETE FROM auth_permission; DELETE FROM django_content_type WHERE app_label IN ('shop', 'stock')"
    )
    mended(shop, clean)
    names = shop.database.execute("SELECT model FROM django_content_type WHERE app_label = 'shop' ORDER BY model")
    assert names == [("customer",), ("product",), ("purchase",)]
    ((permissions,),) = shop.database.execute("SELECT count(*) FROM auth_permission WHERE codename LIKE '%purchase'")
    assert permissions == 4


def test_in_the_middle_of_the_history_they_are_left_to_migrate(tmp_path: Path, database: Database) -> None:
    """Permissions made there would have names that the rename ahead is to give to others."""
    project = make_project(tmp_path, apps=SHOP, settings=INSTALLED, database=database)
    project.manage("migrate", "auth").expect(0)
    project.manage("migrate", "shop", "0005").expect(0)
    forget(database)
    database.script("DELETE FROM auth_permission; DELETE FROM django_content_type WHERE app_label = 'shop'")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert database.execute("SELECT count(*) FROM auth_permission") == [(0,)]
    project.manage("migrate").expect(0)
    names = database.execute("SELECT model FROM django_content_type WHERE app_label = 'shop' ORDER BY model")
    assert names == [("customer",), ("product",), ("purchase",)]
    ((permissions,),) = database.execute("SELECT count(*) FROM auth_permission WHERE codename LIKE '%purchase'")
    assert permissions == 4


def test_a_faked_rename_renames_the_content_type(shop: Project, clean: Any) -> None:
    forget(shop.database, "0006_rename", "0007_note", "0008_no_stock")
    shop.database.script("UPDATE django_content_type SET model = 'order' WHERE model = 'purchase'")
    before = shop.database.execute("SELECT id FROM django_content_type WHERE model = 'order'")
    mended(shop, clean)
    assert shop.database.execute("SELECT id FROM django_content_type WHERE model = 'purchase'") == before
    assert shop.database.execute("SELECT count(*) FROM django_content_type WHERE model = 'order'") == [(0,)]


def test_everything_at_once_and_rows_still_go_in(shop: Project, clean: Any) -> None:
    forget(shop.database)
    shop.database.script("DROP TABLE shop_purchase_products; DROP INDEX shop_price_idx; DELETE FROM shop_purchase;")
    shop.database.script("DELETE FROM shop_customer; DELETE FROM shop_product; DELETE FROM stock_shelf;")
    mended(shop, clean)
    fill(shop.database)
