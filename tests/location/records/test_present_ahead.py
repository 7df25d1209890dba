"""A half-run migration whose later operations are there: what they made outlives the earlier ones that are made up for.

SQLite makes a table anew for these, of models that do not have yet what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.location.cases import CHECK, ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

BASE = f"""
migrations.CreateModel("Hall", [{ID}]),
migrations.CreateModel("Room", [
    {ID},
    ("number", models.IntegerField()),
    ("house", models.IntegerField(null=True)),
    ("hall", models.BigIntegerField(null=True)),
]),
"""
MISSING = {
    "an altered column": "migrations.AlterField('room', 'number', models.BigIntegerField()),",
    "a column": "migrations.AddField('room', 'note', models.IntegerField(default=3)),",
    "a constraint": "migrations.AddConstraint('room', models.UniqueConstraint(fields=['number'], name='room_number')),",
    "a removed column": "migrations.RemoveField('room', 'house'),",
}
PRESENT = {
    "a check": "migrations.AddConstraint('room', check(models.Q(number__gt=0), 'room_positive')),",
    "a unique constraint": (
        "migrations.AddConstraint('room', models.UniqueConstraint(fields=['hall'], name='room_hall')),"
    ),
    "a conditional one": (
        "migrations.AddConstraint('room', models.UniqueConstraint(fields=['hall'], condition=models.Q(number__gt=2),"
        " name='room_hall')),"
    ),
    "unique together": "migrations.AlterUniqueTogether('room', {('hall', 'number')}),",
    "an index": "migrations.AddIndex('room', models.Index(fields=['hall'], name='room_hall')),",
    "a unique column": "migrations.AlterField('room', 'hall', models.BigIntegerField(null=True, unique=True)),",
    "a positive column": "migrations.AlterField('room', 'hall', models.PositiveBigIntegerField(null=True)),",
    "a foreign key": (
        "migrations.AlterField('room', 'hall', models.ForeignKey('hall', models.CASCADE, null=True, db_column='hall')),"
    ),
    "a renamed column": "migrations.RenameField('room', 'hall', 'place'),",
    "another column": "migrations.AddField('room', 'floor', models.PositiveIntegerField(default=1)),",
}


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
@pytest.mark.parametrize("present", PRESENT)
@pytest.mark.parametrize("missing", MISSING)
def test_it_outlives_what_is_made_up_for(case: MakeCase, missing: str, present: str) -> None:
    left = case(history(BASE, PRESENT[present], imports=CHECK), LOST_RECORDS)
    left.write(history(BASE, MISSING[missing] + PRESENT[present], imports=CHECK))
    left.reconcile()
    assert left.loud() == []
    assert left.verdict() == "in_sync"
