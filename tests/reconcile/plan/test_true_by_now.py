"""Pending migrations that have nothing left to do once the half-run one before them is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration, records
from tests.shop import actions, reconcile, refused, verdict

if TYPE_CHECKING:
    from pathlib import Path

MODELS = """
from django.db import models

class Room(models.Model):
    id = models.BigAutoField(primary_key=True)
    number = models.IntegerField()
    house = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["number", "house"], name="room_both"),
            models.Index(fields=["number"], name="room_number"),
        ]
"""
FIRST = migration(
    """
    migrations.CreateModel("Room", [
        ("id", models.BigAutoField(primary_key=True)),
        ("number", models.IntegerField()),
        ("house", models.IntegerField()),
    ]),
    migrations.AddIndex("room", models.Index(fields=["number", "house"], name="room_both")),
    """
)
OF_THEIR_OWN = """
class Silent(migrations.AddIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        '''As django-celery-results 0009: the index was made once, and is not any more.'''


class Elsewhere(migrations.AddIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if str(schema_editor.connection.vendor) == "oracle":
            schema_editor.execute("CREATE INDEX room_house ON shop_room (house)")


class Try(migrations.RemoveIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if str(schema_editor.connection.vendor) == "oracle":
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def code(apps, schema_editor):
    print("ran")
"""
NUMBER = 'migrations.AddIndex("room", models.Index(fields=["number"], name="room_number")),'
HOUSE = '{}("room", models.Index(fields=["house"], name="room_house")),'
AND_AWAY = "Try('room', 'room_house'),"
ROUND_TRIP = """
migrations.RemoveIndex("room", "room_both"),
migrations.AddIndex("room", models.Index(fields=["number", "house"], name="room_both")),
"""
CODE = "migrations.RunPython(code, migrations.RunPython.noop),"
AND_BACK = "migrations.RemoveField('room', 'note'),"


def project(path: Path, database: Database, second: str, *more: str, atomic: bool = True) -> Project:
    """Migrated up to 0002, and of that AddField and its record are gone."""
    second = f"migrations.AddField('room', 'note', models.IntegerField(null=True)),\n{second}"
    texts = {"0001_first": FIRST}
    for number, each in enumerate([second, *more, AND_BACK], start=2):
        before = [("shop", list(texts)[-1])]
        texts[f"000{number}"] = migration(each, after=before, imports=OF_THEIR_OWN, atomic=atomic or number > 2)
    made = make_project(path, apps={"shop": {"models": MODELS, "migrations": texts}}, database=database)
    made.manage("migrate", "shop", "0002").expect(0)
    assert verdict(made) in ("pending", "reconcilable")
    database.script("DROP INDEX room_number; DELETE FROM django_migrations WHERE name = '0002'")
    return made


def models_match_state(made: Project) -> None:
    made.manage("migrate").expect(0)
    assert verdict(made) == "in_sync"


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize(
    ("second", "third"),
    [(HOUSE.format("Elsewhere") + NUMBER, AND_AWAY), (NUMBER, ROUND_TRIP)],
    ids=["what it removes was never made", "a round trip"],
)
def test_it_is_recorded_with_what_came_before(
    tmp_path: Path, database: Database, second: str, third: str, atomic: bool
) -> None:
    made = project(tmp_path, database, second, third, atomic=atomic)
    before = records(database)
    if atomic:
        found = reconcile(made, "--rehearse", "--format", "json").json
        assert [each["name"] for each in found["rehearsal"]] == ["0002", "0003"]
    if atomic and third == ROUND_TRIP:
        reconcile(made)
        made.manage("schemaguard", "undo").expect(0)
        assert records(database) == before

    performed = reconcile(made, "--format", "json").json["performed"]
    assert actions(performed) == [("complete", "0002"), ("fake", "0003")]
    assert verdict(made) == "pending"
    models_match_state(made)


def test_an_operation_that_calls_nothing_makes_nothing(tmp_path: Path, database: Database) -> None:
    """A clean database has nothing to be recorded, and migrate is let through; nor is what it did not make missing."""
    made = project(tmp_path, database, HOUSE.format("Silent") + NUMBER, AND_AWAY)
    performed = reconcile(made, "--format", "json").json["performed"]
    assert actions(performed) == [("complete", "0002")]
    assert verdict(made) == "pending"
    models_match_state(made)


def test_nor_is_it_strange_where_an_older_version_made_it(tmp_path: Path, database: Database) -> None:
    made = project(tmp_path, database, HOUSE.format("Silent") + NUMBER, ROUND_TRIP)
    reconcile(made)
    database.execute("CREATE INDEX room_house ON shop_room (house)")
    found: Any = made.manage("schemaguard", "check", "--format", "json").json
    assert [each["name"] for each in found["findings"] if each["level"] != "info" and each["kind"] == "index"] == []


@pytest.mark.parametrize("more", [(CODE, AND_AWAY), (CODE + AND_AWAY,)], ids=["before it", "in it"])
def test_code_that_has_not_run_is_not_recorded(tmp_path: Path, database: Database, more: tuple[str, ...]) -> None:
    made = project(tmp_path, database, HOUSE.format("Elsewhere") + NUMBER, *more)
    before = records(database)
    assert "not recorded" in refused(made)
    assert records(database) == before
    assert "ran" in reconcile(made, "--migrate").err
    assert verdict(made) == "in_sync"


def test_code_before_a_round_trip_is_run(tmp_path: Path, database: Database) -> None:
    made = project(tmp_path, database, NUMBER, CODE, ROUND_TRIP)
    reconcile(made)
    assert ("shop", "0003") not in records(database)
    assert "ran" in made.manage("migrate").expect(0).out
    assert verdict(made) == "in_sync"
