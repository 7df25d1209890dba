"""MySQL and MariaDB keep an index whose column is dropped, over the columns that are left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.location.cases import ID, LOST_RECORDS, history

if TYPE_CHECKING:
    from tests.location.cases import MakeCase

pytestmark = [pytest.mark.mysql, pytest.mark.parametrize("vendor", ["mysql"], indirect=True)]
ROOM = f"""
migrations.CreateModel("Room", [
    {ID},
    ("note", models.CharField(max_length=30, null=True)),
    ("floor", models.IntegerField(default=1)),
    ("door", models.IntegerField(null=True)),
]),
migrations.AddIndex("room", models.Index(fields=["note", "floor"], name="room_note")),
migrations.AddIndex("room", models.Index(fields=["floor", "door", "note"], name="room_floor")),
"""
GONE = """
migrations.RemoveIndex("room", "room_note"),
migrations.RemoveIndex("room", "room_floor"),
migrations.RemoveField("room", "note"),
"""
ROWS = "INSERT INTO shop_room (note, floor, door) VALUES ('n', 1, 2), (NULL, 3, NULL)"
BY_HAND = "ALTER TABLE shop_room DROP COLUMN note"


def test_what_is_left_of_an_index_has_the_cause_of_its_column(case: MakeCase) -> None:
    left = case(history(ROOM), ROWS)
    clean = left.dump()
    left.run(BY_HAND)
    assert [(each["code"], each["name"]) for each in left.loud()] == [("SG203", "note")]
    left.reconcile()
    assert left.verdict() == "in_sync"
    assert left.dump() == clean


def test_where_the_record_is_lost_the_rest_of_the_migration_is_run(case: MakeCase) -> None:
    left = case(history(ROOM), ROWS)
    clean = left.dump()
    left.run(BY_HAND, LOST_RECORDS)
    assert left.states() == {"0001": "partial"}
    left.reconcile()
    assert left.dump() == clean


def test_where_a_migration_is_to_drop_all_of_it_what_is_left_goes(case: MakeCase) -> None:
    clean = case(history(ROOM, GONE)).dump()
    left = case(history(ROOM, GONE), ROWS, BY_HAND, last=1)
    assert [(each["code"], each["migration"]) for each in left.loud()] == [("SG101", "0002_step")]
    left.reconcile()
    assert left.verdict() == "in_sync"
    assert left.dump() == clean


def test_where_such_a_migration_was_faked_what_is_left_goes(case: MakeCase) -> None:
    clean = case(history(ROOM, GONE)).dump()
    left = case(history(ROOM, GONE), ROWS, BY_HAND, last=1)
    left.manage("migrate", "shop", "--fake", "--verbosity", "0").expect(0)
    left.reconcile()
    assert left.verdict() == "in_sync"
    assert left.dump() == clean


def test_another_index_of_that_name_is_no_rest(case: MakeCase) -> None:
    left = case(
        history(ROOM), BY_HAND, "DROP INDEX room_note ON shop_room", "CREATE INDEX room_note ON shop_room (door)"
    )
    told = [(each["problem"], each["name"]) for each in left.loud() if each["kind"] == "index"]
    assert told == [("extra", "room_note")]


COVERED = (
    """
    migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel("Box", [
        ("id", models.BigAutoField(primary_key=True)),
        ("shelf", models.ForeignKey("shop.Shelf", models.CASCADE)),
        ("size", models.IntegerField()),
    ]),
    """,
    'migrations.AddIndex("box", models.Index(fields=["shelf", "size"], name="by_shelf")),',
    'migrations.RemoveIndex("box", "by_shelf"),',
)


def test_the_index_that_django_made_for_a_key_goes_on_waiting_for_it(case: MakeCase) -> None:
    box = case(history(*COVERED))
    clean = box.dump()
    (key,) = re.findall(r"CONSTRAINT `(shop_box_shelf_id_\w+)` FOREIGN KEY", clean)
    assert f"KEY `{key}`" not in clean
    box.run(f"ALTER TABLE shop_box DROP FOREIGN KEY {key}")

    assert [each["kind"] for each in box.loud()] == ["foreign_key"]
    box.reconcile()
    assert box.dump() == clean
