"""Nothing is recorded that did not run: what a migration makes and can be seen is there, or it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration
from tests.location.odd_histories import DROPS_WITH_CASCADE

if TYPE_CHECKING:
    from pathlib import Path

UNIT = """
    migrations.CreateModel("Unit", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("name", models.CharField(max_length=9)),
    ]),
"""
FILL = """
def fill(apps, schema_editor):
    for unit in apps.get_model("shop", "Unit").objects.all():
        apps.get_model("shop", "Part").objects.create(unit=unit)

"""
PART = """
    migrations.CreateModel("Part", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("unit", models.ForeignKey("shop.unit", models.CASCADE)),
    ]),
"""
RUN = "migrations.RunPython(fill, migrations.RunPython.noop),"
BOX = """
    migrations.CreateModel("Box", [("id", models.BigAutoField(primary_key=True, serialize=False))]),
"""
APART = {
    "0002_part": migration(PART, after=[("shop", "0001_initial")]),
    "0003_fill": migration(RUN, after=[("shop", "0002_part")], imports=FILL),
}
TOGETHER = {"0002_part": migration(PART + RUN, after=[("shop", "0001_initial")], imports=FILL)}


def check(project: Project, code: int) -> Any:
    return project.manage("schemaguard", "check", "--format", "json").expect(code).json


def states(project: Project) -> dict[str, str]:
    return {f"{each['app']}.{each['name']}": each["state"] for each in check(project, 1)["migrations"]}


@pytest.mark.parametrize("more", [APART, TOGETHER], ids=["apart", "together"])
def test_code_has_not_run_on_a_table_that_was_not_there(
    tmp_path: Path, database: Database, more: dict[str, str]
) -> None:
    """An upgrade gave an applied migration new dependencies."""
    box = {"0001_initial": migration(BOX, after=[("shop", "0001_initial")])}
    first = {"0001_initial": migration(UNIT)}
    old = make_project(
        tmp_path / "old", apps={"shop": {"migrations": first}, "box": {"migrations": box}}, database=database
    )
    old.manage("migrate").expect(0)
    database.script("INSERT INTO shop_unit (name) VALUES ('a'), ('b')")
    box = {"0001_initial": migration(BOX, after=[("shop", max(more))])}
    apps: Any = {"shop": {"migrations": first | more}, "box": {"migrations": box}}
    new = make_project(tmp_path / "new", apps=apps, database=database)

    pending = dict.fromkeys((f"shop.{name}" for name in more), "pending")
    assert states(new) == {"shop.0001_initial": "applied", **pending, "box.0001_initial": "applied"}
    new.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert database.execute("SELECT unit_id FROM shop_part ORDER BY 1") == [(1,), (2,)]
    assert check(new, 0)["verdict"] == "in_sync"


TABLE = "CREATE TABLE shop_log (id integer NOT NULL PRIMARY KEY, what varchar(9))"
VIEW = "CREATE VIEW shop_names AS SELECT id, name FROM shop_unit"
OVER = "CREATE VIEW shop_short AS SELECT name FROM shop_names"
NOTE = 'migrations.AddField("unit", "note", models.CharField(max_length=9, null=True)),'


def sql_history(*scripts: str, last: str = NOTE) -> dict[str, str]:
    operations = "".join(f'migrations.RunSQL("""{each}""", migrations.RunSQL.noop),\n' for each in scripts)
    return {
        "0001_initial": migration(UNIT),
        "0002_sql": migration(operations, after=[("shop", "0001_initial")]),
        "0003_note": migration(last, after=[("shop", "0002_sql")]),
    }


def migrated(path: Path, database: Database, history: dict[str, str]) -> Project:
    project = make_project(path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    return project


def reconciled(project: Project, clean: str) -> None:
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert catalog_dump(project.database, without={"schemaguard_journal"}) == clean
    assert check(project, 0)["verdict"] == "in_sync"


LOST = "DELETE FROM django_migrations WHERE app = 'shop' AND name > '0002'"
ALL_LOST = "DELETE FROM django_migrations"


@pytest.mark.parametrize(
    ("scripts", "trouble"),
    [
        ([TABLE, VIEW], "DROP VIEW shop_names"),
        ([f"{TABLE}; {VIEW}; {OVER}"], "DROP VIEW shop_short"),  # one operation, of which the last statement is absent
        ([f"{TABLE}; {VIEW}"], "DROP VIEW shop_names; DROP TABLE shop_log"),
        ([f"DROP VIEW IF EXISTS shop_names; {VIEW}"], "DROP VIEW shop_names"),
    ],
    ids=["view", "statement", "everything", "made anew"],
)
@pytest.mark.parametrize("lost", [LOST, ALL_LOST], ids=["some", "all"])
def test_a_view_that_is_absent_was_not_made(
    tmp_path: Path, database: Database, scripts: list[str], trouble: str, lost: str
) -> None:
    project = migrated(tmp_path, database, sql_history(*scripts))
    clean = catalog_dump(database)
    database.script(f"{trouble}; {lost}")

    assert states(project)["shop.0002_sql"] in ("partial", "pending")
    assert states(project)["shop.0003_note"] == "present"
    reconciled(project, clean)


KINDS = {
    "function": ("CREATE FUNCTION shop_one() RETURNS integer LANGUAGE sql AS 'SELECT 1'", "DROP FUNCTION shop_one()"),
    "type": ("CREATE TYPE shop_mood AS ENUM ('ok')", "DROP TYPE shop_mood"),
    "sequence": ("CREATE SEQUENCE shop_numbers", "DROP SEQUENCE shop_numbers"),
    "materialized view": (
        "CREATE MATERIALIZED VIEW shop_names AS SELECT name FROM shop_unit", "DROP MATERIALIZED VIEW shop_names",
    ),
    "extension": ("CREATE EXTENSION IF NOT EXISTS citext", "DROP EXTENSION citext"),
    "trigger": (
        "CREATE FUNCTION shop_two() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER shop_touched BEFORE UPDATE ON shop_unit FOR EACH ROW EXECUTE FUNCTION shop_two()",
        "DROP TRIGGER shop_touched ON shop_unit",
    ),
    "rule": (
        "CREATE RULE shop_told AS ON DELETE TO shop_unit DO ALSO NOTIFY shop_told", "DROP RULE shop_told ON shop_unit",
    ),
    "comment": ("COMMENT ON TABLE shop_unit IS 'of measure'", "COMMENT ON TABLE shop_unit IS NULL"),
}  # fmt: skip


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_absent_was_not_made(tmp_path: Path, database: Database, kind: str) -> None:
    made, dropped = KINDS[kind]
    project = migrated(tmp_path, database, sql_history(made))
    clean = catalog_dump(database)
    database.script(f"{dropped}; {ALL_LOST}")

    # The function of the trigger is there, as its migration makes it.
    assert states(project)["shop.0002_sql"] == ("partial" if kind == "trigger" else "pending")
    reconciled(project, clean)


AWAY = {
    "by a later migration": 'migrations.RunSQL("DROP VIEW shop_names"),',
    "with a column": 'migrations.RemoveField("unit", "name"),',
    "by code": "migrations.RunPython(drop),",
}
DROP = """
def drop(apps, schema_editor):
    schema_editor.execute("DROP VIEW shop_names")

