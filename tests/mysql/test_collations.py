"""Texts that are compared in several ways in one database: after a restore, an upgrade, half a conversion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mysql.shop import Shop

DROP = "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_place_id}"
DROP_BOTH = f"{DROP}, DROP FOREIGN KEY {{shop_book_author_id}}"  # that of a text, too, where there is no type uuid
BOTH_AGAIN = (
    "ALTER TABLE shop_book"
    " ADD CONSTRAINT {shop_book_place_id} FOREIGN KEY (place_id) REFERENCES place_shelf (code),"
    " ADD CONSTRAINT {shop_book_author_id} FOREIGN KEY (author_id) REFERENCES place_author (id)"
)
EVERY_TABLE = ("shop_book", "place_shelf", "place_author")


def converted(table: str, to: str) -> str:
    return f"ALTER TABLE {table} CONVERT TO CHARACTER SET {to}"


CONVERSIONS = {
    "the end that points": [DROP, "ALTER TABLE shop_book MODIFY place_id varchar(20) COLLATE utf8mb4_bin NOT NULL"],
    "the end that is pointed at": [DROP, converted("place_shelf", "utf8mb4 COLLATE utf8mb4_bin")],
    "another character set": [DROP, converted("place_shelf", "latin1")],
    "both ends": [
        DROP_BOTH, *(converted(each, "utf8mb4 COLLATE utf8mb4_bin") for each in EVERY_TABLE), BOTH_AGAIN,
    ],
    "utf8mb3 everywhere": [
        DROP_BOTH, *(converted(each, "utf8mb3") for each in EVERY_TABLE), BOTH_AGAIN,
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERSIONS)
def test_the_ends_of_a_foreign_key_come_together_again(shop: Shop, name: str) -> None:
    clean = shop.dump()
    shop.sql(*CONVERSIONS[name])
    assert {each["level"] for each in shop.findings()} == {"error"}

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean
    assert shop.database.execute("SELECT place_id FROM shop_book ORDER BY id") == [("a",), ("b",)]


def test_a_database_that_got_another_default(shop: Shop) -> None:
    """As after an upgrade from MySQL 5.7, or a restore into a database that somebody made by hand."""
    shop.sql("ALTER DATABASE COLLATE utf8mb4_unicode_ci")

    shop.mends("--on-conflict", "alter")

    assert shop.database.execute(
        "SELECT DISTINCT collation_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND table_name <> 'django_migrations' AND table_name NOT LIKE 'schemaguard%'"
        " AND collation_name IS NOT NULL AND column_name <> 'data'"
    ) == [("utf8mb4_unicode_ci",)]


def test_values_that_become_one_are_counted_before(shop: Shop) -> None:
    book = "INSERT INTO shop_book (title, isbn, author_id, shelf_id, place_id, data, pages) SELECT title, '{}', "
    rest = "author_id, shelf_id, place_id, data, pages FROM shop_book WHERE id = 1"
    shop.sql(
        DROP_BOTH, converted("shop_book", "utf8mb4 COLLATE utf8mb4_bin"),
        *(f"{book.format(x)}{rest}" for x in ("Q", "q")),
    )  # fmt: skip

    said = shop.refuses("--on-conflict", "alter", "--accept-data-loss")

    assert f"1 row of shop_book (isbn) repeats the values of another row under {shop.collation}" in said


def test_rows_that_would_point_at_nothing_are_counted_before(shop: Shop) -> None:
    shop.sql("UPDATE shop_book SET place_id = 'A' WHERE id = 1", "ALTER DATABASE COLLATE utf8mb4_bin")

    said = shop.refuses("--on-conflict", "alter")

    assert "1 row of shop_book (place_id) points at no row of place_shelf" in said


def test_characters_that_would_be_lost_are_counted_before(shop: Shop) -> None:
    shop.sql("UPDATE shop_book SET text = _utf8mb4 x'F09F9880' WHERE id = 1", "ALTER DATABASE CHARACTER SET latin1")

    assert "1 row of shop_book (text) has a character that latin1_swedish_ci lacks" in shop.refuses(
        "--on-conflict", "alter"
    )


def test_many_tables_are_one_finding(shop: Shop) -> None:
    shop.sql(*CONVERSIONS["utf8mb3 everywhere"])

    (message,) = shop.messages()

    assert message.startswith("error: 3 tables")  # and on MariaDB the column of JSON
    assert re.search("are COLLATE utf8(mb3)?_", message)  # utf8_ before MySQL 8.0.30
    assert re.search("tables and columns are COLLATE utf8(mb3)?_", shop.refuses())
    assert "so that an emoji, or any other character of four bytes, cannot be stored" in message


def test_a_foreign_key_that_no_migration_makes_keeps_its_ends(shop: Shop) -> None:
    shop.sql(
        f"CREATE TABLE ledger (code varchar(20) COLLATE {shop.collation}, "
        "CONSTRAINT by_hand FOREIGN KEY (code) REFERENCES place_shelf (code))",
        "ALTER DATABASE COLLATE utf8mb4_bin",
    )

    said = shop.refuses("--on-conflict", "alter")

    assert "place_shelf.code is to be altered, and the foreign key by_hand of ledger, which no migration makes" in said


@pytest.mark.parametrize("done", [2, 5])
def test_a_conversion_that_was_stopped_goes_on(shop: Shop, done: int) -> None:
    """Between the first table and the last, when the foreign keys between them are gone."""
    clean = shop.dump()
    shop.sql(*CONVERSIONS["utf8mb3 everywhere"])
    plan = shop.project.manage(
        "schemaguard", "reconcile", "--noinput", "--dry-run", "--on-conflict", "alter", "--format", "json"
    ).json["plan"]
    statements = [sql for step in plan for sql in step["sql"]]
    assert len(statements) > done + 1
    shop.sql(*(sql.rstrip(";") for sql in statements[:done]))

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean
