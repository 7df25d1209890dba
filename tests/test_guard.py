"""The guard of `migrate`: it succeeds, or it stops with catalog, rows and records as they were; never in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import (
    Database,
    Project,
    Result,
    Server,
    Sqlite,
    catalog_dump,
    make_project,
    migration,
    records,
    rows,
)

MODELS = """
from django.db import models

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=75, unique=True)
    email = models.CharField(max_length=200, null=True)
    age = models.IntegerField(null=True)

    class Meta:
        db_table = "users"

class Order(models.Model):
    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE)
    note = models.TextField(null=True)

    class Meta:
        db_table = "orders"
"""
INITIAL = migration(
    """
    migrations.CreateModel(
        "User",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("name", models.CharField(max_length=75, unique=True)),
        ],
        options={"db_table": "users"},
    ),
    """
)
EMAIL = migration(
    'migrations.AddField("user", "email", models.CharField(max_length=200, null=True)),',
    after=[("shop", "0001_initial")],
)
ORDER = migration(
    """
    migrations.CreateModel(
        "Order",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("user", models.ForeignKey("shop.User", models.CASCADE)),
        ],
        options={"db_table": "orders"},
    ),
    migrations.AddField("order", "note", models.TextField(null=True)),
    """,
    after=[("shop", "0002_email")],
)
AGE = migration('migrations.AddField("user", "age", models.IntegerField(null=True)),', after=[("shop", "0003_order")])
SHOP = {
    "shop": {
        "models": MODELS,
        "migrations": {"0001_initial": INITIAL, "0002_email": EMAIL, "0003_order": ORDER, "0004_age": AGE},
    }
}
MENDING = """
To mend it: manage.py schemaguard reconcile
To mend it and go on: manage.py migrate --reconcile
"""
FIRST = 'migrate would fail half way on database "default"'
STOPPED = f"MigrateStopped: {FIRST}; it was stopped before its first statement, and nothing was changed.\n\n"


def shop(path: Path, database: Database, guard: str | None = None, **settings: Any) -> Project:
    if guard is not None:
        settings["SCHEMAGUARD"] = {"GUARD_MIGRATE": guard}
    return make_project(path, apps=SHOP, settings=settings, database=database)


def state(database: Database) -> tuple[object, ...]:
    return catalog_dump(database), rows(database), records(database)


def forget(database: Database, *names: str) -> None:
    for name in names:
        database.execute(f"DELETE FROM django_migrations WHERE app = 'shop' AND name LIKE '{name}%'")


def stopped(project: Project, *argv: str) -> Result:
    """Runs migrate, which must stop and leave everything as it was."""
    before = state(project.database)
    result = project.manage("migrate", *argv).expect(1)
    assert state(project.database) == before
    assert "Traceback" not in result.err
    return result


def in_sync(project: Project) -> None:
    found = project.manage("schemaguard", "check", "--format", "json").expect(0).json
    assert found["verdict"] == "in_sync"


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Iterator[Project]:
    """Fully migrated, with a row in each table."""

    def build(database: Database) -> None:
        shop(tmp_path, database).manage("migrate").expect(0)
        database.script(
            "INSERT INTO users (name, email) VALUES ('ann', 'ann@example.com');INSERT INTO orders (user_id) VALUES (1);"
        )

    with server.fresh(server.template("a guarded shop", build)) as database:
        yield shop(tmp_path, database)


# --------------------------------------------------------------------------------------------------- what stops migrate
def test_what_is_there_without_a_record_stops_migrate(project):
    forget(project.database, "0003", "0004")
    assert stopped(project).err == (
        STOPPED
        + """\
  shop.0003_order is in the database already and not recorded
    table orders is there already
  shop.0004_age is in the database already and not recorded
    column users.age is there already
"""
        + MENDING
    )


def test_every_record_lost(project):
    project.database.execute("DROP TABLE django_migrations")
    assert "shop.0001_initial is in the database already and not recorded\n    table users is there already" in (
        stopped(project).err
    )
    assert "django_migrations" not in catalog_dump(project.database)


def test_what_ran_half_way_stops_migrate(project):
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE orders DROP COLUMN note;")
    forget(project.database, "0003", "0004")
    assert stopped(project).err == (
        STOPPED
        + """\
  shop.0003_order is in the database by half and not recorded
    table orders is there already
