"""Tables of gh-ost and pt-online-schema-change: a note where they were left; a table that is copied is not altered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import migration
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mysql.shop import Shop

NOTES = """
CREATE TABLE _shop_book_ghc (
    id bigint unsigned AUTO_INCREMENT PRIMARY KEY, last_update timestamp, hint varchar(64), value varchar(255)
)"""
TRIGGER = """
CREATE TRIGGER pt_osc_shop_shop_book_del AFTER DELETE ON shop_book FOR EACH ROW
DELETE FROM _shop_book_new WHERE id = OLD.id"""
GH_OST = ("CREATE TABLE _shop_book_gho LIKE shop_book", NOTES)
PT_OSC = ("CREATE TABLE _shop_book_new LIKE shop_book", TRIGGER)
LEFT = {
    "the copy of gh-ost": (
        GH_OST[:1], "_shop_book_gho was made by an online schema change of shop_book (gh-ost), and left behind",
    ),
    "the old table of gh-ost": (
        ["CREATE TABLE _shop_book_20240131123045_del LIKE shop_book"],
        "_shop_book_20240131123045_del was made by an online schema change of shop_book (gh-ost), and left behind",
    ),
    "gh-ost at work": (
        GH_OST,
        "_shop_book_ghc, _shop_book_gho were made by an online schema change of shop_book (gh-ost), which may be under "
        "way",
    ),
    "the old table of pt-online-schema-change": (
        ["CREATE TABLE _shop_book_old LIKE shop_book"],
        "_shop_book_old was made by an online schema change of shop_book (pt-online-schema-change), and left behind",
    ),
    "pt-online-schema-change at work": (
        PT_OSC,
        "_shop_book_new was made by an online schema change of shop_book (pt-online-schema-change), which may be under "
        "way",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_it_is_a_note(shop: Shop, name: str) -> None:
    statements, said = LEFT[name]
    shop.sql(*statements)
    assert shop.messages() == [f"warning: {said}"]


def test_a_table_that_is_called_so_and_is_none(shop: Shop) -> None:
    shop.sql("CREATE TABLE _shop_book_new (id int PRIMARY KEY)")
    assert shop.messages() == ["warning: table _shop_book_new was made outside the migrations"]


@pytest.mark.parametrize("statements", [GH_OST, PT_OSC], ids=["gh-ost", "pt-online-schema-change"])
def test_a_table_that_is_copied_is_not_mended(shop: Shop, statements: tuple[str, ...]) -> None:
    shop.sql(*statements, "DROP INDEX by_title ON shop_book")

    assert "an online schema change of shop_book" in shop.refuses()


LATER = migration(
    'migrations.AddField("book", "more", models.IntegerField(null=True)),', after=[("shop", "0001_initial")]
)


def test_a_table_that_is_copied_is_not_migrated(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_later": LATER})
        shop.sql(*GH_OST)

        stopped = shop.project.manage("migrate").expect(1).err

        assert (
            "shop.0002_later alters shop_book: an online schema change of shop_book (gh-ost) may be under way"
            in stopped
        )
        shop.sql("DROP TABLE _shop_book_ghc")
        shop.project.manage("migrate").expect(0)
