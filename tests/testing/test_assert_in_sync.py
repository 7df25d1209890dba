"""`assert_in_sync` and the pytest plugin, in a real session of pytest-django."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemaguard.testing import assert_in_sync
from tests.harness import connected, make_project, migration

if TYPE_CHECKING:
    from pytest_django.plugin import DjangoDbBlocker

    from tests.harness import Database, Project

pytestmark = pytest.mark.long

MODELS = """
from django.db import models


class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    age = models.IntegerField(){}
"""
INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [("id", models.BigAutoField(primary_key=True, serialize=False)), ("age", models.IntegerField())],
    ),
    """
)
TESTS = """
import pytest
from schemaguard.testing import assert_in_sync


def test_without_a_database():
    pass


@pytest.mark.django_db
def test_schema():
    assert_in_sync()
"""
PLUGINS = ("-p", "pytest_django.plugin", "-p", "xdist.plugin", "-p", "schemaguard.testing.plugin")


@pytest.fixture
def project(tmp_path: Path, sqlite_database: Database) -> Project:
    apps = {"shop": {"migrations": {"0001_initial": INITIAL}, "models": MODELS.format("")}}
    project = make_project(tmp_path, apps=apps, database=sqlite_database)
    project.write("test_shop.py", TESTS)
    return project


def run_pytest(project: Project, *argv: str) -> tuple[int, str]:
    environment = {
        **os.environ,
        **project.database.environment,
        "DJANGO_SETTINGS_MODULE": "project_settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # whether the package is installed or on the path: loaded once
    }
    environment = {name: value for name, value in environment.items() if not name.startswith(("PYTEST_XDIST", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGINS, *argv],
        cwd=project.path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_test_database_that_agrees(project: Project) -> None:
    code, out = run_pytest(project, "--schemaguard")
    assert (code, "2 passed" in out) == (0, True), out


@pytest.mark.parametrize("argv", [(), ("-n", "2")])
def test_the_option_fails_the_session_and_the_tests_run(project: Project, argv: tuple[str, ...]) -> None:
    project.write_app("shop", {"models": MODELS.format("\n    name = models.TextField()")})
    code, out = run_pytest(project, "--schemaguard", "-k", "without", *argv)
    assert code == 1
    assert "1 passed" in out
    assert out.count('schemaguard: test database "default" differs from the models') == 1
    assert "SG106" in out
    assert run_pytest(project, "-k", "without", *argv)[0] == 0


def test_it_is_the_test_database_that_is_looked_at(project: Project) -> None:
    """Also where no test uses one. The database of the settings has nothing in it here, or another schema."""
    project.database.execute("CREATE TABLE shop_user (id text)")
    code, out = run_pytest(project, "--schemaguard", "-k", "without")
    assert (code, "1 passed" in out) == (0, True), out


def test_the_option_may_stand_in_the_configuration(project: Project) -> None:
    project.write_app("shop", {"models": MODELS.format("\n    name = models.TextField()")})
    project.write("pytest.ini", "[pytest]\nschemaguard = true\n")
    assert run_pytest(project, "-k", "without")[0] == 1


def test_a_check_that_cannot_be_made_fails_the_session(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nschemaguard = true\nschemaguard_databases = default nobody\n")
    code, out = run_pytest(project, "-k", "without")
    assert code == 1
    assert 'the check could not be made: unknown database "nobody"' in out


def test_assert_in_sync_shows_the_report(project: Project) -> None:
    project.write_app("shop", {"models": MODELS.format("\n    name = models.TextField()")})
    code, out = run_pytest(project, "-k", "schema")
    assert code == 1
    assert "AssertionError: the schema is not in sync" in out
    assert "SG106" in out


def test_pytest_django_is_needed(project: Project) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "schemaguard.testing.plugin", "--schemaguard"],
        cwd=project.path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --schemaguard needs pytest-django, which makes the test databases" in done.stderr


def test_the_plugin_imports_nothing_of_django() -> None:
    """pytest loads it in every session, of projects that know nothing of Django too."""
    program = "import schemaguard.testing.plugin, sys; print([name for name in sys.modules if 'django' in name])"
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_within_a_transaction_of_the_test(database: Database, django_db_blocker: DjangoDbBlocker) -> None:
    from django.core.management import call_command
    from django.db import connection, transaction

    with django_db_blocker.unblock(), connected(database):
        with pytest.raises(AssertionError, match="pending"):
            assert_in_sync()
        call_command("migrate", verbosity=0)
        with transaction.atomic():
            assert_in_sync()
            connection.cursor().execute("ALTER TABLE django_session RENAME TO elsewhere")
            with pytest.raises(AssertionError, match="django_session"):
                assert_in_sync()
            transaction.set_rollback(True)
        assert_in_sync()
