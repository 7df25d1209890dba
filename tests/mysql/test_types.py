"""Columns of another type than Django's: after a restore, an upgrade of MariaDB or of Django, or by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import migration
from tests.harness.vendors import is_mariadb
from tests.mysql.shop import ONE, TWO, make_shop

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.mysql.shop import Shop

IDS = (("place_author", "id", "NOT NULL"), ("shop_book", "author_id", "NOT NULL"), ("shop_book", "token", "NULL"))
WITHOUT_UUID = (
    "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_author_id}",
    *(
        sql.format(table=table, column=column, null=null)
        for table, column, null in IDS
        for sql in (
            "ALTER TABLE {table} MODIFY {column} char(36) {null}",
            "UPDATE {table} SET {column} = replace({column}, '-', '')",
            "ALTER TABLE {table} MODIFY {column} char(32) {null}",
        )
    ),
    "ALTER TABLE shop_book ADD CONSTRAINT {shop_book_author_id} FOREIGN KEY (author_id) REFERENCES place_author (id)",
)
"""As Django 4.2 made them, or any Django on MariaDB before 10.7."""


def test_uuids_of_32_characters_become_uuids_with_all_keys(shop: Shop, uuids: None) -> None:
    clean, before = shop.dump(), shop.database.execute("SELECT author_id, token FROM shop_book ORDER BY id")
    shop.sql(*WITHOUT_UUID)
    assert all("Django writes 36 characters there (Data too long)" in each for each in shop.messages())

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean
    assert shop.database.execute("SELECT author_id, token FROM shop_book ORDER BY id") == before


def test_every_value_is_tried_before_it_becomes_a_uuid(shop: Shop, uuids: None) -> None:
    """Hexadecimal digits are not enough: MariaDB refuses a UUID of version 12."""
    shop.sql(*WITHOUT_UUID, "UPDATE shop_book SET token = '0123456789abcdef0123456789abcdef' WHERE id = 2")

    said = shop.refuses("--on-conflict", "alter", "--accept-data-loss")

    assert "1 row of shop_book (token) cannot become uuid" in said


CHAR32 = migration(
    'migrations.CreateModel("Ticket", [("id", Char32UUIDField(primary_key=True)), ("n", models.IntegerField())]),\n'
    'migrations.CreateModel("Stub", [("id", models.AutoField(primary_key=True)),'
    ' ("ticket", models.ForeignKey("shop.Ticket", models.CASCADE))]),',
    after=[("shop", "0001_initial")],
    imports="""
    class Char32UUIDField(models.UUIDField):
        # As Django's release notes have it for those who keep their columns.
        def db_type(self, connection):
            return "char(32)"

        def get_db_prep_value(self, value, connection, prepared=False):
            value = super().get_db_prep_value(value, connection, prepared)
            return value.hex if value is not None else value
    """,
)


def test_a_field_that_wants_32_characters_has_them(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_char32": CHAR32})
        shop.project.manage("migrate").expect(0)
        assert shop.findings() == []
        database.execute(f"INSERT INTO shop_ticket VALUES ('{ONE}', 1), ('{TWO}', 2)")
        database.execute(f"INSERT INTO shop_stub (ticket_id) VALUES ('{TWO}')")
        clean, wide = shop.dump(), "uuid" if is_mariadb(shop.version, 10, 7) else "char(36)"
        shop.sql(
            "ALTER TABLE shop_stub DROP FOREIGN KEY {shop_stub_ticket_id}",
            f"ALTER TABLE shop_stub MODIFY ticket_id {wide} NOT NULL",
            f"ALTER TABLE shop_ticket MODIFY id {wide} NOT NULL",
        )

        shop.mends("--on-conflict", "alter")

        assert shop.dump() == clean
        assert database.execute("SELECT id FROM shop_ticket ORDER BY id") == [(ONE,), (TWO,)]
        assert database.execute("SELECT ticket_id FROM shop_stub") == [(TWO,)]


LOST = {
    "fractions of seconds": ("ALTER TABLE shop_book MODIFY born datetime NULL", "fractions of a second are lost"),
    "JSON": ("ALTER TABLE shop_book MODIFY data longtext NOT NULL", "nothing keeps text out of it that is no JSON"),
    "a default that came from a killed AddField": (
        "ALTER TABLE shop_book ALTER title SET DEFAULT 'x'", "perhaps an AddField was killed that gave it for a moment",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_a_type_comes_back(shop: Shop, name: str) -> None:
    statement, said = LOST[name]
    clean = shop.dump()
    shop.sql(statement)
    (message,) = shop.messages()
    assert said in message

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_text_that_is_no_json_stops_it(shop: Shop) -> None:
    shop.sql(LOST["JSON"][0], "UPDATE shop_book SET data = 'none' WHERE id = 1")

    said = shop.refuses("--on-conflict", "alter", "--accept-data-loss")

    assert "1 row of shop_book (data) cannot become json" in said


def test_signed_and_unsigned_keys_come_together(shop: Shop) -> None:
    clean = shop.dump()
    shop.sql(
        "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_shelf_id}",
        "ALTER TABLE place_shelf MODIFY id int unsigned NOT NULL AUTO_INCREMENT",
    )

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_what_is_too_long_is_cut_where_that_is_allowed(shop: Shop) -> None:
    clean = shop.dump()
    shop.sql(
        "ALTER TABLE shop_book MODIFY title varchar(300) NOT NULL", "UPDATE shop_book SET title = repeat('x', 101)"
    )

    assert "2 rows of shop_book (title) are longer than varchar(100) allows" in shop.refuses("--on-conflict", "alter")
    shop.mends("--on-conflict", "alter", "--accept-data-loss")

    assert shop.dump() == clean


def test_a_plain_column_that_somebody_generated_takes_values_again(shop: Shop) -> None:
    """MySQL refuses an UPDATE of a generated column, also one that finds no row (3105)."""
    clean = shop.dump()
    shop.sql(
        "ALTER TABLE place_author DROP COLUMN name",
        "ALTER TABLE place_author ADD COLUMN name varchar(50) GENERATED ALWAYS AS ('x') STORED",
    )

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean
