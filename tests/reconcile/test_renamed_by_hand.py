"""A column that somebody renamed by hand, and what else is the matter with its table."""

from __future__ import annotations

import pytest

from tests.location.cases import CHECK, ID, Case, MakeCase, history

UNIQUE = '("code", models.PositiveIntegerField(null=True, unique=True))'
RENAMED = "ALTER TABLE shop_shelf RENAME COLUMN code TO strange;"
HISTORY = history(
    f"""
    migrations.CreateModel("Shelf", [
        {ID}, ("rank", models.IntegerField(default=1)), ("code", models.PositiveIntegerField(null=True)),
    ]),
    migrations.AddIndex("shelf", models.Index(fields=["code", "rank"], name="by_code")),
    migrations.AddConstraint("shelf", check(models.Q(code__gt=7) | models.Q(code=None), "above")),
    """,
    imports=CHECK,
)


def mended(shelf: Case) -> None:
    shelf.reconcile("--on-conflict", "alter")
    assert shelf.verdict() == "in_sync"


def test_an_index_that_was_dropped_as_well_is_told_and_made(case: MakeCase) -> None:
    shelf = case(HISTORY)
    wanted = shelf.dump()
    shelf.run(f"DROP INDEX by_code; {RENAMED}")

    assert sorted(each["problem"] for each in shelf.loud()) == ["different", "missing"]
    mended(shelf)
    assert shelf.dump() == wanted


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_so_is_a_constraint(case: MakeCase) -> None:
    shelf = case(history(f'migrations.CreateModel("Shelf", [{ID}, {UNIQUE}]),'))
    shelf.run(f"ALTER TABLE shop_shelf DROP CONSTRAINT shop_shelf_code_key; {RENAMED}")

    assert sorted(each["problem"] for each in shelf.loud()) == ["different", "missing"]
    mended(shelf)


def test_what_went_along_with_the_name_is_not_missing(case: MakeCase) -> None:
    shelf = case(HISTORY)
    wanted = shelf.dump()
    shelf.run(RENAMED)

    assert [each["problem"] for each in shelf.loud()] == ["different"]
    mended(shelf)
    assert shelf.dump() == wanted


@pytest.mark.parametrize("trouble", [RENAMED, "ALTER TABLE shop_shelf DROP COLUMN code;"], ids=["renamed", "dropped"])
def test_another_column_had_the_name_before(case: MakeCase, vendor: str, trouble: str) -> None:
    """What is over the second is not over the first, which is there and has another name by now."""
    is_plain = vendor == "sqlite" and "DROP" in trouble  # SQLite drops no other
    field = '("code", models.IntegerField(null=True))' if is_plain else UNIQUE
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(null=True))]),',
            f'migrations.RenameField("shelf", "code", "number"), migrations.AddField("shelf", {field[1:-1]}),',
        )
    )
    wanted = sorted(shelf.dump())
    shelf.run(trouble)

    assert len(shelf.loud()) == 1
    mended(shelf)
    assert sorted(shelf.dump()) == wanted


def test_a_column_that_is_to_be_not_null_is_missing_beside_it(case: MakeCase) -> None:
    """Rows are counted in the table as it will be."""
    shelf = case(HISTORY)
    drop = "DROP INDEX by_code; ALTER TABLE shop_shelf DROP COLUMN rank;"
    shelf.run(f"INSERT INTO shop_shelf (rank, code) VALUES (1, 8); {drop} {RENAMED}")

    mended(shelf)
    assert shelf.database.execute("SELECT rank, code FROM shop_shelf") == [(1, 8)]
