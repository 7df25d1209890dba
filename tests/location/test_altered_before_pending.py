"""Somebody altered a table by hand, and a migration is to come that is about the same table.

The verdict has to be true: what is `pending` can be migrated, and what is `reconcilable` is reconciled, and can be
migrated then. SCHEMAGUARD_TEST_PAIRS (default 15) is how many pairs are tried on each database, SCHEMAGUARD_SEED which.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.hand_alterations import STRAY, alterations
from tests.harness import rows
from tests.harness.vendors import EVERYWHERE
from tests.location.cases import CHECK, ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import Case, MakeCase

BASE = f"""
migrations.CreateModel("Hall", [{ID}, ("label", models.CharField(max_length=20, unique=True))]),
migrations.CreateModel("Room", [
    {ID},
    ("number", models.IntegerField(db_index=True)),
    ("code", models.CharField(max_length=20, db_index=True)),
    ("floor", models.PositiveIntegerField(default=1)),
    ("note", models.CharField(max_length=30, null=True)),
    ("hall", models.ForeignKey("hall", models.CASCADE, null=True)),
], options={{"unique_together": {{("number", "floor")}}}}),
migrations.AddIndex("room", models.Index(fields=["note", "floor"], name="room_note")),
migrations.AddConstraint("room", models.UniqueConstraint(fields=["code", "number"], name="room_code")),
migrations.AddConstraint("room", check(models.Q(number__gt=0), "room_positive")),
migrations.CreateModel("Visit", [
    {ID}, ("room", models.ForeignKey("room", models.CASCADE)),
    ("more", models.ManyToManyField("room", related_name="+")),
]),
"""
CODE = f"""{CHECK}

def code(apps, schema_editor):
    apps.get_model("shop", "Room").objects.filter(number=7).update(floor=9)
