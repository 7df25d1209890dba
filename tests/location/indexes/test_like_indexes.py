"""The LIKE index that Django adds to text keys on PostgreSQL, which no migration names, and which it loses track of."""

from __future__ import annotations

import pytest

from tests.location.cases import LOST_RECORDS, Case, MakeCase, history

ID = '("id", models.BigAutoField(primary_key=True, serialize=False))'  # as makemigrations writes it
HISTORY = history(
    f'migrations.CreateModel("Thing", [{ID}, ("code", models.CharField(max_length=40, unique=True, null=True))]),',
    'migrations.RenameField("thing", "code", "key"),',
    'migrations.AlterField("thing", "key", models.CharField(max_length=235, null=True)),',
)
MODELS = """
from django.db import models

class Thing(models.Model):
    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=235, null=True)
"""

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


@pytest.fixture
def thing(case: MakeCase) -> Case:
    """Migrated. Django drops the LIKE index of `key` by a name that it never had, and leaves that of `code`."""
    return case(HISTORY, files={"models.py": MODELS})


def likes(thing: Case) -> list[str]:
    rows = thing.database.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'shop_thing_code%_like'")
    return [name for (name,) in rows]


def test_one_that_django_left_behind_is_no_finding(thing: Case) -> None:
    assert len(likes(thing)) == 1
    assert thing.report()["findings"] == []


def test_nor_is_its_absence(thing: Case) -> None:
    thing.run(f"DROP INDEX {likes(thing)[0]}")
    assert thing.report()["findings"] == []


def test_it_is_no_evidence_of_where_the_database_stands(thing: Case) -> None:
    thing.run(LOST_RECORDS)
    assert list(thing.states().values()) == ["present", "present", "present"]
    thing.reconcile()
    assert (thing.verdict(), thing.report()["findings"]) == ("in_sync", [])
    assert len(likes(thing)) == 1


def test_where_it_stood_before_it_is_part_of_what_is_to_come(thing: Case) -> None:
    thing.manage("migrate", "shop", "zero").expect(0)
    thing.migrate(2)
    assert list(thing.states().values()) == ["applied", "applied", "pending"]
    assert thing.loud() == []


@pytest.mark.parametrize("records", ["", LOST_RECORDS])
def test_one_that_a_half_run_migration_drops_does_not_come_back(case: MakeCase, records: str) -> None:
    """It would be in the way of the new type, as all that stays there is: that goes first, and comes back."""
    field = 'migrations.AlterField("thing", "code", models.TextField()),'
    first = f'migrations.CreateModel("Thing", [{ID}, ("code", models.CharField(max_length=40, db_index=True))]),'
    left = case(history(first, field), last=1)
    ((name,),) = left.database.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'shop_thing_code_%_like'")
    left.run(f"DROP INDEX {name.removesuffix('_like')}", records or "SELECT 1")
    assert left.verdict() == "reconcilable"
    left.reconcile()
    left.migrate()
    assert likes(left) == []
    assert left.verdict() == "in_sync"
