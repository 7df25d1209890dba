"""Columns and keys in another shape: altered where the option says so, under a view and under checks too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, make_project, migration
from tests.operations.perform.test_altered import INDEXES, INITIAL, RENAMED, RENAMES, in_sync, migrated
from tests.shop import dump, edit, mended

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_key_that_no_longer_counts_by_itself_and_is_read_by_a_view(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.script(
        "ALTER TABLE shop_item ALTER COLUMN id DROP IDENTITY; CREATE VIEW keys AS SELECT id FROM shop_item;"
        " INSERT INTO shop_item (id, name, place, size) VALUES (77, 'y', 2, 2)"
    )

    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    assert in_sync(project)
    assert database.execute("INSERT INTO shop_item (name, place, size) VALUES ('z', 3, 3) RETURNING id") == [(78,)]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_column_that_lost_its_not_null_and_is_read_by_a_view(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.script(
        "ALTER TABLE shop_item ALTER COLUMN name DROP NOT NULL; CREATE VIEW names AS SELECT name FROM shop_item"
    )

    done = project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter", "--format", "json")

    (step,) = done.expect(0).json["performed"]
    assert not any("TYPE" in statement for statement in step["sql"])
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_lost", [False, True])
def test_the_check_of_a_field_whose_type_is_altered(tmp_path: Path, database: Database, is_lost: bool) -> None:
    """It is there once at the end, whether it was there or not."""
    project = migrated(tmp_path, database)
    database.execute("ALTER TABLE shop_item ALTER COLUMN size TYPE bigint")
    if is_lost:
        database.execute("ALTER TABLE shop_item DROP CONSTRAINT shop_item_size_check")

    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    checks = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shop_item'::regclass AND contype = 'c'"
    )
    assert database.execute(checks) == [("CHECK ((size >= 0))",)]
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_key_of_a_renamed_table_counts_again_with_the_sequence_of_the_first_name(
    tmp_path: Path, database: Database
) -> None:
    history = {"0001_initial": INITIAL, "0002_indexes": INDEXES, "0003_renames": RENAMES, "0004_thing": RENAMED}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    database.execute("ALTER TABLE shop_thing ALTER COLUMN id DROP IDENTITY")

    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    assert in_sync(project)
    assert database.execute("SELECT pg_get_serial_sequence('shop_thing', 'id')") == [("public.shop_item_id_seq",)]


@pytest.mark.parametrize(("on_postgresql", "on_sqlite"), [('"C"', "NOCASE"), ('pg_catalog."C"', '"nocase"')])
def test_a_field_whose_type_says_its_collation(
    tmp_path: Path, database: Database, on_postgresql: str, on_sqlite: str
) -> None:
    collation = on_postgresql if database.vendor == "postgresql" else on_sqlite
    field = f"""
from django.db import models


class Sorted(models.TextField):
    def db_type(self, connection):
        return 'text COLLATE {collation}'
"""
    made = field + migration(
        'migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True)), ("name", Sorted())]),'
    )
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": made}}}, database=database)
    project.manage("migrate").expect(0)

    assert in_sync(project)

    database.execute("DELETE FROM django_migrations WHERE app = 'shop'")
    project.manage("schemaguard", "reconcile", "--noinput").expect(0)
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_primary_key_that_was_dropped_comes_before_the_foreign_keys_to_it(tmp_path: Path, database: Database) -> None:
    initial = migration(
        """
        migrations.CreateModel("Part", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Whole", [
            ("id", models.BigAutoField(primary_key=True)),
            ("code", models.IntegerField(unique=True)),
            ("within", models.ForeignKey("self", models.CASCADE, null=True)),
        ]),
        migrations.AddField("part", "of", models.ForeignKey("shop.Whole", models.CASCADE)),
        """
    )
    later = migration(
        """
        migrations.AddField("part", "code", models.ForeignKey("shop.Whole", models.CASCADE, to_field="code", null=True,
                                                              related_name="+")),
        """,
        after=[("shop", "0001_initial")],
    )
    history = {"0001_initial": initial, "0002_later": later}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    database.execute("INSERT INTO shop_whole (id, code, within_id) VALUES (1, 7, 1)")
    database.execute("INSERT INTO shop_part (of_id, code_id) VALUES (1, 7)")
    database.script(
        "ALTER TABLE shop_whole DROP CONSTRAINT shop_whole_pkey CASCADE;"
        " ALTER TABLE shop_whole DROP CONSTRAINT shop_whole_code_key CASCADE"
    )

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert in_sync(project)


UNIQUE = migration(
    """
    migrations.CreateModel(
        "Page",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("language", models.CharField(max_length=9)),
            ("title", models.CharField(max_length=20)),
            ("number", models.IntegerField()),
        ],
        options={
            "unique_together": {("language", "title")},
            "indexes": [models.Index(fields=["number"], name="page_number")],
        },
    ),
    """
)
LOOSENED = {
    "together": 'schema_editor.alter_unique_together(Page, {("language", "title")}, set())',
    "named": "schema_editor.remove_index(Page, next(i for i in Page._meta.indexes if i.name == 'page_number'))",
}
LOOSEN = """
def loosen(apps, schema_editor):
    Page = apps.get_model("shop", "Page")
    {statement}
"""


@pytest.mark.parametrize("how", LOOSENED)
def test_what_code_took_from_the_database_alone_does_not_come_back(
    tmp_path: Path, database: Database, vendor: str, how: str
) -> None:
    """SQLite's editor makes the table of an altered column anew, with all that its model has; PostgreSQL's does not."""
    code = LOOSEN.format(statement=LOOSENED[how])
    loosened = migration("migrations.RunPython(loosen),", imports=code, after=[("shop", "0001_unique")])
    history = {"0001_unique": UNIQUE, "0002_loosened": loosened}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    rows = [("en", "home", 1), ("en" if how == "together" else "de", "home", 2)]
    for row in rows:  # which the constraint would not let in
        database.execute(f"INSERT INTO shop_page (language, title, number) VALUES {row}")
    clean = dump(database)
    if vendor == "sqlite":
        edit(database, "shop_page", '"number" integer NOT NULL', '"number" bigint NOT NULL')
    else:
        database.execute("ALTER TABLE shop_page ALTER number TYPE bigint")
    mended(project, clean, "--on-conflict", "alter")
    assert sorted(database.execute("SELECT language, title, number FROM shop_page")) == sorted(rows)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_collation_that_code_gave_stays_when_the_null_is_mended(tmp_path: Path, database: Database) -> None:
    """As django-treebeard's paths have it in wagtail: the field knows nothing of it."""
    path = migration(
        """
        migrations.CreateModel("Item", [
            ("id", models.BigAutoField(primary_key=True)), ("path", models.CharField(max_length=255, unique=True)),
        ]),
        migrations.RunPython(set_collation),
        """,
        imports="""
        def set_collation(apps, schema_editor):
            schema_editor.execute('ALTER TABLE shop_item ALTER COLUMN path TYPE varchar(255) COLLATE "C"')
        """,
    )
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": path}}}, database=database)
    project.manage("migrate").expect(0)
    clean = dump(database)
    database.script("ALTER TABLE shop_item ALTER COLUMN path DROP NOT NULL")
    mended(project, clean, "--on-conflict", "alter")