"""
ROWS = (
    "INSERT INTO shop_hall (label) VALUES ('a'), ('b')",
    "INSERT INTO shop_room (number, code, floor, note, hall_id) VALUES (7, 'c', 1, 'n', 1), (8, 'd', 1, 'm', 2)",
    "INSERT INTO shop_visit (room_id) VALUES (1)",
)
FIELD = "migrations.AlterField('room', '{}', models.{}),"
PENDING = {
    "a number gets bigger": FIELD.format("number", "BigIntegerField(db_index=True)"),
    "an index goes with db_index": FIELD.format("number", "IntegerField()"),
    "a column gets unique": FIELD.format("number", "IntegerField(unique=True)"),
    "a text gets longer": FIELD.format("code", "CharField(max_length=40, db_index=True)"),
    "another type of text": FIELD.format("code", "TextField()"),
    "NULL is allowed": FIELD.format("code", "CharField(max_length=20, null=True)"),
    "a check of a column goes": FIELD.format("floor", "IntegerField(default=1)"),
    "NULL is not allowed": FIELD.format("hall", "ForeignKey('hall', models.PROTECT, default=1)"),
    "one to one": FIELD.format("hall", "OneToOneField('hall', models.CASCADE, null=True)"),
    "no foreign key": FIELD.format("hall", "BigIntegerField(null=True, db_column='hall_id')"),
    "another type of key": "migrations.AlterField('hall', 'id', models.IntegerField(primary_key=True)),",
    "a column goes": "migrations.RemoveIndex('room', 'room_note'), migrations.RemoveField('room', 'note'),",
    "a foreign key goes": "migrations.RemoveField('room', 'hall'),",
    "a table goes": "migrations.RemoveField('room', 'hall'), migrations.DeleteModel('Hall'),",
    "a table that points goes": "migrations.DeleteModel('Visit'),",
    "a column is renamed": (
        "migrations.RemoveConstraint('room', 'room_code'), migrations.RemoveConstraint('room', 'room_positive'),"
        "migrations.RenameField('room', 'number', 'digit'),"
    ),
    "a foreign key is renamed": "migrations.RenameField('room', 'hall', 'place'),",
    "a model is renamed": "migrations.RenameModel('Room', 'Chamber'),",
    "a table is renamed": "migrations.AlterModelTable('room', 'shop_chambers'),",
    "unique_together goes": "migrations.AlterUniqueTogether('room', set()),",
    "unique_together is another": "migrations.AlterUniqueTogether('room', {('number', 'code')}),",
    "a constraint goes": "migrations.RemoveConstraint('room', 'room_code'),",
    "a check goes": "migrations.RemoveConstraint('room', 'room_positive'),",
    "an index goes": "migrations.RemoveIndex('room', 'room_note'),",
    "an index is renamed": "migrations.RenameIndex('room', 'room_remark', old_name='room_note'),",
    "a column comes": "migrations.AddField('room', 'wing', models.CharField(max_length=5, default='x')),",
    "a table between comes": "migrations.AddField('hall', 'visits', models.ManyToManyField('visit')),",
    "code": f"migrations.RunPython(code), {FIELD.format('floor', 'BigIntegerField(default=1)')}",
}
TO_COME = (
    "ALTER TABLE shop_room RENAME COLUMN number TO digit",
    "ALTER TABLE shop_room RENAME TO shop_chambers",
    "ALTER TABLE shop_room ADD COLUMN wing varchar(5) NULL",
    "CREATE UNIQUE INDEX by_hand ON shop_room (note)",
)
"""What some of the migrations to come would do themselves, or nearly."""
OF_VENDOR = {
    "postgresql": (
        "ALTER TABLE shop_room DROP CONSTRAINT room_positive",
        "ALTER TABLE shop_room DROP CONSTRAINT shop_room_floor_check",
        "ALTER TABLE shop_room ALTER code TYPE varchar(40)",
        "ALTER INDEX room_note RENAME TO room_remark",
    ),
    "mysql": (
        "ALTER TABLE shop_room MODIFY code varchar(40) NOT NULL",
        "ALTER TABLE shop_room MODIFY code varchar(20) NULL",
    ),
}
NO_KEY_OF_TEXT = "another type of text"
"""MySQL and MariaDB have no keys of texts."""
PAIRS = int(os.environ.get("SCHEMAGUARD_TEST_PAIRS", "15"))
RANDOM = Random(int(os.environ.get("SCHEMAGUARD_SEED", "0")))  # noqa: S311 (the same pairs each time)


def tables(left: Case) -> dict[str, int]:
    """How many rows each table has."""
    return {name: int(text.split()[0]) for name, text in rows(left.database).items() if name.startswith("shop")}


def is_by_hand(finding: dict[str, Any]) -> bool:
    """Whether it tells truly of what was added."""
    return STRAY in str(finding) or (finding["problem"], finding["name"]) == ("extra", "wing")


def alter_by_hand(left: Case, every: list[str], choice: int) -> str:
    """Carries out one of these statements, and returns it. Skips where the server refuses it."""
    by_hand = every[choice % len(every)]
    guarded = "PRAGMA foreign_keys = ON;" if left.database.vendor == "sqlite" else ""
    try:
        left.run(f"{guarded}{by_hand}")
    except Exception as error:  # noqa: BLE001 (each driver has its own)
        pytest.skip(f"the server refuses it: {error}")
    return by_hand


@pytest.mark.long
@EVERYWHERE
@pytest.mark.parametrize("lost", [False, True], ids=["with records", "without records"])
@pytest.mark.parametrize(
    ("pending", "choice"), [(RANDOM.choice(list(PENDING)), RANDOM.randrange(1000)) for _ in range(PAIRS)]
)
def test_the_verdict_is_true(case: MakeCase, vendor: str, pending: str, choice: int, lost: bool) -> None:
    if vendor == "mysql" and pending == NO_KEY_OF_TEXT:
        pytest.skip("no migrate gets through it there")
    left = case(history(BASE, PENDING[pending], imports=CODE), *ROWS, last=1)
    every = [*alterations(left.database), *TO_COME, *OF_VENDOR.get(left.database.vendor, ())]
    by_hand = alter_by_hand(left, every, choice)
    left.run(LOST_RECORDS if lost else "SELECT 1")
    before, verdict = tables(left), left.verdict()
    told = f"{by_hand}: {verdict}\n{left.manage('schemaguard', 'check')}"
    assert verdict != "in_sync", told
    if verdict != "pending":
        result = left.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter")
        told = f"{told}\n{result}"
        assert result.code in (0, 1), told
        assert "not what the plan promised" not in result.err, told
        assert sum(tables(left).values()) >= sum(before.values()), told
        if result.code:  # a person has to decide; a guarded migrate leaves that to them
            return
    migrated = left.manage("migrate", "--verbosity", "0")
    assert migrated.code == 0, f"{told}\n{migrated}"
    assert [each for each in left.loud() if not is_by_hand(each)] == [], told


@pytest.mark.long
@EVERYWHERE
@pytest.mark.parametrize("pending", [each for each in PENDING if each != "a table goes"])
def test_one_that_was_faked_is_made_up_for(case: MakeCase, vendor: str, pending: str) -> None:
    """Another one ran after it, so that its record is believed and what it says is made so."""
    if vendor == "mysql" and pending == NO_KEY_OF_TEXT:
        pytest.skip("no migrate gets through it there")
    after = "migrations.AddField('hall', 'later', models.IntegerField(null=True)),"
    left = case(history(BASE, PENDING[pending], after, imports=CODE), *ROWS, last=1)
    left.manage("migrate", "shop", "0002", "--fake", "--verbosity", "0").expect(0)
    left.migrate(3)
    before = left.dump(), tables(left)
    result = left.manage("schemaguard", "reconcile", "--noinput")
    if result.code:  # it drops what holds rows
        assert "--accept-data-loss" in result.err
        assert (left.dump(), tables(left)) == before
        left.reconcile("--accept-data-loss")
    assert left.loud() == []
    assert left.verdict() == "in_sync"


@pytest.mark.long
@EVERYWHERE
@pytest.mark.parametrize(
    "more", ["", "migrations.AddField('hall', 'later', models.IntegerField(null=True)),"], ids=["last", "not last"]
)
@pytest.mark.parametrize(
    ("done", "choice"), [(RANDOM.choice(list(PENDING)), RANDOM.randrange(1000)) for _ in range(PAIRS)]
)
def test_all_records_are_lost_with_it(case: MakeCase, vendor: str, done: str, choice: int, more: str) -> None:
    """What was altered by hand may then be of any of the migrations, which go on from each other."""
    if vendor == "mysql" and done == NO_KEY_OF_TEXT:
        pytest.skip("no migrate gets through it there")
    if more and done == "a table goes":
        pytest.skip("there is none left to go on with")
    there = "migrations.AlterField('hall', 'label', models.CharField(max_length=25, unique=True)),"
    left = case(history(BASE, there + PENDING[done], *filter(None, [more]), imports=CODE), *ROWS, last=1)
    left.manage("migrate", "--verbosity", "0").expect(0)
    every = [*alterations(left.database), *OF_VENDOR.get(left.database.vendor, ())]
    every = [each for each in every if "RENAME" not in each]  # without records nobody can tell
    by_hand = alter_by_hand(left, every, choice)
    left.run(LOST_RECORDS)
    before = left.dump(), tables(left)
    told = f"{by_hand}\n{left.manage('schemaguard', 'check')}"
    result = left.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", "--data-migrations", "skip")
    told = f"{told}\n{result}"
    assert result.code in (0, 1), told
    if result.code:  # a value that nobody knows, or rows that are in the way: a person has to decide
        assert "nothing was changed" in result.err, told
        assert "no field of" not in result.err, told
        assert (left.dump(), tables(left)) == before, told
        return
    assert sum(tables(left).values()) >= sum(before[1].values()), told
    migrated = left.manage("migrate", "--verbosity", "0")
    assert migrated.code == 0, f"{told}\n{migrated}"
    assert [each for each in left.loud() if not is_by_hand(each)] == [], told
