"""What is in the way of an adoption, and that nothing is left of one that was refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from django.db.migrations.recorder import MigrationRecorder

from schemaguard.adopt.run import Request, adopt
from schemaguard.exceptions import CannotStart, Refused
from tests.adopt.stories import schema
from tests.harness import Database, Project, Result, make_project, migration, records

if TYPE_CHECKING:
    from pathlib import Path

Connect = Callable[..., Any]
STRANGE = "CREATE TABLE strange (id integer NOT NULL PRIMARY KEY)"
on_postgresql = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)


def refused(connect: Connect, database: Database, table: str, label: str = "shipping") -> str:
    with connect(database), pytest.raises(Refused) as error:
        adopt(Request(alias="default", tables=(table,), label=label))
    return str(error.value)


@on_postgresql
def test_a_view_is_no_table(database: Database, connect: Connect) -> None:
    database.execute("CREATE VIEW strange AS SELECT 1 AS id")
    assert refused(connect, database, "strange") == "strange is no table of its own (view); nothing was changed"


def test_a_table_of_djangos_own(database: Database, connect: Connect) -> None:
    with connect(database) as connection:
        MigrationRecorder(connection).ensure_schema()
    said = refused(connect, database, "django_migrations")
    assert said == "django_migrations was made by migrations; nothing was changed"


def test_migrations_that_are_not_applied(database: Database, connect: Connect) -> None:
    database.execute(STRANGE)
    assert refused(connect, database, "strange") == (
        "shipping.0001_initial is not applied yet: manage.py migrate, or schemaguard reconcile, first; "
        "nothing was changed"
    )


THING = 'migrations.CreateModel("{}", [("id", models.BigAutoField(primary_key=True))]),'


def app(path: Path, database: Database, source: Any) -> Result:
    database.execute(STRANGE)
    project = make_project(path, apps={"shop": source}, database=database)
    return project.manage("schemaguard", "adopt", "strange", "--app", "shop")


def test_two_ends_of_a_history(sqlite_database: Database, tmp_path: Path) -> None:
    history = {
        "0001_a": migration(THING.format("A")),
        "0002_b": migration(THING.format("B"), after=[("shop", "0001_a")]),
        "0002_c": migration(THING.format("C"), after=[("shop", "0001_a")]),
    }
    result = app(tmp_path, sqlite_database, {"migrations": history}).expect(2)
    assert result.err == (
        "schemaguard: conflicting migrations, several leaf nodes: 0002_b, 0002_c in shop; "
        "mend that with: manage.py makemigrations --merge\n"
    )


def test_models_without_migrations(sqlite_database: Database, tmp_path: Path) -> None:
    models = "from django.db import models\n\nclass Thing(models.Model):\n    pass\n"
    result = app(tmp_path, sqlite_database, {"models": models}).expect(1)
    assert result.err == (
        "schemaguard: shop has models and no migrations: manage.py makemigrations shop first; nothing was changed\n"
    )


MEANWHILE = """\
from unittest import mock

from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from schemaguard.adopt import run


class Command(BaseCommand):
    def handle(self, **options):
        exclusive = run.exclusive

        def late(*args):
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE strange ADD COLUMN more integer")
            return exclusive(*args)

        with mock.patch.object(run, "exclusive", late):
            call_command("schemaguard", "adopt", "strange", "--app", "shop")
"""


def files(project: Project) -> dict[str, str]:
    return {str(path): path.read_text() for path in sorted((project.path / "shop").rglob("*")) if path.is_file()}


@pytest.mark.parametrize("vendor", ["sqlite"], indirect=True)
def test_a_table_that_changes_meanwhile(project: Project) -> None:
    project.database.execute(STRANGE)
    project.write("shop/management/commands/meanwhile.py", MEANWHILE)
    before = records(project.database), files(project)
    result = project.manage("meanwhile").expect(1)
    assert result.err == "CommandError: the database has changed meanwhile; nothing was changed\n"
    assert (records(project.database), files(project)) == before


FAILS = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more'; END $$;
CREATE TRIGGER fail BEFORE INSERT ON django_migrations EXECUTE FUNCTION fail();
"""


@on_postgresql
def test_a_record_that_cannot_be_written(project: Project) -> None:
    database = project.database
    database.execute(STRANGE)
    before = schema(database), records(database), files(project)
    with closing(database.connect()) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE django_migrations IN SHARE MODE")
        argv = ("schemaguard", "adopt", "strange", "--app", "shop", "--lock-timeout")
        result = project.manage(*argv, "0.1").expect(1)
    assert result.err == "schemaguard: a lock was not to be had within 0.1 s, 3 times; nothing was changed\n"
    database.script(FAILS)
    assert project.manage(*argv, "5").expect(2).err == 'schemaguard: database "default": no more\n'
    assert (
        project.manage(*argv, "soon").expect(2).err == "schemaguard: --lock-timeout 'soon': not a number of seconds\n"
    )
    database.execute("DROP FUNCTION fail CASCADE")
    assert (schema(database), records(database), files(project)) == before


def test_an_app_that_is_not_there(sqlite_database: Database, connect: Connect) -> None:
    with connect(sqlite_database), pytest.raises(CannotStart) as error:
        adopt(Request(alias="default", tables=("strange",), label="nowhere"))
    assert str(error.value) == 'unknown app label "nowhere"'