"""
        + MENDING
    )


def test_another_shape_stops_migrate(project):
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE users ADD COLUMN age text;")
    forget(project.database, "0004")
    result = stopped(project)
    assert result.err == (
        STOPPED
        + """\
  shop.0004_age is not recorded, and something that it makes is there in another shape
    users.age is text NULL; shop.0004_age makes it integer NULL (another type)

What a person has to choose: manage.py schemaguard reconcile --dry-run
"""
    )
    assert "--on-conflict alter" in stopped(project, "--reconcile", "--noinput").err


def test_a_missing_column_of_a_table_that_the_plan_alters_stops_migrate(project):
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE users DROP COLUMN email;")
    forget(project.database, "0004")
    assert stopped(project).err == (
        STOPPED
        + """\
  shop.0002_email is recorded, but not all of it is in the database, and migrate goes on from it
    column users.email is missing
"""
        + MENDING
    )


def test_a_missing_column_elsewhere_is_a_warning(project):
    project.database.script("ALTER TABLE users DROP COLUMN age; ALTER TABLE orders DROP COLUMN note;")
    forget(project.database, "0004")
    result = project.manage("migrate").expect(0)
    assert result.err == (
        "schemaguard: shop.0003_order is recorded, and column orders.note is missing; nothing that migrate runs now "
        "touches it: manage.py schemaguard check\n"
    )
    assert ("shop", "0004_age") in records(project.database)


def _index_that_went_missing(project: Project, operation: str) -> Project:
    add = 'migrations.AddIndex("user", models.Index(fields=["age"], name="users_age")),'
    files = {
        "0005_index": migration(add, after=[("shop", "0004_age")]),
        "0006_none": migration(f"migrations.{operation},", after=[("shop", "0005_index")]),
    }
    project.write_app("shop", {"migrations": files})
    project.manage("migrate", "shop", "0005").expect(0)
    project.database.execute("DROP INDEX users_age")
    return project


def test_a_missing_index_that_the_plan_removes_stops_migrate(project):
    _index_that_went_missing(project, 'RemoveIndex("user", "users_age")')
    assert "index users_age on users is gone already" in stopped(project).err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    assert ("shop", "0006_none") in records(project.database)


RENAME = 'RenameIndex("user", old_name="users_age", new_name="users_years")'


def test_a_missing_index_that_the_plan_renames_stops_migrate(project):
    _index_that_went_missing(project, RENAME)
    assert "index users_age on users is missing" in stopped(project).err


@pytest.mark.xfail(strict=True, reason="a missing index is looked for under the name that a pending rename gives it")
def test_a_missing_index_that_the_plan_renames_is_made_again_first(project):
    _index_that_went_missing(project, RENAME)
    project.manage("migrate", "--reconcile", "--noinput").expect(0)


def test_a_missing_column_stops_code_of_its_app(project):
    project.database.script("ALTER TABLE orders DROP COLUMN note;")
    project.write_app(
        "shop",
        {
            "migrations": {
                "0005_data": migration(
                    "migrations.RunPython(code),",
                    after=[("shop", "0004_age")],
                    imports='def code(apps, editor): apps.get_model("shop", "Order").objects.first()',
                )
            }
        },
    )
    assert "column orders.note is missing" in stopped(project).err


def test_a_history_that_django_refuses_is_told_in_our_words(project):
    forget(project.database, "0003")
    assert stopped(project).err == (
        "InconsistentHistory: Migration shop.0004_age is applied before its dependency shop.0003_order on database "
        """'default': migrate would refuse to start; it was stopped before its first statement, and nothing was changed.

  shop.0003_order is in the database already and not recorded
    table orders is there already
