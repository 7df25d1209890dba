"""`reconcile app_label …`: what other apps are in need of neither stops it nor is touched."""

from __future__ import annotations

from typing import Any

from tests.harness import Project, records
from tests.shop import EVERY_SHOP, actions, dump, edit, everything, forget, reconcile, refused


def _widen_shelves(shop: Project) -> None:
    if shop.database.vendor == "sqlite":
        edit(shop.database, "stock_shelf", "varchar(9)", "varchar(20)")
    else:
        shop.database.script("ALTER TABLE stock_shelf ALTER COLUMN place TYPE varchar(20)")


def test_the_conflict_of_another_app_stops_nothing(shop: Project, clean: Any) -> None:
    _widen_shelves(shop)
    forget(shop.database)
    document = reconcile(shop, "shop", "--format", "json").json
    assert actions(document["performed"]) == [("fake", name) for _, name in EVERY_SHOP]
    assert document["verdict"] == "conflict"
    assert "stock_shelf.place is in a shape" in refused(shop)
    reconcile(shop, "stock", "--on-conflict", "alter")
    assert dump(shop.database) == clean


def test_what_breaks_the_inserts_of_its_own_tables_is_left(shop: Project) -> None:
    shop.database.script("ALTER TABLE shop_customer ADD COLUMN by_hand integer NOT NULL DEFAULT 1")
    if shop.database.vendor == "sqlite":
        edit(shop.database, "shop_customer", "by_hand integer NOT NULL DEFAULT 1", "by_hand integer NOT NULL")
    else:
        shop.database.script("ALTER TABLE shop_customer ALTER COLUMN by_hand DROP DEFAULT")
    before = everything(shop.database)
    reconcile(shop, "shop", code=1)
    reconcile(shop, "stock")
    assert everything(shop.database) == before


def test_records_without_a_file_go_in_these_apps_alone(shop: Project) -> None:
    for app in ("shop", "stock"):
        shop.database.script(
            f"INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '0999_gone', CURRENT_TIMESTAMP)"
        )
    reconcile(shop, "stock", "--prune")
    assert [app for app, name in records(shop.database) if name == "0999_gone"] == ["shop"]
