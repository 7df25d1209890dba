"""What no migration knows, on a table that SQLite's editor makes anew: it stays, as it does on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import CONDITION, Database, Project, make_project, migration
from tests.shop import edit, reconcile, refused

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel("Parent", [("id", models.BigAutoField(primary_key=True))]),
    migrations.CreateModel(
        "Child",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("size", models.IntegerField()),
            ("parent", models.ForeignKey("shop.Parent", models.CASCADE, related_name="+")),
        ],
        options={"constraints": [models.CheckConstraint(name="child_size", {condition}=models.Q(size__gte=0))]},
    ),
    """.replace("{condition}", CONDITION)
)
SIZE = '"size" integer NOT NULL'
BROKEN = '"size" text NULL'
STRANGE = {
    "a column": (
        f'{SIZE}, "by ""hand" text DEFAULT \'a, b\' COLLATE nocase',
        'UPDATE shop_child SET "by ""hand" = \'x\'',
        '"by ""hand"',
    ),
    "a column with constraints": (
        f"{SIZE}, note text NOT NULL DEFAULT 'n' UNIQUE CHECK (length(note) > 0), "
        "owner bigint NULL REFERENCES shop_parent (id)",
        "UPDATE shop_child SET note = 'x', owner = 1",
        "note, owner",
    ),
    "a generated column": (f"{SIZE}, twice integer GENERATED ALWAYS AS (size * 2) VIRTUAL", "SELECT 1", "twice"),
}
CONSTRAINTS = [
    'CHECK ("size" < 1000)',
    'CONSTRAINT "by hand" CHECK ("size" <> 13)',
    "UNIQUE (size, parent_id)",
    "FOREIGN KEY (size) REFERENCES shop_parent (id) ON DELETE SET NULL ON UPDATE CASCADE",
    "CONSTRAINT again FOREIGN KEY (size) REFERENCES shop_parent DEFERRABLE INITIALLY DEFERRED",
]


@pytest.fixture
def child(tmp_path: Path, sqlite_database: Database) -> Project:
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL}}}, database=sqlite_database)
    project.manage("migrate").expect(0)
    sqlite_database.script("INSERT INTO shop_parent (id) VALUES (1); INSERT INTO shop_child VALUES (5, 1, 1)")
    return project


def made_with(database: Database, old: str, new: str) -> None:
    """The table as somebody would have made it by hand, with its rows and its index."""
    ((text,),) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_child'")
    ((index,),) = database.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'shop_child'")
    assert old in text
    made = text.replace(old, new).replace("shop_child", "made", 1)
    database.script(
        f"{made}; INSERT INTO made (id, size, parent_id) SELECT id, size, parent_id FROM shop_child;"
        f"DROP TABLE shop_child; PRAGMA legacy_alter_table = ON; ALTER TABLE made RENAME TO shop_child; {index}"
    )


def strange(project: Project, verdict: str) -> list[Any]:
    report: Any = project.manage("schemaguard", "check", "--format", "json").json
    assert report["verdict"] == verdict, report["findings"]
    found = [each for each in report["findings"] if each["problem"] == "extra"]
    assert not [each for each in found if "None" in each["message"]]
    return sorted((each["kind"], each["name"], each["columns"], each["actual"]) for each in found)


def altered(project: Project, rows: str) -> None:
    """The column `size` is of another type, and is altered back: the table is made anew."""
    before, values = strange(project, "in_sync"), project.database.execute(rows)
    assert before
    edit(project.database, "shop_child", SIZE, BROKEN)
    assert strange(project, "conflict") == before
    project.manage("schemaguard", "reconcile", "--noinput", "--on-conflict", "alter").expect(0)
    assert strange(project, "in_sync") == before
    assert project.database.execute(rows) == values


@pytest.mark.parametrize("kind", STRANGE)
def test_a_column_made_by_hand_stays(child: Project, kind: str) -> None:
    columns, filling, rows = STRANGE[kind]
    made_with(child.database, SIZE, columns)
    child.database.execute(filling)
    altered(child, f"SELECT id, size, parent_id, {rows} FROM shop_child")


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_a_constraint_made_by_hand_stays(child: Project, constraint: str) -> None:
    made_with(child.database, ', CONSTRAINT "child_size"', f', {constraint}, CONSTRAINT "child_size"')
    altered(child, "SELECT id, size, parent_id FROM shop_child")


KEYED = migration(
    """
    migrations.CreateModel("Tag", [
        ("code", models.TextField(primary_key=True)),
        ("size", models.IntegerField()),
        ("rate", models.FloatField(null=True)),
    ]),
    """
)


@pytest.mark.parametrize("options", ["STRICT", "WITHOUT ROWID", "WITHOUT ROWID, STRICT"])
def test_what_kind_of_table_it_is(tmp_path: Path, sqlite_database: Database, options: str) -> None:
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": KEYED}}}, database=sqlite_database)
    project.manage("migrate").expect(0)
    sqlite_database.script(
        'DROP TABLE shop_tag; CREATE TABLE "shop_tag" ("code" text NOT NULL PRIMARY KEY, "size" integer NULL,'
        f" \"rate\" real NULL) {options}; INSERT INTO shop_tag VALUES ('a', 1, 0.5)"
    )
    columns = '"code" text NOT NULL PRIMARY KEY, "size" integer NOT NULL, "rate" real NULL'

    reconcile(project, "--on-conflict", "alter")

    ((text,),) = sqlite_database.execute("SELECT sql FROM sqlite_master WHERE name = 'shop_tag'")
    assert text == f'CREATE TABLE "shop_tag" ({columns}) {options}'
    assert sqlite_database.execute("SELECT * FROM shop_tag") == [("a", 1, 0.5)]
    project.manage("schemaguard", "check").expect(0)


def test_a_kind_of_table_that_allows_no_column_of_the_model(child: Project) -> None:
    child.database.script(
        "DROP TABLE shop_child; CREATE TABLE shop_child (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,"
        " size integer NULL, parent_id integer NOT NULL REFERENCES shop_parent (id) DEFERRABLE INITIALLY DEFERRED)"
        " STRICT"
    )
    assert refused(child, "--on-conflict", "alter") == (
        "shop.0001_initial: table shop_child is STRICT, which allows no bigint for its column parent_id; nothing was"
        " changed"
    )
