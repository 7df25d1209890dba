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


def test_an_index_over_several_columns_tells_too(case: MakeCase) -> None:
    together = 'migrations.AlterUniqueTogether("shelf", {("code", "rank")}),'
    fields = '("rank", models.IntegerField(null=True)), ("code", models.CharField(max_length=9, null=True))'
    shelf = case(history(f'migrations.CreateModel("Shelf", [{ID}, {fields}]), {together}'))
    wanted = shelf.dump()
    shelf.run(RENAMED, LOST_RECORDS)

    assert "shop_shelf.code was renamed to strange" in shelf.loud()[0]["message"]
    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), shelf.dump()) == ("in_sync", wanted)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)  # on SQLite such an index has the name of then
def test_so_does_one_that_django_named_after_its_model_was_renamed(case: MakeCase) -> None:
    """Those that wait for the end of the migration are called after what the model is called by then."""
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}]),',
            """
            migrations.AddField("Shelf", "beside", models.ManyToManyField("shop.Shelf")),
            migrations.RenameModel("Shelf", "Rack"),
            """,
        )
    )
    wanted = shelf.dump()
    shelf.run("ALTER TABLE shop_rack_beside RENAME COLUMN to_rack_id TO strange", LOST_RECORDS)

    assert "shop_rack_beside.to_rack_id was renamed to strange" in str(shelf.loud())
    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), shelf.dump()) == ("in_sync", wanted)


def test_so_does_the_primary_key_and_what_points_at_it(case: MakeCase) -> None:
    """A new key would number the rows anew, and foreign keys would mean others."""
    shelf = case(
        history(
            f"""
            migrations.CreateModel("Shelf", [{ID}]),
            migrations.CreateModel("Box", [{ID}, ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE))]),
            """,
        )
    )
    wanted = shelf.dump()
    shelf.run(
        "INSERT INTO shop_shelf (id) VALUES (7);",
        "INSERT INTO shop_box (id, shelf_id) VALUES (1, 7);",
        "ALTER TABLE shop_shelf RENAME COLUMN id TO strange",
        LOST_RECORDS,
    )

    assert "shop_shelf.id was renamed to strange" in shelf.loud()[0]["message"]
    shelf.reconcile("--on-conflict", "alter")
    assert (shelf.verdict(), shelf.dump()) == ("in_sync", wanted)
    assert shelf.database.execute("SELECT id FROM shop_shelf") == [(7,)]
