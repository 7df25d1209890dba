"""Tables of an engine without foreign keys and without transactions, which old servers and old dumps have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import migration
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mysql.shop import Shop

KEYS = [f"ALTER TABLE shop_book DROP FOREIGN KEY {{shop_book_{name}_id}}" for name in ("author", "shelf", "place")]


def engines(*tables: str) -> list[str]:
    """MyISAM of MySQL has no descending indexes."""
    drop = ["DROP INDEX by_pages ON shop_book"] if "shop_book" in tables else []
    return [*KEYS, *drop, *(f"ALTER TABLE {table} ENGINE = MyISAM" for table in tables)]


TABLES = {
    "that points": ("shop_book",),
    "that is pointed at": ("place_shelf", "place_author"),
    "all": ("shop_book", "place_shelf", "place_author"),
}


@pytest.mark.parametrize("name", TABLES)
def test_the_engine_comes_back_and_then_the_foreign_keys(shop: Shop, name: str) -> None:
    """Also where the table that is pointed at belongs to another app, whose step may come after."""
    clean = shop.dump()
    shop.sql(*engines(*TABLES[name]))
    assert "ENGINE MyISAM" in {each["actual"] for each in shop.findings()}

    shop.mends("--on-conflict", "alter")

    assert {name: keyless(lines) for name, lines in shop.dump().items()} == {
        name: keyless(lines) for name, lines in clean.items()
    }
    assert shop.database.execute("SELECT count(*) FROM shop_book") == [(2,)]


def keyless(lines: list[str]) -> list[str]:
    """Without the names of indexes that InnoDB makes by itself."""
    return [line for line in lines if not line.startswith("KEY ")]


def test_rows_that_point_at_nothing_are_counted_before(shop: Shop) -> None:
    shop.sql(*engines("shop_book"), "DELETE FROM place_shelf WHERE id = 2")

    said = shop.refuses("--on-conflict", "alter", "--accept-data-loss")

    assert "1 row of shop_book (shelf_id) points at no row of place_shelf" in said


def test_records_of_an_engine_without_transactions(shop: Shop) -> None:
    shop.sql("ALTER TABLE django_migrations ENGINE = MyISAM")

    (found,) = shop.findings()

    assert found["message"] == (
        "django_migrations is ENGINE MyISAM, which has no transactions: what is written there stays when the rest is "
        "taken back, and a crash may tear it"
    )
    assert (found["code"], found["level"]) == ("SG212", "warning")
    shop.sql(found["hint"])
    assert shop.findings() == []


STRAY = migration(
    """
    migrations.AddField("book", "kind", models.CharField(max_length=9, default="new")),
    migrations.AddField("book", "size", models.IntegerField(default=7)),
    """,
    after=[("shop", "0001_initial")],
)


def test_a_default_that_a_killed_addfield_left_goes_with_the_rest(tmp_path: Path, mysql: Any) -> None:
    """ADD COLUMN … DEFAULT had run, and ALTER COLUMN … DROP DEFAULT had not."""
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_stray": STRAY})
        shop.project.manage("migrate").expect(0)
        clean = shop.dump()
        shop.sql(
            "ALTER TABLE shop_book DROP COLUMN size, ALTER kind SET DEFAULT 'new'",
            "DELETE FROM django_migrations WHERE name = '0002_stray'",
        )

        shop.mends()

        assert shop.dump() == clean
