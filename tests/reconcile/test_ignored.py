"""What the settings ignore is nothing to a reconcile: it is left as it is, and the exit code is that of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration, records
from tests.shop import (
    INSTALLED,
    SHOP,
    actions,
    edit,
    everything,
    forget,
    reconcile,
    refused,
    strange,
    widen,
)

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = "nothing to do\nthe database is now: in sync\n"


def ignoring(path: Path, database: Database, entry: dict[str, str], apps: Any = None) -> Project:
    settings = {**({} if apps else INSTALLED), "SCHEMAGUARD": {"IGNORE": [{**entry, "reason": "on purpose"}]}}
    return make_project(path, apps=apps or SHOP, settings=settings, database=database)


def script(text: str) -> Any:
    return lambda database: database.script(text)


def drop_a_table_that_is_pointed_at(database: Database) -> None:
    database.script(f"DROP TABLE shop_customer{' CASCADE' if database.vendor == 'postgresql' else ''}")


def drop_a_column_with_an_index(database: Database) -> None:
    if database.vendor == "postgresql":
        database.script("ALTER TABLE shop_product DROP COLUMN price")
    else:
        check = ', CONSTRAINT "shop_price_check" CHECK ("price" >= 0)'
        database.script("DROP INDEX shop_price_idx")
        edit(database, "shop_product", check, "")
        database.script("ALTER TABLE shop_product DROP COLUMN price")


TROUBLES: dict[str, tuple[Any, dict[str, str]]] = {
    "a column that breaks every INSERT": (strange, {"code": "SG206", "name": "x"}),
    "another shape": (widen, {"code": "SG204", "name": "code"}),
    "a missing index": (script("DROP INDEX shop_price_idx"), {"name": "shop_price_idx"}),
    "a missing column": (drop_a_column_with_an_index, {"table": "shop_product", "name": "price"}),
    "a missing table": (drop_a_table_that_is_pointed_at, {"table": "shop_customer"}),
    "a column that is still there": (
        script("ALTER TABLE shop_product ADD COLUMN stock integer NULL; UPDATE shop_product SET stock = 1"),
        {"name": "stock"},
    ),
    "a view in the place of a table": (
        script("DROP TABLE shop_purchase_products; CREATE VIEW shop_purchase_products AS SELECT 1 AS id"),
        {"code": "SG209"},
    ),
    "a renamed table": (script("ALTER TABLE shop_purchase RENAME TO bought"), {"code": "SG209"}),
    "a renamed column": (script("ALTER TABLE shop_customer RENAME COLUMN email TO mail"), {"name": "email"}),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_is_ignored_is_left_as_it_is(tmp_path: Path, shop: Project, name: str) -> None:
    trouble, entry = TROUBLES[name]
    trouble(shop.database)
    assert "in sync" not in shop.manage("schemaguard", "check").out
    project = ignoring(tmp_path, shop.database, entry)
    before = everything(shop.database)
    assert "in sync" in project.manage("schemaguard", "check").expect(0).out
    assert reconcile(project).out == NOTHING
    assert reconcile(project, "--dry-run", "--on-conflict", "alter").out == "nothing to do\n"
    assert project.manage("migrate").expect(0).err == ""
    assert everything(shop.database)[0] == before[0]

    forget(shop.database, app="stock")
    result = reconcile(project, "--format", "json")
    assert actions(result.json["performed"]) == [("fake", "0001_squashed_0002_place")]
    assert (result.json["verdict"], result.json["findings"]) == ("in_sync", [])


def test_what_its_migration_owes_besides_is_mended(tmp_path: Path, shop: Project) -> None:
    widen(shop.database)
    shop.database.script("DROP INDEX shop_price_idx")
    project = ignoring(tmp_path, shop.database, {"code": "SG204"})
    assert actions(reconcile(project, "--format", "json").json["performed"]) == [("redo", "0004_rules")]
    assert reconcile(project).out == NOTHING


def test_a_conflicting_migration_is_not_recorded_because_its_column_is_ignored(tmp_path: Path, shop: Project) -> None:
    """Who ignores the shape of a column has not said that its migration ran; who ignores both wants neither told."""
    widen(shop.database)
    forget(shop.database, "0004_rules")
    project = ignoring(tmp_path, shop.database, {"code": "SG204"})
    assert "conflict" in project.manage("schemaguard", "check").expect(1).out
    assert refused(project).startswith("shop.0004_rules: column shop_product.code is there in another shape;")
    project = ignoring(tmp_path, shop.database, {"app": "shop", "migration": "0004_rules"})
    assert "in sync" in project.manage("schemaguard", "check").expect(0).out
    assert reconcile(project).out == NOTHING
    assert ("shop", "0004_rules") not in records(shop.database)


def test_a_pattern_that_matches_nothing_any_more_is_told(tmp_path: Path, shop: Project) -> None:
    project = ignoring(tmp_path, shop.database, {"code": "SG204"})
    assert [each["code"] for each in reconcile(project, "--format", "json").json["findings"]] == ["SG901"]


def test_what_sql_made_is_left_out(tmp_path: Path, database: Database) -> None:
    """A RunSQL of which nothing is there, and which would be run again."""
    thing = migration('migrations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),')
    index = 'migrations.RunSQL("CREATE INDEX by_hand ON shop_thing (id)"),'
    files = {"0001_initial": thing, "0002_index": migration(index, after=[("shop", "0001_initial")])}
    project = ignoring(tmp_path, database, {"name": "by_hand"}, apps={"shop": {"migrations": files}})
    project.manage("migrate").expect(0)
    database.script("DROP INDEX by_hand")
    assert reconcile(project).out == NOTHING


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_extension_is_left_out(tmp_path: Path, database: Database) -> None:
    extension = migration('migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm"),')
    project = ignoring(
        tmp_path, database, {"code": "SG411"}, apps={"shop": {"migrations": {"0001_extension": extension}}}
    )
    project.manage("migrate").expect(0)
    database.script("DROP EXTENSION pg_trgm")
    assert reconcile(project).out == NOTHING
