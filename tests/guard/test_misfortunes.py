"""What happens to the guard itself, and to code that calls `migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.shop import AGE, EMAIL, INITIAL, ORDER, forget, in_sync, state, stopped
from tests.harness import Project, Sqlite, make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = """
from django.core.management import BaseCommand, call_command
from unittest import mock

class Command(BaseCommand):
    def handle(self, **options):
        with mock.patch("schemaguard.diagnosis.diagnose.diagnose", side_effect=ZeroDivisionError("oh")):
            call_command("migrate", verbosity=0)
"""


def test_a_diagnosis_that_cannot_be_made_does_not_stop_migrate(project: Project) -> None:
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/broken.py", BROKEN)
    project.manage("migrate", "shop", "0002").expect(0)
    result = project.manage("broken").expect(0)
    assert result.err == (
        "schemaguard could not look at the database before migrate, which goes on: ZeroDivisionError: oh\n"
    )
    in_sync(project)


CAUGHT = """
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError
from django.db.migrations.exceptions import InconsistentMigrationHistory

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("error")

    def handle(self, error, **options):
        try:
            call_command("migrate", verbosity=0)
        except globals()[error] as caught:
            self.stdout.write(type(caught).__name__)
"""


@pytest.mark.parametrize(
    ("lost", "error", "name"),
    [
        ("0004", "CommandError", "MigrateStopped"),
        ("0004", "DatabaseError", "MigrateStopped"),
        ("0003", "InconsistentMigrationHistory", "InconsistentHistory"),
    ],
)
def test_code_that_catches_what_migrate_raised_goes_on_doing_so(
    project: Project, lost: str, error: Any, name: str
) -> None:
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/caught.py", CAUGHT)
    forget(project.database, lost)
    assert project.manage("caught", error).expect(0).out == f"{name}\n"


def test_a_squash_is_found_under_what_it_replaces(project: Project) -> None:
    replaced = [("shop", name) for name in ("0001_initial", "0002_email", "0003_order", "0004_age")]
    operations = "\n".join(text.split("operations = [\n")[1].rsplit("]", 1)[0] for text in (INITIAL, EMAIL, ORDER, AGE))
    project.write("shop/migrations/0001_squashed.py", migration(operations, replaces=replaced))
    project.manage("migrate").expect(0)
    forget(project.database, "0003", "0004", "0001_squashed")
    assert "shop.0003_order is in the database already" in stopped(project).err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    forget(project.database, "0")
    result = stopped(project)
    assert "shop.0001_squashed is in the database already" in result.err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_names_from_outside_are_text(tmp_path: Path, sqlite: Sqlite) -> None:
    with sqlite.fresh() as database:
        text = INITIAL.replace('"users"', "'a\\x1b[31mb'")
        project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": text}}}, database=database)
        project.manage("migrate").expect(0)
        forget(database, "0001")
        assert "table a\\x1b[31mb is there already" in stopped(project).err


def test_where_django_refuses_anyway_nothing_is_said_of_a_diagnosis(project: Project) -> None:
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/broken.py", BROKEN)
    forget(project.database, "0003")
    result = project.manage("broken").expect(1)
    assert "InconsistentMigrationHistory: Migration shop.0004_age is applied before its dependency" in result.err
    assert "schemaguard could not look" not in result.err


FAILING = """
from django.core.management import BaseCommand, call_command
from django.db import OperationalError
from unittest import mock

ERRORS = {"foreseen": OperationalError("gone away"), "unforeseen": ZeroDivisionError("oh")}

class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("error")

    def handle(self, error, **options):
        with mock.patch("schemaguard.reconcile.carry_out.reconcile", side_effect=ERRORS[error]):
            call_command("migrate", reconcile=True, interactive=False)
"""


def test_a_reconcile_that_fails_stops_migrate(project: Project) -> None:
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/failing.py", FAILING)
    forget(project.database, "0004")
    before = state(project.database)
    assert project.manage("failing", "foreseen").expect(1).err == (
        'MigrateStopped: migrate was stopped before its first statement: database "default": gone away\n'
    )
    assert project.manage("failing", "unforeseen").expect(1).err.endswith("\nZeroDivisionError: oh\n")
    assert state(project.database) == before


WITHIN = """
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection, transaction

class Command(BaseCommand):
    def handle(self, **options):
        with transaction.atomic():
            try:
                call_command("migrate", verbosity=0)
            except CommandError as error:
                self.stdout.write(type(error).__name__)
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM users")
                self.stdout.write(str(cursor.fetchone()[0]))
"""


def test_the_transaction_of_a_caller_stays_fit_for_use(project: Project) -> None:
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/within.py", WITHIN)
    forget(project.database, "0004")
    assert project.manage("within").expect(0).out == "MigrateStopped\n1\n"
