"""A clean migrate through a history that has its oddities, and the same database stopped in its middle."""

from __future__ import annotations

import pytest

from tests.location.cases import ID, LOST_RECORDS, History, MakeCase, history
from tests.location.odd_histories import (
    DROPS_WITH_CASCADE,
    INDEXES_TAKEN_BACK,
    KEY_OF_ANOTHER_TYPE,
    ONE_COLUMN_FOR_ANOTHER,
    ONE_NAME_FOR_TWO,
)

HISTORIES = {
    "one column for another": ONE_COLUMN_FOR_ANOTHER,
    "indexes taken back": INDEXES_TAKEN_BACK,
    "one name for two": ONE_NAME_FOR_TWO,
}
if DROPS_WITH_CASCADE:
    HISTORIES["key of another type"] = KEY_OF_ANOTHER_TYPE


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_what_a_clean_migrate_leaves_is_in_sync(case: MakeCase, history: History) -> None:
    clean = case(history)

    assert clean.verdict() == "in_sync"
    assert clean.loud() == []


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_without_records_it_is_found_wherever_it_stopped(case: MakeCase, history: History, vendor: str) -> None:
    stopped = case(history, last=0)
    for last in range(1, len(history) + 1):
        stopped.migrate(last)
        rows = stopped.database.execute("SELECT app, name, applied FROM django_migrations WHERE app = 'shop'")
        stopped.run(LOST_RECORDS)
        # On SQLite the first is told from the end by nothing, not by the names of indexes: its editor makes them anew.
        if not (history is ONE_NAME_FOR_TWO and last == 1 and vendor == "sqlite"):
            present = {name for name, state in stopped.states().items() if state == "present"}
            assert present == {f"{number:04}" for number in range(1, last + 1)}
        for app, name, applied in rows:
            stopped.run(f"INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '{name}', '{applied}')")


TOGETHER_AND_BACK = history(
    f"""
    migrations.CreateModel("Log", [{ID}, ("day", models.IntegerField()), ("number", models.IntegerField())]),
    migrations.AlterUniqueTogether("log", {{("day", "number")}}),
    migrations.AddField("log", "note", models.IntegerField(null=True)),
    """,
    'migrations.AlterUniqueTogether("log", set()),',
)


def test_what_a_half_has_still_to_make_is_there_for_the_migrations_after_it(case: MakeCase) -> None:
    """Django looks for exactly one such constraint. The half is completed first, so there will be one."""
    half = case(TOGETHER_AND_BACK)
    half.run("ALTER TABLE shop_log DROP COLUMN note", LOST_RECORDS)

    assert half.states() == {"0001": "partial", "0002": "pending"}
    assert [each["code"] for each in half.loud()] == ["SG101"]
    half.reconcile()
    half.migrate()
    assert half.verdict() == "in_sync"


INDEXED_OTHERWISE = history(
    f'migrations.CreateModel("Log", [{ID}, ("day", models.CharField(max_length=9, db_index=True))]),',
    """
    migrations.AddField("log", "note", models.IntegerField(null=True)),
    migrations.AlterField("log", "day", models.CharField(max_length=9)),
    migrations.AddIndex("log", models.Index(fields=["day"], name="log_day")),
    """,
)


def test_an_index_that_the_rest_takes_away_does_not_come_back_with_its_table(case: MakeCase) -> None:
    """SQLite's editor makes the table anew, and what hangs on it is put back."""
    half = case(INDEXED_OTHERWISE, last=1)
    half.run("ALTER TABLE shop_log ADD COLUMN note integer NULL", "CREATE INDEX by_hand ON shop_log (note)")

    assert half.states() == {"0001": "applied", "0002": "partial"}
    half.reconcile()
    assert half.verdict() == "in_sync"
    assert [each["name"] for each in half.loud()] == ["by_hand"]


UNIQUE_NO_MORE = history(
    f'migrations.CreateModel("Log", [{ID}, ("day", models.CharField(max_length=9, unique=True))]),',
    """
    migrations.AddField("log", "note", models.IntegerField(null=True)),
    migrations.AlterField("log", "day", models.CharField(max_length=9, db_index=True)),
    """,
)


def test_an_index_that_is_there_before_its_operation_has_ended_stays_as_well(case: MakeCase) -> None:
    half = case(UNIQUE_NO_MORE, last=1)
    half.run("ALTER TABLE shop_log ADD COLUMN note integer NULL", "CREATE INDEX by_hand ON shop_log (day)")

    assert half.states() == {"0001": "applied", "0002": "partial"}
    half.reconcile()
    assert half.verdict() == "in_sync"


NAMED_INDEX = history(
    f'migrations.CreateModel("Log", [{ID}, ("day", models.CharField(max_length=9, unique=True))]),',
    """
    migrations.AddField("log", "note", models.IntegerField(null=True)),
    migrations.AddIndex("log", models.Index(fields=["day"], name="log_day")),
    migrations.AlterField("log", "day", models.CharField(max_length=9)),
    """,
)


def test_so_does_one_that_is_given_its_name(case: MakeCase) -> None:
    half = case(NAMED_INDEX, last=1)
    half.run("ALTER TABLE shop_log ADD COLUMN note integer NULL", "CREATE INDEX by_hand ON shop_log (day)")

    half.reconcile("--on-conflict", "alter")
    assert half.verdict() == "in_sync"
    assert "by_hand" not in half.dump()
