"""Generated columns: what they read may get another name in the history."""

from __future__ import annotations

import django
import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

pytestmark = pytest.mark.skipif(django.VERSION < (5, 0), reason="Django 5.0 brought them")

NUMBER = "models.IntegerField()"
TWICE = f'models.GeneratedField(expression=models.F("code") * 2, output_field={NUMBER}, db_persist=True)'
MADE = f'migrations.CreateModel("Shelf", [{ID}, ("code", {NUMBER}), ("twice", {TWICE})]),'
COLUMN = 'migrations.AlterField("shelf", "code", models.IntegerField(db_column="number")),'


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(['migrations.RenameField("shelf", "code", "number"),'], id="a field"),
        pytest.param([COLUMN], id="a column"),
        pytest.param([COLUMN, 'migrations.AddField("shelf", "rank", models.IntegerField(null=True))'], id="and more"),
    ],
)
def test_the_server_names_it_anew_in_them(case: MakeCase, later: list[str]) -> None:
    shelf = case(history(MADE, *later))
    wanted = shelf.dump()

    assert shelf.loud() == []
    shelf.run(LOST_RECORDS)
    shelf.reconcile()
    assert (shelf.verdict(), shelf.dump()) == ("in_sync", wanted)