""" + MENDING
    )
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_an_inconsistent_history_whose_parent_never_ran(project):
    project.database.execute("DROP TABLE orders")
    forget(project.database, "0003")
    assert "is applied before its dependency shop.0003_order" in stopped(project).err
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_code_with_nothing_to_see_is_present_by_what_comes_after_it(tmp_path, database):
    data = migration("migrations.RunPython(migrations.RunPython.noop),", after=[("shop", "0001_initial")])
    email = EMAIL.replace("0001_initial", "0002_data")
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_data": data, "0003_email": email}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate").expect(0)
    forget(database, "0002", "0003")
    assert "shop.0002_data is in the database already and not recorded\n  shop.0003_email" in stopped(project).err
    assert "shop.0002_data is in the database already" in stopped(project, "shop", "0002").err
    database.execute("ALTER TABLE users DROP COLUMN email")
    project.manage("migrate").expect(0)


# --------------------------------------------------------------------------------------------------- what lets it pass
def test_what_is_pending_passes_without_a_word(project):
    project.manage("migrate", "shop", "0001").expect(0)
    result = project.manage("migrate").expect(0)
    assert result.err == ""
    in_sync(project)


def test_a_fully_migrated_database_passes(project):
    before = state(project.database)
    assert "No migrations to apply." in project.manage("migrate").expect(0).out
    assert state(project.database) == before


def test_statements_that_may_be_repeated_do_not_stop_it(tmp_path, database):
    sql = migration(
        'migrations.RunSQL("CREATE INDEX IF NOT EXISTS users_name ON users (name)"),', after=[("shop", "0001_initial")]
    )
    apps = {"shop": {"migrations": {"0001_initial": INITIAL, "0002_index": sql}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("CREATE INDEX users_name ON users (name)")
    project.manage("migrate").expect(0)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_extension_made_beforehand_does_not_stop_it(tmp_path, database):
    operations = """
        CreateExtension("pg_trgm"),
        migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True))]),
    """
    tags = migration(operations, imports="from django.contrib.postgres.operations import CreateExtension")
    project = make_project(tmp_path, apps={**SHOP, "tags": {"migrations": {"0001_initial": tags}}}, database=database)
    project.manage("migrate", "shop").expect(0)
    database.execute("CREATE EXTENSION pg_trgm")
    assert project.manage("migrate").expect(0).err == ""


def test_a_table_of_nobodys_does_not_stop_it(tmp_path, database):
    database.execute("CREATE TABLE by_hand (id integer PRIMARY KEY)")
    project = shop(tmp_path, database)
    assert project.manage("migrate").expect(0).err == ""
    assert "by_hand" in catalog_dump(database)


# ----------------------------------------------------------------------------------------------- the options of migrate
@pytest.mark.parametrize("argv", [("--plan",), ("--check",), ("--plan", "--check")])
def test_options_that_run_nothing_are_djangos_alone(project, argv):
    forget(project.database, "0004")
    before = state(project.database)
    result = project.manage("migrate", *argv)
    assert result.code == (1 if "--check" in argv else 0)
    assert result.err == ""
    assert ("shop.0004_age" in result.out) == ("--plan" in argv)
    assert state(project.database) == before


def test_fake(project):
    forget(project.database, "0004")
    assert project.manage("migrate", "--fake").expect(0).err == ""
    in_sync(project)


def test_prune(project):
    project.database.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('shop', '0009_gone', CURRENT_TIMESTAMP)"
    )
    forget(project.database, "0004")
    project.manage("migrate", "shop", "--prune").expect(0)
    assert ("shop", "0009_gone") not in records(project.database)


def test_fake_initial_fakes_what_is_there(project):
    project.manage("migrate", "shop", "0001").expect(0)
    forget(project.database, "0001")
    assert "shop.0001_initial is in the database already" in stopped(project).err
    result = project.manage("migrate", "--fake-initial").expect(0)
    assert result.err == ""
    assert "0001_initial... FAKED" in result.out
    in_sync(project)


def test_fake_initial_does_not_fake_another_shape(project):
    project.manage("migrate", "shop", "0001").expect(0)
    forget(project.database, "0001")
    project.database.execute("DROP TABLE users")
    project.database.execute("CREATE TABLE users (id bigint PRIMARY KEY, name integer NOT NULL)")
    assert "shop.0001_initial" in stopped(project, "--fake-initial").err


def test_fake_initial_stops_for_a_later_migration(project):
    forget(project.database, "0001", "0002", "0003", "0004")
    result = stopped(project, "--fake-initial")
    assert "shop.0001_initial" not in result.err
    assert "shop.0002_email is in the database already" in result.err


def test_run_syncdb(tmp_path, database):
    apps = {**SHOP, "plain": {"models": MODELS.replace('"users"', '"u2"').replace('"orders"', '"o2"')}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.manage("migrate", "--run-syncdb").expect(0)
    assert "u2" in catalog_dump(database)
    database.script("DROP TABLE o2")
    project.manage("migrate", "plain", "--run-syncdb").expect(0)
    assert "o2" in catalog_dump(database)
    forget(database, "0004")
    assert "column users.age is there already" in stopped(project, "--run-syncdb").err


def test_an_app_label_and_a_name_narrow_what_is_looked_at(project):
    project.write_app("other", {"migrations": {"0001_initial": INITIAL.replace('"users"', '"others"')}})
    settings = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", settings.replace("'shop'", "'shop', 'other'"))
    forget(project.database, "0003", "0004")
    project.manage("migrate", "other").expect(0)
    assert "shop.0003_order" in stopped(project, "shop").err
    assert "shop.0004_age" not in stopped(project, "shop", "0003").err
    assert "migrate shop 0003 --reconcile" in stopped(project, "shop", "0003").err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("nothing",), "No installed app with label 'nothing'"),
        (("shop", "0009"), "Cannot find a migration matching '0009' from app 'shop'"),
        (("shop", "000"), "More than one migration matches '000' in app 'shop'"),
    ],
)
def test_mistakes_are_djangos_to_tell(project, argv, message):
    forget(project.database, "0004")
    assert message in stopped(project, *argv).err


@pytest.mark.parametrize("target", ["zero", "0002"])
def test_backwards(project, target):
    project.database.script("ALTER TABLE users ADD COLUMN by_hand integer;")
    assert project.manage("migrate", "shop", target).expect(0).err == ""
    assert "orders" not in catalog_dump(project.database)


def test_several_databases(tmp_path, server: Server):
    with server.fresh() as one, server.fresh() as two:
        databases = {"default": one.settings, "other": two.settings}
        project = make_project(tmp_path, apps=SHOP, settings={"DATABASES": databases}, database=one)
        for alias in databases:
            project.manage("migrate", "--database", alias).expect(0)
        forget(two, "0004")
        before = state(one), state(two)
        project.manage("migrate").expect(0)
        result = project.manage("migrate", "--database", "other").expect(1)
        assert 'migrate would fail half way on database "other"' in result.err
        assert result.err.endswith(
            "To mend it: manage.py schemaguard reconcile --database other\n"
            "To mend it and go on: manage.py migrate --reconcile --database other\n"
        )
        assert (state(one), state(two)) == before
        project.manage("migrate", "--database", "other", "--reconcile", "--noinput").expect(0)
        assert state(one) == before[0]
        assert ("shop", "0004_age") in records(two)


# -------------------------------------------------------------------------------------------------------- GUARD_MIGRATE
def test_off_leaves_it_to_django(tmp_path, project):
    forget(project.database, "0004")
    again = shop(tmp_path, project.database, "off")
    result = again.manage("migrate").expect(1)
    assert "MigrateStopped" not in result.err
    again.manage("migrate", "--reconcile", "--noinput").expect(0)


def test_warn_says_so_and_goes_on(tmp_path, project):
    forget(project.database, "0004")
    result = shop(tmp_path, project.database, "warn").manage("migrate").expect(1)
    assert result.err.startswith(f"{FIRST}.\n\n  shop.0004_age is in the database already and not recorded\n")
    assert "MigrateStopped" not in result.err


def test_reconcile_mends_and_goes_on(tmp_path, project):
    project.database.execute("ALTER TABLE users DROP COLUMN age")
    forget(project.database, "0003", "0004")
    again = shop(tmp_path, project.database, "reconcile")
    result = again.manage("migrate", "--noinput").expect(0)
    assert "shop.0003_order: record as applied, without running it" in result.out
    assert "Applying shop.0004_age... OK" in result.out
    in_sync(again)


def test_a_mistaken_value_is_an_error_of_the_check(tmp_path, project):
    assert "schemaguard.E003" in shop(tmp_path, project.database, "perhaps").manage("migrate").expect(1).err


# ---------------------------------------------------------------------------------------------------------- --reconcile
@pytest.mark.parametrize("lost", [("0001", "0002", "0003", "0004"), ("0004",), ("0002",), ("0003", "0004")])
def test_migrate_reconcile_ends_in_sync(project, lost):
    dump = catalog_dump(project.database, without=["schemaguard_journal"])
    forget(project.database, *lost)
    stopped(project)
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    assert catalog_dump(project.database, without=["schemaguard_journal"]) == dump
    in_sync(project)


def test_migrate_reconcile_mends_what_is_recorded_and_missing(project):
    project.database.execute("ALTER TABLE orders DROP COLUMN note")
    assert project.manage("migrate").expect(0).err == ""
    project.manage("migrate", "--reconcile", "--noinput").expect(0)
    in_sync(project)


def test_it_asks_first(project):
    forget(project.database, "0004")
    before = state(project.database)
    for answer in ("n\n", ""):
        result = project.manage("migrate", "--reconcile", stdin=answer).expect(1)
        assert "Carry this out? [y/N]" in result.err
        assert "nothing was changed" in result.err
        assert state(project.database) == before
    project.manage("migrate", "--reconcile", stdin="y\n").expect(0)
    in_sync(project)


def test_an_empty_database_is_just_migrated(tmp_path, database):
    project = shop(tmp_path, database)
    assert project.manage("migrate", "--reconcile").expect(0).err == ""
    assert "schemaguard_journal" not in catalog_dump(database)
    in_sync(project)


@pytest.mark.parametrize("option", ["--plan", "--check", "--fake", "--prune"])
def test_it_does_not_go_with_options_that_run_nothing(project, option):
    assert f"--reconcile cannot go with {option}" in stopped(project, "--reconcile", option).err


def test_it_does_not_go_backwards(project):
    assert "--reconcile goes with migrating forwards only" in stopped(project, "shop", "0002", "--reconcile").err


def test_it_never_turns_into_a_way_back(project):
    forget(project.database, "0002", "0003", "0004")
    result = stopped(project, "shop", "0002", "--reconcile", "--noinput")
    assert "the database holds shop.0004_age, shop.0003_order already" in result.err


def test_an_app_label_reconciles_that_app(project):
    project.write_app("other", {"migrations": {"0001_initial": INITIAL.replace('"users"', '"others"')}})
    settings = (project.path / "project_settings.py").read_text()
    project.write("project_settings.py", settings.replace("'shop'", "'shop', 'other'"))
    project.manage("migrate", "other").expect(0)
    project.database.execute("DELETE FROM django_migrations")
    project.manage("migrate", "shop", "--reconcile", "--noinput").expect(0)
    assert {app for app, _ in records(project.database)} == {"shop"}


# ------------------------------------------------------------------------------------------------ at no noticeable cost
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
        call_command("migrate", verbosity=0)
        self.stdout.write(f"walked: {'schemaguard.history.walk' in sys.modules}")
"""


