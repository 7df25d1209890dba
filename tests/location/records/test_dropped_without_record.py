"""What SQL of a recorded migration made, and a later migration took away that has lost its record."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, MakeCase, history

ITEM = f'migrations.CreateModel("Item", [{ID}, ("name", models.CharField(max_length=9))]),'
MORE = f'migrations.CreateModel("More", [{ID}]),'
VIEW = 'migrations.RunSQL("CREATE VIEW shop_names AS SELECT name FROM shop_item"),'
FUNCTION = "migrations.RunSQL(\"CREATE FUNCTION shop_one({}) RETURNS integer LANGUAGE sql AS 'SELECT 1'\"),"
ANEW = VIEW.replace("CREATE", "DROP VIEW shop_names; CREATE").replace("name FROM", "name, size FROM")
TRIGGER = 'migrations.RunSQL("CREATE TRIGGER touch BEFORE INSERT ON shop_item BEGIN SELECT 1; END"),'
LATER_RECORDS_LOST = "DELETE FROM django_migrations WHERE app = 'shop' AND name > '0003'"


def after(*operations: str) -> tuple[str, ...]:
    return (ITEM, *operations, MORE)


@pytest.mark.parametrize(
    ("vendor", "operations"),
    [
        ("postgresql", (VIEW, 'migrations.RunSQL("DROP VIEW shop_names"),')),
        ("sqlite", (VIEW, 'migrations.RunSQL("DROP VIEW shop_names"),')),
        ("postgresql", (FUNCTION.format("x integer"), 'migrations.RunSQL("DROP FUNCTION IF EXISTS shop_one"),')),
        (
            "postgresql",
            (
                FUNCTION.format("x integer"),
                'migrations.RunSQL("DROP FUNCTION IF EXISTS shop_one(integer)"),' + FUNCTION.format("x text"),
            ),
        ),
        ("postgresql", (VIEW, 'migrations.RenameField("item", "name", "title"),')),
        ("postgresql", (VIEW, 'migrations.RenameModel("Item", "Thing"),')),
        ("postgresql", (VIEW + 'migrations.AddField("item", "size", models.IntegerField(default=1)),', ANEW)),
        ("sqlite", (TRIGGER, 'migrations.DeleteModel("Item"),')),
    ],
    ids=[
        "view",
        "view on SQLite",
        "function",
        "function of other arguments",
        "column renamed under it",
        "table renamed under it",
        "made anew",
        "trigger, with its table",
    ],
    indirect=["vendor"],
)
def test_it_is_not_missed_and_not_made_again(case: MakeCase, operations: tuple[str, ...]) -> None:
    shop = case(history(*after(*operations)), LATER_RECORDS_LOST)
    before = shop.dump()

    assert shop.states() == {"0001": "applied", "0002": "applied", "0003": "present", "0004": "present"}
    assert {each["kind"] for each in shop.loud() if each["problem"] != "unmigrated"} == {"migration"}

    shop.reconcile()
    assert shop.dump() == before
    assert [each for each in shop.loud() if each["problem"] != "unmigrated"] == []


AGAIN = VIEW.replace("name FROM", "id FROM")


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"], indirect=True)
@pytest.mark.parametrize(
    "lost", ["DELETE FROM django_migrations WHERE app = 'shop'", LATER_RECORDS_LOST], ids=["all", "later"]
)
def test_a_view_that_is_made_again_under_its_name_tells_by_what_it_says(case: MakeCase, lost: str) -> None:
    shop = case(history(ITEM, VIEW, 'migrations.RunSQL("DROP VIEW shop_names"),', AGAIN), lost)
    before = shop.dump()

    states = shop.states()
    assert states["0004"] == "present"
    assert set(states.values()) <= {"applied", "present"}
    shop.reconcile()
    shop.migrate()
    assert shop.dump() == before


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"], indirect=True)
def test_an_operation_of_which_the_last_statement_was_undone_since(case: MakeCase) -> None:
    """Stopped after the table. Nothing tells whether the view came and went: then both migrations went by."""
    shop = case(history(ITEM + VIEW + ANEW.replace(", size", ""), 'migrations.RunSQL("DROP VIEW shop_names"),', MORE))
    end = shop.dump()
    shop.run("DROP TABLE shop_more", "DELETE FROM django_migrations WHERE app = 'shop'")

    assert shop.states() == {"0001": "present", "0002": "present", "0003": "pending"}
    shop.reconcile()
    shop.migrate()
    assert shop.dump() == end


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "operation",
    [
        'migrations.AlterField("item", "name", models.TextField()),',
        'migrations.AddField("item", "size", models.IntegerField(default=1)),',
    ],
    ids=["altered", "added"],
)
def test_an_index_that_sql_made_goes_when_the_editor_makes_the_table_anew(case: MakeCase, operation: str) -> None:
    shop = case(history(ITEM, 'migrations.RunSQL("CREATE INDEX shop_by_id ON shop_item (id)"),', operation))

    assert "shop_by_id" not in shop.dump()
    assert shop.verdict() == "in_sync"


@pytest.mark.parametrize("vendor", ["postgresql", "sqlite"], indirect=True)
def test_a_view_in_the_way_of_one_that_is_made_twice(case: MakeCase) -> None:
    """Neither of both makes it as it is there, so nobody knows whose it is, and the first CREATE would fail."""
    shop = case(history(ITEM, VIEW + ANEW.replace(", size", "")))
    shop.run("DROP VIEW shop_names", "CREATE VIEW shop_names AS SELECT id FROM shop_item")
    shop.run("DELETE FROM django_migrations WHERE name = '0002_step'")

    assert shop.states()["0002"] == "pending"
    (found,) = [each for each in shop.loud() if each["problem"] != "unmigrated"]
    assert (found["code"], found["name"]) == ("SG108", "shop_names")
    assert shop.verdict() == "conflict"
