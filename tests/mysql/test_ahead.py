"""What a migration to come would die of on MySQL and MariaDB, where it leaves half of itself behind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import migration
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mysql.shop import Shop

pytestmark = pytest.mark.skipif(not os.environ.get("SCHEMAGUARD_TEST_MYSQL_URL"), reason="no MySQL server was named")

PINNED = migration(
    """
    migrations.CreateModel("Note", [
        ("id", models.AutoField(primary_key=True)),
        ("place", models.ForeignKey("place.Shelf", models.CASCADE, to_field="code", related_name="+")),
    ]),
    migrations.AddField("book", "second", models.ForeignKey(
        "place.Shelf", models.CASCADE, to_field="code", null=True, related_name="+"
    )),
    migrations.AddField("book", "third", models.ForeignKey("place.Shelf", models.CASCADE, null=True, related_name="+")),
    """,
    after=[("shop", "0001_initial")],
)


@pytest.fixture
def shop(tmp_path: Path, mysql: Any) -> Any:
    with mysql.fresh() as database:
        yield make_shop(tmp_path, database, **{"0002_pinned": PINNED})


DROPPED = [
    "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_place_id}",
    "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_shelf_id}",
]
CAUSES = {
    "another collation": (
        [*DROPPED[:1], "ALTER TABLE place_shelf CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"],
        "place_id is to be compared by utf8mb4_general_ci, and place_shelf.code is by utf8mb4_bin",
    ),
    "another character set": (
        [*DROPPED[:1], "ALTER TABLE place_shelf CONVERT TO CHARACTER SET latin1"],
        "place_id is to be compared by utf8mb4_general_ci, and place_shelf.code is by latin1_swedish_ci",
    ),
    "an engine without foreign keys": (
        [*DROPPED, "ALTER TABLE place_shelf ENGINE = MyISAM"], "place_shelf is ENGINE MyISAM",
    ),
    "an unsigned key": (
        [*DROPPED[1:], "ALTER TABLE place_shelf MODIFY id int unsigned NOT NULL AUTO_INCREMENT"],
        "third_id is int, and place_shelf.id is int unsigned",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CAUSES)
def test_the_guard_stops_before_a_foreign_key_that_cannot_be_made(shop: Shop, name: str) -> None:
    statements, said = CAUSES[name]
    shop.sql(*statements)
    before = shop.dump()

    stopped = shop.project.manage("migrate").expect(1)

    assert said in stopped.err
    assert shop.dump() == before
    shop.project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", "--migrate").expect(0)
    assert shop.findings() == []


def test_nothing_is_said_where_it_can_be_made(shop: Shop) -> None:
    assert shop.findings() == []
    shop.project.manage("migrate").expect(0)
    assert shop.findings() == []


def test_a_table_that_follows_its_own_collation_is_no_obstacle(shop: Shop) -> None:
    """The new column is in the same table: it gets the table's collation, as the column that it points at has."""
    shop.sql("ALTER DATABASE COLLATE utf8mb4_unicode_ci")

    stopped = shop.project.manage("migrate").expect(1).err

    assert "shop_note: place_id is to be compared by utf8mb4_unicode_ci" in stopped
    assert "second_id" not in stopped
