"""What is different is told in two texts, also where these would be the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import Database, make_project, migration

LONG = "x" * 200


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_what_differs_at_the_end_of_a_long_text(tmp_path: Path, database: Database) -> None:
    table = f"CREATE TABLE shop_log (id integer NOT NULL PRIMARY KEY, what text DEFAULT '{LONG}')"
    apps = {"shop": {"migrations": {"0001_initial": migration(f'migrations.RunSQL("{table}"),')}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate").expect(0)
    database.script(f"DROP TABLE shop_log; {table.replace(LONG, LONG + 'y')}")

    (found,) = project.manage("schemaguard", "check", "--format", "json").expect(1).json["findings"]

    shown = f"text NULL DEFAULT '{'x' * 158}…"
    assert (found["expected"], found["actual"]) == (shown, f"{shown} (another default)")
    assert found["message"] == f"shop_log.what is {shown} (another default); shop.0001_initial makes it {shown}"


RENAMES = """
migrations.AlterModelTable("Plot", "land_plot"),
migrations.RunSQL("{}", migrations.RunSQL.noop),
migrations.RunSQL("{}", migrations.RunSQL.noop),
"""
PLOT = """
migrations.CreateModel("Plot", [
    ("id", models.BigAutoField(primary_key=True, serialize=False)),
    ("code", models.SlugField(unique=True)),
]),
"""
GIVEN, SERVERS = "plots_plot_code_6a6ce3d9_uniq", "plots_plot_code_key"


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
def test_a_constraint_that_may_bear_one_of_two_names(
    tmp_path: Path, database: Database, statements: tuple[str, str]
) -> None:
    history = {
        "0001_initial": migration(PLOT),
        "0002_names": migration(RENAMES.format(*statements), after=[("plots", "0001_initial")]),
    }
    project = make_project(tmp_path, apps={"plots": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)

    def told() -> list[str]:
        report = project.manage("schemaguard", "check", "--format", "json", "--fail-level", "error")
        return [each["code"] for each in report.json["findings"] if each["code"] != "SG106"]

    assert told() == []
    database.script("DELETE FROM django_migrations")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert told() == []
