"""A column that is made again on a table whose other columns are lost, too, and which checks and indexes read."""

from __future__ import annotations

import pytest

from tests.location.cases import CHECK, ID, Case, MakeCase, history
from tests.location.conftest import case

__all__ = ["case"]

HISTORY = history(
    f"""
    migrations.CreateModel("Shelf", [
        {ID},
        ("code", models.IntegerField(null=True)),
        ("rank", models.IntegerField(null=True, db_index=True)),
        ("note", models.CharField(max_length=9, null=True)),
    ]),
    migrations.AddIndex("shelf", models.Index(fields=["-note"], name="falling")),
    """,
    'migrations.AddConstraint("shelf", check(models.Q(code__range=(1, 9)) | models.Q(code__in=(20, 30)), "in_range")),',
    imports=CHECK,
)


@pytest.fixture
def shelf(case: MakeCase) -> Case:
    return case(HISTORY)


@pytest.mark.parametrize(
    "trouble",
    ["DROP COLUMN rank", "DROP COLUMN note", "DROP COLUMN code"],
    ids=["beside a check over a range", "under a descending index", "under the check"],
)
def test_it_comes_back(shelf: Case, trouble: str) -> None:
    wanted = sorted(shelf.dump().split())
    for each in ("shop_shelf_rank_%", "falling") if "sqlite" in shelf.database.vendor else ():
        for (name,) in shelf.database.execute(f"SELECT name FROM sqlite_master WHERE name LIKE '{each}'"):
            shelf.run(f"DROP INDEX {name}")
    if shelf.database.vendor == "sqlite" and "code" in trouble:
        pytest.skip("SQLite drops no column that a check reads")
    shelf.run(f"ALTER TABLE shop_shelf {trouble}")

    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), sorted(shelf.dump().split())) == ("in_sync", wanted)


def test_both_come_back(shelf: Case) -> None:
    wanted = sorted(shelf.dump().split())
    for (name,) in shelf.database.execute(
        "SELECT indexname FROM pg_indexes WHERE tablename = 'shop_shelf' AND indexname NOT LIKE '%pkey'"
        if shelf.database.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'shop_shelf'"
    ):
        shelf.run(f"DROP INDEX {name}")
    shelf.run("ALTER TABLE shop_shelf DROP COLUMN rank", "ALTER TABLE shop_shelf DROP COLUMN note")

    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), sorted(shelf.dump().split())) == ("in_sync", wanted)
