"""Histories in which a table, a column or an index comes to bear the name that another had."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, History, MakeCase, history
from tests.location.odd_histories import ONE_COLUMN_FOR_ANOTHER

OVER_TAGS = {
    "postgresql": "SELECT indexname FROM pg_indexes WHERE tablename = 'shop_item' AND indexdef LIKE '%tags%'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'shop_item' AND sql LIKE '%tags%'",
}


def test_a_column_that_took_the_name_of_one_before_it_is_told_by_what_came_later(case: MakeCase, vendor: str) -> None:
    item = case(ONE_COLUMN_FOR_ANOTHER)
    ((name,),) = item.database.execute(OVER_TAGS[vendor])
    item.run(f'DROP INDEX "{name}"', LOST_RECORDS)

    assert item.states() == {"0001": "present", "0002": "partial", "0003": "partial", "0004": "present"}

    item.reconcile()
    assert item.loud() == []
    assert len(item.database.execute(OVER_TAGS[vendor])) == 1


ANOTHER_OF_ITS_NAME = history(
    f'migrations.CreateModel("Beta", [{ID}, ("two", models.TextField(null=True))]),',
    f"""
    migrations.RenameModel("Beta", "Alpha"),
    migrations.DeleteModel("Alpha"),
    migrations.CreateModel("Gamma", [{ID}]),
    """,
    'migrations.RenameModel("Gamma", "Alpha"),',
    f'migrations.CreateModel("Beta", [{ID}, ("two", models.IntegerField(default=3))]),',
)


@pytest.mark.parametrize("last", [1, 4])
def test_of_two_tables_of_one_name_and_the_same_columns_the_types_tell(case: MakeCase, last: int) -> None:
    found = case(ANOTHER_OF_ITS_NAME, LOST_RECORDS, last=last)

    found.reconcile()

    assert found.database.execute("SELECT count(*) FROM django_migrations WHERE app = 'shop'") == [(last,)]
    found.migrate()
    assert found.loud() == []


MADE_AGAIN = f"""
migrations.CreateModel("Signal", [{ID}, ("name", models.CharField(max_length=9))]),
migrations.CreateModel("Task", [{ID}, ("signal", models.ForeignKey("shop.Signal", models.CASCADE))]),
"""
MADE_ANEW = history(
    f'migrations.CreateModel("Owner", [{ID}]),',
    MADE_AGAIN,
    """
    migrations.RemoveField("task", "signal"),
    migrations.DeleteModel("Signal"),
    migrations.DeleteModel("Task"),
    """,
    MADE_AGAIN,
)
"""django-huey-monitor's: a migration drops the tables, the next one makes them again as they were."""


def test_tables_that_were_made_anew_are_not_dropped_again(case: MakeCase) -> None:
    found = case(MADE_ANEW, "INSERT INTO shop_signal (name) VALUES ('x')", LOST_RECORDS)

    assert found.states() == dict.fromkeys(["0001", "0002", "0003", "0004"], "present")

    found.reconcile()
    found.migrate()
    assert found.database.execute("SELECT name FROM shop_signal") == [("x",)]


def test_tables_that_are_to_be_made_anew_are_pending(case: MakeCase) -> None:
    """With the records as a deployment leaves them, it is the next that drops them."""
    found = case(MADE_ANEW, last=2)

    assert found.states() == {"0001": "applied", "0002": "applied", "0003": "pending", "0004": "pending"}
    found.migrate()
    assert found.states() == dict.fromkeys(["0001", "0002", "0003", "0004"], "applied")


CASE = history(
    f'migrations.CreateModel("Shelf", [{ID}, ("code", models.IntegerField(db_index=True))]),',
    f"""
    migrations.CreateModel("Book", [{ID}, ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE))]),
    migrations.AlterModelTable("shelf", "Shop_Shelf"),
    """,
    'migrations.AddField("shelf", "size", models.IntegerField(null=True)),',
)
"""SQLite does not tell upper case from lower: Django does nothing there. PostgreSQL renames the table."""


@pytest.mark.parametrize("last", [1, 2, 3])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_table_whose_name_is_altered_by_its_case_alone(case: MakeCase, last: int, recorded: bool) -> None:
    found = case(CASE, last=last)
    if not recorded:
        found.run(LOST_RECORDS)
        found.reconcile()
    found.migrate()
    assert found.verdict() == "in_sync"
    assert found.loud() == []


def test_a_clean_database_at_each_step_of_such_a_history(case: MakeCase) -> None:
    found = case(CASE, last=0)
    for last in (1, 2, 3):
        found.migrate(last)
        assert found.states() == {f"{n:04}": "applied" if n <= last else "pending" for n in (1, 2, 3)}
        assert found.loud() == []


def test_a_table_whose_name_the_server_cuts(case: MakeCase) -> None:
    long_name = history(
        f"""
        migrations.CreateModel("Item", [{ID}], options={{"db_table": "{"t" * 70}"}}),
        migrations.CreateModel("Part", [{ID}, ("item", models.ForeignKey("shop.Item", models.CASCADE))]),
        """
    )
    found = case(long_name)
    assert found.loud() == []

    found.run("DROP TABLE shop_part")
    found.reconcile()
    found.run(LOST_RECORDS)
    found.reconcile()
    assert found.loud() == []


