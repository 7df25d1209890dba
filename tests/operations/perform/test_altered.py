"""Things in another shape, or under a name that is wanted: altered where the option says so, and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import Database, Project, make_project, migration, records
from tests.shop import dump, edit, mended, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel("Item", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("place", models.IntegerField(db_index=True)),
        ("size", models.PositiveIntegerField(default=0)),
    ]),
    """
)
INDEXES = migration(
    """
    migrations.AddIndex("item", models.Index(fields=["name"], name="one_idx")),
    migrations.AddIndex("item", models.Index(fields=["size"], name="two_idx")),
    """,
    after=[("shop", "0001_initial")],
)
RENAMES = migration(
    """
    migrations.RenameIndex("item", new_name="first_idx", old_name="one_idx"),
    migrations.RenameIndex("item", new_name="second_idx", old_name="two_idx"),
    """,
    after=[("shop", "0002_indexes")],
)
RENAMED = migration('migrations.RenameModel("Item", "Thing"),', after=[("shop", "0003_renames")])


def migrated(tmp_path: Path, database: Database) -> Project:
    history = {"0001_initial": INITIAL, "0002_indexes": INDEXES, "0003_renames": RENAMES}
    project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
    project.manage("migrate").expect(0)
    database.execute("INSERT INTO shop_item (id, name, place, size) VALUES (41, 'x', 1, 1)")
    return project


def in_sync(project: Project) -> bool:
    report = project.manage("schemaguard", "check", "--format", "json").expect(0).json
    return report["verdict"] == "in_sync" and not [each for each in report["findings"] if each["level"] == "error"]


def test_an_index_of_two_names_of_which_the_rename_is_half_done(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.execute("DROP INDEX second_idx")
    database.execute("DELETE FROM django_migrations")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    project.manage("migrate").expect(0)
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_an_index_of_the_very_name_over_another_column(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    ((name,),) = database.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'shop_item_place_%'")
    database.execute(f"DROP INDEX {name}")
    database.execute(f"CREATE INDEX {name} ON shop_item (size)")

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    (finding,) = [each for each in report["findings"] if each["level"] == "error"]
    assert (finding["problem"], finding["kind"], finding["name"]) == ("different", "index", name)
    assert report["verdict"] == "conflict"

    project.manage("schemaguard", "reconcile", "--noinput").expect(1)
    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_key_that_no_longer_counts_by_itself(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    database.execute("ALTER TABLE shop_item ALTER COLUMN id DROP IDENTITY")

    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)

    assert in_sync(project)
    database.execute("INSERT INTO shop_item (name, place, size) VALUES ('y', 2, 2)")
    assert database.execute("SELECT id FROM shop_item WHERE name = 'y'") == [(42,)]


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_table_of_two_names_is_made_again_with_the_sequence_of_the_first(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    project.write_app("shop", {"migrations": {"0004_thing": RENAMED}})
    project.manage("migrate").expect(0)
    sequence = "SELECT pg_get_serial_sequence('shop_thing', 'id')"
    assert database.execute(sequence) == [("public.shop_item_id_seq",)]
    database.execute("DROP TABLE shop_thing")

    project.manage("schemaguard", "reconcile", "--noinput").expect(0)

    assert database.execute(sequence) == [("public.shop_item_id_seq",)]
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("name", "text"),
    [("shop_item_size_check", "size > -7"), ("by_hand", "size > -7"), ("shop_item_size_check", "1 = 1")],
)
def test_the_check_of_a_field_that_says_another_thing(tmp_path: Path, database: Database, name: str, text: str) -> None:
    project = migrated(tmp_path, database)
    database.script(
        "ALTER TABLE shop_item DROP CONSTRAINT shop_item_size_check;"
        f" ALTER TABLE shop_item ADD CONSTRAINT {name} CHECK ({text})"
    )

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    (finding,) = [each for each in report["findings"] if each["kind"] == "check"]
    assert (finding["problem"], finding["name"], report["verdict"]) == ("different", name, "conflict")
    project.manage("schemaguard", "reconcile", "--noinput").expect(1)
    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
    assert in_sync(project)
    ((definition,),) = database.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'shop_item_size_check'"
    )
    assert definition == "CHECK ((size >= 0))"


def test_a_collation_that_no_migration_gives(tmp_path: Path, database: Database) -> None:
    project = migrated(tmp_path, database)
    if database.vendor == "postgresql":
        database.execute('ALTER TABLE shop_item ALTER COLUMN name TYPE varchar(20) COLLATE "C"')
    else:
        edit(database, "shop_item", '"name" varchar(20)', '"name" varchar(20) COLLATE NOCASE')

    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json

    (finding,) = [each for each in report["findings"] if each["kind"] == "column"]
    collation = "C" if database.vendor == "postgresql" else "NOCASE"
    assert (finding["problem"], finding["name"], report["verdict"]) == ("different", "name", "conflict")
    assert f'COLLATE "{collation}"' in finding["actual"]
    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
    assert in_sync(project)


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
def test_a_key_that_takes_no_value_of_anybodys(tmp_path: Path, database: Database) -> None:
    """Fixtures and restored rows bring their keys along, and every INSERT with one fails."""
    project = migrated(tmp_path, database)
    clean = dump(database)
    database.execute("ALTER TABLE shop_item ALTER id SET GENERATED ALWAYS")
    found = project.manage("schemaguard", "check", "--format", "json").expect(1).json["findings"]
    assert [(each["problem"], each["name"], each["actual"]) for each in found if each["level"] == "error"] == [
        ("different", "id", "bigint NOT NULL AUTO ALWAYS")
    ]
    mended(project, clean, "--on-conflict", "alter")


CASCADES = """
    ALTER TABLE shop_part DROP CONSTRAINT "{name}";
    ALTER TABLE shop_part ADD CONSTRAINT "{name}" FOREIGN KEY (item_id) REFERENCES shop_item (id) ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED;
    DELETE FROM django_migrations;
"""


@pytest.mark.parametrize("vendor", ["postgresql"], indirect=True)
@pytest.mark.parametrize("how", ["alter", "accept"])
def test_a_foreign_key_in_another_shape_of_a_migration_without_its_record(
    tmp_path: Path, database: Database, how: str
) -> None:
    """Its name is taken by what stands there, so that nothing can be made beside it."""
    part = migration(
        """
        migrations.CreateModel("Part", [
            ("id", models.BigAutoField(primary_key=True)),
            ("item", models.ForeignKey("shop.Item", models.CASCADE)),
        ]),
        """,
        after=[("shop", "0001_initial")],
    )
    project = make_project(
        tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL, "0002_part": part}}}, database=database
    )
    project.manage("migrate").expect(0)
    clean = dump(database)
    ((name,),) = database.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'shop_part'::regclass"
    )
    database.script(CASCADES.format(name=name))
    changed = dump(database)
    report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
    assert report["verdict"] == "conflict"
    states = {each["name"]: each["state"] for each in report["migrations"] if each["app"] == "shop"}
    assert states == {"0001_initial": "present", "0002_part": "conflicting"}
    assert ("foreign_key", "different", name) in [(f["kind"], f["problem"], f["name"]) for f in report["findings"]]
    assert "is in a shape that no migration gives it" in refused(project)
    if how == "alter":
        mended(project, clean, "--on-conflict", "alter")
    else:
        reconcile(project, "--on-conflict", "accept")
        assert dump(database) == changed
    assert ("shop", "0002_part") in records(database)
    project.manage("migrate").expect(0)
