"""What bears no name of the project's own and was replaced by hand: keys, foreign keys, the check of a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import Database, Project, make_project, migration
from tests.shop import dump, edit, mended, refused

if TYPE_CHECKING:
    from pathlib import Path

INITIAL = migration(
    """
    migrations.CreateModel("Tag", [("id", models.BigAutoField(primary_key=True, serialize=False))]),
    migrations.CreateModel(
        "Item",
        [
            ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ("size", models.PositiveIntegerField()),
            ("tags", models.ManyToManyField("shop.Tag", related_name="+")),
            ("tag", models.ForeignKey("shop.Tag", models.CASCADE, related_name="+")),
        ],
    ),
    """
)
JOIN = {
    "postgresql": """
        INSERT INTO shop_item_tags (item_id, tag_id) VALUES (5, 1);
        SET CONSTRAINTS ALL IMMEDIATE;
        ALTER TABLE shop_item_tags DROP COLUMN id;
        ALTER TABLE shop_item_tags ADD PRIMARY KEY (item_id, tag_id);
    """,
    "sqlite": """
        DROP TABLE shop_item_tags;
        CREATE TABLE shop_item_tags (
            item_id bigint NOT NULL REFERENCES shop_item DEFERRABLE INITIALLY DEFERRED,
            tag_id bigint NOT NULL REFERENCES shop_tag DEFERRABLE INITIALLY DEFERRED,
            PRIMARY KEY (item_id, tag_id)
        );
        INSERT INTO shop_item_tags VALUES (5, 1);
    """,
}
CHECK = """
    ALTER TABLE shop_item DROP CONSTRAINT shop_item_size_check;
    ALTER TABLE shop_item ADD CONSTRAINT shop_item_size_check CHECK (size >= -5);
"""
FOREIGN_KEY = """
    ALTER TABLE shop_item DROP CONSTRAINT shop_item_tag_id_{suffix};
    ALTER TABLE shop_item ADD CONSTRAINT by_hand FOREIGN KEY (tag_id) REFERENCES shop_tag (id)
        ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED;
"""


@pytest.fixture
def items(tmp_path: Path, database: Database) -> Project:
    project = make_project(tmp_path, apps={"shop": {"migrations": {"0001_initial": INITIAL}}}, database=database)
    project.manage("migrate").expect(0)
    database.script("INSERT INTO shop_tag (id) VALUES (1); INSERT INTO shop_item (id, size, tag_id) VALUES (5, 1, 1);")
    return project


def found(project: Project) -> tuple[str, str, list[tuple[str, str, str | None]]]:
    """(verdict, state of the migration, what is different: kind, expected, actual)."""
    report: Any = project.manage("schemaguard", "check", "--format", "json").json
    return (
        report["verdict"],
        next(each["state"] for each in report["migrations"] if each["app"] == "shop"),
        [
            (each["kind"], each["expected"], each["actual"])
            for each in report["findings"]
            if each["problem"] == "different" and each["kind"] != "sequence"
        ],
    )


def alter(project: Project, clean: Any, what: str) -> None:
    assert what in refused(project)
    before = project.database.execute("SELECT item_id, tag_id FROM shop_item_tags")
    mended(project, clean, "--on-conflict", "alter")
    assert project.database.execute("SELECT item_id, tag_id FROM shop_item_tags") == before
    assert project.database.execute("SELECT id, size, tag_id FROM shop_item") == [(5, 1, 1)]


def test_a_join_table_whose_key_is_its_two_columns(items: Project, vendor: str) -> None:
    clean = dump(items.database)
    items.database.script(JOIN[vendor])
    verdict, state, different = found(items)
    assert (verdict, state) == ("conflict", "conflicting")
    assert different == [("primary_key", "PRIMARY KEY (id)", "PRIMARY KEY (item_id, tag_id)")]
    if vendor == "sqlite":  # where a key is dropped with its table alone
        assert "PRIMARY KEY (item_id, tag_id) on shop_item_tags is in a shape that no migration gives it" in refused(
            items
        )
        return
    alter(items, clean, "shop_item_tags_pkey on shop_item_tags is in a shape that no migration gives it")


@pytest.mark.parametrize("vendor", ["postgresql"])
def test_the_check_of_a_field(items: Project) -> None:
    clean = dump(items.database)
    items.database.script(CHECK)
    verdict, state, different = found(items)
    assert (verdict, state) == ("conflict", "conflicting")
    assert different == [("check", 'CHECK ("size" >= 0)', "CHECK ((size >= '-5'::integer))")]
    alter(items, clean, "shop_item_size_check on shop_item is in a shape that no migration gives it")


@pytest.mark.parametrize("vendor", ["postgresql"])
def test_a_foreign_key_that_follows_its_target(items: Project) -> None:
    clean = dump(items.database)
    ((name,),) = items.database.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'shop_item'::regclass"
    )
    items.database.script(FOREIGN_KEY.format(suffix=name.removeprefix("shop_item_tag_id_")))
    verdict, state, different = found(items)
    assert (verdict, state) == ("conflict", "conflicting")
    plain = "FOREIGN KEY (tag_id) REFERENCES shop_tag (id) DEFERRABLE INITIALLY DEFERRED"
    assert different == [("foreign_key", plain, plain.replace(" DEF", " ON UPDATE CASCADE DEF", 1))]
    alter(items, clean, "by_hand on shop_item is in a shape that no migration gives it")


@pytest.mark.parametrize("vendor", ["sqlite"])
def test_a_nameless_foreign_key(items: Project) -> None:
    clean = dump(items.database)
    edit(
        items.database,
        "shop_item",
        'REFERENCES "shop_tag" ("id") DEF',
        'REFERENCES "shop_tag" ("id") ON DELETE CASCADE DEF',
    )
    verdict, state, different = found(items)
    assert (verdict, state) == ("conflict", "conflicting")
    plain = "FOREIGN KEY (tag_id) REFERENCES shop_tag (id) DEFERRABLE INITIALLY DEFERRED"
    assert different == [("foreign_key", plain, plain.replace(" DEF", " ON DELETE CASCADE DEF", 1))]
    alter(items, clean, f"{different[0][2]} on shop_item is in a shape that no migration gives it")


GENERATED = {
    "postgresql": "ALTER TABLE shop_item DROP size, ADD size integer NOT NULL GENERATED ALWAYS AS (id::integer) STORED",
    "sqlite": '"size" integer NOT NULL GENERATED ALWAYS AS (id) STORED',
}


def test_a_column_that_is_worked_out_by_the_server(items: Project, vendor: str) -> None:
    """It becomes a plain one again, with the values that it has."""
    clean = dump(items.database)
    if vendor == "sqlite":
        edit(items.database, "shop_item", '"size" integer unsigned NOT NULL', GENERATED[vendor])
        items.database.script("DELETE FROM shop_item; INSERT INTO shop_item (id, tag_id) VALUES (5, 1)")
    else:
        items.database.execute(GENERATED[vendor])
    verdict, state, _ = found(items)
    assert (verdict, state) == ("conflict", "conflicting")
    mended(items, clean, "--on-conflict", "alter")
    assert items.database.execute("SELECT id, size, tag_id FROM shop_item") == [(5, 5, 1)]