def test_an_index_over_a_field_that_is_renamed_later_is_over_it_still(case: MakeCase) -> None:
    """Django leaves the former name in the indexes and constraints of its state; the database renames it there too."""
    renamed = history(
        f"""
        migrations.CreateModel("Thing", [{ID}, ("a", models.IntegerField()), ("c", models.IntegerField())]),
        migrations.AddIndex("thing", models.Index(fields=["a"], name="thing_a")),
        migrations.AddConstraint("thing", models.UniqueConstraint(fields=["a", "c"], name="thing_a_c")),
        """,
        """
        migrations.RenameField("thing", "a", "between"),
        migrations.RenameField("thing", "between", "b"),
        migrations.RenameModel("Thing", "Item"),
        """,
    )
    found = case(renamed)
    assert [each["message"] for each in found.report()["findings"] if each["problem"] != "unmigrated"] == []

    found.run("DROP INDEX thing_a")
    missing = [each for each in found.report()["findings"] if each["problem"] == "missing"]
    assert [(each["name"], each["columns"]) for each in missing] == [("thing_a", ["b"])]
    found.reconcile()
    assert found.verdict() == "in_sync"


TEXT = "models.TextField(null=True)"
TAKES_ITS_NAME = """
migrations.RemoveField("shelf", "kinds"),
migrations.RenameField("shelf", "kinds_again", "kinds"),
"""


def taking_a_name(between: str, *after: str) -> History:
    """`kinds_again` takes the place and the name of `kinds`; a number `between` is added before it."""
    return history(
        f'migrations.CreateModel("Shelf", [{ID}]),',
        f'migrations.AddField("shelf", "kinds", {TEXT}),',
        f'migrations.AddField("shelf", "{between}", models.IntegerField(null=True)),',
        f'migrations.AddField("shelf", "kinds_again", {TEXT}),',
        TAKES_ITS_NAME,
        *after,
    )


@pytest.mark.parametrize("ran", [2, 3, 4, 5])
@pytest.mark.parametrize("lost", [LOST_RECORDS, "DELETE FROM django_migrations WHERE name > '0002'"])
def test_a_column_whose_name_another_takes_later_is_told_by_what_came_between(
    case: MakeCase, ran: int, lost: str
) -> None:
    shelf = case(taking_a_name("rank"), last=ran)
    shelf.run(lost)

    assert list(shelf.states().values()) == [
        *(["present"] * ran if lost == LOST_RECORDS else ["applied"] + ["present"] * (ran - 1)),
        *["pending"] * (5 - ran),
    ]


@pytest.mark.parametrize("lost", [LOST_RECORDS, "DELETE FROM django_migrations WHERE name > '0002'"])
def test_what_the_history_removed_since_does_not_make_a_column_the_former_one(case: MakeCase, lost: str) -> None:
    """Taken for the former one, it would be dropped with its values, and the later one made anew."""
    shelf = case(taking_a_name("tmp", 'migrations.RemoveField("shelf", "tmp"),'))
    shelf.run(lost)

    assert set(list(shelf.states().values())[2:]) == {"present"}


NUMBER = "models.IntegerField(default=1)"
ONE_AFTER_THE_OTHER = history(
    f'migrations.CreateModel("Shelf", [{ID}, ("one", {NUMBER}), ("two", {NUMBER})]),',
    'migrations.RemoveField("shelf", "one"),',
    'migrations.RenameField("shelf", "two", "one"),',
    f'migrations.AddField("shelf", "two", {NUMBER}),',
)


@pytest.mark.parametrize("last", [1, 2, 3, 4])
def test_a_column_takes_a_name_and_leaves_its_own_to_a_third(case: MakeCase, last: int) -> None:
    shelf = case(ONE_AFTER_THE_OTHER, last=last)

    assert shelf.loud() == []
    assert list(shelf.states().values()) == ["applied"] * last + ["pending"] * (4 - last)


@pytest.mark.parametrize("ran", [1, 2])
def test_false_records_of_a_column_that_was_to_take_a_name_cost_no_value(case: MakeCase, ran: int) -> None:
    """A model of today has a column of that name. It is another one, which is to come."""
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}, ("one", {NUMBER})]),',
            'migrations.AddField("shelf", "two", models.TextField(default="2")),',
            'migrations.RemoveField("shelf", "one"), migrations.RenameField("shelf", "two", "one"),',
        ),
        last=ran,
    )
    shelf.run(["INSERT INTO shop_shelf (one) VALUES (7)", "INSERT INTO shop_shelf (one, two) VALUES (7, '8')"][ran - 1])
    shelf.manage("migrate", "--fake", "shop", "0003").expect(0)

    shelf.reconcile()
    assert shelf.database.execute("SELECT one FROM shop_shelf") == [(7,)]
    assert list(shelf.states().values()) == ["applied"] * ran + ["pending"] * (3 - ran)


def test_a_table_that_was_to_make_room_keeps_its_rows(case: MakeCase) -> None:
    shelf = case(
        history(
            f'migrations.CreateModel("Shelf", [{ID}]),',
            f'migrations.CreateModel("Rack", [{ID}, ("one", {NUMBER})]),',
            'migrations.DeleteModel("Shelf"),',
            'migrations.RenameModel("Rack", "Shelf"),',
        ),
        last=1,
    )
    shelf.run("INSERT INTO shop_shelf (id) VALUES (7)")
    shelf.manage("migrate", "--fake", "shop", "0003").expect(0)

    assert shelf.verdict() != "pending"
    shelf.manage("schemaguard", "reconcile", "--noinput")
    assert shelf.database.execute("SELECT id FROM shop_shelf") == [(7,)]
