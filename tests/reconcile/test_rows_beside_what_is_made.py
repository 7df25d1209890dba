"""What is made anew has no values of its own: rows that look for some are counted before."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

SHELVES = f'migrations.CreateModel("Shelf", [{ID}]),'
NUMBER = "models.IntegerField(null=True)"
BOOKS = f'migrations.CreateModel("Book", [{ID}, ("shelf", models.ForeignKey("shelf", models.CASCADE, null=True))]),'
WITHOUT_CHECKS = {
    "sqlite": ("PRAGMA foreign_keys = OFF", "DROP TABLE shop_shelf"),
    "mysql": ("SET foreign_key_checks = 0; DROP TABLE shop_shelf; SET foreign_key_checks = 1",),
}
POINTING = "1 row of shop_book (shelf_id) points at rows of shop_shelf, which is gone"


@pytest.mark.parametrize("vendor", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
@pytest.mark.parametrize("more", ["SELECT 1", LOST_RECORDS])
def test_rows_that_point_at_a_table_which_is_made_again(case: MakeCase, vendor: str, more: str) -> None:
    """Where nothing looks, they are told only by the next migration that does."""
    shop = case(history(SHELVES, BOOKS))
    shop.run("INSERT INTO shop_shelf (id) VALUES (1)", "INSERT INTO shop_book (shelf_id) VALUES (1), (NULL)")
    shop.run(*WITHOUT_CHECKS[vendor], more)

    result = shop.manage("schemaguard", "reconcile", "--noinput").expect(1)
    assert POINTING in result.err
    assert "shop_shelf" not in {line.split(":")[0].removeprefix("table ") for line in shop.dump().splitlines()}

    shop.run("UPDATE shop_book SET shelf_id = NULL")
    shop.reconcile()
    assert shop.verdict() == "in_sync"


CODE = 'models.CharField(max_length=9, unique=True, default="none")'
TWO_AT_ONCE = f'migrations.AddField("shelf", "number", {NUMBER}), migrations.AddField("shelf", "code", {CODE}),'


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_unique_column_with_one_default_for_all_rows(case: MakeCase, rows: int, recorded: bool) -> None:
    shop = case(history(SHELVES, TWO_AT_ONCE), last=1)
    shop.run(*(f"INSERT INTO shop_shelf (id) VALUES ({each})" for each in range(rows)))
    shop.run("ALTER TABLE shop_shelf ADD COLUMN number integer NULL")
    if recorded:
        shop.run("INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0002_step', '2020-01-01')")

    result = shop.manage("schemaguard", "reconcile", "--noinput").expect(0 if rows == 1 else 1)
    told = "2 rows of shop_shelf (code) would all have the same default in the new unique column"
    assert (told in result.err) is (rows == 2)


@pytest.mark.parametrize("vendor", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True)
def test_rows_that_point_at_a_table_which_somebody_renamed(case: MakeCase) -> None:
    """Nothing in it bears its name. So it is a stranger where its record is lost, and one beside it has no rows."""
    shop = case(history(f"{SHELVES} {BOOKS}"))
    shop.run("INSERT INTO shop_shelf (id) VALUES (1)", "INSERT INTO shop_book (shelf_id) VALUES (1)")
    shop.run("ALTER TABLE shop_shelf RENAME TO by_hand", LOST_RECORDS)

    result = shop.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(1)
    assert POINTING in result.err
    assert shop.database.execute("SELECT shelf_id FROM shop_book") == [(1,)]


def test_rows_that_point_at_a_table_which_pending_migrations_make_anew(case: MakeCase) -> None:
    gone = 'migrations.RemoveField("book", "shelf"), migrations.DeleteModel("Shelf"),'
    back = 'migrations.AddField("book", "shelf", models.ForeignKey("shelf", models.CASCADE, null=True)),'
    shop = case(history(f"{SHELVES} {BOOKS}", gone, SHELVES, back), last=1)
    shop.run("INSERT INTO shop_shelf (id) VALUES (1)", "INSERT INTO shop_book (shelf_id) VALUES (1)")
    shop.manage("schemaguard", "reconcile", "--noinput", "--migrate").expect(0)
    assert shop.verdict() == "in_sync"
