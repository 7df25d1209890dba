"""What was made by hand on a column, an index or a table that a migration is about, and keeps that from running.

A check says so exactly where the server refuses, and what its hint says makes the way free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import make_project, migration
from tests.harness.vendors import EVERYWHERE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Database

MADE = """
migrations.CreateModel("Hall", [
    ("id", models.AutoField(primary_key=True)),
    ("code", models.CharField(max_length=9, unique=True)),
    ("n", models.IntegerField(default=1)),
]),
migrations.CreateModel("Book", [("id", models.AutoField(primary_key=True)), ("words", models.IntegerField())]),
"""
POINTS_AT_CODE = "CREATE TABLE o (c varchar(9), CONSTRAINT by_hand FOREIGN KEY (c) REFERENCES shop_hall (code))"
POINTS_AT_KEY = "CREATE TABLE o (c int, CONSTRAINT by_hand FOREIGN KEY (c) REFERENCES shop_hall (id))"
KEY_OF_ITS_OWN = "ALTER TABLE shop_book ADD CONSTRAINT by_hand FOREIGN KEY (words) REFERENCES shop_hall (id)"
CHECK = "ALTER TABLE shop_hall ADD CONSTRAINT by_hand CHECK (n > 0)"
CHECK_OF_TWO = "ALTER TABLE shop_hall ADD CONSTRAINT by_hand CHECK (n > 0 OR code <> '')"
COMPUTED = "ALTER TABLE shop_hall ADD COLUMN by_hand int GENERATED ALWAYS AS (n + 1) {stored}"
INDEXED = "CREATE INDEX by_hand ON shop_hall ((n + 1))"
PARTIAL = "CREATE INDEX by_hand ON shop_hall (code) WHERE n > 1"
PLAIN = "CREATE INDEX by_hand ON shop_hall (n)"
SAME = "CREATE UNIQUE INDEX by_hand ON shop_hall (code)"
UNIQUE = "CREATE UNIQUE INDEX by_hand ON shop_hall (n, code)"
N_GOES, N_RENAMED = "migrations.RemoveField('hall', 'n'),", "migrations.RenameField('hall', 'n', 'm'),"
UNGUARDED = {"SCHEMAGUARD": {"GUARD_MIGRATE": "off"}}
CASES = {
    "a key that points at a column that goes": (POINTS_AT_CODE, "migrations.RemoveField('hall', 'code'),"),
    "a key that points at a table that goes": (POINTS_AT_KEY, "migrations.DeleteModel('hall'),"),
    "a key that points at a key of another type": (
        POINTS_AT_KEY, "migrations.AlterField('hall', 'id', models.BigAutoField(primary_key=True)),",
    ),
    "a key that points at a column of another type": (
        POINTS_AT_CODE, "migrations.AlterField('hall', 'code', models.IntegerField()),",
    ),
    "a key that points at a unique that goes": (
        POINTS_AT_CODE, "migrations.AlterField('hall', 'code', models.CharField(max_length=9)),",
    ),
    "a key that points at a text that gets longer": (
        POINTS_AT_CODE, "migrations.AlterField('hall', 'code', models.CharField(max_length=12, unique=True)),",
    ),
    "a key that points at what is renamed": (POINTS_AT_CODE, "migrations.RenameField('hall', 'code', 'sign'),"),
    "a key of its own": (KEY_OF_ITS_OWN, "migrations.RemoveField('book', 'words'),"),
    "a key of its own, another type": (
        KEY_OF_ITS_OWN, "migrations.AlterField('book', 'words', models.BigIntegerField()),",
    ),
    "a key that points at what becomes a text": (
        POINTS_AT_KEY, "migrations.AlterField('hall', 'id', models.CharField(max_length=9, primary_key=True)),",
    ),
    "a key of its own, a text": (
        KEY_OF_ITS_OWN, "migrations.AlterField('book', 'words', models.CharField(max_length=9)),",
    ),
    "a check": (CHECK, N_GOES),
    "a check of two columns": (CHECK_OF_TWO, N_GOES),
    "a check, renamed": (CHECK, N_RENAMED),
    "a check, another type": (CHECK, "migrations.AlterField('hall', 'n', models.BigIntegerField(default=1)),"),
    "a computed column": (COMPUTED, N_GOES),
    "a computed column, renamed": (COMPUTED, N_RENAMED),
    "an indexed expression": (INDEXED, N_GOES),
    "an indexed expression, renamed": (INDEXED, N_RENAMED),
    "an index": (PLAIN, N_GOES),
    "a partial index": (PARTIAL, N_GOES),
    "a second unique": (SAME, "migrations.AlterField('hall', 'code', models.CharField(max_length=9)),"),
    "a unique over it and others": (UNIQUE, N_GOES),
    "a unique over it and others, renamed": (UNIQUE, N_RENAMED),
}  # fmt: skip


@EVERYWHERE
@pytest.mark.parametrize("name", CASES)
def test_it_is_foretold_where_the_server_refuses(tmp_path: Path, database: Database, name: str) -> None:
    by_hand, later = CASES[name]
    migrations = {"0001_made": migration(MADE), "0002_later": migration(later, after=[("shop", "0001_made")])}
    apps = {"shop": {"migrations": migrations}}
    project = make_project(tmp_path / "guarded", apps=apps, database=database)
    unguarded = make_project(tmp_path / "unguarded", apps=apps, database=database, settings=UNGUARDED)
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("INSERT INTO shop_hall (code, n) VALUES ('1', 5), ('2', 5)")
    try:
        database.execute(by_hand.format(stored="VIRTUAL" if database.vendor == "sqlite" else "STORED"))
    except Exception as error:  # noqa: BLE001 (each driver has its own)
        pytest.skip(f"the server refuses it: {error}")
    foretold = [
        each for each in project.manage("schemaguard", "check", "--format", "json").json["findings"]
        if each["code"] == "SG108"
    ]  # fmt: skip
    if foretold:
        guarded = project.manage("migrate")
        assert guarded.code == 1
        assert "nothing was changed" in guarded.err
    migrated = unguarded.manage("migrate")
    assert bool(migrated.code) == bool(foretold), migrated
    assert len(foretold) <= 1
    if foretold and (foretold[0]["hint"] or "").startswith(("ALTER", "DROP")):
        database.execute(foretold[0]["hint"].partition(";")[0])
        unguarded.manage("migrate").expect(0)


@EVERYWHERE
def test_a_column_of_the_same_name_that_goes_elsewhere_hides_nothing(tmp_path: Path, database: Database) -> None:
    """One operation drops a column of one table, and a unique key on a column so named of another."""
    made = """
migrations.CreateModel("Hall", [
    ("id", models.AutoField(primary_key=True)), ("code", models.IntegerField(unique=True)),
]),
migrations.CreateModel("Book", [("id", models.AutoField(primary_key=True)), ("code", models.IntegerField())]),
"""
    both = """[
    migrations.RemoveField("book", "code"), migrations.AlterField("hall", "code", models.IntegerField()),
]"""
    later = f"migrations.SeparateDatabaseAndState({both}, {both}),"
    migrations = {"0001_made": migration(made), "0002_later": migration(later, after=[("shop", "0001_made")])}
    project = make_project(tmp_path / "guarded", apps={"shop": {"migrations": migrations}}, database=database)
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute("CREATE TABLE o (c int, CONSTRAINT by_hand FOREIGN KEY (c) REFERENCES shop_hall (code))")
    found = project.manage("schemaguard", "check", "--format", "json").json["findings"]
    assert [each["code"] for each in found].count("SG108") == 1, found
    unguarded = make_project(
        tmp_path / "unguarded", apps={"shop": {"migrations": migrations}}, database=database, settings=UNGUARDED
    )
    unguarded.manage("migrate").expect(1)
