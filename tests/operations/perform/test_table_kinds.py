"""What a table is beside its columns: logged, under row level security, and in a schema that the search path finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, catalog_dump, make_project, migration, rows
from tests.shop import reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)

MODELS = """
from django.db import models


class Item(models.Model):
    id = models.BigAutoField(primary_key=True)


class Note(models.Model):
    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, models.CASCADE)
"""
INITIAL = migration(
    """
    migrations.CreateModel("Item", [("id", models.BigAutoField(primary_key=True, serialize=False))]),
    migrations.CreateModel("Note", [
        ("id", models.BigAutoField(primary_key=True, serialize=False)),
        ("item", models.ForeignKey("shop.item", models.CASCADE)),
    ]),
    """
)
GUARDED = migration(
    """
    migrations.RunSQL(
        "ALTER TABLE shop_item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        "ALTER TABLE shop_note SET UNLOGGED"
    ),
    """,
    after=[("shop", "0001_initial")],
)
ROWS = "INSERT INTO shop_item DEFAULT VALUES; INSERT INTO shop_note (item_id) VALUES (1)"


def migrated(path: Path, database: Database, **more: str) -> Project:
    project = make_project(
        path, apps={"shop": {"models": MODELS, "migrations": {"0001_initial": INITIAL, **more}}}, database=database
    )
    project.manage("migrate").expect(0)
    database.script(ROWS)
    return project


def found(project: Project) -> list[Any]:
    """(level, table, message, hint) of each finding of a check, its verdict last."""
    document = project.manage("schemaguard", "check", "--format", "json").json
    findings = [(each["level"], each["table"], each["message"], each["hint"]) for each in document["findings"]]
    return [*findings, document["verdict"]]


@pytest.mark.parametrize(
    ("trouble", "table", "message"),
    [
        (
            "ALTER TABLE shop_note SET UNLOGGED",
            "shop_note",
            "table shop_note is unlogged; shop.0001_initial makes it logged: after a crash it is empty",
        ),
        (
            "ALTER TABLE shop_item ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON shop_item USING (id > 9)",
            "shop_item",
            "table shop_item is under row level security; shop.0001_initial makes it without row level security: "
            "roles other than its owner see the rows alone that its policies (mine) let through",
        ),
    ],
)
def test_a_table_that_somebody_made_otherwise_is_a_conflict_and_altered_back(
    tmp_path: Path, database: Database, trouble: str, table: str, message: str
) -> None:
    project = migrated(tmp_path, database)
    clean, there = catalog_dump(database), rows(database)
    database.script(trouble)

    alter = "manage.py schemaguard reconcile --on-conflict alter"
    assert found(project) == [("error", table, message, alter), "conflict"]
    refused(project)
    reconcile(project, "--on-conflict", "alter")

    database.script("DROP POLICY IF EXISTS mine ON shop_item")
    assert catalog_dump(database, without=("schemaguard_journal",)) == clean
    assert {table: each for table, each in rows(database).items() if table in there} == there
    assert found(project) == ["in_sync"]


def test_what_sql_of_a_migration_switched_is_expected_and_switched_again(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database, **{"0002_guarded": GUARDED})
    assert found(project) == ["in_sync"]
    clean = catalog_dump(database)
    database.script(
        "ALTER TABLE shop_item DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;ALTER TABLE shop_note SET LOGGED"
    )

    hint = "manage.py schemaguard reconcile"
    assert found(project) == [
        (
            "error", "shop_item",
            "table shop_item is without row level security; shop.0002_guarded makes it under row level security: "
            "every role that may read it sees all rows", hint,
        ),
        (
            "error", "shop_note",
            "table shop_note is logged; shop.0002_guarded makes it unlogged: each write is logged", hint,
        ),
        "reconcilable",
    ]  # fmt: skip
    reconcile(project)

    assert catalog_dump(database, without=("schemaguard_journal",)) == clean
    assert found(project) == ["in_sync"]


def test_its_record_lost_it_is_recorded_again(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database, **{"0002_guarded": GUARDED})
    database.script("DELETE FROM django_migrations WHERE name = '0002_guarded'")

    assert found(project)[-1] == "reconcilable"
    reconcile(project)

    assert found(project) == ["in_sync"]


def test_what_code_of_the_project_switches_is_no_finding(tmp_path: Path, database: Database) -> None:
    code = migration(
        "migrations.RunPython(guard),",
        after=[("shop", "0001_initial")],
        imports="""
        def guard(apps, schema_editor):
            for name in ["item"]:
                schema_editor.execute(f"ALTER TABLE shop_{name} ENABLE ROW LEVEL SECURITY")
        """,
    )
    project = migrated(tmp_path, database, **{"0002_code": code})

    assert found(project) == ["in_sync"]


def test_undo_puts_it_back(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.script("ALTER TABLE shop_note SET UNLOGGED")
    reconcile(project, "--on-conflict", "alter")

    project.manage("schemaguard", "undo").expect(0)

    assert found(project)[-1] == "conflict"


MOVED = "CREATE SCHEMA archive; ALTER TABLE shop_note SET SCHEMA archive"


def test_a_table_in_another_schema_is_told_and_moved_back_with_its_rows(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    clean = catalog_dump(database)
    database.script(MOVED)

    assert found(project) == [
        (
            "error", "shop_note",
            "table shop_note is in the schema archive; shop.0001_initial makes it in the schema public: "
            "the search path does not lead there", "manage.py schemaguard reconcile --on-conflict alter",
        ),
        "conflict",
    ]  # fmt: skip
    assert refused(project) == (
        "table shop_note is missing, and archive.shop_note has its columns; it seems to have been moved: "
        "--on-conflict alter moves it back, --on-conflict accept leaves it as it is; nothing was changed"
    )
    reconcile(project, "--on-conflict", "alter")

    assert found(project) == ["in_sync"]
    database.script("DROP SCHEMA archive")
    assert catalog_dump(database, without=("schemaguard_journal",)) == clean
    assert database.execute("SELECT count(*) FROM shop_note") == [(1,)]


def test_a_whole_app_in_another_schema_is_moved_back(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.script(f"{MOVED}; ALTER TABLE shop_item SET SCHEMA archive")

    reconcile(project, "--on-conflict", "alter")

    assert found(project) == ["in_sync"]
    assert database.execute("SELECT count(*) FROM shop_note JOIN shop_item i ON i.id = item_id") == [(1,)]


BACK = (
    "as the owner of the table move the right one back (ALTER TABLE archive.shop_note SET SCHEMA public or "
    "ALTER TABLE attic.shop_note SET SCHEMA public), or put its schema on the search path"
)


@pytest.mark.parametrize("forget", ["", "DELETE FROM django_migrations"])
def test_of_two_that_may_be_it_none_is_taken_and_none_is_made(tmp_path: Path, database: Database, forget: str) -> None:
    project = migrated(tmp_path, database)
    database.script(f"{MOVED}; CREATE SCHEMA attic; CREATE TABLE attic.shop_note AS TABLE archive.shop_note; {forget}")

    about = "is to be made" if forget else "is missing"
    for option in ("stop", "alter", "accept"):
        refusal = refused(project, "--on-conflict", option)
        assert refusal == (
            f"table shop_note {about}, and archive.shop_note and attic.shop_note may be it: {BACK}; nothing was changed"
        )


def test_a_table_of_another_deployment_is_no_candidate(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.script(f"{MOVED}; CREATE TABLE archive.django_migrations (id int)")

    assert found(project)[0][2] == "table shop_note is missing; shop.0001_initial makes it"
