"""What Django can carry out passes, and the guard costs nothing where there is nothing to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.guard.shop import INITIAL, SHOP, in_sync, shop, state
from tests.harness import Database, Project, catalog_dump, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_pending_passes_without_a_word(project: Project) -> None:
    project.manage("migrate", "shop", "0001").expect(0)
    result = project.manage("migrate").expect(0)
    assert result.err == ""
    in_sync(project)


def test_a_fully_migrated_database_passes(project: Project) -> None:
    before = state(project.database)
    assert "No migrations to apply." in project.manage("migrate").expect(0).out
    assert state(project.database) == before


def test_statements_that_may_be_repeated_do_not_stop_it(tmp_path: Path, database: Database) -> None:
    sql = migration(
        'migrations.RunSQL("CREATE INDEX IF NOT EXISTS users_name ON users (name)"),', after=[("shop", "0001_initial")]
    )
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_index": sql}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("CREATE INDEX users_name ON users (name)")
    project.manage("migrate").expect(0)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_extension_made_beforehand_does_not_stop_it(tmp_path: Path, database: Database) -> None:
    operations = """
        CreateExtension("pg_trgm"),
        migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))]),
    """
    tags = migration(operations, imports="from django.contrib.postgres.operations import CreateExtension")
    project = make_project(tmp_path, apps={**SHOP, "tags": {"migrations": {"0001_initial": tags}}}, database=database)
    project.manage("migrate", "shop").expect(0)
    database.execute("CREATE EXTENSION pg_trgm")
    assert project.manage("migrate").expect(0).err == ""


def test_a_table_of_nobodys_does_not_stop_it(tmp_path: Path, database: Database) -> None:
    database.execute("CREATE TABLE by_hand (id integer PRIMARY KEY)")
    project = shop(tmp_path, database)
    assert project.manage("migrate").expect(0).err == ""
    assert "by_hand" in catalog_dump(database)


PROBE = """
import sys
from django.core.management import BaseCommand, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

class Command(BaseCommand):
    def handle(self, **options):
        from schemaguard.guard import Asked, Guard

        asked = Asked.of({"database": "default"})
        with CaptureQueriesContext(connection) as queries:
            Guard(asked, warn=self.stderr.write).run()
        self.stdout.write(f"{len(queries)} queries")
        self.stdout.write(f"vocabulary: {'schemaguard.schema.objects' in sys.modules}")
        call_command("migrate", verbosity=0)
        self.stdout.write(f"walked: {'schemaguard.history.walk' in sys.modules}")
"""


@pytest.mark.parametrize(("argv", "count"), [(None, 1), (("shop", "0002"), None), ((), None)])
def test_nothing_is_walked_on_an_empty_or_a_fully_recorded_database(
    tmp_path: Path, database: Database, argv: tuple[str, ...] | None, count: int | None
) -> None:
    apps = {"shop": {**SHOP["shop"], "files": {f"management/{each}": "" for each in ("__init__.py",)}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/probe.py", PROBE)
    if argv is not None:
        project.manage("migrate", *argv).expect(0)
    result = project.manage("probe", fork=False).expect(0)
    if count is not None:
        assert f"{count} queries" in result.out
    assert f"walked: {argv == ('shop', '0002')}" in result.out
    assert f"vocabulary: {argv == ('shop', '0002')}" in result.out


def test_a_test_run_passes_through(tmp_path: Path, database: Database) -> None:
    apps = {"shop": {**SHOP["shop"], "files": {"tests.py": TESTS}}}
    project = make_project(tmp_path, apps=apps, database=database)
    result = project.manage("test", "--noinput", fork=False).expect(0)
    assert "Ran 1 test" in result.err
    assert "schemaguard" not in result.err + result.out


TESTS = """
import sys
from django.test import TestCase

class Walks(TestCase):
    def test_nothing_was_walked(self):
        self.assertNotIn("schemaguard.history.walk", sys.modules)
        self.assertNotIn("schemaguard.database", sys.modules)
"""


def test_two_leaves_are_for_django_to_tell(project: Project) -> None:
    project.manage("migrate", "shop", "0001").expect(0)
    before = state(project.database)
    for name in ("0002_one", "0002_other"):
        field = f'migrations.AddField("user", "{name[5:]}", models.IntegerField(null=True)),'
        project.write(f"shop/migrations/{name}.py", migration(field, after=[("shop", "0001_initial")]))
    result = project.manage("migrate").expect(1)
    assert result.err.startswith("CommandError: Conflicting migrations detected")
    assert state(project.database) == before


WIDER = migration(
    """
    migrations.AlterField("user", "name", models.CharField(max_length=300, unique=True)),
    migrations.AlterField("user", "age", models.BigIntegerField(null=True)),
    """,
    after=[("shop", "0004_age")],
)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("change", ["name TYPE varchar(120), ALTER COLUMN age TYPE bigint", "name TYPE varchar(300)"])
def test_a_column_on_its_way_to_the_next_shape_does_not_stop_it(
    tmp_path: Path, database: Database, change: str
) -> None:
    """Django states the new type whatever the column was."""
    migrations = {**SHOP["shop"]["migrations"], "0005_wider": WIDER}
    project = make_project(tmp_path, apps={"shop": {"migrations": migrations}}, database=database)
    project.manage("migrate", "shop", "0004").expect(0)
    database.execute(f"ALTER TABLE users ALTER COLUMN {change}")
    project.manage("migrate").expect(0)
    project.manage("schemaguard", "check").expect(0)
