"""What hangs on a thing that is dropped is never taken along: no CASCADE, whatever schema it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration, records
from tests.push.stories import project_with, push, write_models
from tests.shop import reconcile

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
FIRST = migration(
    """
    migrations.CreateModel(
        "Thing", [("id", models.BigAutoField(primary_key=True)), ("n", models.IntegerField(null=True))],
    ),
    migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel(
        "Part",
        [("id", models.BigAutoField(primary_key=True)), ("thing", models.ForeignKey("app.thing", models.CASCADE))],
    ),
    """
)
RUN = """
def run(apps, schema_editor):
    schema_editor.execute("DROP POLICY IF EXISTS known ON app_thing")
"""
STATE_ALONE = "migrations.SeparateDatabaseAndState([], [migrations.RemoveField('part', 'thing')])"
DELETED = "migrations.DeleteModel('Thing')"
REMOVED = "migrations.RemoveField('thing', 'n')"
HANGS = {
    "a column of the row type": (
        "CREATE SCHEMA far; CREATE TABLE far.keeper (what app_thing); INSERT INTO far.keeper VALUES (ROW(1, 2))",
        "column what of table far.keeper",
        DELETED,
    ),
    "a foreign key": (
        "CREATE SCHEMA far; CREATE TABLE far.keeper (what bigint CONSTRAINT far_key REFERENCES app_thing)",
        "constraint far_key on table far.keeper",
        DELETED,
    ),
    "a child": (
        "CREATE SCHEMA far; CREATE TABLE far.child () INHERITS (app_thing)", "table far.child", DELETED,
    ),
    "a default": (
        "CREATE SCHEMA far; CREATE TABLE far.keeper (n bigint DEFAULT nextval('app_thing_id_seq'))",
        "default value for column n of table far.keeper",
        DELETED,
    ),
    "a default in the same schema": (
        "ALTER TABLE app_other ADD COLUMN n bigint DEFAULT nextval('app_thing_id_seq')",
        "default value for column n of table app_other",
        DELETED,
    ),
    "a function": (
        "CREATE FUNCTION told(app_thing) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function told(app_thing)", DELETED,
    ),
    "a policy": (
        "CREATE POLICY by_things ON app_other USING (EXISTS (SELECT FROM app_thing))",
        "policy by_things on table app_other",
        DELETED,
    ),
    "a rule": (
        "CREATE RULE along AS ON DELETE TO app_other DO ALSO DELETE FROM app_thing",
        "rule along on table app_other",
        DELETED,
    ),
    "a foreign key that nobody's migration made": (
        "ALTER TABLE app_other ADD CONSTRAINT by_hand FOREIGN KEY (id) REFERENCES app_thing",
        "constraint by_hand on table app_other",
        DELETED,
    ),
    "a view of a column": ("CREATE VIEW numbers AS SELECT n FROM app_thing", "view numbers", REMOVED),
    "a policy of a column": ("CREATE POLICY few ON app_thing USING (n > 1)", "policy few on table app_thing", REMOVED),
    "a foreign key to a column": (
        "ALTER TABLE app_thing ADD CONSTRAINT one UNIQUE (n); CREATE SCHEMA far;"
        "CREATE TABLE far.keeper (what int CONSTRAINT far_key REFERENCES app_thing (n))",
        "constraint far_key on table far.keeper",
        REMOVED,
    ),
}  # fmt: skip


def pending(path: Path, database: Database, *operations: str) -> Project:
    """The last migration is pending, and removes something."""
    last = migration("\n".join(f"{each}," for each in operations), after=[("app", "0001_first")], imports=RUN)
    apps: Any = {"app": {"migrations": {"0001_first": FIRST, "0002_last": last}}}
    project = make_project(path, apps=apps, settings={"INSTALLED_APPS": ["schemaguard", "app"]}, database=database)
    project.manage("migrate", "app", "0001").expect(0)
    return project


@pytest.mark.parametrize("name", HANGS)
def test_it_is_named_in_the_plan_and_nothing_is_done(tmp_path: Path, database: Database, name: str) -> None:
    sql, what, operation = HANGS[name]
    operations = [STATE_ALONE, operation] if operation == DELETED else [operation]
    project = pending(tmp_path, database, *operations)
    database.script(sql)
    before = catalog_dump(database)
    dropped = "table app_thing" if operation == DELETED else "column app_thing.n"

    said = project.manage("schemaguard", "reconcile", "--migrate", "--noinput").expect(1).err

    assert said == f"schemaguard: {what} hangs on {dropped}, which would be dropped; nothing was changed\n"
    assert what in project.manage("schemaguard", "reconcile", "--migrate", "--dry-run").expect(1).out
    assert catalog_dump(database) == before
    assert ("app", "0002_last") not in records(database)


def test_code_may_take_it_off_first_and_where_it_does_not_all_is_rolled_back(
    tmp_path: Path, database: Database
) -> None:
    sql, what, _ = HANGS["a policy of a column"]
    project = pending(tmp_path, database, "migrations.RunPython(run)", REMOVED)
    database.script(sql)
    said = project.manage("schemaguard", "reconcile", "--migrate", "--noinput").expect(1).err
    assert said == (
        f"schemaguard: app.0002_last: {what} hangs on column app_thing.n, which would be dropped; "
        "everything was rolled back\n"
    )
    database.script("ALTER POLICY few ON app_thing RENAME TO known")
    reconcile(project, "--migrate")
    assert ("app", "0002_last") in records(database)


@pytest.mark.parametrize("operations", [(STATE_ALONE, DELETED), ("migrations.RemoveField('part', 'thing')", DELETED)])
def test_foreign_keys_of_the_migrations_go(tmp_path: Path, database: Database, operations: tuple[str, ...]) -> None:
    project = pending(tmp_path, database, *operations)
    database.execute("INSERT INTO app_thing DEFAULT VALUES")
    database.execute("INSERT INTO app_part (thing_id) VALUES (1)")
    shown = project.manage("schemaguard", "reconcile", "--migrate", "--dry-run").expect(1).out
    assert shown.count("DROP CONSTRAINT") == 1
    assert 'DROP TABLE "app_thing";' in shown
    reconcile(project, "--migrate")
    assert ("app", "0002_last") in records(database)
    assert database.execute("SELECT count(*) FROM app_part") == [(1,)]


PUSHED = {
    "table": (
        "",
        "CREATE TABLE far.keeper (what shop_thing)",
        "column what of table far.keeper hangs on table shop_thing",
    ),
    "column": (
        "class Thing(models.Model):\n    pass\n",
        "CREATE VIEW far.numbers AS SELECT n FROM shop_thing",
        "view far.numbers hangs on column shop_thing.n",
    ),
}


@pytest.mark.parametrize("name", PUSHED)
def test_a_push_names_it_too(tmp_path: Path, database: Database, name: str) -> None:
    models, sql, what = PUSHED[name]
    project = project_with(
        tmp_path, database, "class Thing(models.Model):\n    n = models.IntegerField()\n", migrate=False
    )
    push(project)
    database.script(f"CREATE SCHEMA far; {sql}")
    write_models(project, models)
    before = catalog_dump(database)
    for argv in ((), ("--dry-run",), ("--force",)):
        assert push(project, *argv, code=1).err == f"schemaguard: {what}, which would be dropped; nothing was changed\n"
    assert catalog_dump(database) == before


NUMBERED = """
ALTER TABLE app_other ALTER COLUMN id DROP IDENTITY;
CREATE SEQUENCE app_other_id_seq OWNED BY app_other.id;
ALTER TABLE app_other ALTER COLUMN id SET DEFAULT nextval('app_other_id_seq');
CREATE SCHEMA far;
CREATE TABLE far.keeper (n bigint DEFAULT nextval('app_other_id_seq'));
"""


def test_a_sequence_goes_with_its_own_default_alone(tmp_path: Path, database: Database) -> None:
    project = pending(tmp_path, database, "migrations.AlterField('other', 'id', models.IntegerField(primary_key=True))")
    database.script(NUMBERED)
    said = project.manage("schemaguard", "reconcile", "--migrate", "--noinput").expect(1).err
    assert said.endswith(
        "(default value for column n of table far.keeper depends on sequence app_other_id_seq); "
        "everything was rolled back\n"
    )
    database.script("ALTER TABLE far.keeper ALTER COLUMN n DROP DEFAULT")
    reconcile(project, "--migrate")
    assert database.execute("SELECT to_regclass('app_other_id_seq')") == [(None,)]


@pytest.mark.parametrize("sql", ["SET search_path TO far", "CREATE TEMPORARY TABLE app_thing (n integer)"])
def test_only_the_table_is_dropped_from_that_was_looked_at(tmp_path: Path, database: Database, sql: str) -> None:
    project = pending(tmp_path, database, f"migrations.RunSQL({sql!r})", REMOVED)
    database.script("CREATE SCHEMA far; CREATE TABLE far.app_thing (n integer); INSERT INTO far.app_thing VALUES (1)")
    said = project.manage("schemaguard", "reconcile", "--migrate", "--noinput").expect(1).err
    assert said.startswith("schemaguard: app.0002_last: app_thing is now that of schema ")
    assert said.endswith(", and the rows were counted in public; everything was rolled back\n")
    assert database.execute("SELECT n FROM far.app_thing") == [(1,)]