@pytest.mark.parametrize(("argv", "count"), [(None, 1), (("shop", "0002"), None), ((), None)])
def test_nothing_is_walked_on_an_empty_or_a_fully_recorded_database(tmp_path, database, argv, count):
    apps = {"shop": {**SHOP["shop"], "files": {f"management/{each}": "" for each in ("__init__.py",)}}}
    project = make_project(tmp_path, apps=apps, database=database)
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/probe.py", PROBE)
    if argv is not None:
        project.manage("migrate", *argv).expect(0)
    result = project.manage("probe").expect(0)
    if count is not None:
        assert f"{count} queries" in result.out
    assert f"walked: {argv == ('shop', '0002')}" in result.out


def test_a_test_run_passes_through(tmp_path, database):
    apps = {"shop": {**SHOP["shop"], "files": {"tests.py": TESTS}}}
    project = make_project(tmp_path, apps=apps, database=database)
    result = project.manage("test", "--noinput").expect(0)
    assert "Ran 1 test" in result.err
    assert "schemaguard" not in result.err + result.out


TESTS = """
import sys
from django.test import TestCase

class Walks(TestCase):
    def test_nothing_was_walked(self):
        self.assertNotIn("schemaguard.history.walk", sys.modules)
"""


# ---------------------------------------------------------------------------------------------------- in other company
OTHER = """
from django.core.management.commands import migrate

class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--louder", action="store_true")

    def handle(self, *args, **options):
        self.stdout.write("LOUDER" if options["louder"] else "loud")
        super().handle(*args, **options)
"""


