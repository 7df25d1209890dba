"""A column that somebody renamed, and whose records are lost: its index still bears its name."""

from __future__ import annotations

import re

import pytest

from tests.location.cases import ID, LOST_RECORDS, OWNER, MakeCase, history

INDEXED = '("code", models.IntegerField(null=True, db_index=True))'
HISTORY = history(
    f'{OWNER} migrations.CreateModel("Shelf", [{ID}, ("rank", models.IntegerField(null=True)), {INDEXED}]),',
    'migrations.AlterField("shelf", "rank", models.BigIntegerField(null=True)),',
)
RENAMED = "ALTER TABLE shop_shelf RENAME COLUMN code TO strange;"


def test_it_is_told_as_renamed_and_gets_its_name_back(case: MakeCase) -> None:
    shelf = case(HISTORY)
    wanted = shelf.dump()
    shelf.run("INSERT INTO shop_shelf (code) VALUES (7);", RENAMED, LOST_RECORDS)

    assert [each["message"] for each in shelf.loud()][:1] == [
        "shop_shelf.code was renamed to strange, by its type; shop.0001_step calls it code"
    ]
    assert shelf.manage("schemaguard", "reconcile", "--noinput").code == 1
    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), shelf.dump()) == ("in_sync", wanted)
    assert shelf.database.execute("SELECT code FROM shop_shelf") == [(7,)]


def test_two_columns_may_have_been_called_so(case: MakeCase) -> None:
    """One went, and another of its name and type came: the index is that of either."""
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("rank", models.IntegerField(null=True)), {INDEXED}]),',
            'migrations.RemoveField("shelf", "code"),',
            f'migrations.AddField("shelf", {INDEXED[1:-1]}),',
        )
    )
    wanted = shelf.dump()
    shelf.run(RENAMED, LOST_RECORDS)

    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), shelf.dump()) == ("in_sync", wanted)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_foreign_key_tells_as_much(case: MakeCase) -> None:
    key = 'models.ForeignKey("shop.Owner", models.CASCADE, null=True, db_index=False)'
    shelf = case(history(f'{OWNER} migrations.CreateModel("Shelf", [{ID}, ("owner", {key})]),'))
    shelf.run("ALTER TABLE shop_shelf RENAME COLUMN owner_id TO strange", LOST_RECORDS)

    assert "shop_shelf.owner_id was renamed to strange" in shelf.loud()[0]["message"]


def test_one_of_another_type_keeps_the_name_of_the_index(case: MakeCase) -> None:
    """The column is made anew, and its index cannot be: that is said before anything is done."""
    shelf = case(history(f'migrations.CreateModel("Shelf", [{ID}, {INDEXED}]),'))
    name = re.findall(r"shop_shelf_code_\w+", shelf.dump())[0]
    shelf.run(
        f"ALTER TABLE shop_shelf ADD COLUMN strange text; DROP INDEX {name}; ALTER TABLE shop_shelf DROP COLUMN code;"
        f"CREATE INDEX {name} ON shop_shelf (strange);",
        LOST_RECORDS,
    )
    before = shelf.dump()

    result = shelf.manage("schemaguard", "reconcile", "--noinput")
    assert result.code == 1, str(result)
    assert f"index {name} on shop_shelf has its name: rename that first" in result.err
    assert shelf.dump() == before
