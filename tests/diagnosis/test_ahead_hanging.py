"""A pending migration drops a column on which something hangs: since Django 6.1 PostgreSQL refuses that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.location.odd_histories import DROPS_WITH_CASCADE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
FIRST = migration(
    """
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9, null=True)),
    ]),
    migrations.CreateModel("Part", [
        ("id", models.BigAutoField(primary_key=True)),
        ("item", models.ForeignKey("shop.Item", models.CASCADE, null=True, db_column="item")),
    ]),
    """
)
NO_NAME = 'migrations.RemoveField("item", "name"),'
OTHER_KEY = """
migrations.RemoveField("item", "id"),
migrations.AddField("item", "id", models.CharField(max_length=32, primary_key=True, default="x")),
"""
STAMP = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'"


def shop(tmp_path: Path, database: Database, *operations: str, imports: str = "") -> Project:
    last = migration("\n".join(operations), after=[("shop", "0001_initial")], imports=imports)
    app: Any = {"migrations": {"0001_initial": FIRST, "0002_less": last}}
    project = make_project(tmp_path, apps={"shop": app}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    return project


def told(project: Project) -> tuple[str, list[tuple[str, str]]]:
    """The verdict, and what a migration to come meets. The project has no models."""
    document = project.manage("schemaguard", "check", "--format", "json").json
    found = [each for each in document["findings"] if each["code"] == "SG108"]
    return document["verdict"], [(each["message"], each["hint"]) for each in found]


def passes(project: Project) -> None:
    assert told(project) == ("pending", [])
    project.manage("migrate").expect(0)


HANGS = {
    "a view": ("CREATE VIEW report AS SELECT name FROM shop_item", "view report", "DROP VIEW report"),
    "a trigger of this column": (
        f"{STAMP}; CREATE TRIGGER t BEFORE UPDATE OF name ON shop_item FOR EACH ROW EXECUTE FUNCTION stamp()",
        "trigger t on table shop_item", "DROP TRIGGER t ON shop_item",
    ),
    "a generated column": (
        "ALTER TABLE shop_item ADD size int GENERATED ALWAYS AS (length(name)) STORED",
        "generated column size of table shop_item", "ALTER TABLE shop_item DROP size",
    ),
    "a policy": (
        "CREATE POLICY own ON shop_item USING (name <> 'z')", "policy own on table shop_item",
        "DROP POLICY own ON shop_item",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HANGS)
def test_it_is_foretold_where_django_does_not_take_it_along(tmp_path: Path, database: Database, name: str) -> None:
    sql, what, drop = HANGS[name]
    project = shop(tmp_path, database, NO_NAME)
    database.script(sql)
    if DROPS_WITH_CASCADE:
        passes(project)
        return

    message = f"shop.0002_less drops shop_item.name, which cannot be while {what} hangs on it"
    hint = f"drop {what}, to be made again afterwards without that column; then manage.py migrate"
    assert told(project) == ("conflict", [(message, hint)])
    assert message in project.manage("migrate").expect(1).err
    project.manage("schemaguard", "reconcile", "--noinput").expect(1)
    database.script(drop)
    project.manage("migrate").expect(0)
    assert told(project)[0] == "in_sync"


def test_what_goes_with_the_column_is_in_nobodys_way(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, NO_NAME)
    database.script(
        "CREATE INDEX by_name ON shop_item (id) WHERE name > 'a';"
        "ALTER TABLE shop_item ADD CONSTRAINT few CHECK (name <> 'z' AND id > 0);"
        "CREATE STATISTICS stat ON id, name FROM shop_item; CREATE VIEW others AS SELECT id FROM shop_item"
    )
    project.manage("migrate").expect(0)


@pytest.mark.skipif(DROPS_WITH_CASCADE, reason="Django drops such a foreign key along")
def test_a_foreign_key_of_the_history_itself(tmp_path: Path, database: Database) -> None:
    """Its own history does not run by `migrate`. A reconcile drops such a key first."""
    project = shop(tmp_path, database, OTHER_KEY)
    ((key,),) = database.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conname LIKE 'shop_part%'")
    verdict, said = told(project)
    assert verdict == "conflict"
    message = f"shop.0002_less drops shop_item.id, which cannot be while constraint {key} on table shop_part hangs"
    assert [(text.startswith(message), hint) for text, hint in said] == [
        (True, f'ALTER TABLE "shop_part" DROP CONSTRAINT "{key}"; then manage.py migrate')
    ]
    project.manage("schemaguard", "reconcile", "--migrate", "--noinput").expect(0)


BEFORE = {
    "the column of the foreign key": ('migrations.RemoveField("part", "item"),', "", OTHER_KEY),
    "the table of the foreign key": ('migrations.DeleteModel("Part"),', "", OTHER_KEY),
    "the constraint of it": (
        'migrations.AlterField("part", "item", models.IntegerField(null=True, db_column="item")),', "", OTHER_KEY,
    ),
    "a table that takes the view along": (
        'migrations.DeleteModel("Part"),', "CREATE VIEW v AS SELECT p.id, name FROM shop_part p, shop_item", NO_NAME,
    ),
    "sql": ('migrations.RunSQL("DROP VIEW v"),', "CREATE VIEW v AS SELECT name FROM shop_item", NO_NAME),
    "sql inside of another operation": (
        """migrations.SeparateDatabaseAndState([migrations.RunSQL("DROP VIEW v")]),""",
        "CREATE VIEW v AS SELECT name FROM shop_item", NO_NAME,
    ),
    "code": (
        "migrations.RunPython(run),", "CREATE POLICY known ON shop_item USING (name > 'a')", NO_NAME,
    ),
}  # fmt: skip
RUN = """
def run(apps, schema_editor):
    schema_editor.execute("DROP POLICY known ON shop_item")
"""


@pytest.mark.parametrize("name", BEFORE)
def test_an_operation_before_takes_it_away(tmp_path: Path, database: Database, name: str) -> None:
    before, sql, operation = BEFORE[name]
    project = shop(tmp_path, database, before, operation, imports=RUN)
    if sql:
        database.script(sql)
    passes(project)


@pytest.mark.skipif(DROPS_WITH_CASCADE, reason="Django drops all of it along")
def test_one_that_goes_too_late(tmp_path: Path, database: Database) -> None:
    project = shop(tmp_path, database, OTHER_KEY, 'migrations.RemoveField("part", "item"),')
    assert told(project)[0] == "conflict"


def test_a_history_that_ran_when_django_had_cascade(tmp_path: Path, database: Database) -> None:
    """What it took along then is not missed, whatever Django does now."""
    view = 'migrations.RunSQL("CREATE VIEW report AS SELECT name FROM shop_item", "DROP VIEW report"),'
    project = shop(tmp_path, database, view, "", NO_NAME)
    database.script("ALTER TABLE shop_item DROP COLUMN name")
    project.manage("migrate", "--fake").expect(0)
    assert told(project) == ("in_sync", [])
