"""A column that is made again on a table whose other columns are lost, too, and which checks and indexes read."""

from __future__ import annotations

import pytest

from tests.location.cases import CHECK, ID, Case, MakeCase, history

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


def bare(shelf: Case) -> None:
    """Without its indexes, where these would keep a column from being dropped."""
    indexes = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'shop_shelf'"
    for (name,) in shelf.database.execute(indexes) if shelf.database.vendor == "sqlite" else ():
        shelf.run(f"DROP INDEX {name}")


@pytest.mark.parametrize(
    "trouble",
    ["DROP COLUMN rank", "DROP COLUMN note", "DROP COLUMN code"],
    ids=["beside a check over a range", "under a descending index", "under the check"],
)
def test_it_comes_back(shelf: Case, trouble: str) -> None:
    wanted = sorted(shelf.dump().split())
    bare(shelf)
    if shelf.database.vendor == "sqlite" and "code" in trouble:
        pytest.skip("SQLite drops no column that a check reads")
    shelf.run(f"ALTER TABLE shop_shelf {trouble}")

    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), sorted(shelf.dump().split())) == ("in_sync", wanted)


def test_both_come_back(shelf: Case) -> None:
    wanted = sorted(shelf.dump().split())
    bare(shelf)
    shelf.run("ALTER TABLE shop_shelf DROP COLUMN rank", "ALTER TABLE shop_shelf DROP COLUMN note")

    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), sorted(shelf.dump().split())) == ("in_sync", wanted)
