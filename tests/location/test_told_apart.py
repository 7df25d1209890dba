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
