"""What SQL of migrations makes on MySQL and MariaDB: silent when clean, found when lost or changed, and mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration
from tests.harness.vendors import is_mariadb

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database, Project


ANIMAL = """
migrations.CreateModel("Animal", [
    ("id", models.AutoField(primary_key=True)),
    ("kind", models.CharField(max_length=20)),
    ("legs", models.IntegerField(default=4)),
    ("twice", models.GeneratedField(
        expression=models.F("legs") * 2, output_field=models.IntegerField(), db_persist=True)),
    ("thrice", models.GeneratedField(
        expression=models.F("legs") * 3, output_field=models.IntegerField(), db_persist=False)),
]),
"""
VIEW = "CREATE VIEW shop_few AS SELECT id, kind FROM shop_animal WHERE legs < 3"
TRIGGER = "CREATE TRIGGER shop_up BEFORE INSERT ON shop_animal FOR EACH ROW SET NEW.kind = upper(NEW.kind)"
FUNCTION = "CREATE FUNCTION shop_add(a int, b int) RETURNS int DETERMINISTIC RETURN a + b"
MADE = [
    TRIGGER,
    FUNCTION,
    "CREATE PROCEDURE shop_clear() MODIFIES SQL DATA DELETE FROM shop_animal WHERE legs = 0",
    "ALTER TABLE shop_animal ADD COLUMN computed int GENERATED ALWAYS AS (legs * 5) VIRTUAL",
    "ALTER TABLE shop_animal ADD COLUMN kept int AS (legs * 6) STORED",
    "CREATE TABLE shop_parted (id int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at))"
    " PARTITION BY RANGE (year(at)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE)",
    "ALTER TABLE shop_parted PARTITION BY HASH (id) PARTITIONS 3",
    VIEW,
]
MADE_ON_MARIADB = [
    "CREATE TABLE shop_plain (id int PRIMARY KEY)",
    "ALTER TABLE shop_plain ADD SYSTEM VERSIONING",
    "CREATE SEQUENCE shop_numbers START WITH 5",
    "CREATE TABLE shop_old (id int PRIMARY KEY, note varchar(9) UNIQUE) WITH SYSTEM VERSIONING",
    "CREATE TABLE shop_told (id int PRIMARY KEY, since timestamp(6) GENERATED ALWAYS AS ROW START,"
    " til timestamp(6) GENERATED ALWAYS AS ROW END INVISIBLE, PERIOD FOR SYSTEM_TIME (since, til))"
    " WITH SYSTEM VERSIONING",
]


@pytest.fixture
def make(tmp_path: Path, mysql: Any) -> Any:
    history = {"0001_animal": migration(ANIMAL)}
    made = list(MADE)
    if is_mariadb(mysql.admin.execute("SELECT version()")[0][0]):
        made += MADE_ON_MARIADB
    for number, sql in enumerate(made, 2):
        before = [*history][-1]
        history[f"{number:04}_made"] = migration(f"migrations.RunSQL({sql!r}),", after=[("shop", before)])
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate").expect(0)
        yield project, database


def report(project: Project) -> tuple[str, list[tuple[str, str, str]]]:
    found = project.manage("schemaguard", "check", "--format", "json").json
    findings = [each for each in found["findings"] if each["problem"] != "unmigrated"]
    return found["verdict"], [(each["kind"], each["problem"], each["name"]) for each in findings]


def test_a_clean_database_is_silent(make: tuple[Project, Database]) -> None:
    project, database = make
    assert report(project) == ("in_sync", [])

    database.execute("DELETE FROM django_migrations")
    found = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert {each["state"] for each in found["migrations"]} == {"present"}


TROUBLES = {
    "a view": (["DROP VIEW shop_few"], ("view", "missing", "shop_few")),
    "another view": (
        ["ALTER VIEW shop_few AS SELECT id, kind FROM shop_animal WHERE legs < 9"],
        ("view", "different", "shop_few"),
    ),
    "a trigger": (["DROP TRIGGER shop_up"], ("trigger", "missing", "shop_up")),
    "another trigger": (
        ["DROP TRIGGER shop_up", TRIGGER.replace("upper", "lower")],
        ("trigger", "different", "shop_up"),
    ),
    "another function": (
        ["DROP FUNCTION shop_add", FUNCTION.replace("a + b", "a - b")],
        ("function", "different", "shop_add"),
    ),
    "a procedure": (["DROP PROCEDURE shop_clear"], ("function", "missing", "shop_clear")),
    "another procedure": (
        ["DROP PROCEDURE shop_clear", "CREATE PROCEDURE shop_clear() DELETE FROM shop_animal"],
        ("function", "different", "shop_clear"),
    ),
    "a partitioned table": (["DROP TABLE shop_parted"], ("table", "missing", "shop_parted")),
    "a stored column": (["ALTER TABLE shop_animal DROP COLUMN twice"], ("column", "missing", "twice")),
    "a virtual column": (["ALTER TABLE shop_animal DROP COLUMN thrice"], ("column", "missing", "thrice")),
    "another expression": (
        ["ALTER TABLE shop_animal MODIFY twice int AS (legs * 9) STORED"],
        ("column", "different", "twice"),
    ),
    "stored in place of virtual": (
        ["ALTER TABLE shop_animal DROP COLUMN thrice", "ALTER TABLE shop_animal ADD thrice int AS (legs * 3) STORED"],
        ("column", "different", "thrice"),
    ),
    "no longer computed": (["ALTER TABLE shop_animal MODIFY twice int NULL"], ("column", "different", "twice")),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_what_was_lost_or_changed_comes_back(make: tuple[Project, Database], name: str) -> None:
    project, database = make
    statements, finding = TROUBLES[name]
    for statement in statements:
        database.execute(statement)
    _, findings = report(project)
    assert findings == [finding]

    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    assert report(project) == ("in_sync", [])