def _with_other(path: Path, database: Database, *order: str) -> Project:
    other = {"files": {f"management/{each}": "" for each in ("__init__.py",)}}
    project = make_project(
        path, apps={**SHOP, "other": other}, settings={"INSTALLED_APPS": list(order)}, database=database
    )
    project.write("other/management/commands/__init__.py", "")
    project.write("other/management/commands/migrate.py", OTHER)
    return project


def test_another_migrate_behind_ours_works_on(tmp_path, sqlite_database):
    project = _with_other(tmp_path, sqlite_database, "schemaguard", "other", "shop")
    assert "LOUDER" in project.manage("migrate", "--louder").expect(0).out
    forget(sqlite_database, "0004")
    assert "LOUDER" not in stopped(project, "--louder").out
    assert "LOUDER" in project.manage("migrate", "--louder", "--reconcile", "--noinput").expect(0).out


def test_another_migrate_before_ours_works_on_too(tmp_path, sqlite_database):
    project = _with_other(tmp_path, sqlite_database, "other", "shop", "schemaguard")
    assert "LOUDER" in project.manage("migrate", "--louder").expect(0).out
    forget(sqlite_database, "0004")
    assert "LOUDER" not in stopped(project, "--louder").out
    assert "LOUDER" in project.manage("migrate", "--louder", "--reconcile", "--noinput").expect(0).out
    assert "W009" not in project.manage("check").expect(0).err