"""


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("how", AWAY)
def test_what_was_taken_away_again_is_recorded(tmp_path: Path, database: Database, how: str) -> None:
    history = sql_history(VIEW, last=AWAY[how] + NOTE)
    history["0003_note"] = migration(AWAY[how] + NOTE, after=[("shop", "0002_sql")], imports=DROP)
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    if how == "with a column" and not DROPS_WITH_CASCADE:  # it ran when Django did
        project.manage("migrate", "shop", "0002").expect(0)
        database.script("DROP VIEW shop_names")
    project.manage("migrate").expect(0)
    clean = catalog_dump(database)
    assert check(project, 0)["verdict"] == "in_sync"
    database.script(ALL_LOST)

    assert states(project)["shop.0002_sql"] == "present"
    reconciled(project, clean)


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_trigger_that_went_with_a_table_made_anew_is_not_missed(tmp_path: Path, database: Database) -> None:
    trigger = "CREATE TRIGGER Shop_Touched AFTER UPDATE ON shop_unit BEGIN SELECT 1; END"
    history = sql_history(
        trigger, "CREATE VIEW Shop_Names AS SELECT 1 AS one", last=NOTE.replace("null=True", "default='x'")
    )
    project = migrated(tmp_path, database, history)
    clean = catalog_dump(database)
    database.script(ALL_LOST)

    reconciled(project, clean)
