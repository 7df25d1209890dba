"""A field that gets another type under a constraint with a value in it: Django leaves the constraint as it is."""

from __future__ import annotations

import pytest

from tests.harness import CONDITION
from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

BEFORE = {
    "a date": ("models.DateField()", "day__gte=datetime.date(2020, 1, 1)", "models.DateTimeField()"),
    "numbers": ("models.IntegerField()", "day__in=[1, 2, 3]", "models.BigIntegerField()"),
    "an amount": ("models.IntegerField()", "day__gt=1", "models.DecimalField(max_digits=9, decimal_places=2)"),
}


@pytest.mark.filterwarnings("ignore:DateTimeField:RuntimeWarning")
@pytest.mark.parametrize("name", BEFORE)
def test_it_is_no_drift(case: MakeCase, name: str) -> None:
    field, condition, altered = BEFORE[name]
    item = case(
        history(
            f'migrations.CreateModel("Item", [{ID}, ("day", {field})]),',
            'migrations.AddConstraint("item", models.CheckConstraint('
            f'{CONDITION}=models.Q({condition}), name="late")),',
            f'migrations.AlterField("item", "day", {altered}),',
            imports="import datetime",
        )
    )
    clean = item.dump()
    assert item.loud() == []

    item.run(LOST_RECORDS)
    item.reconcile()
    assert item.dump() == clean
    assert item.loud() == []

    item.run("ALTER TABLE shop_item DROP CONSTRAINT late" if "sqlite" not in item.database.settings["ENGINE"] else "")
    item.reconcile()
    assert item.loud() == []