@pytest.mark.parametrize("order", [("other", "shop", "schemaguard"), ("schemaguard", "other", "shop")])
def test_a_migrate_that_is_not_djangos_is_left_alone_and_the_check_says_so(tmp_path, sqlite_database, order):
    project = _with_other(tmp_path, sqlite_database, *order)
    project.write("other/management/commands/migrate.py", STRANGE)
    assert project.manage("migrate").expect(0).out == "strange\n"
    assert project.manage("migrate", "--reconcile").expect(2).out == ""
    assert "schemaguard.W009" in project.manage("check").expect(0).err


STRANGE = """
from django.core.management import BaseCommand
from django.db.migrations.autodetector import MigrationAutodetector

class Command(BaseCommand):
    autodetector = MigrationAutodetector

    def handle(self, **options):
        self.stdout.write("strange")
"""


def test_another_migrate_before_ours_may_build_on_it(tmp_path, sqlite_database):
    project = _with_other(tmp_path, sqlite_database, "other", "schemaguard", "shop")
    ours = OTHER.replace("django.core.management.commands", "schemaguard.management.commands")
    project.write("other/management/commands/migrate.py", ours)
    project.manage("migrate").expect(0)
    forget(sqlite_database, "0004")
    assert "LOUDER" in stopped(project, "--louder").out
    assert "W009" not in project.manage("check").expect(0).err


# ------------------------------------------------------------------------------------------ the guard's own misfortunes
BROKEN = """
from django.core.management import BaseCommand, call_command
from unittest import mock

class Command(BaseCommand):
    def handle(self, **options):
        with mock.patch("schemaguard.diagnosis.diagnose.diagnose", side_effect=ZeroDivisionError("oh")):
            call_command("migrate", verbosity=0)
"""


def test_a_diagnosis_that_cannot_be_made_does_not_stop_migrate(project):
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
def test_code_that_catches_what_migrate_raised_goes_on_doing_so(project, lost, error, name):
    project.write("shop/management/__init__.py", "")
    project.write("shop/management/commands/__init__.py", "")
    project.write("shop/management/commands/caught.py", CAUGHT)
    forget(project.database, lost)
    assert project.manage("caught", error).expect(0).out == f"{name}\n"


def test_a_squash_is_found_under_what_it_replaces(project):
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


def test_names_from_outside_are_text(tmp_path, sqlite: Sqlite):
    with sqlite.fresh() as database:
        text = INITIAL.replace('"users"', "'a\\x1b[31mb'")
        project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": text}}}, database=database)
        project.manage("migrate").expect(0)
        forget(database, "0001")
        assert "table a\\x1b[31mb is there already" in stopped(project).err
