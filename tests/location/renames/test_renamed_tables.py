"""A table that somebody renamed is known by what is called after it."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

pytestmark = pytest.mark.parametrize(
    "vendor", ["sqlite", "postgresql", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True
)
SHOP = history(
    f'migrations.CreateModel("Rack", [{ID}, ("name", models.CharField(max_length=9, unique=True))]),',
    f"""
    migrations.CreateModel("Shelf", [
        {ID}, ("slug", models.SlugField()), ("rack", models.ForeignKey("shop.rack", models.CASCADE, null=True)),
    ]),
    """,
    'migrations.AddField("shelf", "note", models.TextField(null=True)),',
)
ROW = "INSERT INTO shop_rack (name) VALUES ('a')"


@pytest.mark.parametrize("lost", [True, False], ids=["without records", "with records"])
@pytest.mark.parametrize(
    ("table", "column"),
    [("shop_shelf", None), ("shop_shelf", "slug"), ("shop_shelf", "rack_id")],
    ids=str,
)
def test_it_gets_its_name_back(case: MakeCase, table: str, column: str | None, lost: bool) -> None:
    """Without records too, and where a column with an index or a key was renamed as well."""
    shop = case(SHOP)
    wanted = shop.dump()
    shop.run(ROW)
    if column is not None:
        shop.run(f"ALTER TABLE {table} RENAME COLUMN {column} TO by_hand")
    shop.run(f"ALTER TABLE {table} RENAME TO put_aside")
    if lost:
        shop.run(LOST_RECORDS)

    shop.reconcile("--on-conflict", "alter")
    assert shop.loud() == []
    assert shop.dump() == wanted
    assert shop.database.execute("SELECT name FROM shop_rack") == [("a",)]


def test_one_that_only_has_the_same_columns_is_no_such_table(case: MakeCase) -> None:
    """Without a record nothing says that there ever was a table. Example: two automatic many-to-many tables."""
    shop = case(SHOP, last=1)
    shop.run("CREATE TABLE put_aside (id bigint PRIMARY KEY, slug varchar(50), rack_id bigint)")

    assert shop.states() == {"0001": "applied", "0002": "pending", "0003": "pending"}


COPIES = {
    "sqlite": "CREATE TABLE put_aside (id integer PRIMARY KEY, name varchar(9))",
    "postgresql": "CREATE TABLE put_aside (LIKE shop_rack INCLUDING ALL)",
    "mysql": "CREATE TABLE put_aside LIKE shop_rack",
}


def test_a_copy_is_no_renamed_table(case: MakeCase, vendor: str) -> None:
    """On MySQL and MariaDB its indexes have the names of the original's."""
    shop = case(SHOP, last=1)
    shop.run(COPIES[vendor], "DROP TABLE shop_rack", LOST_RECORDS)

    assert shop.states() == {"0001": "pending", "0002": "pending", "0003": "pending"}
    assert "SG209" not in {each["code"] for each in shop.report()["findings"]}


def test_nor_is_one_with_other_columns_and_an_index_of_that_name(case: MakeCase) -> None:
    named = 'options={"indexes": [models.Index(fields=["slug"], name="slug_idx")]}'
    shop = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("slug", models.SlugField(db_index=False)),'
            f' ("note", models.IntegerField())], {named}),'
        ),
        last=0,
    )
    shop.run(
        "CREATE TABLE invoices (number integer PRIMARY KEY, amount integer, paid integer)",
        "CREATE INDEX slug_idx ON invoices (amount)",
    )

    assert "SG209" not in {each["code"] for each in shop.report()["findings"]}
