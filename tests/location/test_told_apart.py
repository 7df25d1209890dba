"""What is different is told in two texts, also where these would be the same."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

LONG = "x" * 200


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_what_differs_at_the_end_of_a_long_text(case: MakeCase) -> None:
    table = f"CREATE TABLE shop_log (id integer NOT NULL PRIMARY KEY, what text DEFAULT '{LONG}')"
    log = case(history(f'migrations.RunSQL("{table}"),'), "DROP TABLE shop_log", table.replace(LONG, LONG + "y"))

    (found,) = log.report()["findings"]

    shown = f"text NULL DEFAULT '{'x' * 158}…"
    assert found["level"] == "error"
    assert (found["expected"], found["actual"]) == (shown, f"{shown} (another default)")
    assert found["message"] == f"shop_log.what is {shown} (another default); shop.0001_step makes it {shown}"


RENAMES = """
migrations.AlterModelTable("Plot", "land_plot"),
migrations.RunSQL("{}", migrations.RunSQL.noop),
migrations.RunSQL("{}", migrations.RunSQL.noop),
"""
PLOT = f'migrations.CreateModel("Plot", [{ID}, ("code", models.SlugField(unique=True))]),'
GIVEN, SERVERS = "shop_plot_code_6a6ce3d9_uniq", "shop_plot_code_key"


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "statements",
    [
        (f"ALTER INDEX IF EXISTS {GIVEN} RENAME TO one", f"ALTER INDEX IF EXISTS {SERVERS} RENAME TO two"),
        (f"ALTER INDEX IF EXISTS {SERVERS} RENAME TO two", f"ALTER INDEX IF EXISTS {GIVEN} RENAME TO one"),
        (f"ALTER TABLE land_plot DROP CONSTRAINT IF EXISTS {GIVEN}", "SELECT 1"),
        (
            f"ALTER TABLE land_plot DROP CONSTRAINT IF EXISTS {GIVEN}",
            f"ALTER TABLE land_plot DROP CONSTRAINT IF EXISTS {SERVERS}",
        ),
    ],
    ids=["renamed", "the other way round", "dropped under one", "dropped under either"],
)
def test_a_constraint_that_may_bear_one_of_two_names(case: MakeCase, statements: tuple[str, str]) -> None:
    plot = case(history(PLOT, RENAMES.format(*statements)))
    assert [each["code"] for each in plot.report()["findings"]] == ["SG106"]

    plot.run(LOST_RECORDS)
    plot.reconcile()
    assert [each["code"] for each in plot.report()["findings"]] == ["SG106"]


LOG = f'migrations.CreateModel("Log", [{ID}]),'
REMADE = f'migrations.DeleteModel("Log"), migrations.CreateModel("Log", [{ID}]),'
FLEETING = f'migrations.CreateModel("Note", [{ID}]), migrations.DeleteModel("Note"),'
ITEM = f'migrations.CreateModel("Item", [{ID}]),'


def test_where_two_stories_are_close_the_report_says_so(case: MakeCase) -> None:
    """A table that goes and comes back as it was: whether that has happened leaves no trace."""
    log = case(history(LOG, REMADE), LOST_RECORDS)
    found = {each["migration"]: each for each in log.report()["findings"] if each["kind"] == "migration"}

    assert log.states() == {"0001": "present", "0002": "present"}
    assert found["0001_step"]["message"].endswith("migrate would fail with 'already exists'")
    assert "nobody can tell for sure whether it ran" in found["0002_step"]["message"]
    assert "it is taken as run" in found["0002_step"]["message"]


def test_where_two_stories_are_close_at_the_end(case: MakeCase) -> None:
    """A table that comes and goes, in the last migration. With its records lost, that may have been or not."""
    item = case(history(ITEM, FLEETING), LOST_RECORDS)
    found = {each["migration"]: each for each in item.report()["findings"]}

    assert item.states() == {"0001": "present", "0002": "pending"}
    assert (found["0002_step"]["code"], found["0002_step"]["level"]) == ("SG107", "info")
    assert found["0002_step"]["hint"] == "if you know that it ran: manage.py migrate --fake shop 0002_step"
    assert item.verdict() == "reconcilable"


def test_what_is_pending_and_was_never_lost_is_in_no_doubt(case: MakeCase) -> None:
    item = case(history(ITEM, FLEETING), "DELETE FROM django_migrations WHERE name = '0002_step'")

    assert item.verdict() == "pending"
    assert [each["code"] for each in item.report()["findings"]] == ["SG106"]


def test_a_column_that_is_there_says_for_sure_that_its_migration_ran(case: MakeCase) -> None:
    """Its run may have stopped right after it, which is another story, and none in which it did not run."""
    item = case(
        history(ITEM, 'migrations.AddField("item", "name", models.CharField(max_length=9, null=True)),'),
        "DELETE FROM django_migrations WHERE name = '0002_step'",
    )

    assert item.states() == {"0001": "applied", "0002": "present"}
    (found,) = (each for each in item.report()["findings"] if each["code"] == "SG101")
    assert (
        found["message"]
        == "shop.0002_step is in the database and not recorded: migrate would fail with 'already exists'"
    )


def test_a_migration_that_only_removes_would_not_fail_over_what_is_there(case: MakeCase) -> None:
    item = case(
        history(ITEM, f'migrations.CreateModel("Note", [{ID}]),', 'migrations.DeleteModel("Note"),'),
        "DELETE FROM django_migrations WHERE name = '0003_step'",
    )

    assert item.states() == {"0001": "applied", "0002": "applied", "0003": "present"}
    (found,) = (each for each in item.report()["findings"] if each["code"] == "SG101")
    assert found["message"] == "shop.0003_step is not recorded, and what it does is done: migrate would do it once more"
