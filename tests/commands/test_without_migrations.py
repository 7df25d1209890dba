"""Apps without migrations: their tables are made by `migrate --run-syncdb`, and held against the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract import validated
from tests.harness import AppSource, Database, Project, make_project, migration
from tests.shop import edit

if TYPE_CHECKING:
    from pathlib import Path

USER = """
from django.db import models

class User(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=75, unique=True)

    class Meta:
        db_table = "users"
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
NOTES = """
from django.db import models

class Label(models.Model):
    name = models.CharField(max_length=20, unique=True)

class Note(models.Model):
    user = models.ForeignKey("shop.User", models.CASCADE)
    title = models.CharField(max_length=80, db_index=True)
    stars = models.PositiveIntegerField(default=0)
    labels = models.ManyToManyField(Label)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "title"], name="notes_note_once")]

class Pinned(Note):
    pinned_at = models.DateTimeField(null=True)

class Mirror(models.Model):
    class Meta:
        managed = False
"""
APPS: dict[str, AppSource] = {
    "shop": {"models": USER, "migrations": {"0001_initial": INITIAL}},
    "notes": {"models": NOTES},
}
SETTINGS = {"INSTALLED_APPS": ["schemaguard", "shop", "notes"]}
MEND = "manage.py makemigrations notes, then manage.py schemaguard reconcile"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """Migrated, without the tables of `notes`."""
    project = make_project(tmp_path, apps=APPS, settings=SETTINGS, database=database)
    project.manage("migrate").expect(0)
    return project


@pytest.fixture
def unmigrated_apps(project: Project) -> Project:
    project.manage("migrate", "--run-syncdb").expect(0)
    return project


def found(project: Project, code: int = 0) -> tuple[str, list[tuple[str, str, str, str]]]:
    """The verdict, and (code, level, message, hint) of every finding."""
    document = validated(project.manage("schemaguard", "check", "--format", "json").expect(code).json)
    assert {each["migration"] for each in document["findings"]} <= {None}
    return document["verdict"], [
        (each["code"], each["level"], each["message"], each["hint"]) for each in document["findings"]
    ]


def test_tables_that_syncdb_made_are_in_sync(unmigrated_apps: Project) -> None:
    assert found(unmigrated_apps) == ("in_sync", [])
    assert unmigrated_apps.manage("schemaguard", "check", "--fail-level", "info").expect(0).out.count("\n") == 1


def test_tables_that_nobody_made_are_a_note(project: Project) -> None:
    """`migrate` leaves them out, and a database that it has just made is clean."""
    verdict, findings = found(project)
    assert verdict == "in_sync"
    assert findings == [
        (
            "SG201",
            "info",
            f"table notes_{name} is missing; notes has no migrations, so migrate does not make it",
            "manage.py migrate --run-syncdb",
        )
        for name in ("label", "note", "note_labels", "pinned")
    ]
    assert (
        project.manage("schemaguard", "check")
        .expect(0)
        .out.endswith(": in sync, 1 migration applied, 4 notes (--verbosity 2 shows them)\n")
    )


def test_a_table_that_went_missing_is_a_warning(unmigrated_apps: Project) -> None:
    unmigrated_apps.database.execute("DROP TABLE notes_pinned")
    verdict, findings = found(unmigrated_apps)
    assert verdict == "in_sync"
    assert [each[:2] for each in findings] == [("SG201", "warning")]
    text = unmigrated_apps.manage("schemaguard", "check").expect(0).out
    assert text.splitlines()[-1] == "next  manage.py migrate --run-syncdb"
    unmigrated_apps.manage("migrate", "--run-syncdb").expect(0)
    assert found(unmigrated_apps) == ("in_sync", [])


def test_an_automatic_table_that_syncdb_will_not_make_again(unmigrated_apps: Project) -> None:
    unmigrated_apps.database.execute("DROP TABLE notes_note_labels")
    assert [each[3] for each in found(unmigrated_apps)[1]] == [MEND]
    unmigrated_apps.manage("makemigrations", "notes").expect(0)
    unmigrated_apps.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert found(unmigrated_apps) == ("in_sync", [])


def test_what_differs_in_such_a_table(unmigrated_apps: Project) -> None:
    database = unmigrated_apps.database
    database.execute("ALTER TABLE notes_note ADD COLUMN colour varchar(10) NULL")
    database.execute("ALTER TABLE notes_pinned DROP COLUMN pinned_at")
    database.execute("ALTER TABLE notes_pinned ADD COLUMN pinned_at date NULL")
    verdict, findings = found(unmigrated_apps)
    assert verdict == "in_sync"
    kind = "datetime" if database.vendor == "sqlite" else "timestamp with time zone"
    assert sorted(findings) == [
        (
            "SG204",
            "warning",
            f"notes_pinned.pinned_at is date NULL; notes.models makes it {kind} NULL (another type)",
            MEND,
        ),
        (
            "SG205",
            "warning",
            "column notes_note.colour is not in the models",
            'add it to the model, or list it under SCHEMAGUARD["IGNORE"] with a reason',
        ),
    ]


