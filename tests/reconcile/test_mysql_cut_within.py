"""Operations that stopped between two of their statements, on MySQL and MariaDB, where each of these stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.guard.shop import in_sync
from tests.harness import make_project, migration
from tests.reconcile.bookshop import GROWN, INITIAL

if TYPE_CHECKING:
    from pathlib import Path

CUTS = migration(
    'migrations.AlterField("book", "code", models.CharField(max_length=40, default="none")),',
    after=[("shop", "0002_grown")],
)
PARTS = [
    "ALTER TABLE shop_book MODIFY code varchar(40) NULL",
    "ALTER TABLE shop_book ALTER code SET DEFAULT 'none'",
    "UPDATE shop_book SET code = 'none' WHERE code IS NULL",
]


@pytest.mark.parametrize("way", [("schemaguard", "reconcile", "--noinput"), ("migrate",)])
@pytest.mark.parametrize("done", range(1, len(PARTS) + 1))
def test_an_alteration_that_stopped_within_is_completed(
    tmp_path: Path, mysql: Any, done: int, way: tuple[str, ...]
) -> None:
    """Django alters the type, gives a default, fills the rows, forbids NULL: one statement each, and each stays.

    It can do so once more, and so the guard lets it.
    """
    history = {"0001_initial": INITIAL, "0002_grown": GROWN, "0003_cuts": CUTS}
    with mysql.fresh() as database:
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate", "shop", "0002").expect(0)
        database.execute("INSERT INTO shop_shelf VALUES (1)")
        database.execute("INSERT INTO shop_book (title, shelf_id, pages, isbn) VALUES ('a', 1, 3, '')")
        for statement in PARTS[:done]:
            database.execute(statement)

        report = project.manage("schemaguard", "check", "--format", "json").expect(1).json
        states = {each["name"]: each["state"] for each in report["migrations"] if each["app"] == "shop"}
        assert states == {"0001_initial": "applied", "0002_grown": "applied", "0003_cuts": "partial"}
        (partial,) = [each for each in report["findings"] if each["level"] == "error"]
        assert "column shop_book.code was begun and never finished" in partial["message"]
        project.manage(*way).expect(0)

        assert "`code` varchar(40) NOT NULL" in "".join(database.execute("SHOW CREATE TABLE shop_book")[0][1])
        assert "DEFAULT 'none'" not in database.execute("SHOW CREATE TABLE shop_book")[0][1]
        assert database.execute("SELECT code FROM shop_book") == [("none",)]
        in_sync(project)


TWO_KEYS = migration(
    """
    migrations.CreateModel("Shelf", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel("Tag", [("id", models.AutoField(primary_key=True))]),
    migrations.CreateModel("Book", [
        ("id", models.AutoField(primary_key=True)),
        ("here", models.ForeignKey("shop.Shelf", models.CASCADE, related_name="+", db_index=False)),
        ("there", models.ForeignKey("shop.Shelf", models.CASCADE, related_name="+", db_index=False)),
        ("tags", models.ManyToManyField("shop.Tag")),
    ]),
    """
)
LARGER_KEY = migration(
    'migrations.AlterField("shelf", "id", models.BigAutoField(primary_key=True)),', after=[("shop", "0001_keys")]
)
RENAMED = migration('migrations.RenameModel("Tag", "Label"),', after=[("shop", "0001_keys")])
KEYS = """SELECT constraint_name FROM information_schema.referential_constraints
 WHERE constraint_schema = DATABASE() AND table_name = 'shop_book'"""
SHAPES = """SELECT column_name, referenced_table_name FROM information_schema.key_column_usage
 WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL AND table_name LIKE 'shop_book%' ORDER BY 1"""


def test_keys_that_wait_for_the_types_of_both_ends(tmp_path: Path, mysql: Any) -> None:
    """Django drops both foreign keys, alters three columns, and makes both again: here it stopped before the last."""
    with mysql.fresh() as database:
        history = {"0001_keys": TWO_KEYS, "0002_larger": LARGER_KEY}
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate", "shop", "0001").expect(0)
        for (key,) in database.execute(KEYS):
            database.execute(f"ALTER TABLE shop_book DROP FOREIGN KEY {key}")
        database.execute("ALTER TABLE shop_shelf MODIFY id bigint AUTO_INCREMENT")
        database.execute("ALTER TABLE shop_book MODIFY there_id bigint NOT NULL")

        project.manage("schemaguard", "reconcile", "--noinput").expect(0)

        assert len(database.execute(KEYS)) == 2
        in_sync(project)


def test_a_rename_that_stopped_before_the_many_to_many_table(tmp_path: Path, mysql: Any) -> None:
    with mysql.fresh() as database:
        history = {"0001_keys": TWO_KEYS, "0002_renamed": RENAMED}
        project = make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database)
        project.manage("migrate", "shop", "0001").expect(0)
        database.execute("RENAME TABLE shop_tag TO shop_label")

        project.manage("schemaguard", "reconcile", "--noinput").expect(0)

        assert ("label_id", "shop_label") in database.execute(SHAPES)
        in_sync(project)
