"""A unique index in the place of a unique constraint does the same, until a migration drops it as a constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import reconcile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
MADE = migration(
    """
    migrations.CreateModel("Person", [
        ("id", models.BigAutoField(primary_key=True)),
        ("email", models.CharField(max_length=9, unique=True)),
        ("day", models.IntegerField()),
        ("hour", models.IntegerField()),
    ], options={
        "unique_together": {("day", "hour")},
        "constraints": [models.UniqueConstraint(fields=["hour"], name="one_an_hour")],
    }),
    """
)
WAYS = {
    "field": 'migrations.AlterField("person", "email", models.CharField(max_length=9)),',
    "together": 'migrations.AlterUniqueTogether("person", set()),',
    "named": 'migrations.RemoveConstraint("person", "one_an_hour"),',
}
BY_INDEX = """
    DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conname AS name, pg_get_indexdef(conindid) AS made FROM pg_constraint
              WHERE contype = 'u' AND conrelid = 'shop_person'::regclass
    LOOP EXECUTE format('ALTER TABLE shop_person DROP CONSTRAINT %I', c.name); EXECUTE c.made; END LOOP; END $$;
    INSERT INTO shop_person (email, day, hour) VALUES ('a', 1, 1)
"""


def by_index(tmp_path: Path, database: Database, later: str) -> Project:
    second = migration(later, after=[("shop", "0001_initial")])
    app: Any = {"migrations": {"0001_initial": MADE, "0002_later": second}}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.script(BY_INDEX)
    return project


@pytest.mark.parametrize("way", WAYS)
def test_it_becomes_the_constraint_before_it_is_dropped(tmp_path: Path, database: Database, way: str) -> None:
    project = by_index(tmp_path, database, WAYS[way])
    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    (finding,) = [each for each in report["findings"] if each["level"] == "error"]
    assert (finding["problem"], finding["kind"], report["verdict"]) == ("different", "unique", "reconcilable")
    assert finding["message"].endswith(", a constraint, as which shop.0002_later drops it")
    assert "is a unique index, and no constraint" in project.manage("migrate").expect(1).err

    reconcile(project)

    project.manage("migrate").expect(0)
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "in_sync"
    assert database.execute("SELECT email FROM shop_person") == [("a",)]


def test_where_nothing_drops_the_constraint_nothing_is_to_be_done(tmp_path: Path, database: Database) -> None:
    """Nor where its column is dropped, and whatever is over it with it."""
    project = by_index(tmp_path, database, 'migrations.RemoveField("person", "email"),')
    assert project.manage("schemaguard", "check", "--format", "json").expect(0).json["verdict"] == "pending"
    project.manage("migrate").expect(0)
