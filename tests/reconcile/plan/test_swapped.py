"""A swappable model that was swapped in the middle of a project: one cause, and no row is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import AppSource, Database, Project, make_project, migration
from tests.shop import refused

if TYPE_CHECKING:
    from pathlib import Path

KEY = '("id", models.BigAutoField(primary_key=True)),'
PERSON = f"""
    migrations.CreateModel(
        "Person",
        [{KEY} ("name", models.CharField(max_length=9)), ("friends", models.ManyToManyField("PERSON"))],
        OPTIONS
    ),
    """
PEOPLE = migration(PERSON.replace("PERSON", "people.person").replace("OPTIONS", '{"swappable": "PERSON_MODEL"}'))
OTHERS = migration(PERSON.replace("PERSON", "others.person").replace("OPTIONS", ""), after=[("people", "0001_initial")])
NOTES = """
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.PERSON_MODEL)]
    operations = [
        migrations.CreateModel("Note", [
            ("id", models.BigAutoField(primary_key=True)),
            ("by", models.ForeignKey(settings.PERSON_MODEL, models.CASCADE)),
        ]),
    ]
"""
SAID = "PERSON_MODEL is others.Person now, and was people.Person when people_person was made"
WAY_BACK = 'set PERSON_MODEL to "people.Person" again'
APPS: dict[str, AppSource] = {
    "people": {"migrations": {"0001_initial": PEOPLE}},
    "notes": {"migrations": {"0001_initial": NOTES}},
}


@pytest.fixture
def swapped(tmp_path: Path, database: Database) -> Project:
    first = make_project(tmp_path, apps=APPS, settings={"PERSON_MODEL": "people.Person"}, database=database)
    first.manage("migrate").expect(0)
    database.script("INSERT INTO people_person (name) VALUES ('a'), ('b'); INSERT INTO notes_note (by_id) VALUES (1)")
    apps: dict[str, AppSource] = {**APPS, "others": {"migrations": {"0001_initial": OTHERS}}}
    return make_project(tmp_path, apps=apps, settings={"PERSON_MODEL": "others.Person"}, database=database)


def test_the_cause_is_the_one_finding(swapped: Project) -> None:
    found = swapped.manage("schemaguard", "check", "--format", "json").json
    (finding,) = [each for each in found["findings"] if each["code"] != "SG106"]
    assert found["verdict"] == "conflict"
    assert (finding["code"], finding["table"], finding["message"], finding["hint"]) == (
        "SG209",
        "people_person",
        f"{SAID}: its rows are in people_person, where notes_note.by_id points, and others_person is not there",
        f"{WAY_BACK}; where people_person has no rows: manage.py schemaguard reconcile --on-conflict alter",
    )


def test_the_guard_names_the_cause(swapped: Project) -> None:
    stopped = swapped.manage("migrate").expect(1)
    assert f"others.0001_initial is to run: {SAID}" in stopped.err
    assert "notes_note_by_id" not in stopped.err


def test_no_row_is_left_behind_whatever_the_options(swapped: Project) -> None:
    assert refused(swapped) == (
        f"{SAID}: {WAY_BACK}; --on-conflict alter makes others_person and lets keys point at it, where people_person "
        "has no rows; nothing was changed"
    )
    assert refused(swapped, "--on-conflict", "alter", "--accept-data-loss", "--migrate", "--prune") == (
        f"2 rows of people_person would be left behind: {SAID}; {WAY_BACK}, or move them first (for example id 1, 2; "
        'SELECT * FROM "people_person"); nothing was changed'
    )


def test_set_again_it_is_as_if_nothing_had_been(swapped: Project) -> None:
    again = make_project(swapped.path, apps=APPS, settings={"PERSON_MODEL": "people.Person"}, database=swapped.database)
    found = again.manage("schemaguard", "check", "--format", "json").json
    assert (found["verdict"], {each["code"] for each in found["findings"]}) == ("in_sync", {"SG106"})
