"""A column that somebody dropped, and that a later migration had altered, where every record is lost."""

from __future__ import annotations

import re

import pytest

from tests.location.cases import ID, LOST_RECORDS, MakeCase, history

WORD = re.compile(r"\w+")
FIRST = f"""
migrations.CreateModel("Item", [{ID}, ("seen", models.DateTimeField()), ("size", models.IntegerField())]),
"""
MORE = f'migrations.CreateModel("More", [{ID}]),'
ALTERED = {
    "null": 'migrations.AlterField("item", "seen", models.DateTimeField(null=True)),',
    "renamed": 'migrations.AlterField("item", "seen", models.DateTimeField(null=True)),'
    'migrations.RenameField("item", "seen", "at"),',
    "with another": 'migrations.AlterField("item", "seen", models.DateTimeField(null=True)),'
    'migrations.AddField("item", "note", models.CharField(max_length=9, null=True)),',
}


@pytest.mark.parametrize("name", ALTERED)
def test_it_is_made_as_it_was_at_last(case: MakeCase, name: str) -> None:
    """The table has a row, which has no value for the column as the first migration made it."""
    item = case(history(FIRST, ALTERED[name], MORE))
    clean = item.dump()
    item.run(
        "INSERT INTO shop_item (id, size) VALUES (1, 2)",
        f"ALTER TABLE shop_item DROP COLUMN {'at' if name == 'renamed' else 'seen'}",
        LOST_RECORDS,
    )
    assert item.states() == {"0001": "partial", "0002": "present", "0003": "present"}

    item.reconcile()

    assert sorted(WORD.findall(item.dump())) == sorted(WORD.findall(clean))  # the column is the last one by now
    assert item.verdict() == "in_sync"


ADDED = 'migrations.AddField("item", "note", models.CharField(max_length=9, null=True)),'
RENAMED = 'migrations.RenameField("item", "note", "text"),'


AGAIN = 'migrations.RenameField("item", "text", "last"),'


@pytest.mark.parametrize(("between", "name"), [([], "text"), ([ADDED], "text"), ([AGAIN], "last")])
def test_what_was_added_and_renamed_is_made_under_its_last_name(case: MakeCase, between: list[str], name: str) -> None:
    """Nothing is left of either migration, and one that depends on both is there."""
    item = case(history(FIRST, ADDED, RENAMED, *between, MORE))
    clean = item.dump()
    item.run("INSERT INTO shop_item (id, seen, size) VALUES (1, '2020-01-01', 2)")
    item.run(f"ALTER TABLE shop_item DROP COLUMN {name}", LOST_RECORDS)

    item.reconcile()
    assert sorted(WORD.findall(item.dump())) == sorted(WORD.findall(clean))
    assert item.verdict() == "in_sync"


def test_nothing_is_taken_for_run_that_may_not_have_run(case: MakeCase) -> None:
    item = case(history(FIRST, ALTERED["null"], MORE), last=1)
    item.run("ALTER TABLE shop_item DROP COLUMN seen", LOST_RECORDS)

    assert item.states() == {"0001": "partial", "0002": "pending", "0003": "pending"}