def test_a_constraint_in_another_shape(unmigrated_apps: Project) -> None:
    """It is there: not missing, and nothing that is not in the models."""
    database = unmigrated_apps.database
    if database.vendor == "sqlite":
        old = ' REFERENCES "users" ("id") DEFERRABLE'
        edit(database, "notes_note", old, old.replace(" DEFERRABLE", " ON DELETE CASCADE DEFERRABLE"))
    else:
        ((name,),) = database.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'notes_note'::regclass"
            " AND confrelid = 'users'::regclass"
        )
        database.execute(
            f"ALTER TABLE notes_note DROP CONSTRAINT {name}, ADD CONSTRAINT mine FOREIGN KEY (user_id)"
            " REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        )
    verdict, findings = found(unmigrated_apps)
    assert (verdict, [each[:2] for each in findings]) == ("in_sync", [("SG322", "warning")])
    expected = "FOREIGN KEY (user_id) REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED"
    actual = expected.replace(" DEFERRABLE", " ON DELETE CASCADE DEFERRABLE")
    assert findings[0][2].endswith(f" on notes_note is {actual}; notes.models makes it {expected}")


def test_a_missing_column_is_made_by_a_first_migration_and_reconcile(unmigrated_apps: Project) -> None:
    """As the hint says."""
    unmigrated_apps.database.execute("ALTER TABLE notes_pinned DROP COLUMN pinned_at")
    verdict, findings = found(unmigrated_apps)
    assert (verdict, findings) == (
        "in_sync",
        [("SG203", "warning", "notes_pinned.pinned_at is missing; notes.models makes it", MEND)],
    )
    unmigrated_apps.manage("makemigrations", "notes").expect(0)
    unmigrated_apps.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert found(unmigrated_apps) == ("in_sync", [])
    unmigrated_apps.manage("migrate").expect(0)
    assert found(unmigrated_apps) == ("in_sync", [])


def test_a_column_that_breaks_every_insert_is_a_conflict_here_too(unmigrated_apps: Project) -> None:
    key = (
        "integer PRIMARY KEY"
        if unmigrated_apps.database.vendor == "sqlite"
        else "bigint GENERATED BY DEFAULT AS IDENTITY"
    )
    for statement in (
        "DROP TABLE notes_note_labels",
        "DROP TABLE notes_label",
        f"CREATE TABLE notes_label (id {key}, name varchar(20) NOT NULL UNIQUE, weight integer NOT NULL)",
    ):
        unmigrated_apps.database.execute(statement)
    verdict, findings = found(unmigrated_apps, code=1)
    assert verdict == "conflict"
    message = "column notes_label.weight is not in the models, is NOT NULL and has no default: every INSERT of Django's"
    assert findings[0][:3] == ("SG206", "error", f"{message} fails on it")
    assert {each[1] for each in findings[1:]} == {"warning"}

    unmigrated_apps.database.execute("DELETE FROM django_migrations")
    result = unmigrated_apps.manage("schemaguard", "reconcile", "--noinput", "--format", "json").expect(1)
    assert [each["action"] for each in result.json["performed"]] == ["fake"]
    assert (result.json["verdict"], result.json["findings"][0]["message"]) == ("conflict", f"{message} fails on it")


def test_a_renamed_table_is_told_once(unmigrated_apps: Project) -> None:
    unmigrated_apps.database.execute("ALTER TABLE notes_pinned RENAME TO notes_stuck")
    assert [each[:2] for each in found(unmigrated_apps)[1]] == [("SG209", "warning")]


def test_apps_narrow_these_findings_too(unmigrated_apps: Project) -> None:
    unmigrated_apps.database.execute("DROP TABLE notes_pinned")
    assert "notes_pinned" in unmigrated_apps.manage("schemaguard", "check", "notes").expect(0).out
    assert "notes_pinned" not in unmigrated_apps.manage("schemaguard", "check", "shop").expect(0).out


def test_a_table_of_another_database_is_not_missed(tmp_path: Path, sqlite_database: Database) -> None:
    router = """
        class Router:
            def allow_migrate(self, db, app_label, **hints):
                return app_label != "notes"
    """
    apps: dict[str, AppSource] = {**APPS, "notes": {"models": NOTES, "files": {"router.py": router}}}
    settings = {**SETTINGS, "DATABASE_ROUTERS": ["notes.router.Router"]}
    project = make_project(tmp_path, apps=apps, settings=settings, database=sqlite_database)
    project.manage("migrate", "--run-syncdb").expect(0)
    assert found(project) == ("in_sync", [])
