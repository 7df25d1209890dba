"""Keys, numbering and indexes that a dump, a copy of a table or somebody's hand left otherwise."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import migration
from tests.harness.vendors import is_mariadb
from tests.mysql.shop import make_shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.mysql.shop import Shop


def test_numbering_comes_back_also_where_a_row_has_the_key_zero(shop: Shop) -> None:
    """An INSERT without a key gave 0. MODIFY would give that row a number, or refuse to."""
    clean = shop.dump()
    shop.sql(
        "ALTER TABLE place_shelf MODIFY id int NOT NULL",
        "INSERT INTO place_shelf VALUES (0, 'z')",
        "UPDATE shop_book SET shelf_id = 0 WHERE id = 1",
    )

    shop.mends()

    assert shop.dump() == clean
    assert shop.database.execute("SELECT id FROM place_shelf ORDER BY id") == [(0,), (1,), (2,)]


def copied(shop: Shop) -> None:
    """As phpMyAdmin leaves it where the end of a dump failed, and CREATE TABLE … AS SELECT: rows, and no key at all."""
    keys = shop.database.execute(
        "SELECT table_name, constraint_name FROM information_schema.referential_constraints"
        " WHERE constraint_schema = DATABASE()"
    )
    with closing(shop.database.connect()) as connection, connection.cursor() as cursor:
        for table, name in keys:
            cursor.execute(f"ALTER TABLE {table} DROP FOREIGN KEY {name}")
        for table in ("place_shelf", "place_author", "shop_book"):
            cursor.execute(f"CREATE TABLE a_copy AS SELECT * FROM {table}")
            cursor.execute(f"DROP TABLE {table}")
            cursor.execute(f"RENAME TABLE a_copy TO {table}")


def shapes(shop: Shop) -> set[tuple[str, str, bool, str]]:
    return set(
        shop.database.execute(
            "SELECT table_name, group_concat(column_name ORDER BY seq_in_index), non_unique, max(index_type)"
            " FROM information_schema.statistics WHERE table_schema = DATABASE()"
            " AND table_name NOT LIKE 'schemaguard%' GROUP BY table_name, index_name, non_unique"
        )
    )


@pytest.mark.parametrize("records", ["kept", "lost"])
def test_a_copy_without_keys_gets_them_all(shop: Shop, records: str) -> None:
    clean = shapes(shop)
    copied(shop)
    if records == "lost":
        shop.sql("DELETE FROM django_migrations WHERE app IN ('shop', 'place')")

    shop.mends("--on-conflict", "alter")

    assert shapes(shop) == clean
    assert shop.database.execute("SELECT count(*) FROM shop_book") == [(2,)]
    shop.sql("INSERT INTO place_shelf (code) VALUES ('c')")


def test_a_key_that_foreign_keys_point_at_is_made_anew(shop: Shop, knows: Callable[[str], bool]) -> None:
    clean = shop.dump()
    name = shop.database.execute(
        "SELECT constraint_name FROM information_schema.key_column_usage"
        " WHERE table_schema = DATABASE() AND table_name = 'shop_book' AND column_name = 'author_id'"
    )[0][0]
    shop.sql(
        "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_author_id}",
        "ALTER TABLE place_author DROP PRIMARY KEY, ADD PRIMARY KEY (id, name)",
        "SET SESSION restrict_fk_on_non_standard_key = OFF" if knows("restrict_fk_on_non_standard_key") else "SELECT 1",
        f"ALTER TABLE shop_book ADD CONSTRAINT {name} FOREIGN KEY (author_id) REFERENCES place_author (id)",
    )

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_numbers_that_are_nearly_used_up(shop: Shop) -> None:
    shop.sql("ALTER TABLE place_shelf AUTO_INCREMENT = 2147483640", "ALTER TABLE shop_book AUTO_INCREMENT = 2147483640")
    if not is_mariadb(shop.version):
        shop.sql("ANALYZE TABLE place_shelf")

    assert shop.messages() == [
        "warning: place_shelf.id is int, whose last number is 2147483647, and the next one is 2147483640: INSERTs run"
        " out of numbers"
    ]


SAID = "shop.0001_initial makes it INDEX (title)"
INDEXES = {
    "of a prefix": (["CREATE INDEX by_title ON shop_book (title(10))"], "INDEX (title (10)); {} (another prefix)"),
    "of words": (
        ["CREATE FULLTEXT INDEX by_title ON shop_book (title)"], "INDEX USING fulltext (title); {} (another method)",
    ),
    "descending": (["CREATE INDEX by_title ON shop_book (title DESC)"], "INDEX (title DESC); {} (another order)"),
}  # fmt: skip


@pytest.mark.parametrize("name", INDEXES)
def test_an_index_of_another_shape(shop: Shop, name: str) -> None:
    if name == "descending" and shop.version.startswith(("10.5.", "10.6.")):
        pytest.skip("MariaDB has no descending indexes before 10.8")
    made, said = INDEXES[name]
    clean = shop.dump()
    shop.sql("DROP INDEX by_title ON shop_book", *made)
    assert shop.messages() == [f"error: index by_title on shop_book is {said.format(SAID)}"]

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_an_index_that_the_server_does_not_read(shop: Shop) -> None:
    clean = shop.dump()
    mariadb = is_mariadb(shop.version)
    if mariadb and not is_mariadb(shop.version, 10, 6):
        pytest.skip("MariaDB has no such indexes before 10.6")
    shop.sql(f"ALTER TABLE shop_book ALTER INDEX by_title {'IGNORED' if mariadb else 'INVISIBLE'}")
    assert shop.messages() == [
        f"error: index by_title on shop_book is INDEX (title) INVISIBLE; {SAID} (another visibility)"
    ]

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_an_index_that_a_foreign_key_rests_on_goes_with_another_in_its_place(shop: Shop) -> None:
    shop.sql(
        "DROP INDEX by_pages ON shop_book",
        "ALTER TABLE shop_book ADD INDEX by_pages (shelf_id, pages), DROP INDEX {shop_book_shelf_id}",
    )

    shop.mends("--on-conflict", "alter")


def test_a_foreign_key_to_what_is_not_unique(shop: Shop) -> None:
    """MySQL 8.4 and later make none (6125); older ones, and MariaDB, do."""
    drop = "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_place_id}"
    unique = shop.database.execute(
        "SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
        " AND table_name = 'place_shelf' AND column_name = 'code'"
    )[0][0]
    shop.sql(drop, f"ALTER TABLE place_shelf DROP INDEX {unique}, ADD INDEX codes (code)")
    found = [(each["kind"], each["problem"]) for each in shop.findings() if each["level"] == "error"]
    assert found == [("unique", "missing"), ("foreign_key", "missing")]

    shop.project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert [each["name"] for each in shop.findings()] == ["codes"]


def test_a_key_that_numbers_its_rows_is_made_anew(shop: Shop) -> None:
    clean = shop.dump()
    shop.sql("ALTER TABLE shop_book DROP PRIMARY KEY, ADD PRIMARY KEY (id, isbn)")

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean


def test_keys_that_the_server_made_by_itself(shop: Shop, knows: Callable[[str], bool]) -> None:
    """`sql_generate_invisible_primary_key` of MySQL gives a copy without a key the column my_row_id."""
    if not knows("sql_generate_invisible_primary_key"):
        pytest.skip("of MySQL 8.0.30 and later")
    clean = shapes(shop)
    shop.sql(
        "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_author_id}",
        "SET SESSION sql_generate_invisible_primary_key = ON",
        "CREATE TABLE a_copy AS SELECT * FROM place_author",
        "DROP TABLE place_author",
        "RENAME TABLE a_copy TO place_author",
    )
    assert {each["problem"] for each in shop.findings()} == {"missing"}

    shop.mends()

    assert shapes(shop) == clean


def test_a_check_that_is_not_enforced(shop: Shop) -> None:
    if is_mariadb(shop.version):
        pytest.skip("of MySQL alone")
    clean = shop.dump()
    shop.sql("ALTER TABLE shop_book ALTER CHECK few NOT ENFORCED", "UPDATE shop_book SET pages = 9999 WHERE id = 1")

    assert "1 row of shop_book (pages) breaks the check" in shop.refuses()
    shop.sql("UPDATE shop_book SET pages = 1")
    shop.mends()

    assert shop.dump() == clean


RESTS = {
    "INDEX": 'migrations.AddIndex("book", models.Index(fields=["shelf", "pages"], name="rests")),',
    "UNIQUE INDEX": """
    migrations.AddConstraint("book", models.UniqueConstraint(fields=["shelf", "pages"], name="rests")),
    """,
}


@pytest.mark.parametrize("kind", RESTS)
def test_an_index_that_a_foreign_key_rests_on_leaves_none_in_its_place(tmp_path: Path, mysql: Any, kind: str) -> None:
    """InnoDB has dropped its own, and drops the other one only where there is a third (1553)."""
    later = migration(RESTS[kind], after=[("shop", "0001_initial")])
    with mysql.fresh() as database:
        shop = make_shop(tmp_path, database, **{"0002_rests": later})
        shop.project.manage("migrate").expect(0)
        clean = shop.dump()
        assert [line for line in clean["shop_book"] if "KEY" in line and "(`shelf_id`)" in line] == [
            line for line in clean["shop_book"] if "FOREIGN KEY (`shelf_id`)" in line
        ]
        shop.sql(f"ALTER TABLE shop_book DROP INDEX rests, ADD {kind} rests (shelf_id, pages, born)")

        shop.mends("--on-conflict", "alter")

        assert shop.dump() == clean


def test_keys_of_another_tool_are_altered_with_the_foreign_keys_between_them(shop: Shop) -> None:
    """As Laravel makes them: unsigned, and a foreign key of another name and another ON DELETE."""
    clean = shop.dump()
    shop.sql(
        "ALTER TABLE shop_book DROP FOREIGN KEY {shop_book_shelf_id}",
        "ALTER TABLE shop_book MODIFY shelf_id int unsigned NOT NULL",
        "ALTER TABLE place_shelf MODIFY id int unsigned NOT NULL AUTO_INCREMENT",
        "ALTER TABLE shop_book ADD CONSTRAINT of_old FOREIGN KEY (shelf_id) REFERENCES place_shelf (id)"
        " ON DELETE CASCADE",
    )

    shop.mends("--on-conflict", "alter")

    assert shop.dump() == clean
    assert shop.database.execute("SELECT count(*) FROM shop_book") == [(2,)]
